"""The wheel: its packages, typing marks and data, and a life without the heavy extras."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from artifacts import Store
from native.tools import need
from neurolite_core.models.default import MODELS
from neurolite_runtimes.demo.places import page_files, page_folder
from neurolite_runtimes.wasm_build import BUILDS
from texts import ROOT

PACKAGES = {
    "neurolite_start",
    "neurolite_core",
    "neurolite_export",
    "neurolite_runtimes",
    "neurolite_bench",
}


def made_wheel(folder: Path, variables: Mapping[str, str]) -> Path:
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT],
        check=True, capture_output=True, timeout=300, env={**os.environ, **variables},
    )  # fmt: skip
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_wheel(tmp_path_factory.mktemp("wheel"), {})


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
    assert not [name for name in names if name.endswith((".csv", ".onnx", ".pyc", ".so"))]
    assert wheel.name.endswith("-py3-none-any.whl")


def test_the_page_is_there_without_what_runs_onnx(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    page = {
        f"neurolite_runtimes/page/{path.relative_to(page_folder())}" for path in page_files_alone()
    }
    assert page <= set(names)
    assert {name for name in names if name.startswith("neurolite_runtimes/page/")} == page
    assert not [name for name in names if name.endswith(".wasm") or "onnxruntime-web" in name]


def page_files_alone() -> list[Path]:
    return [path for path in page_files().values() if page_folder() in path.parents]


def test_one_that_carries_the_c_library_for_pages_is_for_every_machine(tmp_path: Path) -> None:
    folder = tmp_path / "wasm"
    folder.mkdir()
    for name in BUILDS:
        (folder / name).write_bytes(b"\0asm")
    made = made_wheel(tmp_path, {"NEUROLITE_WHEEL_WASM": str(folder)})
    assert made.name.endswith("-py3-none-any.whl")
    carried = {f"neurolite_runtimes/carried/{name}" for name in BUILDS}
    assert carried <= set(zipfile.ZipFile(made).namelist())


def test_it_is_small_with_all_models(wheel: Path) -> None:
    assert wheel.stat().st_size < 16_000_000


def test_commands_and_metadata(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (entry,) = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
    assert {
        line.partition(" ")[0] for line in archive.read(entry).decode().splitlines() if "=" in line
    } >= {
        "neurolite-demo",
        "neurolite-export",
        "neurolite-generate",
        "neurolite-learn",
        "neurolite-run",
        "neurolite-search",
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


@pytest.mark.skipif(sys.platform != "linux", reason="the names are Linux's")
def test_one_that_carries_the_c_library_opens_files_with_it(
    exported: Store, tmp_path: Path
) -> None:
    need("cmake")
    need("cc")
    wheel = made_wheel(tmp_path, {"NEUROLITE_WHEEL_LIBRARY": "1"})
    assert re.fullmatch(r"neurolite-[\d.]+-py3-none-linux_\w+\.whl", wheel.name)
    archive = zipfile.ZipFile(wheel)
    carried = "neurolite_runtimes/carried/libneurolite_model.so"
    assert {carried, f"{carried}.sha256"} <= set(archive.namelist())
    about = archive.read(f"neurolite-{wheel.name.split('-')[1]}.dist-info/WHEEL").decode()
    assert "Root-Is-Purelib: false" in about
    archive.extractall(tmp_path / "site")
    script = f"""
import sys
sys.path[:] = [{str(tmp_path / "site")!r}] + [p for p in sys.path if not p or {str(ROOT)!r} not in p or "python3" in p]
from pathlib import Path
import neurolite_runtimes
assert {str(tmp_path)!r} in neurolite_runtimes.__file__
from neurolite_runtimes.opening import open_artifact
print(open_artifact(Path({str(exported("c", "one", "int8").path)!r})).runtime)
"""
    home = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "NEUROLITE_OPS_DIR": ""}
    for named, expected in (("", "libneurolite_model ("), (str(tmp_path), "numpy")):
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False,
            env={**home, "NEUROLITE_OPS_DIR": named},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert expected in done.stdout
