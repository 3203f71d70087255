"""Draws changes over all rooms, the same from the same seed and source."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from pathlib import Path

from neurolite_bench.mutants import c_changes, python_changes
from neurolite_bench.mutants.records import Mutant
from neurolite_bench.mutants.rooms import ROOMS, sources_of


def draw(root: Path, count: int, seed: int, rooms: Sequence[str] = tuple(ROOMS)) -> list[Mutant]:
    """Changes, as many of one room as of another, within a room of all kinds alike.

    Args:
        root: of the tree.
        count: of all rooms together; fewer where there are not as many.
        seed: of the choice.
        rooms: that are drawn from.
    """
    found: list[Mutant] = []
    for place, room in enumerate(rooms):
        share = count * (place + 1) // len(rooms) - count * place // len(rooms)
        found += _of_room(root, room, share, random.Random(f"{seed} {room}"))  # noqa: S311
    return found


def _of_room(root: Path, room: str, count: int, rng: random.Random) -> list[Mutant]:
    by_kind: dict[str, list[Mutant]] = {}
    for file in sources_of(root, room):
        content = (root / file).read_bytes()
        changes = python_changes.changes_of if file.endswith(".py") else c_changes.changes_of
        for change in changes(content):
            by_kind.setdefault(change.kind, []).append(_mutant(room, file, content, change))
    found: list[Mutant] = []
    lines: set[tuple[str, int]] = set()
    while len(found) < count and by_kind:
        kind = rng.choice(sorted(by_kind))
        rows = by_kind[kind]
        mutant = rows.pop(rng.randrange(len(rows)))
        if not rows:
            del by_kind[kind]
        line = mutant.lines((root / mutant.file).read_bytes()).start
        if (mutant.file, line) not in lines:  # one a line
            lines.add((mutant.file, line))
            found.append(mutant)
    return found


def _mutant(room: str, file: str, content: bytes, change: python_changes.Change) -> Mutant:
    # By its line's text, not its number: the same change keeps its name while others move it.
    first = content.rfind(b"\n", 0, change.start) + 1
    last = content.find(b"\n", change.end)
    line = content[first : last if last >= 0 else len(content)]
    key = [file.encode(), line, b"%d" % (change.start - first), change.text]
    name = hashlib.sha256(b"\0".join(key)).hexdigest()[:8]
    return Mutant(
        id=f"{room}-{name}",
        room=room,
        file=file,
        start=change.start,
        find=content[change.start : change.end],
        replace=change.text,
        note=change.kind,
    )
