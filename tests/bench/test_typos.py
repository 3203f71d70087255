"""Typing errors: so many, reproducible, and never a word that is gone."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from neurolite_bench import typos
from neurolite_bench.typos import edited, with_typos
from neurolite_core.ground.errors import InputError

TEXTS = ["book a table for two", "why is the sky blue ?", "42 or 43", "", "é a b c d"]
WORDS = 5 + 5 + 1 + 5  # those with a letter


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0), (0.2, 3), (0.5, 8), (1.0, WORDS)])
def test_exactly_the_wanted_share_of_words_is_changed(share: float, expected: int) -> None:
    found = with_typos(TEXTS, share=share, seed=3)
    before = [word for text in TEXTS for word in text.split()]
    after = [word for text in found for word in text.split()]
    assert len(before) == len(after)
    assert sum(a != b for a, b in zip(before, after, strict=True)) == expected


def test_the_seed_decides() -> None:
    many = TEXTS * 20
    assert with_typos(many, seed=1) == with_typos(many, seed=1)
    assert with_typos(many, seed=1) != with_typos(many, seed=2)


@given(word=st.text(st.characters(categories=["L", "Nd", "Po"]), min_size=1), seed=st.integers())
def test_an_edit_changes_a_word_and_leaves_a_letter(word: str, seed: int) -> None:
    letters = [character for character in word if character.isalpha()]
    if not letters:
        return
    found = edited(word, random.Random(seed))
    assert found != word
    assert abs(len(found) - len(word)) <= 1
    kept = [character for character in found if character.isalpha() and character in letters]
    assert kept


def test_a_share_that_is_none() -> None:
    with pytest.raises(InputError, match=r"share is 1\.5"):
        with_typos(TEXTS, share=1.5)


def test_as_a_command_on_a_file(tmp_path: Path) -> None:
    import typer

    source, out = tmp_path / "test.csv", tmp_path / "out.csv"
    source.write_text('text,label\n"hello, there",a\nwhat is it,b\n', "utf-8")
    app = typer.Typer()
    app.command()(typos.main)
    done = CliRunner().invoke(app, [str(source), str(out), "--share", "1"])
    assert done.exit_code == 0, done.output
    with out.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["label"] for row in rows] == ["a", "b"]
    assert rows[0]["text"] != "hello, there"
    assert [len(row["text"].split()) for row in rows] == [2, 3]
    source.write_text("label\na\n", "utf-8")
    done = CliRunner().invoke(app, [str(source), str(out)])
    assert done.exit_code == 2
    assert "no rows with a column 'text'" in done.output
