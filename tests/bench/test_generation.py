"""The measure of next words, by hand, and the command from files to a row."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from neurolite_bench.generation.__main__ import app
from neurolite_bench.generation.scoring import is_suggested, read_targets, score
from neurolite_core.ground.errors import InputError
from neurolite_core.text.vocabulary import count_words, make_vocabulary

TRAIN = "One day\nOne night\n\nOne day, one day\n\n"


def test_a_score_by_hand() -> None:
    vocabulary = make_vocabulary(count_words([b"a b"]), 300)
    asked = read_targets([b"a xyz b  ", b""], vocabulary)
    # a, unknown, b, end; end. The unknown " xyz" is spelled with 4 bytes and an end; two spaces stand behind.
    assert [len(target) for target in asked.targets] == [4, 1]
    assert (asked.bytes, asked.spelled) == (9, 5 + 2)
    found = score(asked, np.array([0.5, 0.25, 0.5, 0.5, 0.125]), np.array([True, False]))
    assert (found.words, found.unknown, found.top3) == (5, 1, 0.5)
    assert found.perplexity == pytest.approx(2 ** (8 / 5))
    assert found.bits_per_byte == pytest.approx((8 + 56) / 9)


def test_of_equally_probable_words_the_first_are_suggested_and_unknown_never() -> None:
    flat = np.full(6, 0.1)
    assert [is_suggested(flat, word) for word in range(6)] == [
        False,
        True,
        True,
        True,
        False,
        False,
    ]
    peaked = np.array([0.9, 0.1, 0.2, 0.3, 0.25, 0.0])
    assert [is_suggested(peaked, word) for word in range(6)] == [
        False,
        False,
        True,
        True,
        True,
        False,
    ]


def test_the_command_measures_and_keeps_a_row(tmp_path: Path) -> None:
    train, test, results = tmp_path / "a.txt", tmp_path / "b.txt", tmp_path / "generation.json"
    train.write_text(TRAIN * 30)
    test.write_text("One day\nOne fog\n")
    options = [str(train), str(test), "--name", "days", "--results", str(results)]
    for _ in range(2):
        run = CliRunner().invoke(app, ["ngrams", *options])
        assert run.exit_code == 0, run.output
    (row,) = json.loads(results.read_text())["rows"]
    assert row["vocabulary"] == 258 + 6
    assert (row["words"], row["unknown"]) == (6, 1)
    assert 1 < row["perplexity"] < 264
    assert row["top3"] >= 0.6


def test_input_that_cannot_be_measured_with_ends_with_2(tmp_path: Path) -> None:
    absent = str(tmp_path / "absent.txt")
    run = CliRunner().invoke(app, ["ngrams", absent, absent, "--name", "x"])
    assert run.exit_code == 2
    with pytest.raises(InputError, match="no texts"):
        read_targets([], make_vocabulary(count_words([b"a"]), 300))
