"""Streams that are closed, full or read by nobody: the documented exit code, at most one line, and no work lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

WORKING = """
import sys
from pathlib import Path
from typing import Annotated
import typer
from neurolite_core.ground.command_line import App, exit_codes, say
from neurolite_core.ground.streams import note_written
from neurolite_core.ground.terminal import SafeConsole
app = App(add_completion=False)
@app.command()
def main(out: Annotated[Path, typer.Option()]) -> None:
    with exit_codes():
        for step in range(2000):
            say(f"step {step} of a training")
        out.write_text("whole")
        note_written(out)
        for line in range(2000):
            SafeConsole().print(f"{line} \\u2264 a summary")
        print("the end")
app()
"""


def shell(command: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Runs a line of bash; ``$WORK`` is the command above."""
    (folder / "work.py").write_text(WORKING)
    work = f"{sys.executable} {folder / 'work.py'} --out {folder / 'result'}"
    return subprocess.run(
        ["bash", "-c", command],
        env={**os.environ, "WORK": work, **variables},
        capture_output=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize(
    ("command", "code", "line"),
    [
        ("$WORK > /dev/full 2> log; code=$?; tail -1 log >&2; exit $code", 2, "No space left on device"),
        ("$WORK >&- 2> log; code=$?; tail -1 log >&2; exit $code", 2, "it is closed"),
        ("$WORK 2> log | true; exit ${PIPESTATUS[0]}", 0, ""),
        ("$WORK 2> log | head -1 > /dev/null; exit ${PIPESTATUS[0]}", 0, ""),
        ("$WORK 2>&1 | head -1 > /dev/null; exit ${PIPESTATUS[0]}", 0, ""),
        ("$WORK > /dev/null 2>&-", 0, ""),
        ("$WORK > /dev/null 2> /dev/full", 0, ""),
        ("$WORK <&- >&- 2>&-", 2, ""),
    ],
)  # fmt: skip
def test_work_goes_on_and_is_named(command: str, code: int, line: str, tmp_path: Path) -> None:
    if "/dev/full" in command and not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    done = shell(f"cd {tmp_path}; {command}", tmp_path)
    assert done.returncode == code, done.stderr.decode()
    assert (tmp_path / "result").read_text() == "whole"
    shown = done.stderr.decode()
    if line:
        assert shown.count("\n") == 1
        assert line in shown
        assert f"Written before: {tmp_path / 'result'}" in shown
    else:
        assert shown == ""


ANSWERING = """
import os
import typer
from neurolite_core.ground.command_line import App, exit_codes
from neurolite_core.ground.errors import InputError
app = App(add_completion=False)
@app.command()
def main() -> None:
    with exit_codes():
        print("not in use, because")
        if os.environ["CODE"] == "2":
            raise InputError("there is no such file")
        raise typer.Exit(int(os.environ["CODE"]))
app()
"""


@pytest.mark.parametrize(
    ("code", "line"),
    [(1, "Error: Standard output cannot be written: it is closed.\n"), (2, "Error: there is no such file\n")],
)  # fmt: skip
def test_an_answer_that_is_lost_is_told_of_and_keeps_its_exit_code(code: int, line: str) -> None:
    done = subprocess.run(
        ["bash", "-c", '"$0" -c "$1" >&-', sys.executable, ANSWERING],
        env={**os.environ, "CODE": str(code)},
        stderr=subprocess.PIPE,
        timeout=120,
        check=False,
    )
    assert done.returncode == code
    assert done.stderr.decode() == line


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_no_character_is_too_much_for_a_terminal(encoding: str, tmp_path: Path) -> None:
    done = shell("$WORK 2> /dev/null", tmp_path, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert done.returncode == 0
    sign = "≤" if encoding == "utf-8" else "\\u2264"
    assert f"0 {sign} a summary" in done.stdout.decode(encoding)
    assert done.stdout.endswith(b"the end\n")


def test_a_file_never_becomes_standard_output(tmp_path: Path) -> None:
    """Descriptor 1 is taken before anything else can be opened as it, and written into by a library."""
    program = """
import os, sys
from pathlib import Path
from neurolite_core.ground.command_line import App
app = App(add_completion=False)
@app.command()
def main() -> None:
    with Path(os.environ["FILE"]).open("wb") as stream:
        os.write(1, b"from a library")
        stream.write(b"model")
app()
"""
    file = tmp_path / "model"
    done = subprocess.run(
        ["bash", "-c", '"$0" -c "$1" >&- 2>&-', sys.executable, program],
        env={**os.environ, "FILE": str(file)},
        timeout=120,
        check=False,
    )
    assert done.returncode == 0
    assert file.read_bytes() == b"model"


@pytest.mark.parametrize("asking", ["leave_nothing()", "tempfile.gettempdir()"])
def test_a_command_without_a_temporary_folder_says_so(asking: str, tmp_path: Path) -> None:
    program = f"""
import tempfile
from neurolite_core.ground.command_line import App, exit_codes
from neurolite_core.ground.home import leave_nothing
tempfile._candidate_tempdir_list = lambda: ["/proc/none"]
app = App(add_completion=False)
@app.command()
def main() -> None:
    with exit_codes():
        {asking}  # as a library does that is imported
app()
"""
    environment = {name: value for name, value in os.environ.items() if name != "MPLCONFIGDIR"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, check=False, timeout=120
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.decode().startswith("Error: No temporary folder can be written")
    assert done.stderr.count(b"\n") == 1
