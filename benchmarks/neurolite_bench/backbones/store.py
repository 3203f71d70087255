"""The result: runs by row, data set and seed, and what was measured of the files with random weights."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from neurolite_bench.results import RESULTS, fingerprint, write_result
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import read_limited

RESULT: Final = RESULTS / "backbones.json"
BENCHMARK: Final = "backbones"
_LIMIT: Final = 2**26


def read_result(path: Path) -> dict[str, Any]:
    """The result so far, without the fingerprint of the file; empty where there is none.

    Raises:
        InputError: the file is no result of this benchmark.
    """
    if not path.exists():
        return {"benchmark": BENCHMARK, "runs": []}
    try:
        found: Any = json.loads(read_limited(path, _LIMIT))
        named = found["benchmark"] == BENCHMARK and isinstance(found["runs"], list)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} is not a result of this benchmark; give another --out."
        ) from error
    if not named:
        raise InputError(f"{path} is a result of another benchmark; give another --out.")
    return {name: value for name, value in found.items() if name != "environment"}


def add_runs(path: Path, runs: Iterable[Mapping[str, Any]]) -> None:
    """Puts each run in the place of the one with the same row, data set and seed.

    Raises:
        InputError: the file is no result of this benchmark.
    """
    result = read_result(path)
    kept = {_key(run): run for run in [*result["runs"], *runs]}
    result["runs"] = [kept[key] for key in sorted(kept)]
    write_result(path, result)


def add_part(path: Path, name: str, files: Mapping[str, Mapping[str, Any]]) -> None:
    """Adds figures of backbones to a part, such as ``speed``, which gets the fingerprint of this machine.

    Raises:
        InputError: the file is no result of this benchmark.
    """
    result = read_result(path)
    old = result.get(name, {}).get("files", {})
    joined = {key: {**old.get(key, {}), **files.get(key, {})} for key in {**old, **files}}
    write_result(path, {**result, name: {"files": joined, "environment": fingerprint()}})


def _key(run: Mapping[str, Any]) -> tuple[str, str, int]:
    return str(run["row"]), str(run["set"]), int(run["seed"])
