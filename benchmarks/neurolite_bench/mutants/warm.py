"""Runs tests of a tree in forks of one process that has the large packages imported already.

Started by its path, so that nothing of ours is imported here: that comes from the tree, in the fork. A job is a
line of JSON on standard input (root, tests, seconds, log, temporary, environment, coverage), its result a line
on standard output (code, by, seconds, timeout). Importing what tests import takes longer than most of them.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import shutil
import signal
import sys
import time
import traceback
import warnings
from pathlib import Path
from typing import Any, Final

PRELOADED: Final = (
    "numpy",
    "pytest",
    "hypothesis",
    "onnxruntime",
    "torch",
    "onnx",
    "onnxscript",
    "safetensors.torch",
    "sklearn.metrics",
    "matplotlib.pyplot",
)
# What only exporters' tests import; it takes longer than all the others together.
EXPORTERS: Final = ("torchao", "executorch.exir", "litert_torch", "coremltools")
_HYPOTHESIS: Final = "_hypothesis_pytestplugin"


def preload(names: list[str]) -> list[str]:
    """Imports what is there; returns the names that are."""
    found = []
    with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            with contextlib.suppress(Exception):
                importlib.import_module(name)
                found.append(name)
    return found


class _Watch:
    """A pytest plugin that notes the first test, or file, that fails."""

    def __init__(self) -> None:
        self.by = ""

    def pytest_runtest_logreport(self, report: Any) -> None:  # noqa: ANN401  # pytest's own
        if report.failed and not self.by:
            self.by = report.nodeid

    def pytest_collectreport(self, report: Any) -> None:  # noqa: ANN401
        if report.failed and not self.by:
            self.by = report.nodeid


def run_tests(job: dict[str, Any]) -> None:
    """Runs pytest here and writes the first failure beside the log; never returns."""
    log = Path(job["log"])
    stream = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for number in (1, 2):
        os.dup2(stream, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.update(job["environment"])
    os.chdir(job["root"])
    sys.path[:0] = os.environ["PYTHONPATH"].split(os.pathsep)
    sys.argv = ["pytest"]
    importlib.invalidate_caches()
    measured: Any = None
    if job["coverage"]:
        measured = importlib.import_module("coverage").Coverage(config_file=job["coverage"])
        measured.start()
    import pytest

    watch = _Watch()
    # Of plugins only what tests of ours need: others take longer to load than most tests to fail.
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    arguments = [
        "-x",
        "-q",
        # Plugins of packages that are imported already cannot be rewritten; that is no fault of the tree.
        "-W",
        "ignore::pytest.PytestAssertRewriteWarning",
        "-p",
        "no:cacheprovider",
        "-p",
        _HYPOTHESIS,
        f"--basetemp={job['temporary']}",
        *job["options"],
    ]
    code = int(pytest.main([*arguments, *job["tests"]], plugins=[watch]))
    if measured is not None:
        measured.stop()
        measured.save()
    log.with_suffix(".json").write_text(json.dumps({"code": code, "by": watch.by}))
    sys.stdout.flush()
    os._exit(0)


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Forks for a job and waits, at most for its time."""
    report = Path(job["log"]).with_suffix(".json")
    report.unlink(missing_ok=True)
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            run_tests(job)
        except BaseException:  # a fork must not go on as its parent
            traceback.print_exc()
        finally:
            os._exit(1)
    timeout = not _wait(child, job["seconds"])
    seconds = time.monotonic() - started
    with contextlib.suppress(ProcessLookupError):  # what the tests started and left
        os.killpg(child, signal.SIGKILL)
    if timeout:
        os.waitpid(child, 0)
    shutil.rmtree(job["temporary"], ignore_errors=True)
    found = {"code": -1, "by": ""}  # the process died
    if report.is_file():
        found = json.loads(report.read_text())
    return found | {"seconds": round(seconds, 1), "timeout": timeout}


def _wait(child: int, seconds: float) -> bool:
    """Whether a child ended by itself in that time."""
    end, parent = time.monotonic() + seconds, os.getppid()
    while time.monotonic() < end:
        if os.waitpid(child, os.WNOHANG)[0] == child:
            return True
        if os.getppid() != parent:  # whoever asked was killed: nothing goes on without it
            os.killpg(child, signal.SIGKILL)
            sys.exit(1)
        time.sleep(0.02)
    return False


def main() -> None:
    """Answers jobs until standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what packages print is no answer
    found = preload(json.loads(sys.argv[1]))
    gc.freeze()  # pytest collects garbage in every fork: not what all of them share
    print(json.dumps(found), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    sys.path.pop(0)  # this folder: its modules are not packages
    main()
