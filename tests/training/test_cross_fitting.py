"""Answers by models that did not learn the row: who is dealt where, when it is done, and what comes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from neurolite_core import load_checkpoint
from neurolite_core.training.cli import app
from neurolite_core.training.cross_fitting import deal, is_wanted
from neurolite_core.training.options import TrainingOptions
from neurolite_core.training.sources import DataFiles, read_sources
from training.making import rows, train, write_config, write_csv


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20)), min_size=1, max_size=80),
    st.integers(2, 5),
    st.integers(0, 99),
)
def test_equal_texts_are_in_one_fold_and_folds_are_even(
    rows: list[tuple[int, int]], folds: int, seed: int
) -> None:
    label_ids = np.array([label for label, _ in rows])
    keys = np.array([key for _, key in rows], np.uint64)
    fold = deal(label_ids, keys, folds, seed)
    assert {len({*fold[keys == key].tolist()}) for key in keys} == {1}
    sizes = [len({*keys[fold == place].tolist()}) for place in range(folds)]
    assert max(sizes) - min(sizes) <= 1
    np.testing.assert_array_equal(fold, deal(label_ids, keys, folds, seed))


def test_every_label_is_dealt_in_proportion() -> None:
    label_ids = np.repeat([0, 1, 2], [90, 12, 7])
    fold = deal(label_ids, np.arange(109, dtype=np.uint64), 3, 0)
    for label, share in ((0, 30), (1, 4), (2, 2)):
        counts = np.bincount(fold[label_ids == label], minlength=3)
        assert counts.min() >= share
        assert counts.max() <= share + 1


def wanted(folder: Path, lines: list[tuple[str, str]], **options: Any) -> bool:  # noqa: ANN401
    path = folder / "data.jsonl"
    text = "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in lines)
    path.write_text(text)
    sources = read_sources(DataFiles(train=(str(path),)), folder / "work", seed=0)
    return is_wanted(sources, TrainingOptions(**options))


@pytest.mark.parametrize(
    ("count", "options", "expected"),
    [(59, {}, False), (60, {}, True), (60, {"folds": 0}, False), (210, {}, False)],
)
def test_it_is_done_where_validation_rows_are_too_few(
    tmp_path: Path, count: int, options: dict[str, Any], expected: bool
) -> None:
    assert wanted(tmp_path, rows(count), **options) is expected


@pytest.mark.parametrize(("rare", "expected"), [(9, False), (12, True), (300, False)])
def test_it_is_done_where_a_label_is_rare(tmp_path: Path, rare: int, expected: bool) -> None:
    lines = [(f"text {number}", "common") for number in range(700)]
    lines += [(f"other {number}", "rare") for number in range(rare)]
    assert wanted(tmp_path, lines) is expected


def test_sixty_rows_give_a_model_that_abstains_and_fewer_one_that_says_it_cannot(
    tmp_path: Path,
) -> None:
    config = write_config(tmp_path / "config.json")
    thresholds = {}
    for count in (60, 40):
        data, out = write_csv(tmp_path / f"{count}.csv", count), tmp_path / f"out-{count}"
        figures = train(data, "--model-config", config, "--epochs", 10, "--out", out)
        thresholds[count] = load_checkpoint(out).threshold
        page = (out / "report.md").read_text()
        if count == 60:
            assert figures["abstention_chosen"]["cross_fitted"] == 54
            assert "54 training rows as models that did not learn them" in page
        else:
            assert "The model has no threshold: 4 rows are too few" in page
            assert json.loads((out / "labels.json").read_text())["threshold"] is None
    assert thresholds == {60: 0.5, 40: None}


def test_the_screen_says_that_a_model_cannot_abstain(tmp_path: Path) -> None:
    data, config = write_csv(tmp_path / "d.csv", 30), write_config(tmp_path / "config.json")
    arguments = [data, "--model-config", config, "--epochs", 1, "--out", tmp_path / "out"]
    done = CliRunner().invoke(app, [*map(str, arguments)], catch_exceptions=False)
    shown = " ".join(done.stdout.split())
    assert "every text, it cannot abstain: 3 rows are too few" in shown
    assert "abstains from the others" not in shown
