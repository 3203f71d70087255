"""A folder is one process's at a time, whatever ends that process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.locks import locked

HOLDING = """
import sys, time
from pathlib import Path
from neurolite_core.ground.locks import locked
with locked(Path(sys.argv[1]), "test", "tests"):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""

ADDING = """
import sys
from pathlib import Path
from neurolite_core.ground.locks import locked
folder = Path(sys.argv[1])
for _ in range(50):
    with locked(folder, "test", "tests", patience=60):
        count = int((folder / "count").read_text())
        (folder / "count").write_text(str(count + 1))
"""


def start(program: str, *arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)], stdout=subprocess.PIPE, text=True
    )


def held(folder: Path, seconds: float) -> subprocess.Popen[str]:
    process = start(HOLDING, folder, str(seconds))
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_is_refused_with_the_number_of_the_first(tmp_path: Path) -> None:
    process = held(tmp_path, 60)
    try:
        with (
            pytest.raises(InputError, match=f"Process {process.pid} tests .*another folder"),
            locked(tmp_path, "test", "tests"),
        ):
            pytest.fail("both hold it")
    finally:
        process.kill()
        process.communicate()


def test_who_has_patience_waits(tmp_path: Path) -> None:
    process = held(tmp_path, 0.3)
    with locked(tmp_path, "test", "tests", patience=60):
        assert process.wait(timeout=60) == 0
    process.communicate()
    assert list(tmp_path.iterdir()) == []


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    process = held(tmp_path, 60)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert (tmp_path / ".test.lock").is_file()
    started = time.monotonic()
    with locked(tmp_path, "test", "tests"):
        assert (tmp_path / ".test.lock").read_text().split()[0] == str(os.getpid())
    assert time.monotonic() - started < 5
    assert list(tmp_path.iterdir()) == []


def test_a_count_of_many_processes_is_right(tmp_path: Path) -> None:
    (tmp_path / "count").write_text("0")
    processes = [start(ADDING, tmp_path) for _ in range(3)]
    assert [process.wait(timeout=300) for process in processes] == [0, 0, 0]
    for process in processes:
        process.communicate()
    assert (tmp_path / "count").read_text() == "150"


def test_a_link_in_the_lock_s_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("whole")
    (tmp_path / ".test.lock").symlink_to(tmp_path / "victim")
    with pytest.raises(InputError, match="Cannot write"), locked(tmp_path, "test", "tests"):
        pytest.fail("it was followed")
    assert (tmp_path / "victim").read_text() == "whole"
