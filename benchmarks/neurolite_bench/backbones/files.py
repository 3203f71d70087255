"""Files of every backbone with random weights, of the right size and speed: int8, and twins of 1,024 words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from neurolite_bench.backbones.rows import SIZE
from neurolite_core.artifact.package import write_content
from neurolite_core.network.backbones.table import BACKBONES
from neurolite_core.network.counting import count_parameters
from neurolite_export.exporting import calibration_of, metadata_of
from neurolite_export.probes import built_in_probes
from neurolite_export.source import seeded_source
from neurolite_export.target import ExportJob
from neurolite_export.targets import TARGETS

TWIN: Final = "onnx"
TWIN_WORDS: Final = 1_024  # a preset's own limit of 256 would hide how time grows
_TWIN_SHAPE: Final = (f"max_words={TWIN_WORDS}", f"max_bytes={16 * TWIN_WORDS}")
_PRECISION: Final = "int8"


def file_of(folder: Path, backbone: str, target: str, *, twin: bool = False) -> Path:
    """Where the file of a backbone stands."""
    return folder / f"{backbone}{'-long' if twin else ''}{TARGETS[target].suffix}"


def build_files(
    folder: Path, targets: Sequence[str], tell: Callable[[str], None]
) -> dict[str, dict[str, Any]]:
    """Builds what is not there yet; no gate, as random weights answer nothing but close calls.

    Args:
        folder: for the files.
        targets: some of ``RUNTIMES``; with that of the twins, these too.
        tell: is told of each.

    Returns:
        By backbone: ``parameters``, and bytes by target.

    Raises:
        MissingDependencyError: a target's packages are not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, dict[str, Any]] = {}
    for backbone in BACKBONES:
        source = seeded_source(SIZE, 0, backbone)
        found[backbone] = {"parameters": count_parameters(source.network)}
        for target in targets:
            path = file_of(folder, backbone, target)
            _build(path, backbone, target, ())
            found[backbone][target] = path.stat().st_size
            tell(f"{path.name}: {found[backbone][target]:,} bytes")
        if TWIN in targets:
            twin = file_of(folder, backbone, TWIN, twin=True)
            _build(twin, backbone, TWIN, _TWIN_SHAPE)
            tell(f"{twin.name}: {twin.stat().st_size:,} bytes")
    return found


def _build(path: Path, backbone: str, target: str, shape: tuple[str, ...]) -> None:
    if path.exists():
        return
    source, row = seeded_source(SIZE, 0, backbone, shape), TARGETS[target].load()
    calibration = calibration_of(built_in_probes())
    job = ExportJob(source.network, metadata_of(source, row, _PRECISION), calibration)
    write_content(path, row.build(job))
