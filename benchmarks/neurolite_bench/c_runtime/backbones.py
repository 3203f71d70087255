"""Every backbone that C computes, in turn: ``python -m neurolite_bench.c_runtime.backbones``.

Tiny with random weights, as time does not depend on them, text to answer from C; what the library weighs with and
without the backbones other than the mixer; the scratch that they need. Needs CMake and a C compiler.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import torch
import typer

from neurolite_bench.c_runtime.direct import Direct, build_driver, library_bytes
from neurolite_bench.c_runtime.times import in_turn, sample
from neurolite_bench.results import RESULTS, write_result
from neurolite_core import NeuroLiteConfig, NeuroLiteForClassification
from neurolite_core.ground.checks import require_range
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.network.settings import with_backbone
from neurolite_export.exporting import metadata_of
from neurolite_export.probes import built_in_probes
from neurolite_export.source import Source
from neurolite_export.target import ExportJob
from neurolite_export.targets import TARGETS
from neurolite_export.targets.c.scratch import scratch_bytes
from neurolite_runtimes.nlm_reference.model import read_model

RESULT: Final = RESULTS / "c_backbones.json"
BACKBONES: Final = ("mixer", "hypermixer", "ssm", "liquid", "reservoir")
WORDS: Final = (12, 256)
_RUNS: Final = {12: 40, 256: 5}
_LABELS: Final = 150
_PATHS: Final = ("sse2", "ssse3", "avx2", "avx_vnni")


def measure(rounds: int, work: Path) -> dict[str, Any]:
    """All of it, as the JSON has it.

    Args:
        rounds: of the times.
        work: folder to build in.

    Raises:
        InputError: a tool is missing or failed.
    """
    program = build_driver(work)
    files = {name: _written(name, work) for name in BACKBONES}
    found: dict[str, dict[str, Any]] = {
        name: {"file": path.stat().st_size, "scratch": _scratch(path), "us": {}}
        for name, path in files.items()
    }
    with ExitStack() as stack:
        running = {name: stack.enter_context(Direct(program, path)) for name, path in files.items()}
        ran = running["mixer"].path
        for words in WORDS:
            text, runs = sample(words), _RUNS[words]
            ways = {name: partial(one.ask, text, runs) for name, one in running.items()}
            for name, measured in in_turn(ways, rounds).items():
                found[name]["us"][str(words)] = asdict(measured)
    return {
        "rounds": rounds,
        "path": ran,
        "backbones": found,
        "library_bytes": {
            name: library_bytes(work / name, _PATHS, backbones=name == "with")
            for name in ("with", "without")
        },
    }


def backbones_table(result: dict[str, Any]) -> str:
    """A row of each backbone: microseconds, least and median, and how many times the mixer's median they are."""
    mixer = result["backbones"]["mixer"]["us"]
    lines = [
        f"| tiny int8, {result['path']} | 12 words, us | 256 words, us | file, MB | scratch of 256 words, kB |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, row in result["backbones"].items():
        times = [
            f"{own['least']:.1f} / {own['median']:.1f}, {own['median'] / mixer[words]['median']:.1f} times"
            for words, own in row["us"].items()
        ]
        cells = [*times, f"{row['file'] / 1e6:.2f}", f"{row['scratch'] / 1e3:.0f}"]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _scratch(path: Path) -> int:
    """Bytes of scratch of the longest text."""
    model = read_model(path.read_bytes(), path.name)
    return scratch_bytes(model.shape, model.modules)


def _written(name: str, work: Path) -> Path:
    """A .nlm of random weights, without gates."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = with_backbone(NeuroLiteConfig.tiny(), name)
        network = NeuroLiteForClassification(config, _LABELS).eval()
    source, target = Source(network, name, "random, seed 0: not trained"), TARGETS["c"].load()
    metadata = metadata_of(source, target, "int8")
    path = work / f"{name}.nlm"
    content = target.build(ExportJob(network, metadata, built_in_probes()))
    assert isinstance(content, bytes)  # noqa: S101  # one file
    path.write_bytes(content)
    return path


def main(
    rounds: Annotated[int, typer.Option(help="How often all are timed in turn.")] = 30,
    out: Annotated[Path, typer.Option(help="The JSON file.")] = RESULT,
) -> None:
    """Measure every backbone of the C library."""
    with exit_codes(), tempfile.TemporaryDirectory() as folder:
        require_range("--rounds", rounds, 1, 10_000)
        write_result(out, {"benchmark": "c backbones", **measure(rounds, Path(folder))})


if __name__ == "__main__":
    typer.run(main)
