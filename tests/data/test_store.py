"""Stores hold what was read, whole or not at all, in memory that does not grow with the file."""

from __future__ import annotations

import json
import tempfile
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurolite_core.data import TextStore, build_store, open_source, open_store
from neurolite_core.ground.errors import InputError

Pairs = Sequence[tuple[str, str | None]]


def write(path: Path, rows: Pairs) -> Path:
    lines = [
        json.dumps({"text": text} | ({"label": label} if label else {})) for text, label in rows
    ]
    path.write_text("".join(line + "\n" for line in lines))
    return path


def store_of(folder: Path, rows: Pairs, labels: Sequence[str] | None = None) -> TextStore:
    path = write(folder / "rows.jsonl", rows)
    return build_store([open_source(path)], folder / "store", labels=labels)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.text(max_size=30), st.sampled_from("zya")),
        min_size=1,
    )
)
def test_round_trip(rows: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = store_of(Path(folder), rows)
        texts = [text.encode("utf-8", "surrogatepass") for text, _ in rows]
        assert len(store) == len(rows)
        assert store.texts(range(len(rows))) == texts
        assert [store.text(row) for row in range(len(rows))] == texts
        assert store.labels == tuple(sorted({label for _, label in rows}))
        assert [store.labels[number] for number in store.label_ids] == [label for _, label in rows]
        assert store.byte_lengths.tolist() == [len(text) for text in texts]
        assert [store.line(row) for row in range(len(rows))] == list(range(1, len(rows) + 1))


def test_types_and_places(tmp_path: Path) -> None:
    first = write(tmp_path / "a.jsonl", [("one", "x"), ("two", "y")])
    second = write(tmp_path / "b.jsonl", [("three", "x")])
    third = write(tmp_path / "c.jsonl", [("four", None)])
    sources = [open_source(first), open_source(second), open_source(third)]
    store = build_store(sources, tmp_path / "deep" / "store")
    assert store.label_ids.tolist() == [0, 1, 0, -1]
    assert [store.where(row) for row in range(4)] == [
        f"{first}, line 1", f"{first}, line 2", f"{second}, line 1", f"{third}, line 1"
    ]  # fmt: skip
    assert [item.dtype for item in (store.offsets, store.label_ids, store.lines, store.keys)] == [
        np.int64, np.int32, np.int64, np.uint64
    ]  # fmt: skip
    assert isinstance(store.label_ids, np.memmap)
    with pytest.raises(IndexError):
        store.text(4)
    with pytest.raises(IndexError):
        store.text(-1)


def test_equal_input_is_not_read_again(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", [("one", "x"), ("two", "y")])
    progress: list[int] = []
    first = build_store([open_source(path)], tmp_path / "store", progress=progress.append)
    assert progress[-1] == 2
    progress.clear()
    again = build_store([open_source(path)], tmp_path / "store", progress=progress.append)
    assert (again.fingerprint, progress) == (first.fingerprint, [])
    unlabelled = build_store([open_source(path, labelled=False)], tmp_path / "store")
    assert unlabelled.label_ids.tolist() == [-1, -1]
    write(path, [("one", "x"), ("two", "z"), ("three", "x")])
    assert build_store([open_source(path)], tmp_path / "store").labels == ("x", "z")
    assert {item.name for item in tmp_path.iterdir()} == {"a.jsonl", "store"}


def test_labels_that_the_training_data_has_not_come_behind_its_own(tmp_path: Path) -> None:
    rows = [("one", "y"), ("two", "other"), ("three", "x"), ("four", "more"), ("five", "other")]
    store = store_of(tmp_path, rows, ["y", "x"])
    assert store.labels == ("y", "x", "more", "other")
    assert store.label_ids.tolist() == [0, 3, 1, 2, 3]
    assert open_store(store.folder).label_ids.tolist() == [0, 3, 1, 2, 3]
    known = store_of(tmp_path, [rows[0], rows[2]], ["y", "x"])
    assert (known.labels, known.label_ids.tolist()) == (("y", "x"), [0, 1])


def test_nothing_is_left_of_a_failed_build(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\nx,a\n" + "y,b\n" * 30_000 + "bad\n")
    with pytest.raises(InputError, match="line 30003"):
        build_store([open_source(path)], tmp_path / "store")
    assert [item.name for item in tmp_path.iterdir()] == ["a.csv"]
    store = store_of(tmp_path, [("x", "a")])
    with pytest.raises(InputError, match="line 30003"):
        build_store([open_source(path)], tmp_path / "store")
    assert open_store(tmp_path / "store").fingerprint == store.fingerprint  # the old one stays


def test_other_folders_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match="is not a text store; choose another folder"):
        store_of(tmp_path, [("x", "a")])
    assert (tmp_path / "store" / "thesis.tex").read_text() == "years of work"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("header.json", b"{", "not the header of a text store"),
        ("header.json", b"[]", "not the header of a text store"),
        ("header.json", b'{"schema": 99}', "has schema 99, this version reads 3"),
        ("texts.bin", b"", "has 0 bytes where its header asks for 6"),
        ("offsets.bin", b"12345678", "has 8 bytes where its header asks for 24"),
    ],
)
def test_damaged_stores_are_refused_and_built_again(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    rows = [("one", "x"), ("two", "y")]
    store_of(tmp_path, rows)
    (tmp_path / "store" / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        open_store(tmp_path / "store")
    assert store_of(tmp_path, rows).texts([0, 1]) == [b"one", b"two"]


def test_nothing_to_store(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\n")
    with pytest.raises(InputError, match="no rows to store"):
        build_store([open_source(path)], tmp_path / "store")
    with pytest.raises(InputError, match="Cannot read"):
        open_store(tmp_path / "store")


def peak_memory(folder: Path, rows: int) -> int:
    path = folder / f"{rows}.csv"
    with path.open("w") as stream:
        stream.write("text,label\n")
        stream.writelines(f"{'some words ' * 8}{number},{number % 9}\n" for number in range(rows))
    tracemalloc.start()
    try:
        store = build_store([open_source(path)], folder / f"store{rows}")
        assert len(store) == rows
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peak_memory(tmp_path, 10)  # imports
    few, many = peak_memory(tmp_path, 25_000), peak_memory(tmp_path, 75_000)
    assert (tmp_path / "75000.csv").stat().st_size > 6_000_000
    assert many < few + 200_000
