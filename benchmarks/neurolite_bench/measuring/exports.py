"""``--size`` and ``--checkpoint``: exports what is to be measured, with certificates, as a user would."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from neurolite_bench.measuring.plan import find_certificate
from neurolite_bench.measuring.run import Tell
from neurolite_bench.report.model import Refusal
from neurolite_core.artifact.package import FILE_LIMIT, digest_of, read_content
from neurolite_core.ground.errors import GateError, InputError, UnsupportedError
from neurolite_core.ground.extras import require

if TYPE_CHECKING:
    from neurolite_export.probes import Probes
    from neurolite_export.source import Source

GROWTH_WORDS: Final = 1024
GROWTH_TARGET: Final = "onnx"
GROWTH_PRECISIONS: Final = ("int8", "float32")
ALL: Final = "all"


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
        reuse: whether files of the same weights that are there are taken as they are.
    """

    sizes: tuple[str, ...]
    twins: tuple[str, ...]
    checkpoints: tuple[Path, ...]
    targets: tuple[str, ...]
    precisions: tuple[str, ...]
    folder: Path
    reuse: bool


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
    from neurolite_export.names import named
    from neurolite_export.probes import built_in_probes
    from neurolite_export.source import checkpoint_source, seeded_source
    from neurolite_export.targets import TARGETS, require_installed

    names = list(TARGETS) if ALL in request.targets else list(dict.fromkeys(request.targets))
    for name in names:
        if name not in TARGETS:
            raise InputError(f"--target is {name!r}; choose from: {', '.join((*TARGETS, ALL))}.")
        require_installed(name)
    sources = [(seeded_source(size, 0), built_in_probes()) for size in request.sizes]
    for folder in request.checkpoints:
        source = named(checkpoint_source(folder), folder)
        sources.append((source, source.probes or built_in_probes()))
    _check_names([source.name for source, _ in sources])
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
            files.append(_exported(request, source, probes, name, precision))
        except GateError as error:
            refusals.append(Refusal(f"{source.name} {name} {precision}", str(error)))
        except UnsupportedError:
            if name in request.targets:
                raise  # ``all`` takes what there is
    twins = [_twin(request, size) for size in request.twins]
    return ExportedFiles(tuple(files), tuple(twins), tuple(refusals))


def _check_names(names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            f"Two models are called {twice[0]!r}, and their files would be too. Export them with "
            "neurolite-export --name NAME, and measure the files."
        )


def _exported(
    request: ExportRequest, source: Source, probes: Probes, name: str, precision: str
) -> Path:
    """The file, exported or found."""
    from neurolite_export.exporting import export
    from neurolite_export.targets import TARGETS

    row = TARGETS[name]
    found = request.folder / f"neurolite-{source.name}-{precision}{row.suffix}"
    if request.reuse and _is_of(found, source):
        return found
    # The folder is the benchmark's own: an earlier run may have left other weights there.
    return export(source, row.load(), precision, request.folder, probes, replace=True).path


def _is_of(path: Path, source: Source) -> bool:
    """Whether a file is there, with a certificate of these weights."""
    if not path.exists():
        return False
    digest = digest_of(read_content(path, FILE_LIMIT))
    row, _ = find_certificate(path, digest)
    return row is not None and row["metadata"]["weights"] == source.weights


def _twin(request: ExportRequest, size: str) -> Path:
    """The preset with a limit of 1,024 words: its own limit would hide how time grows.

    In int8, or in float32 where int8 does not pass its gates, as random weights may make any answer a close
    call.
    """
    from neurolite_core.network.config import PRESETS
    from neurolite_core.network.model import NeuroLiteForClassification
    from neurolite_export.probes import built_in_probes
    from neurolite_export.source import Source

    torch = require("torch", extra="export")
    config = dataclasses.replace(
        PRESETS[size](), max_words=GROWTH_WORDS, max_bytes=16 * GROWTH_WORDS
    )
    torch.manual_seed(0)
    network = NeuroLiteForClassification(config).eval()
    source = Source(network, f"{size}-{GROWTH_WORDS}", "random, seed 0")
    first, second = GROWTH_PRECISIONS
    try:
        return _exported(request, source, built_in_probes(), GROWTH_TARGET, first)
    except GateError:
        return _exported(request, source, built_in_probes(), GROWTH_TARGET, second)
