"""Texts by the contract's page alone: bytes, cuts and buckets are those of the vectors and of Python."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.page_reader import Cutter, utf8_of
from golden.apps.make import HERE
from neurolite_core.text.words import to_bytes, truncate
from texts import follower_texts, generated_texts

GOLDEN: dict[str, Any] = json.loads((HERE / "texts.json").read_text("utf-8"))
CUTTER = Cutter(GOLDEN["classes"])


def units_of(text: str) -> list[int]:
    data = bytes.fromhex(text)
    return [data[place] << 8 | data[place + 1] for place in range(0, len(data), 2)]


def test_strings_become_these_bytes() -> None:
    for row in GOLDEN["texts"]:
        assert utf8_of(units_of(row["utf16"])).hex() == row["bytes"], row["name"]


@given(st.text())
def test_any_string_does(text: str) -> None:
    data = text.encode("utf-16-be", "surrogatepass").hex()
    assert utf8_of(units_of(data)) == to_bytes(text)


def test_texts_are_cut_here() -> None:
    for row in GOLDEN["cuts"]:
        found = CUTTER.cut(bytes.fromhex(row["bytes"]), row["max_bytes"])
        assert found == (row["cut"], row["truncated"]), row


def test_texts_of_all_kinds_are_cut_as_python_cuts_them() -> None:
    for text in (*generated_texts(600, seed=19), *follower_texts(400, seed=19)):
        for limit in {1, 2, 7, len(text) // 2, len(text) - 1} - {0, -1}:
            kept, lost = truncate(text, limit)
            assert CUTTER.cut(text, limit) == (len(kept), lost), (text, limit)


@settings(max_examples=300)
@given(st.binary(max_size=80), st.integers(1, 60))
def test_any_bytes_are(data: bytes, limit: int) -> None:
    kept, lost = truncate(data, limit)
    assert CUTTER.cut(data, limit) == (len(kept), lost)


def test_runs_are_the_smallest_that_hold_the_text() -> None:
    for row in GOLDEN["runs"]:
        buckets = GOLDEN["buckets"][row["model"]]
        fitting = [at for at, (size, _) in enumerate(buckets) if row["bytes"] <= size]
        assert row["first"] == (fitting[0] if fitting else len(buckets) - 1)
        wanted = min(row["words"], buckets[-1][1])
        holding = [at for at, (_, words) in enumerate(buckets) if words >= wanted]
        assert row["last"] == max(row["first"], holding[0])
    assert any(row["last"] > row["first"] for row in GOLDEN["runs"])
