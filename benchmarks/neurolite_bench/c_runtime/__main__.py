"""The C runtime's table: ``python -m neurolite_bench.c_runtime``.

Times in turn, the least and the median: the package's own model, text to answer. Memory and cold start in fresh
processes, of three presets, beside onnxruntime and the transformers whose RAM the published ratios are of. Needs CMake,
a C compiler and the native libraries (``neurolite-ops build``).
"""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from neurolite_bench.c_runtime.direct import build_driver, library_bytes
from neurolite_bench.c_runtime.memory import (
    PEERS,
    PRECISION,
    Used,
    of_c,
    of_others,
    start_of_c,
    wanted_ratio,
)
from neurolite_bench.c_runtime.times import measure_times
from neurolite_bench.results import RESULTS, write_result
from neurolite_core.ground.checks import require_range
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.models.default import DEFAULT_CHECKPOINT
from neurolite_export.exporting import export
from neurolite_export.probes import built_in_probes
from neurolite_export.source import Source, checkpoint_source, seeded_source
from neurolite_export.targets import TARGETS

RESULT: Final = RESULTS / "c_runtime.json"
SIZES: Final = ("tiny", "small", "base")
LIBRARIES: Final = (
    ("sse2", "ssse3", "avx2", "avx_vnni"),
    ("sse2", "ssse3", "avx2", "avx512_vnni"),
    ("avx2",),
    ("sse2",),
)
_FRESH: Final = 5  # processes of each


def measure(rounds: int, work: Path) -> dict[str, Any]:
    """Everything, as the JSON has it."""
    program = build_driver(work)
    files = {size: _exported(seeded_source(size, 0), work) for size in SIZES}
    package = _exported(checkpoint_source(DEFAULT_CHECKPOINT), work)
    typer.echo("times")
    times, ran = measure_times(program, *package, work, rounds)
    typer.echo("memory")
    others = of_others([files[size][1] for size in SIZES], work / "others")
    presets = {}
    for size in SIZES:
        model, _ = files[size]
        used = of_c(program, model, _FRESH)
        presets[size] = {
            "file": model.stat().st_size,
            "c": asdict(used),
            "start": start_of_c(program, model, _FRESH),
            "onnx": next(row for name, row in others.items() if name.startswith(f"{size} onnx")),
            "ratios": {peer: _ratio(peer, size, used, others) for peer in PEERS},
        }
    typer.echo("sizes")
    sizes = {", ".join(paths): library_bytes(work / "-".join(paths), paths) for paths in LIBRARIES}
    return {
        "rounds": rounds,
        "ran": ran,
        "times": {
            str(words): {way: asdict(own) for way, own in by_way.items()}
            for words, by_way in times.items()
        },
        "peers": {peer: others[f"{peer} {PRECISION}"] for peer in PEERS},
        "presets": presets,
        "library_bytes": sizes,
    }


def _exported(source: Source, work: Path) -> tuple[Path, Path]:
    """The .nlm and the .onnx, int8."""
    probes = source.probes or built_in_probes()
    c, onnx = (
        export(source, TARGETS[name].load(), PRECISION, work, probes).path for name in ("c", "onnx")
    )
    return c, onnx


def _ratio(peer: str, size: str, used: Used, others: dict[str, Any]) -> dict[str, float]:
    theirs = others[f"{peer} {PRECISION}"]["pss"]
    return {"found": theirs / used.pss, "wanted": wanted_ratio(peer, size)}


def main(
    rounds: Annotated[int, typer.Option(help="How often all are timed in turn.")] = 60,
    out: Annotated[Path, typer.Option(help="The JSON file.")] = RESULT,
) -> None:
    """Measure the C runtime beside onnxruntime and fastText."""
    with exit_codes(), tempfile.TemporaryDirectory() as folder:
        require_range("--rounds", rounds, 1, 10_000)
        write_result(out, {"benchmark": "c runtime", **measure(rounds, Path(folder))})


if __name__ == "__main__":
    typer.run(main)
