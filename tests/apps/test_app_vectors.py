"""The vectors that every app's code is held to: they are what Python answers today, and say what they should."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from golden.apps.make import HERE, files
from near import assert_near

MOST_BYTES = 400_000  # of all of them together


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vectors")
    files(folder)
    return folder


def read(name: str, folder: Path = HERE) -> Any:  # noqa: ANN401  # JSON
    return json.loads((folder / f"{name}.json").read_text("utf-8"))


def names() -> list[str]:
    return sorted(path.stem for path in HERE.glob("*.json"))


@pytest.mark.parametrize("name", names())
def test_the_vectors_are_what_python_answers_today(name: str, today: Path) -> None:
    assert_near(read(name, today), read(name))


def test_the_stores_are_what_python_writes_today(today: Path) -> None:
    kept = {path.name: path.read_bytes() for path in HERE.glob("*.nls")}
    assert kept == {path.name: path.read_bytes() for path in today.glob("*.nls")}


def test_they_are_few_enough_to_read() -> None:
    assert sum(path.stat().st_size for path in HERE.glob("*.[jn]*")) < MOST_BYTES
    assert max(len(row["name"]) for row in read("texts")["cuts"]) < 50


def test_no_order_of_evidence_is_a_close_call() -> None:
    """So that platforms whose sums differ in the last digit agree."""
    for case in read("stores")["cases"]:
        for query in case["queries"]:
            cosines = [cosine for _, _, cosine in query.get("evidence", ())]
            assert all(a - b > 1e-4 or a == b for a, b in pairwise(cosines)), case["name"]
