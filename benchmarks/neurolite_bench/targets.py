"""Size, distance from the reference and contents of every preset in every target and precision.

``python -m neurolite_bench.targets`` exports them all, with seeded weights, through every gate.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from neurolite_bench.results import RESULTS, write_result
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.network.config import PRESETS
from neurolite_export.built import Built
from neurolite_export.exporting import export
from neurolite_export.probes import built_in_probes
from neurolite_export.source import seeded_source
from neurolite_export.targets import TARGETS

_SEED: Final = 0


def measure(folder: Path) -> list[dict[str, Any]]:
    """One record per file."""
    rows = []
    for preset in PRESETS:
        source = seeded_source(preset, _SEED)
        for name, row in TARGETS.items():
            for precision in row.precisions:
                typer.echo(f"{preset} {name} {precision}", err=True)
                start = time.perf_counter()
                built = export(source, row.load(), precision, folder, built_in_probes()).built
                rows.append(_record(preset, built, time.perf_counter() - start))
    return rows


def _record(preset: str, built: Built, seconds: float) -> dict[str, Any]:
    parity, delegation = built.parity, built.contents.delegation
    return {
        "preset": preset,
        "target": built.metadata.target,
        "precision": built.metadata.precision,
        "parameters": built.metadata.parameters,
        "size_bytes": built.size_bytes,
        "indices": parity.indices,
        "indices_different": parity.indices_different,
        "max_logit_error": parity.max_abs_error,
        "sqnr_db": parity.sqnr_db,
        "agreement": parity.agreement,
        "products": dict(built.contents.products),
        "delegated": None if delegation is None else delegation.delegated,
        "nodes": None if delegation is None else delegation.total,
        "measured_by": built.measured_by,
        "seconds": round(seconds, 1),
    }


def main(
    out: Annotated[Path, typer.Option(help="JSON to write.")] = RESULTS / "targets.json",
) -> None:
    """Export every preset in every target and precision, and write what was measured."""
    with exit_codes():
        with tempfile.TemporaryDirectory() as folder:
            rows = measure(Path(folder))
        write_result(out, {"benchmark": "targets", "seed": _SEED, "files": rows})
        for row in rows:
            typer.echo(
                f"{row['preset']:6} {row['target']:10} {row['precision']:8} {row['size_bytes']:11,} bytes  "
                f"error {row['max_logit_error']:.1e}  SQNR {row['sqnr_db']:5.1f} dB  {row['seconds']:.0f} s"
            )


if __name__ == "__main__":
    typer.run(main)
