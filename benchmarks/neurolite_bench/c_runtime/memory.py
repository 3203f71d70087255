"""Memory of a C program with a model, beside onnxruntime and the transformers whose ratios are published."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from neurolite_bench.c_runtime.direct import Direct
from neurolite_bench.c_runtime.times import sample
from neurolite_bench.verdicts import published
from neurolite_core.ground.errors import InputError

PEERS: Final = ("BERT-base", "DistilBERT")
PRECISION: Final = "int8"  # of both sides
_ANSWERS: Final = 1_000
_LONG: Final = 256  # words: a text that uses all that a text can
_BENCH: Final = "from neurolite_bench.cli import app; app()"
_LIMIT: Final = 2**26


@dataclass(frozen=True, slots=True)
class Used:
    """Bytes that a model adds to a process: private dirty ones, and with mapped files (PSS)."""

    dirty: int
    pss: int


def of_c(program: Path, model: Path, repeats: int) -> Used:
    """Median over fresh processes, each after 1,000 answers, beside a process without a model."""
    found = []
    for _ in range(repeats):
        with Direct(program, None) as nothing:
            before = nothing.memory()
        with Direct(program, model) as direct:
            direct.ask(sample(8), _ANSWERS)
            direct.ask(sample(_LONG), 1)
            after = direct.memory()
        found.append((after[0] - before[0], after[1] - before[1]))
    return Used(*(int(statistics.median(column)) for column in zip(*found, strict=True)))


def start_of_c(program: Path, model: Path, repeats: int) -> dict[str, float]:
    """Microseconds from the start of main to an open model and to the first answer: medians over fresh processes."""
    found = []
    for _ in range(repeats):
        with Direct(program, model) as direct:
            found.append((direct.opened_us, direct.answered_us))
    opened, answered = zip(*found, strict=True)
    return {
        "opened_us": statistics.median(opened),
        "answered_us": statistics.median(answered),
        "least_us": min(answered),
    }


def of_others(onnx: Sequence[Path], work: Path) -> dict[str, Any]:
    """The report of ``neurolite-bench`` on .onnx files and the published peers, few calls each.

    Raises:
        InputError: it failed.
    """
    command = [sys.executable, "-c", _BENCH, "measure", *map(str, onnx)]
    for peer in PEERS:
        command += ["--peers", f"{peer} {PRECISION}"]
    command += ["--repeats", "3", "--seconds", "0.05", "--no-hash-share", "--out", str(work)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise InputError(f"neurolite-bench failed: {done.stderr.strip()[-500:]}")
    report: dict[str, Any] = json.loads((work / "report.json").read_bytes()[:_LIMIT])
    return {subject["name"]: used_by(subject) for subject in report["subjects"]}


def used_by(subject: dict[str, Any]) -> dict[str, float]:
    """Median bytes of a report's subject, and milliseconds to its first answer."""
    memory, starts = subject["memory"], subject["starts"]
    return {
        "dirty": statistics.median(one["added_dirty"] for one in memory),
        "pss": statistics.median(one["added_pss"] for one in memory),
        "start_ms": statistics.median(
            one["runtime_ms"] + one["load_ms"] + one["first_answer_ms"] for one in starts
        ),
    }


def wanted_ratio(peer: str, size: str) -> float:
    """The published ratio of RAM, as ``neurolite-bench`` judges it."""
    figures = published()
    ratio: float = figures["peers"][peer]["ram_mb"] / figures["presets"][size]["ram_mb"]
    return ratio
