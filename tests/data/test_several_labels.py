"""Rows with several labels: read in three forms alike, stored as sets, and split in proportion."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from neurolite_core.data import TextStore, check_store, show_report
from neurolite_core.data.duplicates import kept_rows
from neurolite_core.data.label_sets import LabelSets
from neurolite_core.data.readers import open_source
from neurolite_core.data.splitting_sets import split_label_sets
from neurolite_core.data.store import open_store
from neurolite_core.data.store_writer import build_store
from neurolite_core.ground.errors import InputError

ROWS = [
    ("wake me at six", ("alarm", "wake")),
    ("book a table", ("book",)),
    ("tell me a joke", ()),
    ("wake up and book", ("wake", "book")),
    ("alarm please", ("alarm",)),
]
NAMES = ("alarm", "book", "wake")


def written(folder: Path, form: str, rows: list[tuple[str, tuple[str, ...]]]) -> Path:
    """The rows in one of the forms that are read."""
    path = folder / f"{form}.{'jsonl' if form == 'lists' else 'csv'}"
    if form == "lists":
        lines = [json.dumps({"text": text, "labels": own}) for text, own in rows]
    elif form == "columns":
        lines = ["id,text," + ",".join(NAMES)]
        for number, (text, own) in enumerate(rows):
            lines.append(f"{number},{text}," + ",".join(str(int(n in own)) for n in NAMES))
    else:
        lines = ["text,label", *(f'"{text}",{" | ".join(own)}' for text, own in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def store_of(path: Path, folder: Path, *, merge: bool = False, separator: str = "|") -> TextStore:
    source = open_source(path, labelled=True, label_separator=separator)
    return build_store([source], folder, several=True, merge_labels=merge)


@pytest.mark.parametrize("form", ["separated", "lists", "columns"])
def test_all_forms_say_the_same(tmp_path: Path, form: str) -> None:
    store = store_of(written(tmp_path, form, ROWS), tmp_path / "store")
    assert (store.labels, store.task, store.several) == (NAMES, "multi_label", True)
    assert [set(store.names(n) or ()) for n in store.label_ids.tolist()] == [
        set(o) for _, o in ROWS
    ]
    assert store.rows_per_label().tolist() == [2, 2, 2]
    assert store.rows_per_label(np.array([0, 2])).tolist() == [1, 0, 1]
    other = store_of(written(tmp_path, "lists", ROWS), tmp_path / "other")
    assert store.content == other.content
    again = open_store(tmp_path / "store")
    assert again.label_sets.members.tolist() == store.label_sets.members.tolist()


def test_empty_cells_are_texts_without_a_label(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"text": "a", "label": null}\n{"text": "b"}\n{"text": "c", "label": "x|x| y"}\n'
    )
    rows = list(open_source(path, labelled=True, label_separator="|").rows())
    assert [row.labels for row in rows] == [(), (), ("x", "y")]
    path.write_text('{"text": "a", "label": "x, y; z"}\n{"text": "b", "label": 7}\n')
    rows = list(open_source(path, labelled=True, label_separator=", ").rows())
    assert [row.labels for row in rows] == [("x", "y; z"), ("7",)]


def test_switches_may_be_truth_values_and_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"text": "one", "toxic": true, "rude": false, "n": 1}\n'
        '{"text": "two", "toxic": false, "rude": null, "n": 0}\n'
    )
    every = open_source(path, labelled=True, label_separator="|")
    assert [row.labels for row in every.rows()] == [("toxic", "n"), ()]
    some = open_source(path, labelled=True, label_separator="|", label_column=("toxic", "rude"))
    assert [row.labels for row in some.rows()] == [("toxic",), ()]
    assert "2 labels from 'toxic', 'rude' (named), a column of 0 and 1 for each" in some.describe()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"text": "a", "label": ["x", 1.5]}', r"is 1\.5; give a string or a whole number"),
        ('{"text": "a", "label": ["x", ["y"]]}', "give a string or a whole number"),
        ('{"text": "a", "label": ["x", ""]}', "is missing; label the row"),
        ('{"text": "a", "label": "[\'x\', \'y\']"}', "a list written as text"),
        ('{"text": "a", "label": "' + "x" * 257 + '"}', "at most 256 characters"),
        ('{"text": "a", "label": {"x": 1}}', "give a string or a whole number"),
    ],
)
def test_cells_that_say_nothing_are_named(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(content + "\n")
    with pytest.raises(InputError, match=message):
        list(open_source(path, label_column="label", label_separator="|").rows())


def test_unclear_columns_and_separators_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label,toxic,rude\na,x,0,1\nb,y,1,0\nc,x,1,1\nd,y,0,0\n")
    with pytest.raises(InputError, match=r"column is the label is not clear.*name each of them"):
        open_source(path, labelled=True, label_separator="|")
    with pytest.raises(InputError, match=r"names 2 columns.*neurolite-train --multi-label"):
        open_source(path, labelled=True, label_column=("toxic", "rude"))
    path.write_text("text,toxic,rude\na,0,1\nb,2,0\nc,1,1\n")
    both = open_source(path, label_separator="|", label_column=("toxic", "rude"))
    with pytest.raises(InputError, match="'toxic', is '2'; give 0 or 1"):
        list(both.rows())
    for separator in ("", "x", "\n", "|" * 9, "1"):
        with pytest.raises(InputError, match="--label-separator is"):
            open_source(path, label_column="toxic", labelled=True, label_separator=separator)


def test_look_alikes_become_one_and_sets_with_them(tmp_path: Path) -> None:
    rows = [("a", ("Alarm", "alarm")), ("b", ("alarm",)), ("c", ("Alarm",)), ("d", ("alarm",))]
    store = store_of(written(tmp_path, "lists", rows), tmp_path / "store", merge=True)
    assert (store.labels, store.merged) == (("alarm",), {"Alarm": "alarm"})
    assert store.label_ids.tolist() == [0, 0, 0, 0]
    assert store.rows_per_label().tolist() == [4]


def test_repeats_and_conflicts_are_those_of_sets(tmp_path: Path) -> None:
    rows = [
        ("same", ("a", "b")), ("Same", ("b", "a")), ("same", ("a",)), ("other", ()), ("other", ("b",)),
    ]  # fmt: skip
    store = store_of(written(tmp_path, "lists", rows), tmp_path / "store")
    report = check_store(store)
    assert (report.duplicates, report.conflicts, report.conflict_rows) == (1, 2, 5)
    assert (report.labels_a_row, report.without_labels) == ((0, 6 / 5, 2), 1)
    assert kept_rows(store).tolist() == [0, 2, 3, 4]
    assert kept_rows(store, conflicts="majority").tolist() == [0, 3]
    assert kept_rows(store, conflicts="drop").tolist() == []
    stream = io.StringIO()
    show_report(report, Console(file=stream, width=200))
    assert "labels a text" in stream.getvalue()
    assert "0 to 2, 1.20 on the average" in stream.getvalue()


def test_what_looks_like_several_names_the_option(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = ["text,label", *(f"t{n},{own}" for n, own in enumerate(["a", "b", "a|b", "b|a"]))]
    path.write_text("\n".join(lines) + "\n")
    stream = io.StringIO()
    store = build_store([open_source(path)], tmp_path / "one")
    show_report(check_store(store), Console(file=stream, width=400))
    assert "'a|b', 'b|a'" in stream.getvalue()
    assert "--multi-label --label-separator CHARACTER" in stream.getvalue()
    path.write_text(path.read_text().replace("|", ";"))
    stream = io.StringIO()
    show_report(check_store(store_of(path, tmp_path / "s")), Console(file=stream, width=400))
    assert "named by --label-separator" in stream.getvalue()


SETS = st.lists(
    st.sets(st.integers(0, 6), max_size=4).map(lambda own: tuple(sorted(own))), max_size=8
)


@given(SETS, st.data())
def test_sets_are_what_python_says(sets: list[tuple[int, ...]], data: st.DataObject) -> None:
    numbers = data.draw(st.lists(st.integers(-1, len(sets) - 1), max_size=20))
    count = data.draw(st.integers(0, 8))
    found, ids = LabelSets.of(sets), np.array(numbers, np.int32)
    rows = [set(sets[number]) if number >= 0 else set() for number in numbers]
    matrix = np.array([[label in own for label in range(count)] for own in rows], bool)
    np.testing.assert_array_equal(found.matrix(ids, count), matrix.reshape(len(rows), count))
    np.testing.assert_array_equal(
        found.rows_per_label(ids, count), matrix.reshape(len(rows), count).sum(axis=0)
    )
    known = np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)), bool)
    within = [all(label < count and known[label] for label in own) for own in sets]
    assert found.within(known).tolist() == within
    assert [found.labels(number) for number in range(len(sets))] == sets
    assert found.labels(-1) == ()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sets(st.sampled_from("abcde"), max_size=3), min_size=1, max_size=12))
def test_a_store_gives_back_what_was_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[set[str]]
) -> None:
    folder = tmp_path_factory.mktemp("several")
    path = folder / "rows.jsonl"
    lines = [json.dumps({"text": f"t {n}", "label": sorted(own)}) for n, own in enumerate(rows)]
    path.write_text("\n".join(lines) + "\n")
    store = store_of(path, folder / "store")
    assert [set(store.names(number) or ()) for number in store.label_ids.tolist()] == rows
    assert store.labels == tuple(sorted(set().union(*rows)))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 30)), min_size=4, max_size=120),
    st.floats(0.05, 0.6),
    st.integers(0, 9),
)
def test_a_split_shares_no_text_and_leaves_each_label_one(
    rows: list[tuple[int, int]], fraction: float, seed: int
) -> None:
    sets = LabelSets.of([(), (0,), (1,), (0, 1), (1, 2), (3,), (0, 1, 2, 3)])
    ids = np.array([number for number, _ in rows], np.int32)
    keys = np.array([key for _, key in rows], np.uint64)
    try:
        train, validation = split_label_sets(ids, sets, fraction, seed, keys=keys)
    except InputError:
        return
    assert sorted([*train, *validation]) == list(range(len(rows)))
    assert not set(keys[train].tolist()) & set(keys[validation].tolist())
    assert 0 < len(validation) <= fraction * len(rows) + 1e-6
    whole, left = sets.rows_per_label(ids, 4), sets.rows_per_label(ids[train], 4)
    assert ((left > 0) | (whole == 0)).all()
    again = split_label_sets(ids, sets, fraction, seed, keys=keys)
    np.testing.assert_array_equal(validation, again[1])


def test_a_split_has_every_label_in_proportion() -> None:
    rng = np.random.default_rng(0)
    sets = LabelSets.of([(), (0,), (1,), (2,), (0, 1), (0, 2), (0, 1, 2)])
    ids = rng.choice(7, 1000, p=[0.2, 0.3, 0.2, 0.02, 0.2, 0.05, 0.03]).astype(np.int32)
    keys = np.arange(1000, dtype=np.uint64)
    _, validation = split_label_sets(ids, sets, 0.2, 0, keys=keys)
    assert 190 <= len(validation) <= 200
    whole, held = sets.rows_per_label(ids, 3), sets.rows_per_label(ids[validation], 3)
    assert (np.abs(held / whole - 0.2) < 0.03).all()
    none = np.count_nonzero(ids[validation] == 0) / np.count_nonzero(ids == 0)
    assert abs(none - 0.2) < 0.05
    with pytest.raises(InputError, match="no rows can be split off"):
        split_label_sets(np.array([1, 2], np.int32), sets, 0.5, 0, keys=keys[:2])


def test_lists_of_datasets_are_read_with_their_names(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    values = {
        "text": ["one", "two", "three"],
        "labels": [[0, 2], [], [1]],
        "score": [0.1, 0.2, 0.3],
    }
    kinds = datasets.Features(
        {
            "text": datasets.Value("string"),
            "labels": datasets.Sequence(datasets.ClassLabel(names=["x", "y", "z"])),
            "score": datasets.Value("float32"),
        }
    )
    datasets.Dataset.from_dict(values, features=kinds).save_to_disk(str(tmp_path / "saved"))
    source = open_source(tmp_path / "saved", labelled=True, label_separator="|")
    assert [row.labels for row in source.rows()] == [("x", "z"), (), ("y",)]
    plain = datasets.Dataset.from_dict({"text": ["a", "b"], "tags": [["p", "q"], ["p"]]})
    plain.to_parquet(str(tmp_path / "a.parquet"))
    source = open_source(tmp_path / "a.parquet", labelled=True, label_separator="|")
    assert [row.labels for row in source.rows()] == [("p", "q"), ("p",)]
    with pytest.raises(InputError, match="which cannot be read"):
        open_source(tmp_path / "a.parquet", labelled=True)
