"""A process of its own for a file from a stranger."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from commands import default_signals, run_command
from neurolite_core.ground.errors import ArtifactError
from neurolite_runtimes.isolated import run_isolated


def test_answers_are_the_same(tiny_int8: Path, tmp_path: Path) -> None:
    texts = b"book a table\nwake me at seven\n"
    alone = run_command("neurolite-run", "--isolated", tiny_int8, cwd=tmp_path, stdin=texts)
    together = run_command("neurolite-run", tiny_int8, cwd=tmp_path, stdin=texts)
    assert alone.returncode == 0, alone.stderr
    assert alone.stdout == together.stdout
    assert len(json.loads(alone.stdout.splitlines()[0])["text"]) > 0
    missing = run_command("neurolite-run", "--isolated", "missing.onnx", "a", cwd=tmp_path)
    assert missing.returncode == 2
    assert missing.stderr.count(b"\n") == 1


def test_what_is_behind_the_dashes_is_a_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "says.py").write_text("import sys\nprint(sys.argv[1:])\nsys.exit(2)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    typed = ["--isolated", "x.pte", "--", "--isolated", "-5"]
    monkeypatch.setattr(sys, "argv", ["neurolite-run", *typed])
    assert run_isolated("says", "--isolated", Path("x.pte")) == 2
    assert capfd.readouterr().out == "['x.pte', '--', '--isolated', '-5']\n"


def test_who_interrupts_both_is_told_once(tiny_int8: Path) -> None:
    program = Path(sys.executable).with_name("neurolite-run")
    with default_signals():
        process = subprocess.Popen(
            [program, "--isolated", tiny_int8],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"book a table\n")
    process.stdin.flush()
    assert b"label" in process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, b"Interrupted.\n")


def test_a_process_that_dies_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dies.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["neurolite-run", "--isolated", "x.pte"])
    with pytest.raises(ArtifactError, match=r"x.pte ended the process that opened it \(SIGSEGV\)"):
        run_isolated("dies", "--isolated", Path("x.pte"))
