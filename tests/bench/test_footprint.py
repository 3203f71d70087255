"""What measuring needs, counted in an environment whose sizes are known."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from neurolite_bench.footprint import Installed, footprint
from neurolite_core.ground.errors import MissingDependencyError


def install(site: Path, name: str, version: str, size: int, needs: tuple[str, ...] = ()) -> int:
    """Writes a distribution with one module; the bytes of all of it."""
    info = site / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (site / f"{name}.py").write_bytes(b"#" * size)
    required = "".join(f"Requires-Dist: {item}\n" for item in needs)
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{required}"
    (info / "METADATA").write_text(metadata)
    record = f"{name}.py,,\n{info.name}/METADATA,,\n{info.name}/RECORD,,\nremoved.py,,\n"
    (info / "RECORD").write_text(record)
    return size + len(metadata) + len(record)


def test_all_that_is_needed_is_counted_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = (
        "nlb_left>=1",
        "Nlb.Right[fast] (>=2) ; python_version > '3'",
        "nlb_gone ; os_name == 'x'",
    )
    top = install(tmp_path, "nlb_top", "1.0", 10, (*needs, "nlb_extra ; extra == 'more'"))
    left = install(tmp_path, "nlb_left", "2.0", 5_000, ("nlb_right",))
    right = install(tmp_path, "nlb_right", "3.1", 700, ("nlb-top",))
    install(tmp_path, "nlb_extra", "1.0", 9)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert footprint(["nlb_top", "nlb-left"]) == [
        Installed("nlb_left", "2.0", left),
        Installed("nlb_right", "3.1", right),
        Installed("nlb_top", "1.0", top),
    ]
    with pytest.raises(MissingDependencyError, match="pip install nlb-absent"):
        footprint(["nlb-absent"])


def test_the_command_lists_the_base_and_one_runtime() -> None:
    command = [sys.executable, "-m", "neurolite_bench.footprint", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    names = {item["name"] for item in found["distributions"]}
    assert {"neurolite", "numpy", "onnxruntime", "rich", "typer"} <= names
    assert not names & {"torch", "onnx", "Jinja2", "matplotlib"}
    assert found["total_bytes"] == sum(item["size_bytes"] for item in found["distributions"])
