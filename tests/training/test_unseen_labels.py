"""Validation and test rows with labels that the training data has not: named, and answered wrongly."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from neurolite_core import load_checkpoint
from neurolite_core.data.showing import show_report
from neurolite_core.ground.errors import InputError
from neurolite_core.training.sources import DataFiles, read_sources
from training.making import rows, train, write_config, write_csv

OTHERS = [
    ("sing me to sleep", "song"),
    ("how tall is everest", "fact"),
    ("how old is rome", "fact"),
]


def write_mixed(path: Path, count: int, seed: int) -> Path:
    """Rows of known labels, and three with labels of their own among them."""
    mixed = rows(count, seed)
    for place, row in enumerate(OTHERS):
        mixed.insert(2 * place, row)
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("text", "label"), *mixed])
    return path


def test_they_are_counted_and_take_part_in_the_report_alone(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "data.csv", 60)
    validation = write_mixed(tmp_path / "validation.csv", 12, seed=1)
    test = write_mixed(tmp_path / "test.csv", 9, seed=2)
    files = DataFiles(train=(str(data),), validation=str(validation), test=str(test))
    sources = read_sources(files, tmp_path / "work", seed=0)
    assert sources.train.labels == ("alarm", "music", "weather")
    assert len(sources.validation.rows) == 12
    assert set(sources.validation.label_ids.tolist()) == {0, 1, 2}
    assert (sources.split, len(sources.reported.rows)) == ("test", 12)
    assert sources.reported.label_ids[:5].tolist()[::2] == [4, 3, 3]
    assert sources.reported.store.labels[3:] == ("fact", "song")
    counts = {"fact": 2, "song": 1}
    assert sources.report.unseen == {"validation": counts, "test": counts}
    console = Console(file=io.StringIO(), width=200)
    show_report(sources.report, console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "test labels not in training" in shown
    assert "3 rows (fact 2, song 1); they count as wrong" in shown
    alone = DataFiles(train=(str(data),), validation=str(validation))
    without_test = read_sources(alone, tmp_path / "work", seed=0)
    assert (without_test.split, len(without_test.reported.rows)) == ("validation", 15)


def test_validation_rows_need_a_label_of_the_training_data(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "data.csv", 60)
    other = tmp_path / "other.csv"
    other.write_text("text,label\nhow tall is everest,fact\n")
    files = DataFiles(train=(str(data),), validation=str(other))
    with pytest.raises(
        InputError, match=r"none of the labels of the training data \('alarm', 'music"
    ):
        read_sources(files, tmp_path / "work", seed=0)


def test_a_training_with_them_comes_to_its_end(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "data.csv", 90)
    validation = write_mixed(tmp_path / "validation.csv", 30, seed=1)
    config = write_config(tmp_path / "config.json")
    common = [data, "--validation", validation, "--model-config", config, "--epochs", 2]
    figures = train(*common, "--out", tmp_path / "out")
    assert (figures["split"], figures["texts"]) == ("validation", 33)
    assert figures["unseen"] == {"fact": 2, "song": 1}
    report = json.loads((tmp_path / "out/report.json").read_text("utf-8"))
    figures_of = {row["label"]: row for row in report["classes"]}
    assert (figures_of["fact"]["recall"], figures_of["fact"]["support"]) == (0.0, 2)
    assert load_checkpoint(tmp_path / "out").labels == ("alarm", "music", "weather")
    # Weights, temperature and threshold are those of a training that never saw the rows.
    plain = write_csv(tmp_path / "plain.csv", 30, seed=1)
    common[2] = plain
    without = train(*common, "--out", tmp_path / "without")
    assert without["accuracy"] == pytest.approx(figures["accuracy"] * 33 / 30)
    for name in ("model.safetensors", "config.json", "probes.jsonl"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "without" / name).read_bytes()
