"""Duplicates, contradictions, leakage and splits, on data where the answer is known."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from rich.console import Console

from neurolite_core.data import (
    TextStore,
    build_store,
    check_store,
    kept_rows,
    open_source,
    show_report,
    split_rows,
)
from neurolite_core.ground.errors import InputError
from texts import DATA

ROWS = [
    ("Turn it up", "volume"),
    ("turn  it UP ", "volume"),  # the same but for case and space
    ("turn it up", "music"),
    ("straße", "road"),
    ("STRASSE", "road"),
    ("", "music"),
    (" \t", "volume"),
    ("play", "music"),
    ("play", "volume"),
    ("turn it up", "music"),
    ("turn it up", "volume"),
    ("off", "volume"),
    ("[bold] `x`", "road"),
]


def store_of(folder: Path, name: str, rows: Sequence[tuple[str, str | None]]) -> TextStore:
    path = folder / f"{name}.jsonl"
    path.write_text(
        "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows)
    )
    return build_store([open_source(path, labelled=rows[0][1] is not None)], folder / name)


def test_report_of_known_rows(tmp_path: Path) -> None:
    store = store_of(tmp_path, "train", ROWS)
    other = store_of(tmp_path, "validation", [("OFF", "music"), ("new", "road"), ("play", "music")])
    report = check_store(store, {"validation": other})
    assert report.rows == 13
    assert report.rows_per_label == {"music": 4, "road": 3, "volume": 6}
    assert report.few_rows == ("music", "road")
    assert report.imbalance == 2.0
    assert report.empty_texts == 2
    assert report.duplicates == 2 + 1 + 1  # volume twice again, music once, road once
    assert report.conflicts == 3  # turn it up, play, and the empty text
    assert report.conflict_rows == 5 + 2 + 2
    first = report.conflict_examples[0]
    assert [(copy.text, copy.label) for copy in first] == [
        ("Turn it up", "volume"), ("turn it up", "music")
    ]  # fmt: skip
    assert first[1].where == f"{tmp_path / 'train.jsonl'}, line 3"
    overlap = report.overlaps["validation"]
    assert (overlap.rows, overlap.of, overlap.other_label) == (2, 3, 1)
    assert [copy.text for copy in overlap.examples[0]] == ["OFF", "off"]
    assert json.loads(json.dumps(report.to_json()))["overlaps"]["validation"]["rows"] == 2
    console = Console(file=io.StringIO(), width=200)
    show_report(report, console)
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    for part in (
        "13",
        "3: 3 (road) to 6 (volume) rows each, ratio 2.0",
        "3 in 9 rows",
        "2 of 3 rows",
    ):
        assert part in shown


@pytest.mark.parametrize(
    ("drop_duplicates", "conflicts", "expected"),
    [
        (False, "keep", [0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 12]),
        (True, "keep", [0, 2, 3, 7, 8, 11, 12]),
        (False, "majority", [0, 1, 3, 4, 7, 10, 11, 12]),
        (True, "majority", [0, 3, 7, 11, 12]),
        (False, "drop", [3, 4, 11, 12]),
        (True, "drop", [3, 11, 12]),
    ],
)
def test_kept_rows(
    tmp_path: Path, drop_duplicates: bool, conflicts: str, expected: list[int]
) -> None:
    store = store_of(tmp_path, "train", ROWS)
    found = kept_rows(store, drop_duplicates=drop_duplicates, conflicts=conflicts)
    assert found.dtype == np.int64
    assert found.tolist() == expected


def test_kept_rows_of_unlabelled_texts_and_unknown_policy(tmp_path: Path) -> None:
    store = store_of(tmp_path, "u", [("a", None), ("A", None), ("b", None)])
    assert kept_rows(store, conflicts="drop").tolist() == [0, 2]
    assert check_store(store).conflicts == 0
    with pytest.raises(InputError, match="choose one of: keep, majority, drop"):
        kept_rows(store, conflicts="vote")


@settings(deadline=None)
@given(
    pairs=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 4)), min_size=4, max_size=120),
    fraction=st.floats(0.05, 0.9),
    seed=st.integers(0, 100),
)
def test_splits(pairs: list[tuple[int, int]], fraction: float, seed: int) -> None:
    keys = np.array([key for key, _ in pairs], dtype=np.uint64)
    labels = np.array([label for _, label in pairs], dtype=np.int32)
    try:
        train, validation = split_rows(labels, fraction, seed, keys=keys)
    except InputError:  # few texts, or all with several labels
        reject()
    assert np.array_equal(np.sort(np.concatenate((train, validation))), np.arange(len(pairs)))
    assert np.all(np.diff(train) > 0)
    assert np.all(np.diff(validation) > 0)
    assert not set(keys[train].tolist()) & set(keys[validation].tolist())
    assert set(labels[train].tolist()) == set(labels.tolist())
    assert 0 < len(validation) <= round(fraction * len(pairs))
    again = split_rows(labels, fraction, seed, keys=keys)
    assert np.array_equal(again[1], validation)


def test_splits_are_in_proportion_and_seeded() -> None:
    labels = np.repeat(np.arange(50, dtype=np.int32), 20 + np.arange(50))
    _, validation = split_rows(labels, 0.1, 0)
    assert len(validation) == round(0.1 * len(labels))
    counts, wanted = np.bincount(labels[validation]), 0.1 * np.bincount(labels)
    assert np.all(np.abs(counts - wanted) < 1)
    assert not np.array_equal(validation, split_rows(labels, 0.1, 1)[1])
    # Labels with few rows each still give a validation part of the size asked for.
    rare = np.repeat(np.arange(100, dtype=np.int32), 4)
    assert len(split_rows(rare, 0.1, 0)[1]) == 40
    with pytest.raises(InputError, match=r"fraction is 1\.5"):
        split_rows(labels, 1.5, 0)
    with pytest.raises(InputError, match=r"0\.1 of 3 rows is less than one row"):
        split_rows(np.zeros(3, np.int32), 0.1, 0)


def test_real_data(tmp_path: Path) -> None:
    folder = DATA / "clinc150"
    if not folder.is_dir():
        pytest.skip(f"real data absent: {folder}")
    train = build_store([open_source(folder / "train.csv", labelled=True)], tmp_path / "train")
    validation = build_store(
        [open_source(folder / "val.csv")], tmp_path / "validation", labels=train.labels
    )
    assert (len(train), len(train.labels), len(validation)) == (15_000, 150, 3_000)
    report = check_store(train, {"validation": validation})
    assert set(report.rows_per_label.values()) == {100}
    assert (report.duplicates, report.conflicts) == (0, 0)
    assert (report.overlaps["validation"].rows, report.overlaps["validation"].other_label) == (3, 2)
    outside = build_store(
        [open_source(folder / "oos_val.csv")], tmp_path / "n", labels=train.labels
    )
    assert (len(outside.labels), set(outside.label_ids.tolist())) == (151, {150})
    assert check_store(train, {"test": outside}).unseen == {"test": {"oos": 100}}
    assert report.unseen == {"validation": {}}
    unlabelled = open_source(folder / "oos_val.csv", labelled=False)
    assert set(build_store([unlabelled], tmp_path / "o").label_ids.tolist()) == {-1}
