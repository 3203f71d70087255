"""Where words stand: numpy against plain integers and golden vectors, and what must hold for any bytes."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from golden import make, plain
from neurolite_core.text.word_offsets import word_offsets
from texts import follower_texts, generated_texts

TEXTS = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.text(alphabet="aé日ก'’ .\0\u0301\u200b\U0001f44d", max_size=80).map(str.encode),
    st.lists(
        st.sampled_from(["\u0301" * 8, "\u200b" * 6, "a", " ", "が", "か\u3099", "ab"]), max_size=30
    ).map(lambda parts: "".join(parts).encode()),
)


def expected(texts: list[bytes], max_words: int, length: int) -> list[list[list[int]]]:
    """Padded with zeros to the length."""
    rows = [plain.offsets_of(text)[: min(max_words, length)] for text in texts]
    return [row + [[0, 0]] * (length - len(row)) for row in rows]


@pytest.mark.parametrize(
    "case", json.loads(make.PATH.read_text("utf-8"))["cases"], ids=lambda case: case["name"]
)
def test_golden_vectors(case: dict[str, Any]) -> None:
    data = bytes.fromhex(case["bytes"])
    count = len(case["offsets"])
    found = word_offsets([data], count + 2, count + 2)
    assert found.dtype == np.int32
    assert found[0].tolist() == [*case["offsets"], [0, 0], [0, 0]]
    assert [data[start:end].hex() for start, end in case["offsets"]] == case["words"]


def test_texts_in_thirty_scripts_and_of_any_followers_stand_where_plain_integers_say() -> None:
    texts = [*generated_texts(2_500, seed=61), *follower_texts(1_500, seed=62)]
    for first in range(0, len(texts), 500):
        batch = texts[first : first + 500]
        assert word_offsets(batch, 256, 256).tolist() == expected(batch, 256, 256)


@given(
    texts=st.lists(TEXTS, min_size=1, max_size=5),
    max_words=st.integers(1, 12),
    length=st.integers(1, 12),
)
def test_any_bytes_and_any_limit(texts: list[bytes], max_words: int, length: int) -> None:
    found = word_offsets(texts, max_words, length)
    assert found.tolist() == expected(texts, max_words, length)


@given(text=TEXTS)
def test_words_stand_one_behind_the_other_and_padding_moves_none(text: bytes) -> None:
    words = len(plain.words_of(text))
    (found,) = word_offsets([text], max(1, words), max(1, words))
    borders = found[:words].ravel()
    assert (np.diff(borders)[::2] > 0).all()
    assert (np.diff(borders)[1::2] >= 0).all()
    assert words == 0 or borders[-1] <= len(text)
    (padded,) = word_offsets([text + b"\0" * 9], max(1, words), max(1, words))
    assert np.array_equal(padded, found)


@pytest.mark.parametrize(
    ("text", "offsets"),
    [
        ("wake me at 7", [[0, 4], [5, 7], [8, 10], [11, 12]]),
        ("e\u0301te\u0301 ", [[0, 7]]),  # accents behind the last letter are inside
        ("\u0301\u200ba b", [[5, 6], [7, 8]]),  # and those before the first letter are nowhere
        ("a" + "\u0301" * 8 + "b c", [[17, 18], [19, 20]]),  # too long for a cluster
        ("\u6f22\u5b57!", [[0, 3], [3, 6], [6, 7]]),
        (" \0 ", [[0, 0]]),
    ],
)
def test_examples(text: str, offsets: list[list[int]]) -> None:
    assert word_offsets([text.encode()], 9, len(offsets)).tolist() == [offsets]
