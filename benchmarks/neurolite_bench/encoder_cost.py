"""What the package's encoder and a wide path cost beside ``tiny``: ``python -m neurolite_bench.encoder_cost``.

Classifiers of 150 labels in ONNX int8 with random weights, with and without a wide path of random rows, by the native
op and by the hash as a function's body, at 12 and at 256 words; all in turn, ratios round by round.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import torch
import typer

from neurolite_bench.file_times import timed_files
from neurolite_bench.interleaved import ratio
from neurolite_bench.results import RESULTS, write_result
from neurolite_core.artifact.package import single_file
from neurolite_core.ground.checks import require_range
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.hashing.ngrams import NUM_BUCKETS
from neurolite_core.network.config import PRESETS
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.network.wide import WideTable
from neurolite_core.network.wide_options import WideOptions
from neurolite_export.exporting import build as build_file
from neurolite_export.probes import built_in_probes
from neurolite_export.source import Source
from neurolite_export.targets import TARGETS
from neurolite_runtimes.native_library import NativeLibrary, load_library

RESULT: Final = RESULTS / "encoder_cost.json"
LABELS: Final = 150
SIZES: Final = ("tiny", "english")
WIDE: Final = "{}, wide path"
KEPT: Final = 0.6  # of the buckets: more than a training keeps, so that nothing is skipped unduly
_LARGEST: Final = 127


def build(size: str, *, wide: bool) -> NeuroLiteForClassification:
    """A classifier with random weights, its wide path with random rows."""
    config = PRESETS[size]()
    options = WideOptions() if wide else None
    torch.manual_seed(0)
    network = NeuroLiteForClassification(replace(config, wide=options), LABELS).eval()
    if options is not None and network.wide is not None:
        rng = np.random.default_rng(0)
        remap = rng.integers(1, options.num_rows + 1, NUM_BUCKETS)
        remap[rng.random(NUM_BUCKETS) >= KEPT] = 0
        rows = rng.integers(-_LARGEST, _LARGEST + 1, (options.num_rows + 1, LABELS + 1))
        rows[:, -1] = rng.integers(1, _LARGEST + 1, len(rows))
        rows[0] = 0
        scales = np.full(LABELS + 1, 1e-3, np.float32)
        network.wide.fill(WideTable(remap.astype(np.uint16), rows.astype(np.int8), scales))
    return network


def measure(rounds: int, library: NativeLibrary) -> dict[str, Any]:
    """Milliseconds of every file, times as long as tiny, and as the same without its wide path."""
    target = TARGETS["onnx"].load()
    files: dict[str, bytes] = {}
    for size in SIZES:
        for name, wide in ((size, False), (WIDE.format(size), True)):
            source = Source(build(size, wide=wide), "random", "random")
            # Not gated: with random weights nothing but close calls is answered.
            built = build_file(source, target, "int8", built_in_probes(), progress=typer.echo)
            files[name] = single_file(built.content)
    found: dict[str, Any] = {
        name: {"megabytes": len(content) / 1e6} for name, content in files.items()
    }
    for way, timings in timed_files(files, rounds, library):
        for size in SIZES:
            plain, beside = timings[size], timings[WIDE.format(size)]
            for name, timing in ((size, plain), (WIDE.format(size), beside)):
                row = {
                    "milliseconds": round(timing.median_ms, 4),
                    "times_tiny": asdict(ratio(timing, timings["tiny"])),
                }
                if timing is beside:
                    row["times_without"] = asdict(ratio(beside, plain))
                found[name][way] = row
    return found


def encoder_cost_table(result: dict[str, Any]) -> str:
    """A row per file: milliseconds, and ratios with their range over rounds."""
    ways = [key for key in result["files"]["tiny"] if key != "megabytes"]
    lines = [f"| ONNX int8, 150 labels | {' | '.join(ways)} |", "|---|" + "---|" * len(ways)]
    for name, row in result["files"].items():
        cells = []
        for way in ways:
            cell = f"{row[way]['milliseconds']:.2f} ms"
            against = row[way].get("times_without") or row[way]["times_tiny"]
            if name != "tiny":
                cell += f", {against['median']:.2f} ({against['lowest']:.2f} to {against['highest']:.2f})"
            cells.append(cell)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(
    rounds: Annotated[int, typer.Option(help="How often all are timed in turn.")] = 30,
    out: Annotated[Path, typer.Option(help="The JSON file.")] = RESULT,
) -> None:
    """Time the package's encoder and wide paths beside tiny."""
    with exit_codes():
        require_range("--rounds", rounds, 1, 10_000)
        found = measure(rounds, load_library())
        write_result(out, {"benchmark": "encoder cost", "labels": LABELS, "files": found})


if __name__ == "__main__":
    typer.run(main)
