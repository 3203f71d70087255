"""The shape of the source: module and function sizes, tables that agree with their files."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from neurolite_core.network.backbones.table import BACKBONES
from neurolite_core.network.config import POOLINGS
from neurolite_core.network.pooling import POOLING_MODULES
from neurolite_export.targets import TARGETS
from texts import ROOT

FOLDERS = ("neurolite_core", "export", "runtimes", "benchmarks")
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
    assert set(BACKBONES) | options == backbones - {"__init__", "table"}
    targets = {path.stem for path in (ROOT / "export/neurolite_export/targets").iterdir()}
    assert set(TARGETS) == targets - {"__init__", "__pycache__"}
    for name, row in TARGETS.items():
        target = row.load()
        assert (target.name, target.suffix) == (name, row.suffix)
        assert target.precisions == row.precisions
