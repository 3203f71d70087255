"""The whole model of one bucket, in the form that ExecuTorch lowers."""

from __future__ import annotations

import copy

from neurolite_core.artifact.buckets import Bucket
from neurolite_core.network.model import TextNetwork
from neurolite_export.fixed_shape import FixedShapeNetwork
from neurolite_export.replacing import Lowering, with_replacements
from neurolite_export.targets.executorch.modules import REPLACEMENTS


def network_for_xnnpack(
    network: TextNetwork, bucket: Bucket, outputs: tuple[str, ...], precision: str
) -> FixedShapeNetwork:
    """A copy of the model for one bucket.

    Args:
        network: the reference; it is not changed.
        bucket: the shapes.
        outputs: names of the network's outputs.
        precision: of the file; int8 stores and gathers the projection table as int8.
    """
    lowering = Lowering(bucket.num_words, precision)
    replaced = with_replacements(copy.deepcopy(network), REPLACEMENTS, lowering)
    fixed = FixedShapeNetwork(replaced, bucket, outputs, shows_exits=True).eval()
    # ExecuTorch's passes expect buffers to be persistent.
    for module in fixed.modules():
        for name, buffer in list(module.named_buffers(recurse=False)):
            module.register_buffer(name, buffer)
    return fixed
