"""The shape of the source: module and function sizes, tables that agree with their files."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from neurolite_bench.measuring.artifact import ARTIFACT_KINDS
from neurolite_core.artifact.formats.table import FORMATS
from neurolite_core.network.backbones.table import BACKBONES
from neurolite_core.network.config import POOLINGS
from neurolite_core.network.pooling import POOLING_MODULES
from neurolite_export.targets import TARGETS
from neurolite_runtimes.opening import RUNTIMES
from texts import ROOT

FOLDERS = ("neurolite_start", "neurolite_core", "export", "runtimes", "benchmarks", "examples")
MODULES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_and_functions_stay_small(path: Path) -> None:
    source = path.read_text("utf-8")
    assert len(source.splitlines()) <= 400
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            body = node.end_lineno - node.body[0].lineno + 1
            assert body <= 75, f"{node.name} has {body} lines"


def test_tables_agree_with_each_other_and_with_the_files() -> None:
    assert set(POOLING_MODULES) == set(POOLINGS)
    backbones = {path.stem for path in (ROOT / "neurolite_core/network/backbones").glob("*.py")}
    options = {f"{name}_options" for name in BACKBONES}
    assert set(BACKBONES) | options == backbones - {"__init__", "table", "options", "layers"}
    targets = {path.stem for path in (ROOT / "export/neurolite_export/targets").iterdir()}
    assert set(TARGETS) == targets - {"__init__", "__pycache__"}
    for name, row in TARGETS.items():
        target = row.load()
        assert (target.name, target.suffix) == (name, row.suffix)
        assert target.precisions == row.precisions


def test_what_is_exported_is_recognised_opened_measured_and_installed() -> None:
    assert {row.name for row in FORMATS} == set(TARGETS)
    assert set(RUNTIMES) == set(TARGETS)
    assert set(ARTIFACT_KINDS) == set(TARGETS)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert {row.extra for row in TARGETS.values()} <= set(extras["optional-dependencies"])
