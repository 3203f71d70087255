"""PyTorch against every preset, target and precision whole, on thousands of strings in many scripts.

``python -m neurolite_bench.parity`` exports each with seeded weights, through every gate, and compares
indices and answers on generated and real texts; it exits 1 where something is beyond what is allowed.
The tests do the same with configurations of one bucket.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final

import typer

from neurolite_bench.generated import generated_texts
from neurolite_bench.quality_sets import DATA_VARIABLE, DEFAULT_DATA, read_rows
from neurolite_bench.results import RESULTS, write_result
from neurolite_core.ground.checks import require_choice, require_range
from neurolite_core.ground.command_line import EXIT_REFUSED, exit_codes
from neurolite_core.network.config import PRESETS
from neurolite_export.exporting import export
from neurolite_export.parity import ParityReport, measure_parity
from neurolite_export.probes import Probes, built_in_probes
from neurolite_export.source import seeded_source
from neurolite_export.targets import TARGETS

_SEED: Final = 0
_TEXTS_SEED: Final = 11
_ROWS_OF_A_SET: Final = 100
_LEAST_SQNR_DB: Final = 80.0


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far answers may be apart.

    Attributes:
        max_abs_error: of a logit.
        min_sqnr_db: signal to quantization noise, dB.
        reason: why it is not less.
    """

    max_abs_error: float
    min_sqnr_db: float
    reason: str

    def kept_by(self, report: ParityReport) -> bool:
        """Whether a report is within it and has no other index."""
        return (
            report.indices_different == 0
            and report.max_abs_error <= self.max_abs_error
            and report.sqnr_db >= self.min_sqnr_db
        )


_FLOAT32: Final = Tolerance(1e-4, _LEAST_SQNR_DB, "another order of float32 sums, nothing else")
TOLERANCES: Final[Mapping[tuple[str, str], Tolerance]] = MappingProxyType(
    {
        ("onnx", "float32"): _FLOAT32,
        # Seeded logits reach about 3; trained ones are gated by agreement and accuracy instead.
        ("onnx", "int8"): Tolerance(0.5, 24.0, "7-bit weights, 8-bit activations in ten products"),
        ("litert", "float32"): _FLOAT32,
        # Its products put out int8 as well: they round twice, and cut off what such texts exceed.
        ("litert", "int8"): Tolerance(0.8, 24.0, "8-bit weights and activations in ten products"),
        ("executorch", "float32"): _FLOAT32,
        ("executorch", "int8"): Tolerance(0.5, 30.0, "8-bit weights, activations scaled by row"),
        ("coreml", "float32"): _FLOAT32,
        ("coreml", "float16"): Tolerance(0.03, 50.0, "each result behind the hash keeps 11 bits"),
        ("coreml", "int8"): Tolerance(0.3, 30.0, "8-bit weights; activations are float16"),
        ("coreai", "float32"): _FLOAT32,
        ("coreai", "float16"): Tolerance(
            0.03, 50.0, "products, their weights and inputs keep 11 bits"
        ),
        ("coreai", "int8"): Tolerance(0.3, 30.0, "8-bit weights; activations are float32"),
        ("c", "int8"): Tolerance(0.8, 22.0, "7-bit weights and activations in ten products"),
    }
)


def real_texts(data: Path, rows: int = _ROWS_OF_A_SET) -> list[bytes]:
    """Sentences of clinc150 and of sib200's languages, as far as they are there; UTF-8."""
    files = [data / "clinc150" / "test.csv", *sorted((data / "sib200/topic").glob("*/train.csv"))]
    found = [row for path in files if path.is_file() for row in read_rows(path)[:rows]]
    return [text.encode() for text, _ in found]


def measure(preset: str, target: str, precision: str, texts: list[bytes]) -> dict[str, Any]:
    """The record of one file."""
    begun = time.perf_counter()
    source = seeded_source(preset, _SEED)
    with tempfile.TemporaryDirectory() as folder:
        done = export(source, TARGETS[target].load(), precision, Path(folder), built_in_probes())
    session = TARGETS[target].load().open(done.built.content)
    report = measure_parity(source.network, session, Probes("generated and real", tuple(texts)))
    return {
        "preset": preset,
        "target": target,
        "precision": precision,
        "texts": report.texts,
        "indices": report.indices,
        "indices_different": report.indices_different,
        "max_logit_error": report.max_abs_error,
        "sqnr_db": round(report.sqnr_db, 1),
        "agreement": report.agreement,
        "kept": TOLERANCES[target, precision].kept_by(report),
        "measured_by": done.built.measured_by,
        "seconds": round(time.perf_counter() - begun, 1),
    }


def add(out: Path, record: dict[str, Any]) -> None:
    """Writes a record into the result, in place of an older one of the same file."""
    rows = json.loads(out.read_text("utf-8"))["files"] if out.is_file() else []
    names = ("preset", "target", "precision")
    other = [row for row in rows if any(row[name] != record[name] for name in names)]
    order = [(p, t, k) for p in PRESETS for t, row in TARGETS.items() for k in row.precisions]
    other.append(record)
    other.sort(key=lambda row: order.index((row["preset"], row["target"], row["precision"])))
    write_result(out, {"benchmark": "parity", "seed": _SEED, "files": other})


def main(
    preset: Annotated[
        list[str] | None, typer.Option(help="tiny, small or base. May be repeated. [all]")
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(help="A target of neurolite-export. May be repeated. [all]"),
    ] = None,
    texts: Annotated[int, typer.Option(help="Generated texts, besides the real ones.")] = 4_000,
    data: Annotated[
        Path | None, typer.Option(help="Folder of real data. [$NEUROLITE_DATA or ../shared/data]")
    ] = None,
    out: Annotated[Path, typer.Option(help="JSON to write, file by file.")] = RESULTS
    / "parity.json",
) -> None:
    """Compare every exported file with PyTorch on thousands of texts; exit 1 where one is too far off."""
    with exit_codes():
        require_range("--texts", texts, 1, 1_000_000)
        for name in preset or ():
            require_choice("--preset", name, PRESETS)
        for name in target or ():
            require_choice("--target", name, TARGETS)
        folder = data or Path(os.environ.get(DATA_VARIABLE, DEFAULT_DATA))
        strings = [*generated_texts(texts, seed=_TEXTS_SEED), *real_texts(folder)]
        kept = True
        for size in preset or PRESETS:
            for name in target or TARGETS:
                for precision in TARGETS[name].precisions:
                    record = measure(size, name, precision, strings)
                    add(out, record)
                    kept = kept and record["kept"]
                    typer.echo(
                        f"{size:6} {name:10} {precision:8} {record['texts']:,} texts  "
                        f"{record['indices_different']} of {record['indices']:,} indices differ  "
                        f"error {record['max_logit_error']:.1e}  SQNR {record['sqnr_db']:5.1f} dB  "
                        f"{'ok' if record['kept'] else 'TOO FAR'}"
                    )
        if not kept:
            raise typer.Exit(EXIT_REFUSED)


if __name__ == "__main__":
    typer.run(main)
