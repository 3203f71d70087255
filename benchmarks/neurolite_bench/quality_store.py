"""The accuracy table's JSON: one entry per data set, model and seed, added to from run to run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from neurolite_bench.results import fingerprint, write_result
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import read_limited

OURS: Final = "neurolite"
_LIMIT: Final = 2**26


def read_sets(path: Path) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Data set -> model -> runs by seed; empty where there is no file yet.

    Raises:
        InputError: the file is no result of this benchmark.
    """
    if not path.exists():
        return {}
    try:
        sets: Any = json.loads(read_limited(path, _LIMIT))["sets"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} is not a result of this benchmark; give another --out."
        ) from error
    return dict(sets)


def add_run(
    path: Path, name: str, model: str, run: dict[str, Any], benchmark: str = "quality"
) -> None:
    """Puts a run in the place of the one with the same set, model and seed, with its own fingerprint."""
    sets = read_sets(path)
    runs = [old for old in sets.get(name, {}).get(model, []) if old["seed"] != run["seed"]]
    runs.append(run | {"environment": fingerprint()})
    sets.setdefault(name, {})[model] = sorted(runs, key=lambda item: int(item["seed"]))
    write_result(path, {"benchmark": benchmark, "sets": sets})


def values(runs: Sequence[dict[str, Any]], figure: str) -> list[float]:
    """A figure of all runs that have it."""
    return [float(run[figure]) for run in runs if run.get(figure) is not None]
