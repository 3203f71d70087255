"""Writes the vectors that every app's code is held to: Python's answers, for code without a model.

Run ``python tests/golden/apps/make.py`` after a change of what docs/app-contract.md says, and never otherwise. Bytes,
float32 and UTF-16 units are hex: floats little-endian, units big-endian with four digits each.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from golden.apps import (
    app_decisions,
    app_generation,
    app_spans,
    app_states,
    app_statistics,
    app_stores,
    app_texts,
)

HERE: Final = Path(__file__).parent
MADE: Final[Mapping[str, Callable[[], dict[str, Any]]]] = {
    "texts": app_texts.made,
    "decisions": app_decisions.made,
    "spans": app_spans.made,
    "states": app_states.made,
    "statistics": app_statistics.made,
    "generation": app_generation.made,
}


def dumped(found: Mapping[str, Any]) -> str:
    """JSON in ASCII with a line for each case, so that differences can be read."""
    return _text(found, "\n") + "\n"


def _text(value: Any, line: str) -> str:  # noqa: ANN401  # any JSON
    """``line`` is a line break with the indent of the value."""
    deeper = f"{line} "
    if isinstance(value, Mapping) and any(map(_is_rows, value.values())):
        parts = (f"{deeper}{json.dumps(key)}: {_text(each, deeper)}" for key, each in value.items())
        return "{" + ",".join(parts) + line + "}"
    if _is_rows(value):
        return "[" + ",".join(deeper + _text(each, deeper) for each in value) + line + "]"
    return json.dumps(value)


def _is_rows(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def files(folder: Path) -> None:
    """All vectors, into a folder."""
    for name, made in MADE.items():
        (folder / f"{name}.json").write_text(dumped(made()), "utf-8")
    (folder / "stores.json").write_text(dumped(app_stores.made(folder)), "utf-8")


if __name__ == "__main__":
    files(HERE)
