"""Spans by the C ABI: golden vectors, numpy's on anything, statuses, and memory it must not touch."""

from __future__ import annotations

import ctypes
import json
from typing import Any

import numpy as np
import pytest

from neurolite_core.answer.span_decoding import FoundSpan, found_spans
from neurolite_core.answer.spans import WordSpan
from neurolite_core.ground.errors import InputError
from neurolite_runtimes.native_library import NativeLibrary
from texts import ROOT

GOLDEN: dict[str, Any] = json.loads((ROOT / "tests/golden/spans.json").read_text("utf-8"))


def same(found: list[FoundSpan], expected: list[FoundSpan]) -> None:
    assert [each.span for each in found] == [each.span for each in expected]
    scores = np.array([each.score for each in expected])
    assert np.abs([each.score for each in found] - scores).max(initial=0) <= 1e-6


@pytest.mark.parametrize("row", GOLDEN["decoding"], ids=lambda row: row["name"])
def test_golden_vectors(library: NativeLibrary, row: dict[str, Any]) -> None:
    tags = np.array(row["tags"], np.float32).reshape(row["words"], 1 + 2 * len(GOLDEN["types"]))
    expected = [
        FoundSpan(WordSpan(each["first"], each["behind"], each["type"]), each["score"])
        for each in row["spans"]
    ]
    same(library.decode_spans(tags, row["thresholds"] or ()), expected)


@pytest.mark.parametrize("scale", [0.1, 3.0, 40.0])
@pytest.mark.parametrize("types", [1, 2, 39, 1024])
def test_as_numpy(library: NativeLibrary, types: int, scale: float) -> None:
    random = np.random.default_rng(types)
    for words in (0, 1, 2, 13, 60):
        tags = (random.normal(size=(words, 1 + 2 * types)) * scale).astype(np.float32)
        if words == 13:  # many that are equal
            tags = np.round(tags)
        for thresholds in ((), random.random(types).tolist()):
            (expected,) = found_spans(tags[None], np.array([words]), thresholds)
            same(library.decode_spans(tags, thresholds), expected)


def test_no_numbers_and_infinities_as_numpy(library: NativeLibrary) -> None:
    random = np.random.default_rng(7)
    for _ in range(200):
        tags = random.choice([np.nan, np.inf, -np.inf, 0, 1, 3e38, -3e38], (6, 5)).astype(
            np.float32
        )
        (expected,) = found_spans(tags[None], np.array([6]))
        same(library.decode_spans(tags), expected)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 0),
        ({"num_types": 0}, 9),
        ({"num_types": 1025}, 9),
        ({"words": -1}, 10),
        ({"capacity": 2}, 10),
        ({"tags": None}, 1),
        ({"spans": None}, 1),
        ({"found": None}, 1),
        ({"words": 0, "tags": None, "spans": None}, 0),
    ],
)
def test_refuses_by_status_and_writes_nothing(
    library: NativeLibrary, changed: dict[str, Any], status: int
) -> None:
    tags, spans = np.zeros((3, 3), np.float32), np.full((5, 4), -7, np.int32)
    tags[:, 1] = 1
    found = ctypes.c_int32(-7)
    arguments = {
        "tags": tags.ctypes.data,
        "words": 3,
        "num_types": 1,
        "thresholds": None,
        "spans": spans[1].ctypes.data,
        "capacity": 3,
        "found": ctypes.addressof(found),
    } | changed
    decode = ctypes.CDLL(str(library.path)).neurolite_decode_spans
    number, pointer = ctypes.c_int32, ctypes.c_void_p
    decode.argtypes = [pointer, number, number, pointer, pointer, number, pointer]
    assert decode(*arguments.values()) == status
    assert (spans[[0, 4]] == -7).all()
    if status:
        assert found.value == -7
        assert (spans == -7).all()
    else:
        assert found.value == arguments["words"]


def test_the_binding_refuses_what_are_no_tags(library: NativeLibrary) -> None:
    with pytest.raises(InputError, match=r"\[2, 4\]"):
        library.decode_spans(np.zeros((2, 4), np.float32))
    with pytest.raises(InputError, match="2 thresholds"):
        library.decode_spans(np.zeros((2, 3), np.float32), (0.5, 0.5))
