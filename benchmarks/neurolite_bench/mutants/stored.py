"""The results file: what the tests said of each fault, old suite and new, and of each change that was drawn."""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from neurolite_bench.mutants.records import Mutant, Outcome
from neurolite_bench.results import RESULTS, write_result
from neurolite_core.ground.files import read_limited

RESULT: Final = RESULTS / "mutants.json"
JUDGED: Final = Path(__file__).with_name("judged.toml")
_LIMIT: Final = 2**24


def read_result(path: Path = RESULT) -> dict[str, Any]:
    """The stored result, or an empty one."""
    if not path.is_file():
        return {"faults": {}, "drawn": {}}
    found: dict[str, Any] = json.loads(read_limited(path, _LIMIT))
    found.pop("environment", None)
    return found


def start_again(kind: str, path: Path = RESULT) -> None:
    """Takes out what was found of a kind."""
    result = read_result(path)
    if result[kind]:
        result[kind] = {}
        write_result(path, result)


def known(kind: str, suite: str, path: Path = RESULT) -> frozenset[str]:
    """Ids of the changes that a suite was asked for."""
    rows = read_result(path)[kind]
    return frozenset(name for name, row in rows.items() if suite in row)


def store(
    kind: str,
    suite: str,
    commit: str,
    mutant: Mutant,
    line: int,
    outcome: Outcome,
    path: Path = RESULT,
) -> None:
    """Puts one outcome into the file; everything else in it stays.

    Args:
        kind: "faults" or "drawn".
        suite: "old" or "new".
        commit: of the tree that was asked.
        mutant: the change.
        line: of the file, from 1.
        outcome: what the tests said.
        path: of the file.
    """
    result = read_result(path)
    row = result[kind].setdefault(mutant.id, {})
    row |= {
        "room": mutant.room,
        "file": mutant.file,
        "line": line,
        "find": mutant.find.decode(),
        "replace": mutant.replace.decode(),
        "note": mutant.note,
    }
    row[suite] = asdict(outcome) | {"commit": commit}
    write_result(path, result)


def read_judged(path: Path = JUDGED) -> dict[str, str]:
    """Why a change that survived needs no test, by its id."""
    rows: dict[str, str] = tomllib.loads(read_limited(path, _LIMIT).decode())
    return rows
