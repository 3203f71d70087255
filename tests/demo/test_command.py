"""``neurolite-demo``: the terminal, what is refused, and the page as a folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from artifacts import Store
from commands import call_command, default_signals
from demo.conftest import packaged
from neurolite_runtimes.demo.artifacts import models_of, open_artifacts, uses_of
from neurolite_runtimes.demo.onnxruntime_web import FETCH
from neurolite_runtimes.native_library import FOLDER_VARIABLE

COMMAND = "neurolite-demo"


@pytest.fixture(scope="module")
def intents(exported: Store) -> Path:
    return packaged(exported, "intents", "onnx")


@pytest.fixture(scope="module")
def dialogues(exported: Store) -> Path:
    return packaged(exported, "dialogues", "onnx")


def said(output: bytes) -> str:
    return " ".join(output.decode().split())


def test_a_terminal_answers_lines_and_learns(intents: Path, tmp_path: Path) -> None:
    typed = "my card was stolen, block it\n\ncall an ambulance\n:teach get up = rise and shine\n"
    typed += (
        "rise and shine\n:teach\n:forget get up\n:forget get up\n:nothing\n:quit\nnever asked\n"
    )
    done = call_command(COMMAND, "--terminal", intents, cwd=tmp_path, stdin=typed.encode())
    assert done.returncode == 0, done.stderr
    text = said(done.stdout)
    assert "report_lost_card ████████████████████ 1.00" in text
    assert (
        "rule stolen card: force report_lost_card. A stolen card has to be blocked at once." in text
    )
    assert "not sure enough: better not act on this" in text
    assert "Learned: rise and shine is get up." in text
    assert "taught: get up 1.00; nearest: rise and shine" in text
    assert "Learned: rise and shine is ." not in text
    assert "Say a text first and then its label" in text
    assert "Forgot get up." in text
    assert "There is no :nothing." in text
    assert "never asked" not in text
    assert not list(tmp_path.iterdir())


def test_a_terminal_remembers_a_conversation(dialogues: Path, tmp_path: Path) -> None:
    typed = "I need a cab\nfor four people at seven\n:forget\nfor four people at seven\n"
    done = call_command(COMMAND, "--terminal", dialogues, cwd=tmp_path, stdin=typed.encode())
    first, second = done.stdout.decode().split("Forgot what was said.")
    assert first.count("GetRide  ") >= 2
    assert "GetRide  ██████████" not in second


def test_what_is_taught_is_kept_where_a_store_is_named(intents: Path, tmp_path: Path) -> None:
    for typed in ("rise and shine\n:teach get up\n", "rise and shine\n"):
        done = call_command(
            COMMAND,
            "--terminal",
            "--store",
            "mine.nls",
            intents,
            cwd=tmp_path,
            stdin=typed.encode(),
        )
        assert done.returncode == 0, done.stderr
    assert "taught: get up" in said(done.stdout)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["missing.nlm"], "Cannot read missing.nlm"),
        (["--store", "a.nls"], "--store is for --terminal"),
        (["--terminal", "--out", "site"], "--out writes the page"),
        (["--port", "70000"], "--port is 70000"),
        (["--terminal", "a.nlm", "b.nlm"], "Cannot read a.nlm"),
    ],
)
def test_what_is_refused(arguments: list[str], reason: str, tmp_path: Path) -> None:
    done = call_command(COMMAND, *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert reason in said(done.stderr)
    assert not list(tmp_path.iterdir())


def test_a_generator_is_asked_by_its_own_command(generator: Path, tmp_path: Path) -> None:
    done = call_command(COMMAND, "--terminal", generator, cwd=tmp_path, stdin=b"How are")
    assert done.returncode == 2
    assert f"Ask it with: neurolite-generate {generator.name}" in said(done.stderr).replace(
        f"{generator.parent}/", ""
    )


def test_a_generator_is_for_the_screen_that_writes_alone(generator: Path, intents: Path) -> None:
    """One with a state is no conversation, and its entries are no labels."""
    models = models_of(open_artifacts([generator, intents]))
    assert uses_of(models) == {"taught": ["write"], "intents": ["answer", "teach", "benchmark"]}


def test_two_files_are_too_many_for_a_terminal_and_for_one_name(
    intents: Path, tmp_path: Path
) -> None:
    done = call_command(COMMAND, "--terminal", intents, intents, cwd=tmp_path)
    assert (done.returncode, "--terminal is about one file, not 2" in said(done.stderr)) == (
        2,
        True,
    )
    done = call_command(COMMAND, "--out", "site", intents, intents, cwd=tmp_path)
    assert (done.returncode, "are one model in one format" in said(done.stderr)) == (2, True)


def test_without_npm_the_fetch_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = call_command(COMMAND, "--fetch-onnxruntime-web", cwd=tmp_path)
    assert done.returncode == 2
    assert f"npm is not installed. Install it: apt-get install npm, then {FETCH}" in said(
        done.stderr
    )


def test_a_page_without_engines_is_no_folder(
    intents: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "kept"))
    done = call_command(COMMAND, "--out", "site", intents, cwd=tmp_path)
    assert done.returncode == 2
    assert f"A page without a server cannot run {intents.name}." in said(done.stderr)
    assert FETCH in said(done.stderr)
    assert not (tmp_path / "site").exists()


def test_it_serves_until_it_is_interrupted(intents: Path, tmp_path: Path) -> None:
    """As a process, with an engine that is not there: the server answers in its place."""
    command = [sys.executable, "-m", "neurolite_runtimes.demo_cli", "--no-browser", str(intents)]
    environment = {**os.environ, FOLDER_VARIABLE: str(tmp_path), "PYTHONUNBUFFERED": "1"}
    with default_signals():
        server = subprocess.Popen(  # our own command
            command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )
    with server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split()[0].decode()
            assert address.startswith("http://127.0.0.1:")
            with urllib.request.urlopen(f"{address}site.json", timeout=30) as response:
                described = json.load(response)
            assert described["models"][0]["files"].keys() == {"local"}
            assert FETCH in described["missing"]
            server.send_signal(signal.SIGINT)
            _, errors = server.communicate(timeout=30)
        finally:
            server.kill()  # nothing, where it has ended
    assert server.returncode == 130
    assert b"Traceback" not in errors
