"""A command that is ended while Python imports it, or behind its work: its line and code, no traceback."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

import neurolite_start
from commands import default_signals
from neurolite_core.ground.command_line import App
from neurolite_start import COMMANDS, PACKAGES, is_command
from texts import ROOT

# As installers write it.
SCRIPT = """
import sys
from neurolite_start import {name}
if __name__ == "__main__":
    sys.exit({name}())
"""

# In the place of a library that every command imports.
LIBRARY = """
import time
print("importing", flush=True)
try:
    time.sleep(600)
except BaseException as error:  # as some do around an import
    raise ImportError("there is no such library") from error
"""

LAST = """
import atexit, sys, time
from neurolite_core.ground.command_line import App, exit_codes
app = App(add_completion=False)
@atexit.register
def close():
    print("importing", flush=True)
    time.sleep(600)
@app.command()
def main() -> None:
    with exit_codes():
        pass
app()
"""

LINES = {signal.SIGINT: (130, "Interrupted.\n"), signal.SIGTERM: (143, "Terminated.\n")}


def ended(
    typed: list[str], number: signal.Signals, folder: Path, **variables: str
) -> tuple[int, str]:
    """Exit code and standard error of a command that is ended when it has said that it imports."""
    paths = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    with default_signals():
        process = subprocess.Popen(
            [sys.executable, *typed],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": paths, **variables},
        )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "importing\n"
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    return process.returncode, errors


@pytest.mark.parametrize("number", LINES)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_script_is_ended_while_it_is_imported(
    command: str, number: signal.Signals, tmp_path: Path
) -> None:
    (tmp_path / "typer.py").write_text(LIBRARY)
    script = tmp_path / command
    script.write_text(SCRIPT.format(name=command.removeprefix("neurolite-")))
    assert ended([str(script), "--help"], number, tmp_path) == LINES[number]


@pytest.mark.parametrize("number", LINES)
@pytest.mark.parametrize(
    ("typed", "library"),
    [
        (["-m", "neurolite_core.training"], "typer"),
        (["-m", "neurolite_runtimes.cli", "model.onnx"], "numpy"),  # by the package, before it
        (["-m", "neurolite_export.cli", "--int8"], "typer"),
        (["-um", "neurolite_bench.ranges"], "typer"),
        (["-mneurolite_bench.ranges", "-m", "x"], "typer"),
    ],
)
def test_a_module_is_ended_while_it_is_imported(
    typed: list[str], library: str, number: signal.Signals, tmp_path: Path
) -> None:
    (tmp_path / f"{library}.py").write_text(LIBRARY)
    assert ended(typed, number, tmp_path) == LINES[number]


@pytest.mark.parametrize("number", LINES)
def test_a_command_is_ended_behind_its_work(number: signal.Signals, tmp_path: Path) -> None:
    script = tmp_path / "neurolite-run"
    script.write_text(LAST)
    assert ended([str(script)], number, tmp_path) == LINES[number]


def test_one_that_works_for_another_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text(LIBRARY)
    typed = ["-m", "neurolite_runtimes.cli"]
    owner = {neurolite_start.OWNER_VARIABLE: str(os.getpid())}
    assert ended(typed, signal.SIGINT, tmp_path, **owner) == (130, "")


def test_what_is_ignored_stays_so_and_programs_of_others_are_left_alone(tmp_path: Path) -> None:
    asks = "import signal, neurolite_core; print(signal.getsignal(signal.SIGINT))"
    for name, ignored, shown in (
        ("neurolite-run", False, "neurolite_start._Ending"),
        ("neurolite-run", True, "1"),
        ("their-own", False, "default_int_handler"),
    ):
        script = tmp_path / name
        script.write_text(asks)
        before = signal.signal(signal.SIGINT, signal.SIG_IGN if ignored else signal.SIG_DFL)
        try:
            done = subprocess.run([sys.executable, script], capture_output=True, text=True)
        finally:
            signal.signal(signal.SIGINT, before)
        assert shown in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("typed", "given", "ours"),
    [
        (["python", "/bin/neurolite-run", "x"], ["/bin/neurolite-run", "x"], True),
        (["python", "-B", "neurolite-run.exe"], ["neurolite-run.exe"], True),
        (["python", "-m", "neurolite_runtimes.cli", "x"], ["-m", "x"], True),
        (["python", "-m", "neurolite_of_others"], ["-m"], False),
        (["python", "-m", "pytest", "neurolite-run"], ["pytest/__main__.py", "neurolite-run"], False),
        (["python", "app.py", "neurolite-run"], ["app.py", "neurolite-run"], False),
        # a process of multiprocessing has its owner's arguments
        (["python", "-c", "from multiprocessing...", "--fork"], ["neurolite-train", "rows.csv"], False),
        (["python"], [""], False),
        ([], [], False),
    ],
)  # fmt: skip
def test_a_command_is_told_by_how_python_was_started(
    typed: list[str], given: list[str], ours: bool
) -> None:
    assert is_command(typed, given) == ours


def test_it_comes_first_and_takes_no_time() -> None:
    for package in PACKAGES:
        found = import_module(package).__file__
        assert found is not None
        first = ast.parse(Path(found).read_text("utf-8")).body[1]  # behind the docstring
        assert ast.unparse(first) == "import neurolite_start as neurolite_start", package
    code = "import sys; a = set(sys.modules); import neurolite_start; print(set(sys.modules) - a)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "{'neurolite_start'}\n"


def test_the_scripts_are_those_of_the_table() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert set(scripts) == set(COMMANDS)
    for name, target in scripts.items():
        module, _, attribute = target.partition(":")
        command = getattr(import_module(module), attribute)
        assert command is COMMANDS[name]
        assert isinstance(import_module(command.module).app, App)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        getattr(neurolite_start, "nothing")  # noqa: B009  # mypy knows it as well
