"""Which files the options of ``neurolite-export`` ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from neurolite_core.artifact.metadata import PRECISIONS
from neurolite_core.ground.checks import require_choice
from neurolite_core.ground.errors import InputError
from neurolite_export.target import Target
from neurolite_export.targets import TARGETS, Sources, TargetRow

INPUT_TYPES: Final = ("bytes", "string")
ALL: Final = "all"
_ONNX: Final = "onnx"  # the target that has variants


@dataclass(frozen=True, slots=True)
class Job:
    """One file to export."""

    target: str
    precision: str
    load: Callable[[], Target]
    by_name: bool = True  # a target of ``all`` is left out where it cannot compute the model
    sources: Sources | None = None  # what is written beside the file


def plan_jobs(
    targets: list[str],
    precisions: list[str],
    input_type: str,
    static: int | None = None,
    *,
    source: bool = False,
) -> list[Job]:
    """The files that the options ask for, target by target.

    ``all`` takes what there is; a pair that was asked for by name must exist.

    Args:
        targets: names, or ``all``.
        precisions: names, or ``all``.
        input_type: of the files, one of ``INPUT_TYPES``.
        static: bytes of the one fixed shape of ONNX files; None where shapes are free.
        source: as C source too, where a target has that.

    Raises:
        InputError: an unknown target, precision or input, or a pair or a source that no target has.
    """
    require_choice("--input", input_type, INPUT_TYPES)
    known = _known(targets, input_type, static)
    for name in targets:
        require_choice("--target", name, (*known, ALL))
    for name in precisions:
        require_choice("--precision", name, (*PRECISIONS, ALL))
    names = list(known) if ALL in targets else list(dict.fromkeys(targets))
    jobs = []
    for name in names:
        row, load = known[name]
        for precision in row.precisions if ALL in precisions else dict.fromkeys(precisions):
            if precision in row.precisions:
                beside = row.sources if source else None
                jobs.append(Job(name, precision, load, name in targets, beside))
            elif ALL not in targets:
                raise InputError(
                    f"--target {name} has no --precision {precision}; it has: {', '.join(row.precisions)}."
                )
    if not jobs:
        raise InputError(f"No target has --precision {', '.join(precisions)}. See: --list")
    if source and not any(job.sources for job in jobs):
        having = ", ".join(name for name, row in TARGETS.items() if row.sources)
        raise InputError(
            f"--source is about --target {having}, which is not asked for. Add it, or leave --source out."
        )
    return jobs


def _known(
    targets: list[str], input_type: str, static: int | None
) -> Mapping[str, tuple[TargetRow, Callable[[], Target]]]:
    """What may be asked for by name: all targets, or a variant of ONNX alone."""
    if static is not None and input_type != "bytes":
        raise InputError(
            f"--static and --input {input_type} were both given, and a string has no fixed shape. "
            "Leave one of them out."
        )
    if static is not None and (
        others := [name for name in targets if name in TARGETS.keys() - {_ONNX}]
    ):
        raise InputError(
            f"--static is about --target {_ONNX}; a file of {others[0]} has fixed shapes as it is. Leave one of them "
            "out."
        )
    if static is not None:
        return {_ONNX: (TARGETS[_ONNX], lambda: _static_onnx(static))}
    if input_type == "string":
        return {_ONNX: (TARGETS[_ONNX], _string_onnx)}
    return {name: (row, row.load) for name, row in TARGETS.items()}


def _string_onnx() -> Target:
    from neurolite_export.targets.onnx.target import StringOnnxTarget

    return StringOnnxTarget()


def _static_onnx(num_bytes: int) -> Target:
    from neurolite_export.targets.onnx.static_target import StaticOnnxTarget

    return StaticOnnxTarget(num_bytes)
