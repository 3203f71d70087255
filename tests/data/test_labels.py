"""Labels as they are read, and texts that stand with some and without."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from neurolite_core.data import TextStore, check_store, show_report
from neurolite_core.data.duplicates import group_labels, kept_rows
from neurolite_core.data.readers import open_source
from neurolite_core.data.store_writer import build_store
from neurolite_core.ground.errors import InputError


def labels_of(path: Path, content: str) -> list[str | None]:
    path.write_text(content)
    return [row.label for row in open_source(path).rows()]


def test_spaces_around_a_label_are_none_of_it(tmp_path: Path) -> None:
    found = labels_of(tmp_path / "a.csv", "text,label\na,yes\nb, yes \nc,\tno\n")
    assert found == ["yes", "yes", "no"]


def test_numbers_and_truth_values_are_as_json_writes_them(tmp_path: Path) -> None:
    lines = [
        f'{{"text": "{n}", "label": {value}}}' for n, value in enumerate(["true", "false", "7"])
    ]
    assert labels_of(tmp_path / "a.jsonl", "\n".join(lines)) == ["true", "false", "7"]
    with pytest.raises(InputError, match=r"is 7\.5; give a string or a whole number"):
        labels_of(tmp_path / "b.jsonl", '{"text": "a", "label": 7.5}\n')


def test_a_copy_without_a_label_contradicts_nothing(tmp_path: Path) -> None:
    keys = np.array([5, 5, 5, 9, 9, 7], np.uint64)
    ids = np.array([0, 0, -1, 1, 0, -1], np.int32)
    assert group_labels(keys, ids).labels_of_text.tolist() == [1, 0, 2]
    path = tmp_path / "rows.jsonl"
    path.write_text(
        '{"text": "same", "label": "a"}\n{"text": "other", "label": "b"}\n{"text": "other", "label": "a"}\n'
    )
    plain = tmp_path / "plain.txt"
    plain.write_text("same\n")
    store = build_store([open_source(path), open_source(plain)], tmp_path / "store")
    assert 0 in kept_rows(store, conflicts="drop")
    assert not {1, 2} & set(kept_rows(store, conflicts="drop").tolist())


ALIKE = [
    ("wake me", "alarm"),
    ("wake us", "alarm"),
    ("wake her", "Alarm"),
    ("play jazz", "music"),
    ("play rock", "mu\u200bsic"),
]


def alike_store(folder: Path, *, merge: bool, labels: tuple[str, ...] | None = None) -> TextStore:
    path = folder / "alike.jsonl"
    path.write_text("".join(json.dumps({"text": t, "label": n}) + "\n" for t, n in ALIKE))
    return build_store(
        [open_source(path, labelled=True)], folder / "store", labels=labels, merge_labels=merge
    )


def names_of(store: TextStore) -> list[str]:
    return [store.labels[number] for number in store.label_ids]


def shown_of(store: TextStore, others: dict[str, TextStore] | None = None) -> str:
    stream = io.StringIO()
    show_report(check_store(store, others), Console(file=stream, width=300))
    return stream.getvalue()


def test_labels_that_look_alike_are_named(tmp_path: Path) -> None:
    store = alike_store(tmp_path, merge=False)
    assert names_of(store) == [label for _, label in ALIKE]
    report = check_store(store)
    assert report.look_alikes == (("Alarm", "alarm"), ("music", "mu\u200bsic"))
    assert report.merged == {}
    shown = shown_of(store)
    assert "'Alarm' 1, 'alarm' 2 (case)" in shown
    assert r"'music' 1, 'mu\u200bsic' 1 (invisible characters)" in shown
    assert "--merge-labels" in shown


def test_they_become_one_on_request(tmp_path: Path) -> None:
    apart = alike_store(tmp_path, merge=False)
    store = alike_store(tmp_path, merge=True)
    assert store.fingerprint != apart.fingerprint
    assert store.labels == ("alarm", "music")
    assert names_of(store) == ["alarm", "alarm", "alarm", "music", "music"]
    assert store.merged == {"Alarm": "alarm", "mu\u200bsic": "music"}
    assert check_store(store).rows_per_label == {"alarm": 3, "music": 2}
    assert check_store(store).look_alikes == ()
    assert "2: 'Alarm' to 'alarm'" in shown_of(store)
    # Labels of the training data come first, however rare they are here.
    other = alike_store(tmp_path, merge=True, labels=("Alarm", "weather"))
    assert other.labels == ("Alarm", "weather", "music")
    assert names_of(other) == ["Alarm"] * 3 + ["music"] * 2


def test_those_of_validation_data_are_held_against_the_training_data(tmp_path: Path) -> None:
    (tmp_path / "v").mkdir()
    path = tmp_path / "train.csv"
    path.write_text("text,label\nwake me,alarm\nplay jazz,music\n")
    train = build_store([open_source(path, labelled=True)], tmp_path / "t")
    apart = alike_store(tmp_path / "v", merge=False, labels=train.labels)
    report = check_store(train, {"validation": apart})
    assert report.look_alikes == (("alarm", "Alarm"), ("music", "mu\u200bsic"))
    assert report.unseen == {"validation": {"Alarm": 1, "mu\u200bsic": 1}}
    merged = alike_store(tmp_path / "v", merge=True, labels=train.labels)
    report = check_store(train, {"validation": merged})
    assert (report.look_alikes, report.unseen) == ((), {"validation": {}})
    assert report.merged == {"Alarm": "alarm", "mu\u200bsic": "music"}


def test_labels_that_look_like_several_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\na,alarm\nb,alarm|wake\nc,wake|alarm\nd,wake\n")
    shown = shown_of(build_store([open_source(path)], tmp_path / "store"))
    assert "labels that look like several" in shown
    assert "2: 'alarm|wake', 'wake|alarm'. A text has one label here" in shown


def test_columns_that_look_like_several_labels_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "text,alarm,wake,book\n"
        + "".join(f"text {n},{n % 2},{n % 3 == 0:d},{n % 2 == 0:d}\n" for n in range(12))
    )
    with pytest.raises(
        InputError,
        match=r"'alarm', 'wake', 'book' hold 0 and 1 only.*neurolite-train --multi-label",
    ):
        open_source(path, labelled=True)


def test_labels_of_any_length_make_a_short_report(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [(f"text {n}", f"{n}" + "x" * 250) for n in range(30)]
    path.write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in rows))
    store = build_store([open_source(path)], tmp_path / "store")
    assert max(map(len, shown_of(store).split("\n"))) < 305
    assert len(shown_of(store)) < 3_000
