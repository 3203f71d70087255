"""The wheel: its packages, typing marks and data, and a life without the heavy extras."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from neurolite_core.models.default import MODELS
from texts import ROOT

PACKAGES = {
    "neurolite_start",
    "neurolite_core",
    "neurolite_export",
    "neurolite_runtimes",
    "neurolite_bench",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    (path,) = folder.glob("*.whl")
    return path


def test_contents(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)
    assert "neurolite_export/probes/multilingual.txt" in names
    assert {
        f"neurolite_core/evaluation/{page}.{kind}.jinja"
        for page in ("report", "spans/report", "spans/part")
        for kind in ("html", "md")
    } <= set(names)
    assert "neurolite_core/text/page.css" in names
    assert {"neurolite_bench/published.toml", "neurolite_bench/report/page.html.jinja"} <= set(
        names
    )
    assert not [name for name in names if name.endswith((".csv", ".onnx", ".pyc"))]


def test_it_is_small_with_all_models(wheel: Path) -> None:
    assert wheel.stat().st_size < 16_000_000


def test_commands_and_metadata(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (entry,) = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
    assert {
        line.partition(" ")[0] for line in archive.read(entry).decode().splitlines() if "=" in line
    } >= {
        "neurolite-export",
        "neurolite-learn",
        "neurolite-run",
        "neurolite-train",
    }
    for name in MODELS:
        files = {
            f"neurolite_core/models/{name}/{file}" for file in ("model.safetensors", "CARD.md")
        }
        assert files <= set(archive.namelist())
    (metadata,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    text = archive.read(metadata).decode()
    required = [line for line in text.splitlines() if line.startswith("Requires-Dist")]
    always = {re.split(r"[ <>=]", line)[1] for line in required if "extra ==" not in line}
    assert always == {"numpy", "psutil", "rich", "typer"}
    assert "License-Expression: MIT AND CC-BY-SA-4.0" in text


def test_without_heavy_packages_the_command_names_the_extra(wheel: Path, tmp_path: Path) -> None:
    """Runs the wheel itself, with the optional packages hidden."""
    script = f"""
import sys
def ours(path):  # the checkout, but not an environment that lies in it
    return {str(ROOT)!r} in path and "python3" not in path
sys.path[:] = [{str(wheel)!r}] + [path for path in sys.path if not ours(path)]
for name in ("torch", "onnx", "onnxscript", "onnxruntime", "safetensors"):
    sys.modules[name] = None
import neurolite_core
assert {str(wheel)!r} in neurolite_core.__file__, neurolite_core.__file__
from neurolite_export.cli import app
app(["--int8"], standalone_mode=True)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "pip install 'neurolite[export]'" in done.stderr
    assert "Traceback" not in done.stderr
