"""Labels as they are read, and texts that stand with some and without."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

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
