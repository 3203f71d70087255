"""Conversations made of pieces of others: every piece is one, begins with an intent, and is the same for one seed."""

from __future__ import annotations

import csv
from itertools import groupby
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from neurolite_bench.conversations import joining
from neurolite_bench.conversations.joining import joined_conversations, rows_of
from neurolite_core.ground.errors import InputError

TALKS = {
    "one": ["Cab", "Cab", "Food", "Food", "Food"],
    "two": ["Hotel"],
    "three": ["Song", "Song", "Song", "Song", "Song", "Song", "Song", "Song"],
    "four": ["Bus", "Film", "Bus"],
}


def write(path: Path) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["dialogue", "turn", "speaker", "text", "label"])
        for name, labels in TALKS.items():
            for turn, label in enumerate(labels):
                writer.writerow([name, 2 * turn, "user", f"{name} {turn}", label])
                writer.writerow([name, 2 * turn + 1, "system", "ok", ""])
    return path


def test_pieces_are_of_the_conversations_and_begin_where_an_intent_does(tmp_path: Path) -> None:
    rows = rows_of(write(tmp_path / "talks.csv"), "user")
    assert [row["text"] for row in rows[:3]] == ["one 0", "one 1", "one 2"]
    made = joined_conversations(rows, 200, 3)
    assert made == joined_conversations(rows, 200, 3) != joined_conversations(rows, 200, 4)
    sizes, begun = set(), set()
    for _, found in groupby(made, lambda row: row["dialogue"]):
        turns = [*found]
        assert [row["turn"] for row in turns] == [str(place) for place in range(len(turns))]
        pieces = [[*piece] for _, piece in groupby(turns, lambda row: row["text"].split()[0])]
        assert len(pieces) in (2, 3)
        for piece in pieces:
            name, first = piece[0]["text"].split()
            places = range(int(first), int(first) + len(piece))
            assert [row["text"] for row in piece] == [f"{name} {place}" for place in places]
            assert [row["label"] for row in piece] == [TALKS[name][place] for place in places]
            begun.add((name, int(first)))
            sizes.add(len(piece))
    assert begun == {
        ("one", 0),
        ("one", 2),
        ("two", 0),
        ("three", 0),
        *(("four", n) for n in range(3)),
    }
    assert sizes == {1, 2, 3, 4, 5, 6}


def test_the_command_writes_one_side_and_says_what_is_wrong(tmp_path: Path) -> None:
    data, out = write(tmp_path / "talks.csv"), tmp_path / "out.csv"
    command = typer.Typer()
    command.command()(joining.main)

    def called(*options: str) -> Result:
        return CliRunner().invoke(command, [str(data), "--out", str(out), *options])

    assert called("--joined", "2").exit_code == 0
    written = [*csv.DictReader(out.read_text("utf-8").splitlines())]
    assert {row["speaker"] for row in written} == {"user"}
    assert {row["dialogue"] for row in written} == {*TALKS, "joined_0", "joined_1"}
    refused = called("--speaker", "agent")
    assert refused.exit_code == 2
    assert "'agent'" in refused.stderr
    assert "system, user" in refused.stderr
    (tmp_path / "other.csv").write_text("text,label\na,b\n")
    with pytest.raises(InputError, match="no column 'dialogue'"):
        rows_of(tmp_path / "other.csv", "user")
