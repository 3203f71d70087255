"""Labelled texts are read and divided as for training, and our own model learns from them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from neurolite_bench.labelled import (
    built_in_rows,
    built_in_sentences,
    divided,
    read_labelled,
    train_ours,
)
from neurolite_bench.quality_sets import Split, write_rows
from neurolite_core.artifact.checkpoint import load_checkpoint
from neurolite_core.ground.errors import InputError


def test_a_file_is_read_with_its_columns_found(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('id,intent,utterance\n1,on,"light, please"\n2,off,dark\n', "utf-8")
    assert read_labelled(path) == Split(("light, please", "dark"), ("on", "off"))
    path.write_text("text,label\na,x\nb,x\n", "utf-8")
    with pytest.raises(InputError, match=r"rows\.csv has 1 label; .* at least two"):
        read_labelled(path)
    path.write_text("text\na\nb\n", "utf-8")
    with pytest.raises(InputError, match="label"):
        read_labelled(path)


def test_columns_that_are_not_clear_are_told_of_without_options(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("sentence,query\nx,y\n")
    with pytest.raises(InputError, match="Call its columns text and label") as found:
        read_labelled(path)
    assert "--" not in str(found.value)


def test_rows_are_divided_by_label_with_no_text_on_both_sides() -> None:
    labels = ("a",) * 50 + ("b",) * 30 + ("c",) * 20
    texts = tuple(f"text {number}" for number in range(100))
    rows = Split((*texts, "TEXT  7", "Text 7"), (*labels, "a", "a"))
    train, test = divided(rows)
    assert Counter(test.labels) == {"a": 10, "b": 6, "c": 4}
    assert sorted((*train.texts, *test.texts)) == sorted(rows.texts)
    same = {"text 7", "TEXT  7", "Text 7"}
    assert same <= set(train.texts) or same <= set(test.texts)
    assert dict(zip(rows.texts, rows.labels, strict=True)).items() >= set(
        zip(test.texts, test.labels, strict=True)
    )
    assert divided(rows) == (train, test)
    assert divided(rows, seed=1) != (train, test)


def test_built_in_texts_are_there() -> None:
    assert len(built_in_rows().texts) > 300
    assert len(set(built_in_rows().labels)) > 100
    assert len(built_in_sentences()) > 200


def test_our_own_model_learns_from_rows(tmp_path: Path) -> None:
    texts = [f"{word} the lamp number {n}" for word in ("light", "darken") for n in range(8)]
    train = Split(tuple(texts), ("on",) * 8 + ("off",) * 8)
    checkpoint, seconds = train_ours(train, tmp_path, "tiny", 1)
    assert load_checkpoint(checkpoint).labels == ("off", "on")
    assert seconds > 0
    with pytest.raises(InputError, match=r"training huge exited 2: .*--size is 'huge'"):
        train_ours(train, tmp_path, "huge", 1)


def test_rows_are_written_so_that_training_reads_the_same(tmp_path: Path) -> None:
    rows = Split(('a, "b"\nc', "=1+1", " d "), ("x", "y", "x"))
    write_rows(tmp_path / "rows.csv", rows.texts, rows.labels)
    assert read_labelled(tmp_path / "rows.csv") == rows
