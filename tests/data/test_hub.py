"""Datasets of the Hugging Face library: saved folders, parquet files, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from neurolite_core.data import build_store, open_source
from neurolite_core.data.hub import split_name
from neurolite_core.ground.errors import InputError

datasets: Any = pytest.importorskip("datasets")

TEXTS = ["good film", "bad film", "fine"]


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))


def dataset(numbers: list[int]) -> Any:  # noqa: ANN401
    features = datasets.Features(
        {
            "sentence": datasets.Value("string"),
            "label": datasets.ClassLabel(names=["neg", "pos"]),
            "scores": datasets.List(datasets.Value("float32")),
        }
    )
    scores = [[0.5, 1.0]] * len(numbers)
    return datasets.Dataset.from_dict(
        {"sentence": TEXTS[: len(numbers)], "label": numbers, "scores": scores}, features=features
    )


EXPECTED = [("good film", "pos", 1), ("bad film", "neg", 2)]


def rows_of(where: str | Path) -> list[tuple[str, str | None, int]]:
    source = open_source(where)
    rows = [(row.text, row.label, row.line) for row in source.rows()]
    assert rows == [(row.text, row.label, row.line) for row in source.rows()]
    return rows


def test_saved_folder(tmp_path: Path) -> None:
    dataset([1, 0]).save_to_disk(str(tmp_path / "one"))
    assert rows_of(tmp_path / "one") == EXPECTED
    both = datasets.DatasetDict({"train": dataset([1, 0]), "test": dataset([0])})
    both.save_to_disk(str(tmp_path / "two"))
    assert rows_of(tmp_path / "two") == EXPECTED
    assert rows_of(f"{tmp_path / 'two'}:test") == [("good film", "neg", 1)]
    assert rows_of(f"hf:{tmp_path / 'two'}:test") == [("good film", "neg", 1)]
    with pytest.raises(InputError, match="no split 'dev'; it has train, test"):
        open_source(f"{tmp_path / 'two'}:dev")


def test_parquet(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    dataset([1, 0]).to_parquet(str(tmp_path / "data" / "train-00000-of-00001.parquet"))
    dataset([0]).to_parquet(str(tmp_path / "data" / "test-00000-of-00001.parquet"))
    assert rows_of(tmp_path) == EXPECTED
    assert rows_of(f"{tmp_path}:test") == [("good film", "neg", 1)]
    assert rows_of(tmp_path / "data" / "train-00000-of-00001.parquet") == EXPECTED


def test_store_of_a_dataset_is_used_again(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    dataset([1, 0]).to_parquet(str(path))
    progress: list[int] = []
    for _ in range(2):
        store = build_store([open_source(path)], tmp_path / "store", progress=progress.append)
    assert progress == [2]
    assert (store.labels, store.where(1)) == (("neg", "pos"), f"{path}, row 2")


def test_missing_labels_are_named_by_row(tmp_path: Path) -> None:
    dataset([1, -1, 0]).save_to_disk(str(tmp_path / "a"))
    with pytest.raises(InputError, match="row 2: the label, 'label', is missing"):
        list(open_source(tmp_path / "a").rows())


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("hf:", "names no dataset; give hf:NAME"),
        ("hf:name:config:train:more", "is not hf:NAME"),
        ("none.parquet", "does not exist"),
        (".", "folder without .parquet files"),
    ],
)
def test_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, message: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message):
        open_source(where)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("hf:imdb", ("imdb", None, None)),
        ("hf:imdb:test", ("imdb", None, "test")),
        ("hf:nyu-mll/glue:sst2", ("nyu-mll/glue", "sst2", None)),
        ("hf:glue:mnli:validation_matched", ("glue", "mnli", "validation_matched")),
        ("hf:imdb::unsupervised", ("imdb", None, "unsupervised")),
        ("hf:a/b:validated", ("a/b", "validated", None)),
    ],
)
def test_names_of_the_hub(name: str, expected: tuple[str, str | None, str | None]) -> None:
    assert split_name(name) == expected


def test_damaged_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 and then nothing of the kind")
    with pytest.raises(InputError, match=r"Cannot open the dataset .*a\.parquet"):
        open_source(path)
