"""The server of processes and what it forks end with their owner, from the server's first import on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from commands import default_signals
from neurolite_core.ground.lifelines import end_if_owned, owning
from neurolite_start import OWNER_VARIABLE

# What the server imports: it says who it is, and is not ready before it is told.
SLOW = """
import os, time
from pathlib import Path
Path("server").write_text(str(os.getpid()))
while not Path("go").exists():
    time.sleep(0.02)
"""

# As on systems whose kernel cannot be asked.
NO_KERNEL = """
from neurolite_core.ground import lifelines
lifelines._asked_kernel = lambda: False
import neurolite_core.ground.process_server
"""

# Its workers are as yet untold to end with their owner: a training's are only once they have all that they need.
OWNER = """
import os, signal, sys, time
from pathlib import Path
from neurolite_core.ground import processes

def work():
    child = os.fork()  # what a worker starts is not the server's
    if not child:
        time.sleep(0.5)
        os._exit(7)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(os.getpid(), status, signal.getsignal(signal.SIGINT) == signal.SIG_IGN, flush=True)
    time.sleep(600)

if __name__ == "__main__":
    if len(sys.argv) > 1:
        processes._FIRST = sys.argv[1]
    context = processes.processes("slow")
    context.Process(target=work).start()  # returns when the server has answered
    time.sleep(600)
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the owner of a server in a folder, and ends what is left of it."""
    for name, text in {"slow": SLOW, "no_kernel": NO_KERNEL, "owner": OWNER}.items():
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(text))
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
        with default_signals():
            process = subprocess.Popen(
                [sys.executable, "owner.py", *arguments],
                cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": path},
                stdout=subprocess.PIPE,
                text=True,
            )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()
    server = tmp_path / "server"
    if server.exists() and psutil.pid_exists(int(server.read_text())):
        psutil.Process(int(server.read_text())).kill()


def server_of(folder: Path) -> psutil.Process:
    """The process that is importing, as soon as it is there."""
    end = time.monotonic() + 60
    while not (text := _read(folder / "server")):
        assert time.monotonic() < end
        time.sleep(0.02)
    return psutil.Process(int(text))


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def gone(process: psutil.Process) -> bool:
    end = time.monotonic() + 20
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize("first", ["neurolite_core.ground.process_server", "no_kernel"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP])
def test_a_server_that_still_imports_ends_with_its_owner(
    start: Start, tmp_path: Path, number: signal.Signals, first: str
) -> None:
    owner = start(first)
    server = server_of(tmp_path)
    tracker = [
        child
        for child in psutil.Process(owner.pid).children()
        if any("resource_tracker" in word for word in child.cmdline())
    ]
    assert tracker
    owner.send_signal(number)
    owner.wait()
    assert gone(server)
    assert gone(tracker[0])  # it ends as soon as nobody holds its pipe


def test_a_worker_ends_with_its_owner_before_it_was_told_to(start: Start, tmp_path: Path) -> None:
    owner = start()
    server = server_of(tmp_path)
    server.send_signal(signal.SIGINT)  # as Ctrl-C does, which is the owner's to answer
    (tmp_path / "go").touch()
    assert owner.stdout is not None
    number, status, ignores = owner.stdout.readline().split()
    assert (status, ignores) == ("7", "True")
    worker = psutil.Process(int(number))
    owner.kill()
    owner.wait()
    assert gone(worker)
    assert gone(server)


def test_the_first_import_of_a_server_is_a_small_one() -> None:
    # Until it is done, the server is tied to nothing.
    program = "import sys, neurolite_core.ground.process_server; print('numpy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def ended() -> int:
    """The number of a process that is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.mark.parametrize("module", ["process_server", "command_line"])
def test_who_asked_may_have_ended_before(module: str) -> None:
    program = "import neurolite_core.ground.process_server as found; print('there')"
    if module == "command_line":
        program = (
            "from neurolite_core.ground.command_line import App\n"
            "app = App(add_completion=False)\n"
            "app.command()(lambda: print('there'))\n"
            "app()\n"
        )

    def run(owner: int) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, OWNER_VARIABLE: str(owner)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    assert run(ended()) == (1, "")
    zombie = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    assert zombie.stdout is not None
    zombie.stdout.read()
    assert gone(psutil.Process(zombie.pid))
    assert run(zombie.pid) == (1, "")
    zombie.communicate()
    assert run(os.getpid()) == (0, "there\n")
    assert run(os.getppid()) == (0, "there\n")  # handed on by this process, which is there


def test_an_owner_is_named_in_the_block_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OWNER_VARIABLE, "12")
    with owning():
        assert os.environ[OWNER_VARIABLE] == str(os.getpid())
    assert os.environ[OWNER_VARIABLE] == "12"
    monkeypatch.setenv(OWNER_VARIABLE, str(os.getpid()))
    assert not end_if_owned()
    assert OWNER_VARIABLE not in os.environ
    with owning():
        pass
    assert OWNER_VARIABLE not in os.environ


@pytest.mark.parametrize("value", ["", "x", "-1", "²", "1 2"])
def test_no_number_is_no_owner(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(OWNER_VARIABLE, value)
    assert not end_if_owned()
