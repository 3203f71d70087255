"""However a command is ended: its line and code, and no process of it afterwards."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from commands import default_signals
from neurolite_core.ground.signals import GRACE

COMMAND = """
import sys, time
from pathlib import Path
import numpy as np
from neurolite_core.ground.command_line import App, exit_codes
app = App(add_completion=False)
class Loses:
    def __del__(self):
        time.sleep(600)  # what is raised here reaches nobody
def compute():
    print("busy", flush=True)
    if sys.argv[1] == "losing":
        Loses()
        time.sleep(600)
    if sys.argv[1] == "importing":
        try:
            time.sleep(600)
        except BaseException as error:
            raise ImportError("no such library") from error
    if sys.argv[1] == "python":
        while True:
            time.sleep(0.01)
    if sys.argv[1] == "catching":
        while True:
            try:
                time.sleep(60)
            except BaseException:
                pass
    np.linalg.svd(np.random.default_rng(0).normal(size=(6000, 6000)))  # minutes inside a library
@app.command()
def main(how: str, folder: Path) -> None:
    with exit_codes():
        try:
            compute()
        finally:
            (folder / "closed").write_text("closed")
app()
"""

KEEPING = """
import time
from neurolite_core.ground.command_line import App, exit_codes
from neurolite_core.ground.signals import GRACE, as_interrupts
app = App(add_completion=False)
@app.command()
def main() -> None:
    with exit_codes():
        try:
            with as_interrupts():
                print("busy", flush=True)
                time.sleep(600)
        except KeyboardInterrupt:
            time.sleep(GRACE + 1)  # longer than a command is given that was not asked
            print("kept", flush=True)
app()
"""

LAST = """
import atexit, sys, time
from neurolite_core.ground.command_line import App, exit_codes
app = App(add_completion=False)
class Large:
    def __del__(self):  # as the interpreter takes modules apart
        time.sleep(600)
large = Large()
@atexit.register
def close():
    print("closed", flush=True)
    if sys.argv[1] == "hangs":
        time.sleep(600)
@app.command()
def main(how: str) -> None:
    with exit_codes():
        print("busy", flush=True)
        time.sleep(600)
app()
"""

OWNER = """
import multiprocessing, os, sys, time
from neurolite_core.ground.lifelines import end_with_owner
def work(number):
    end_with_owner()
    os.write(1, b"%d\\n" % os.getpid())  # at once, as the other writes too
    time.sleep(600)
if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    for number in range(2):
        context.Process(target=work, args=(number,)).start()
    time.sleep(600)
"""

CHILD = """
import os, time
from neurolite_core.ground.lifelines import end_with_parent
end_with_parent()
print(os.getpid(), flush=True)
time.sleep(600)
"""

PARENT = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", sys.argv[1]])
time.sleep(600)
"""


def start(
    program: str, *arguments: str | Path, script: Path | None = None
) -> subprocess.Popen[str]:
    """Starts a program; as one of our commands, whose imports are guarded, where it gets a script of that name."""
    if script is not None:
        script.write_text(program)
    with default_signals():
        return subprocess.Popen(
            [sys.executable, *(("-c", program) if script is None else (script,)), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.mark.parametrize(
    ("number", "code", "line"),
    [
        (signal.SIGTERM, 143, "Terminated.\n"),
        (signal.SIGHUP, 129, "Terminated.\n"),
        (signal.SIGINT, 130, "Interrupted.\n"),
    ],
)
@pytest.mark.parametrize("how", ["python", "losing", "importing"])
def test_a_signal_ends_a_command_in_order(
    how: str, number: signal.Signals, code: int, line: str, tmp_path: Path
) -> None:
    script = tmp_path / "neurolite-run" if how == "python" else None
    process = start(COMMAND, how, tmp_path, script=script)
    assert process.stdout is not None
    assert process.stdout.readline() == "busy\n"
    time.sleep(0.2)  # until print() has returned
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (code, line)
    assert (tmp_path / "closed").is_file()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
@pytest.mark.parametrize("how", ["catching", "library"])
def test_who_does_not_end_is_ended(
    how: str, number: signal.Signals, code: int, tmp_path: Path
) -> None:
    process = start(COMMAND, how, tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "busy\n"
    time.sleep(0.5)
    begun = time.monotonic()
    process.send_signal(number)
    try:
        assert process.wait(timeout=60) == code
        assert time.monotonic() - begun < GRACE + 10  # the machine may be busy
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
@pytest.mark.parametrize("how", ["works", "hangs"])
def test_the_end_itself_takes_no_time(how: str, number: signal.Signals, code: int) -> None:
    process = start(LAST, how)
    assert process.stdout is not None
    assert process.stdout.readline() == "busy\n"
    time.sleep(0.5)
    process.send_signal(number)
    try:
        assert process.wait(timeout=60) == code
        assert process.stdout.read() == "closed\n"
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_command_that_takes_signals_over_ends_as_it_decides(number: signal.Signals) -> None:
    process = start(KEEPING)
    assert process.stdout is not None
    assert process.stdout.readline() == "busy\n"
    time.sleep(
        0.5
    )  # until print() has returned: interrupted while it flushes, it writes the line once more
    process.send_signal(number)
    shown, errors = process.communicate(timeout=60)
    assert (process.returncode, shown, errors) == (0, "kept\n", "")


def gone(numbers: list[int]) -> bool:
    end = time.monotonic() + 60
    while any(psutil.pid_exists(number) for number in numbers):
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


@pytest.mark.parametrize("kind", ["forkserver", "spawn"])
def test_processes_end_with_their_owner(kind: str, tmp_path: Path) -> None:
    program = tmp_path / "owner.py"  # its processes import it by its path
    program.write_text(OWNER)
    process = subprocess.Popen(
        [sys.executable, str(program), kind], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        numbers = [int(process.stdout.readline()) for _ in range(2)]
    finally:
        process.kill()
        process.wait()
    assert gone(numbers)
    process.stdout.close()


@pytest.mark.parametrize("kernel", [True, False])
def test_a_child_ends_with_its_parent(kernel: bool) -> None:
    program = CHILD
    if not kernel:  # as on systems that cannot be asked
        program = (
            "from neurolite_core.ground import lifelines\n"
            "lifelines._asked_kernel = lambda: False\n" + CHILD
        )
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, program], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        number = int(process.stdout.readline())
        assert psutil.pid_exists(number)
    finally:
        process.kill()
        process.wait()
    assert gone([number])
    process.stdout.close()
