"""``--size`` and ``--checkpoint``: exports what is to be measured, with certificates, as a user would."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from neurolite_bench.report.model import Refusal
from neurolite_core.dependencies import require
from neurolite_core.errors import GateError, InputError

GROWTH_WORDS: Final = 1024
GROWTH_TARGET: Final = "onnx"
GROWTH_PRECISION: Final = "int8"
ALL: Final = "all"
Tell = Callable[[str, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """What to export.

    Attributes:
        sizes: presets, with random weights: the right size and speed.
        twins: presets whose growth with length is measured.
        checkpoints: trained models.
        targets: formats, or "all".
        precisions: those that a target does not offer are left out.
        folder: where to.
    """

    sizes: tuple[str, ...]
    twins: tuple[str, ...]
    checkpoints: tuple[Path, ...]
    targets: tuple[str, ...]
    precisions: tuple[str, ...]
    folder: Path


@dataclass(frozen=True, slots=True)
class ExportedFiles:
    """What came of it.

    Attributes:
        files: to be measured.
        twins: the same presets with a larger word limit, for the growth with length.
        refusals: exports that failed a gate.
    """

    files: tuple[Path, ...]
    twins: tuple[Path, ...]
    refusals: tuple[Refusal, ...]


def export_all(request: ExportRequest, tell: Tell) -> ExportedFiles:
    """Exports every model to every target in every precision.

    Raises:
        InputError: an unknown size, target or precision, or a damaged checkpoint.
        MissingDependencyError: a target's packages are not installed.
    """
    require("torch", extra="export")
    from neurolite_export.exporting import checkpoint_source, export, seeded_source
    from neurolite_export.probes import built_in_probes, read_probes
    from neurolite_export.targets import TARGETS, require_installed

    names = list(TARGETS) if ALL in request.targets else list(dict.fromkeys(request.targets))
    for name in names:
        if name not in TARGETS:
            raise InputError(f"--target is {name!r}; choose from: {', '.join((*TARGETS, ALL))}.")
        require_installed(name)
    sources = [(seeded_source(size, 0), built_in_probes()) for size in request.sizes]
    for folder in request.checkpoints:
        own = folder / "probes.jsonl"
        source = checkpoint_source(folder)
        texts = read_probes(own, source.network.labels) if own.is_file() else built_in_probes()
        sources.append((source, texts))
    jobs = [
        (source, probes, name, precision)
        for source, probes in sources
        for name in names
        for precision in TARGETS[name].precisions
        if precision in request.precisions
    ]
    if not jobs:
        raise InputError(
            f"No target of {', '.join(names)} has --precision {', '.join(request.precisions)}."
        )
    files: list[Path] = []
    refusals: list[Refusal] = []
    for number, (source, probes, name, precision) in enumerate(jobs):
        tell(f"exporting {source.name} {name} {precision}", number / len(jobs))
        try:
            done = export(source, TARGETS[name].load(), precision, request.folder, probes)
            files.append(done.path)
        except GateError as error:
            refusals.append(Refusal(f"{source.name} {name} {precision}", str(error)))
    twins = [_twin(size, request.folder) for size in request.twins]
    return ExportedFiles(tuple(files), tuple(twins), tuple(refusals))


def _twin(size: str, folder: Path) -> Path:
    """The preset with a limit of 1,024 words: its own limit would hide how time grows."""
    from neurolite_core.config import PRESETS
    from neurolite_core.model import NeuroLiteForClassification
    from neurolite_export.exporting import Source, export
    from neurolite_export.probes import built_in_probes
    from neurolite_export.targets import TARGETS

    torch = require("torch", extra="export")
    config = dataclasses.replace(
        PRESETS[size](), max_words=GROWTH_WORDS, max_bytes=16 * GROWTH_WORDS
    )
    torch.manual_seed(0)
    source = Source(
        NeuroLiteForClassification(config).eval(), f"{size}-{GROWTH_WORDS}", "random, seed 0"
    )
    target = TARGETS[GROWTH_TARGET].load()
    return export(source, target, GROWTH_PRECISION, folder, built_in_probes()).path
