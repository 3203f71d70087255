"""Standard streams that are full, closed, or read by nobody, of every command."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Final

from neurolite_bench.attack.kind import Job, Kind
from neurolite_bench.attack.kinds.commands import shell, words_of
from neurolite_bench.attack.outcomes import Found

_SECONDS: Final = 120.0

# Line of bash, in which {} is the command; it exits as the command does, whose errors are in the file "errors".
STREAMS: Final[Mapping[str, str]] = {
    "output full": "{} > /dev/full 2> errors",
    "output closed": "{} >&- 2> errors",
    "output and errors full": "{} > /dev/full 2> /dev/full",
    "errors closed": "{} > /dev/null 2>&-",
    "all closed": "{} <&- >&- 2>&-",
    "nobody reads": "{} 2> errors | true; exit ${{PIPESTATUS[0]}}",
    "one line is read": "{} 2> errors | head -1 > /dev/null; exit ${{PIPESTATUS[0]}}",
    "input closed": "{} <&- > /dev/null 2> errors",
    "ASCII only": "PYTHONUTF8=0 PYTHONIOENCODING=ascii LC_ALL=POSIX {} > /dev/null 2> errors",
    "no home": "env -u HOME {} > /dev/null 2> errors",
}


def _commands(job: Job) -> Mapping[str, list[str]]:
    material = job.material
    onnx, report = str(material.artifact("onnx")), str(material.bench_report)
    rows, config = str(material.rows), str(material.model_config)
    return {
        "run": [*words_of("neurolite-run"), onnx, "turn on the lights", "é ≤ ライト"],
        "run of standard input": [*words_of("neurolite-run"), onnx],
        "run --table": [*words_of("neurolite-run"), onnx, "--table", "é ≤ ライト"],
        "--version": [*words_of("neurolite-run"), "--version"],
        "learn": [*words_of("neurolite-learn"), onnx, "--store", "mine.nls", "add", "é ≤ ライト", "é"],
        "ops status": [*words_of("neurolite-ops"), "status", "--json"],
        "compare": [*words_of("neurolite-bench"), "compare", report, report],
        "report": [*words_of("neurolite-bench"), "report", report, "--markdown", "report.md"],
        "--inspect": [*words_of("neurolite-export"), "--inspect", onnx],
        "eval": [*words_of("neurolite-eval"), onnx, rows],
        "export": [*words_of("neurolite-export"), "--checkpoint", str(material.checkpoint), "--int8", "--out", "exported"],
        "train": [*words_of("neurolite-train"), rows, "--model-config", config, "--epochs", "1", "--out", "trained"],
    }  # fmt: skip


def _run(job: Job) -> Iterator[Found]:
    cases = [
        (f"{command}, {stream}", line.format(shlex.join(words)))
        for command, words in _commands(job).items()
        for stream, line in STREAMS.items()
    ]
    for number in job.numbers(len(cases)):
        name, line = cases[number]
        folder = job.scratch / str(number)
        folder.mkdir()
        yield shell(line, name, folder, _SECONDS)


KIND: Final = Kind(
    "commands whose streams are full, closed, not read, ASCII only; without a home", _run
)
