"""The list of faults: one each line that a refactoring could break, and what a user would get of it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from neurolite_bench.mutants.records import Mutant
from neurolite_bench.mutants.rooms import ROOMS
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import read_limited

FAULTS: Final = Path(__file__).with_name("faults.toml")
_LIMIT: Final = 2**20
_KEYS: Final = ("id", "room", "file", "find", "replace", "effect")


def read_rows(path: Path = FAULTS) -> list[dict[str, Any]]:
    """Rows of the list.

    Raises:
        InputError: not TOML, a key that is missing or unknown, an unknown room, or an id that stands twice.
    """
    try:
        rows: list[dict[str, Any]] = tomllib.loads(read_limited(path, _LIMIT).decode())["fault"]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError) as error:
        raise InputError(f"{path} is not a list of [[fault]]: {error}") from error
    seen: set[str] = set()
    for row in rows:
        wrong = set(_KEYS) ^ (row.keys() - {"old", "old_why"})
        if wrong:
            raise InputError(f"{path}: a fault lacks or does not know {', '.join(sorted(wrong))}.")
        if row["room"] not in ROOMS:
            raise InputError(
                f"{path}: {row['id']} is of the room {row['room']!r}; choose one of: {', '.join(ROOMS)}."
            )
        if row["id"] in seen:
            raise InputError(f"{path}: the id {row['id']!r} stands twice.")
        seen.add(row["id"])
    return rows


def fault_of(row: Mapping[str, Any], root: Path, *, old: bool = False) -> Mutant:
    """A fault in a tree.

    Args:
        row: of the list.
        root: of the tree.
        old: take the snippet of the tree of before, where the row has one.

    Raises:
        InputError: the snippet is not there exactly once, or the change is none.
    """
    place = dict(row) | (row.get("old", {}) if old else {})
    content = read_limited(root / place["file"], _LIMIT)
    find, replace = place["find"].encode(), place["replace"].encode()
    times = content.count(find)
    if times != 1:
        raise InputError(
            f"{row['id']}: {place['file']} has its snippet {times} times; it must stand there once. "
            f"Put the fault of {FAULTS.name} where its line went: {place['find']!r}"
        )
    if find == replace:
        raise InputError(f"{row['id']}: find and replace are the same.")
    return Mutant(
        id=row["id"],
        room=row["room"],
        file=place["file"],
        start=content.index(find),
        find=find,
        replace=replace,
        note=row["effect"],
    )
