"""The rows of results/generation.json: a model's figures on texts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from neurolite_bench.results import RESULTS, write_result
from neurolite_core.ground.files import read_limited

GENERATION: Final = RESULTS / "generation.json"
VALIDATION: Final = RESULTS / "generation_validation.json"
MEGABYTE: Final = 10**6
NGRAMS: Final = "ngrams"
GENERATOR: Final = "generator"
_LIMIT: Final = 2**24


def keep(path: Path, row: dict[str, Any]) -> None:
    """Writes a row in the place of an earlier one of the same texts, model and limit of size."""
    rows = read_rows(path) if path.exists() else []
    kept = [each for each in rows if _key(each) != _key(row)]
    write_result(path, {"benchmark": "generation", "rows": sorted([*kept, row], key=_key)})


def read_rows(path: Path) -> list[dict[str, Any]]:
    """All rows of a result."""
    rows: list[dict[str, Any]] = json.loads(read_limited(path, _LIMIT))["rows"]
    return rows


def _key(row: dict[str, Any]) -> tuple[str, str, str, int, float]:
    size = round(row["megabytes"], 1)
    return row["texts"], row["kind"], row["model"], row["vocabulary"], size
