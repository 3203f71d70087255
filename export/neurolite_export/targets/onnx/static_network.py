"""A whole model for one fixed shape, as a graph of few kinds of standard operators and nothing else.

No function, no free dimension, no negative pad, no operator whose output's shape depends on values, and no int64 but in
shapes: OpenVINO computes int64 in 32 bits, which other numbers than those of shapes would not survive.
"""

from __future__ import annotations

from typing import Final

import onnx
import torch
from onnx import helper, numpy_helper
from onnxscript.optimizer import optimize

from neurolite_core.artifact.buckets import Bucket
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.outputs import EFFECTS, INDICES, NGRAMS, WORDS
from neurolite_core.ground.errors import NeuroLiteError
from neurolite_core.network.model import TextNetwork
from neurolite_export.fixed_shape import FixedShapeNetwork
from neurolite_export.replacing import Lowering, with_replacements
from neurolite_export.targets.onnx.network import MARK, clean, quiet
from neurolite_export.targets.onnx.quantize import remove_unused
from neurolite_export.targets.onnx.static_modules import STATIC_REPLACEMENTS

STATIC_OPSET: Final = 17  # of LayerNormalization
CAPTURE_OPSET: Final = 18  # the lowest of PyTorch's exporter
_PREFIX: Final = "network."
_REDUCTIONS: Final = ("ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin")
_FOLDED: Final = 2**24  # values: weights that are cut to the words of the shape are stored cut


def capture_static(network: TextNetwork, metadata: ArtifactMetadata) -> onnx.ModelProto:
    """ONNX of bytes to answers, in float32 and opset 17.

    Args:
        network: the reference with the limits of the only one of ``metadata.buckets``.
        metadata: names of the inputs and outputs.

    Returns:
        A model whose inputs are the bytes uint8 [1, T] and the state, and whose outputs are those of
        ``FixedShapeNetwork`` in its order, by their names.
    """
    (bucket,) = metadata.buckets
    fixed = _fixed_network(network, bucket, metadata.outputs)
    specs = metadata.state
    names = [*metadata.outputs, *(spec.next_name for spec in specs), WORDS, INDICES]
    names += [NGRAMS] if network.wide is not None else []
    names += [EFFECTS] if fixed.shows_effects else []
    with quiet():
        program = torch.onnx.export(
            fixed,
            fixed.example(torch.uint8),
            dynamo=True,
            opset_version=CAPTURE_OPSET,
            input_names=[metadata.input_name, *(spec.name for spec in specs)],
            output_names=[MARK + name for name in names],
            external_data=False,
            optimize=False,
            verbose=False,
        )
        if program is None:
            raise NeuroLiteError("torch.onnx.export returned nothing; it should with dynamo=True.")
        optimize(program.model, input_size_limit=_FOLDED, output_size_limit=_FOLDED)
    model = clean(program.model_proto, _PREFIX)
    _axes_as_attributes(model)
    return model


def _fixed_network(
    network: TextNetwork, bucket: Bucket, outputs: tuple[str, ...]
) -> FixedShapeNetwork:
    lowering = Lowering(bucket.num_words, "float32")
    replaced = with_replacements(network, STATIC_REPLACEMENTS, lowering)
    return FixedShapeNetwork(replaced, bucket, outputs, shows_effects=True).eval()


def _axes_as_attributes(model: onnx.ModelProto) -> None:
    """Writes reductions as opset 17 has them, in place: nothing else in these graphs needs the 18 of the capture."""
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type in _REDUCTIONS and len(node.input) == 2:
            axes = numpy_helper.to_array(constants[node.input[1]]).tolist()
            keeps = [item for item in node.attribute if item.name == "keepdims"]
            del node.attribute[:], node.input[1]
            node.attribute.extend([*keeps, helper.make_attribute("axes", axes)])
    remove_unused(graph)
    del model.opset_import[:]
    model.opset_import.append(helper.make_opsetid("", STATIC_OPSET))
