"""The same .tflite under tflite-runtime 2.14 and numpy 1.x, which 32-bit boards have."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from artifacts import Store
from commands import call_command
from texts import ROOT

TEXTS = ("Book a table for two, please", "Où est la gare ?", "明日の天気は?", "", "w " * 300)
PACKAGES = (str(ROOT), "tflite-runtime==2.14.0", "numpy<2")


@pytest.fixture(scope="module")
def old_board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with this package and tflite-runtime in place of ai-edge-litert."""
    if sys.version_info[:2] != (3, 11):
        pytest.skip("tflite-runtime 2.14 has wheels up to Python 3.11")
    folder = tmp_path_factory.mktemp("old") / "venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    done = subprocess.run(
        [folder / "bin" / "python", "-m", "pip", "install", "--quiet", *PACKAGES],
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    if "No matching distribution found for tflite-runtime" in done.stderr:
        pytest.skip("no wheel of tflite-runtime 2.14 for this platform, or no package index")
    assert done.returncode == 0, done.stderr
    return folder / "bin"


@pytest.mark.parametrize(("precision", "allowed"), [("float32", 1e-5), ("int8", 0.05)])
def test_answers_as_under_ai_edge_litert(
    old_board: Path, exported: Store, tmp_path: Path, precision: str, allowed: float
) -> None:
    path = exported("litert", "tiny", precision).path
    new = call_command("neurolite-run", path, *TEXTS, cwd=tmp_path)
    old = subprocess.run(
        [old_board / "neurolite-run", path, *TEXTS], cwd=tmp_path, capture_output=True, check=False
    )
    assert old.returncode == 0, old.stderr.decode()
    rows = [[json.loads(line) for line in done.stdout.splitlines()] for done in (old, new)]
    assert len(rows[0]) == len(TEXTS)
    for left, right in zip(*rows, strict=True):
        for name in ("score", "in_scope"):
            assert left.pop(name) == pytest.approx(right.pop(name), abs=allowed)
        assert left == right
