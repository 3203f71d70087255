"""The benchmark of trainings that nobody tuned: its sets, its baseline, its table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from bench.intents import split_of
from neurolite_bench import default_training
from neurolite_bench.baselines import svc
from neurolite_bench.baselines.base import Settings
from neurolite_bench.default_training import DefaultRow, default_table, read_set, train_ours
from neurolite_bench.quality_sets import SETS, TOPIC_LANGUAGES, Split, Task, write_rows
from neurolite_core.ground.errors import InputError

LABELS = ("book", "music")


def small_task() -> Task:
    row = replace(SETS["snips"], typos=False)
    train, validation, test = (
        split_of(first, last, LABELS) for first, last in ((0, 12), (12, 15), (15, 20))
    )
    return Task("snips", row, train, validation, test)


def test_the_baseline_is_ten_lines_of_scikit_learn() -> None:
    task = small_task()
    fitted = svc.fit(task, Settings(0))
    found = fitted.classify(task.test.texts)
    features = TfidfVectorizer(
        analyzer=fitted.options["analyzer"], ngram_range=(2, 5), sublinear_tf=True, dtype=np.float32
    )
    machine = LinearSVC(C=fitted.options["C"], random_state=0)
    machine.fit(features.fit_transform(task.train.texts), task.train.labels)
    assert list(found.labels) == list(machine.predict(features.transform(task.test.texts)))
    without = svc.fit(replace(task, validation=Split((), ())), Settings(0))
    assert 0.9 < without.validation_accuracy <= 1  # in folds


def test_languages_are_joined_and_told_apart(tmp_path: Path) -> None:
    for language in TOPIC_LANGUAGES:
        for split in ("train", "dev", "test"):
            rows = split_of(0, 2, LABELS)
            write_rows(tmp_path / f"sib200/topic/{language}/{split}.csv", rows.texts, rows.labels)
    whole = read_set("topic", tmp_path)
    assert len(whole.test.texts) == 12 * 12
    assert sorted(set(whole.test.groups)) == sorted(TOPIC_LANGUAGES)
    assert not read_set("topic fra_Latn", tmp_path).test.groups
    with pytest.raises(InputError, match="Cannot read"):
        read_set("snips", tmp_path)


def test_it_trains_exports_and_measures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = DefaultRow(("a",), ("b",), ("c",), ("--size", "tiny", "--epochs", "30", "--folds", "0"))
    monkeypatch.setattr(default_training, "SETS", MappingProxyType({"snips": row}))
    found = train_ours(small_task(), 3, tmp_path)
    assert 0 <= found["accuracy"] <= 1
    assert found["options"] == {"seed": 3, "set": list(row.options)}
    assert 500_000 < found["size_bytes"] < 1_400_000


def test_the_table_compares_means() -> None:
    def runs(*found: float) -> list[dict[str, object]]:
        return [
            {
                "seed": seed,
                "accuracy": value,
                "float_accuracy": value + 0.001,
                "size_bytes": 1_200_000,
            }
            for seed, value in enumerate(found)
        ]

    languages = {
        f"topic {language}": {"default": runs(0.70, 0.74), "svc": runs(0.70)}
        for language in TOPIC_LANGUAGES
    }
    table = default_table(
        {"sets": {"snips": {"default": runs(0.97, 0.98, 0.99), "svc": runs(0.975)}, **languages}}
    )
    lines = table.splitlines()
    assert "| snips | **98.0 (97.0 to 99.0)** | 97.5 | +0.5 | 0.10 | 1.20 | 1.20 |" in lines
    assert lines[-1].startswith("| topic, mean of 12 models | **72.0** | 70.0 | +2.0 |")
