"""``make test`` works with the ``test`` extra alone, also where ``make lint`` has installed more."""

from __future__ import annotations

import ast
import tomllib

from texts import ROOT

TOOLS = {"build": "build", "import-linter": "importlinter", "mypy": "mypy", "ruff": "ruff"}


def test_no_test_imports_what_only_dev_brings() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    own, *tools = extras["dev"]
    assert own == "neurolite[test]"
    assert {line.partition(">")[0] for line in tools} == set(TOOLS)
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            imported = {name.partition(".")[0] for name in names}
            assert not imported & set(TOOLS.values()), path
