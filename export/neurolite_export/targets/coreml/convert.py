"""From a captured graph to a MIL program in float32, and from a program to the model's parts."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from neurolite_core.artifact.buckets import Bucket
from neurolite_core.artifact.outputs import HIDDEN
from neurolite_core.network.state_spec import StateSpec
from neurolite_export.targets.coreml.network import PROBABILITIES
from neurolite_export.targets.coreml.tools import (
    PassPipelineManager,
    ct,
    inputs_of,
    mb,
    quiet,
    register_torch_op,
)

CLASS_LABEL: Final = "classLabel"
MAIN: Final = "main"
_WEIGHTS: Final = Path("Data", "com.apple.CoreML", "weights", "weight.bin")

# All indices of the graph are at least 0, and 16 bits would not hold those of larger tables.
_UNWANTED: Final = {
    "common::guard_negative_gather_indices",
    "common::add_int16_cast",
    "common::add_fp16_cast",
}
_TIDY: Final = (
    "common::cast_optimization",
    "common::const_elimination",
    "common::dead_code_elimination",
    "common::cast_optimization",
    "common::const_deduplication",
    "common::dead_code_elimination",
)


@register_torch_op(override=True)  # type: ignore[untyped-decorator]
def size_quotient(context: Any, node: Any) -> None:  # noqa: ANN401  # coremltools ships no types
    """Integers stay integers; the converter's own floor division gives floats."""
    x, y = inputs_of(context, node, expected=2)
    context.add(mb.floor_div(x=x, y=y, name=node.name))


@register_torch_op(override=True)  # type: ignore[untyped-decorator]
def size_minimum(context: Any, node: Any) -> None:  # noqa: ANN401
    """The smaller of two sizes."""
    x, y = inputs_of(context, node, expected=2)
    context.add(mb.minimum(x=x, y=y, name=node.name))


@register_torch_op(override=True)  # type: ignore[untyped-decorator]
def size_maximum(context: Any, node: Any) -> None:  # noqa: ANN401
    """The larger of two sizes."""
    x, y = inputs_of(context, node, expected=2)
    context.add(mb.maximum(x=x, y=y, name=node.name))


@register_torch_op(override=True)  # type: ignore[untyped-decorator]
def size_as_float(context: Any, node: Any) -> None:  # noqa: ANN401
    """A size as float32."""
    (x,) = inputs_of(context, node, expected=1)
    context.add(mb.cast(x=x, dtype="fp32", name=node.name))


def to_program(
    captured: torch.export.ExportedProgram,
    names: tuple[str, ...],
    input_name: str,
    buckets: tuple[Bucket, ...],
    state: tuple[StateSpec, ...] = (),
) -> Any:  # noqa: ANN401
    """The MIL program, all in float32.

    Args:
        captured: with plain shapes.
        names: of its outputs.
        input_name: of its input of bytes.
        buckets: the shapes that this may have; the largest is the default.
        state: its other inputs.
    """
    sizes = [[1, bucket.num_bytes] for bucket in buckets]
    shape = ct.EnumeratedShapes(shapes=sizes, default=sizes[-1]) if len(sizes) > 1 else sizes[0]
    pipeline = ct.PassPipeline()
    pipeline.remove_passes(_UNWANTED)
    with quiet():
        return ct.convert(
            captured,
            convert_to="milinternal",
            minimum_deployment_target=ct.target.iOS17,
            compute_precision=ct.precision.FLOAT32,
            inputs=[
                ct.TensorType(name=input_name, shape=shape, dtype=np.int32),
                *(
                    ct.TensorType(name=spec.name, shape=[1, *spec.shape], dtype=spec.numpy_type)
                    for spec in state
                ),
            ],
            outputs=[ct.TensorType(name=name) for name in names],
            pass_pipeline=pipeline,
        )


def tidy(program: Any) -> None:  # noqa: ANN401
    """Folds and drops what a rewriting left behind, in place."""
    with quiet():
        PassPipelineManager.apply_pipeline(program, ct.PassPipeline(list(_TIDY), "tidy"))


@dataclass(frozen=True, slots=True)
class Parts:
    """A model as coremltools wrote it: its specification, a protobuf message, and its weights."""

    specification: Any
    weights: bytes


def to_parts(program: Any, labels: tuple[str, ...]) -> Parts:  # noqa: ANN401
    """Writes a program; indices, n-grams and what rules made of the text stay inside.

    Args:
        program: with all outputs of ``FlexibleNetwork``.
        labels: of a classifier, which then also gives a label and a probability for each.
    """
    main = program.functions[MAIN]
    main.set_outputs([value for value in main.outputs if value.name not in HIDDEN])
    main.output_types = None  # they count the outputs that are no longer there
    config = (
        ct.ClassifierConfig(
            list(labels),
            predicted_feature_name=CLASS_LABEL,
            predicted_probabilities_output=PROBABILITIES,
        )
        if labels
        else None
    )
    with quiet(), tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.mlpackage")
        model = ct.convert(
            program,
            convert_to="mlprogram",
            minimum_deployment_target=ct.target.iOS17,
            compute_precision=ct.precision.FLOAT32,  # as the program is: nothing is cast any more
            pass_pipeline=ct.PassPipeline.EMPTY,
            classifier_config=config,
            skip_model_load=True,
            package_dir=str(path),
        )
        return Parts(model.get_spec(), (path / _WEIGHTS).read_bytes())
