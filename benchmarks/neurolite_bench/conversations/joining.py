"""Conversations of one side, and more made of their pieces: ``python -m neurolite_bench.conversations.joining``.

The training rows of the package's model ``dialogues``: in the data a subject seldom changes but where the other side
has asked for it, and an app's user changes it at once.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from neurolite_core.ground.checks import require_range
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import read_limited, write_atomically

Row = Mapping[str, str]
_COLUMNS: Final = ("dialogue", "turn", "speaker", "text", "label")
_LIMIT: Final = 2**28
_MOST: Final = 10**6
_LONGEST_PIECE: Final = 6
_OF_TWO: Final = 0.6  # of the joined ones; the others are of three pieces


def rows_of(path: Path, speaker: str) -> list[Row]:
    """One side's turns of a CSV with the columns dialogue, turn, speaker, text and label.

    Raises:
        InputError: another file, or nobody of that name speaks.
    """
    reader = csv.DictReader(io.StringIO(read_limited(path, _LIMIT).decode("utf-8"), newline=""))
    if missing := [name for name in _COLUMNS if name not in (reader.fieldnames or ())]:
        raise InputError(f"{path} has no column {missing[0]!r}; it needs {', '.join(_COLUMNS)}.")
    rows = [{name: row[name] or "" for name in _COLUMNS} for row in reader]
    found: list[Row] = [row for row in rows if row["speaker"] == speaker]
    if not found:
        speakers = ", ".join(sorted({row["speaker"] for row in rows}))
        raise InputError(f"Nobody in {path} is called {speaker!r}; its speakers: {speakers}.")
    return found


def joined_conversations(rows: Sequence[Row], count: int, seed: int) -> list[Row]:
    """Conversations of two or three pieces, each up to six turns from where an intent begins.

    Args:
        rows: of whole conversations.
        count: how many are made.
        seed: of all chance.
    """
    chance = random.Random(seed)  # noqa: S311  # no secret
    whole: dict[str, list[Row]] = {}
    for row in rows:
        whole.setdefault(row["dialogue"], []).append(row)
    names = list(whole)
    made: list[Row] = []
    for number in range(count):
        turns: list[Row] = []
        for name in chance.sample(names, 2 if chance.random() < _OF_TWO else 3):
            turns += _piece(whole[name], chance)
        made += [
            {**row, "dialogue": f"joined_{number}", "turn": str(place)}
            for place, row in enumerate(turns)
        ]
    return made


def _piece(turns: Sequence[Row], chance: random.Random) -> Sequence[Row]:
    size = chance.randint(1, min(_LONGEST_PIECE, len(turns)))
    labels = [row["label"] for row in turns]
    begins = [
        place for place in range(len(turns)) if place == 0 or labels[place] != labels[place - 1]
    ]
    first = chance.choice(begins)
    return turns[first : first + size]


def main(
    data: Annotated[Path, typer.Argument(help=f"A CSV with {', '.join(_COLUMNS)}.")],
    out: Annotated[Path, typer.Option(help="The CSV to write.")],
    speaker: Annotated[str, typer.Option(help="Whose turns are kept.")] = "user",
    joined: Annotated[int, typer.Option(help="Conversations to make of pieces.")] = 5_000,
    seed: Annotated[int, typer.Option(help="Of the pieces.")] = 1,
) -> None:
    """Keep one side of conversations, and add some that are made of pieces of them."""
    with exit_codes():
        require_range("--joined", joined, 0, _MOST)
        rows = rows_of(data, speaker)
        if joined and len({row["dialogue"] for row in rows}) < 3:
            raise InputError(f"{data} has fewer than 3 conversations; --joined 0 makes none.")
        rows += joined_conversations(rows, joined, seed)
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_atomically(out, text.getvalue().encode())
        typer.echo(f"{out}  {len(rows):,} turns")


if __name__ == "__main__":
    typer.run(main)
