"""Outputs of parts joined: those of words padded to the longest text of all, and zero behind each text's last."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neurolite_core.artifact.joining import join_outputs
from neurolite_core.artifact.outputs import OFFSETS, TAGS, WORDS

MAX_WORDS = 7


@given(
    counts=st.lists(st.integers(0, MAX_WORDS + 3), min_size=1, max_size=9),
    cuts=st.lists(st.integers(1, 3), min_size=9, max_size=9),
    spare=st.integers(0, 4),
)
def test_parts_do_not_show(counts: list[int], cuts: list[int], spare: int) -> None:
    """Whatever the parts and their padding: word w of text n has its own values, and what is behind the last has 0."""
    parts, first = [], 0
    for size in cuts:
        own = counts[first : first + size]
        if not own:
            break
        length = min(MAX_WORDS, max(1, *own) + spare)
        numbers = 100.0 * np.arange(first, first + len(own))[:, None] + np.arange(1, length + 1)
        parts.append(
            {
                WORDS: np.array(own, np.int32),
                "logits": numbers[:, :1].astype(np.float32),
                TAGS: np.stack([numbers, -numbers, numbers], axis=2).astype(np.float32),
                OFFSETS: np.stack([numbers, numbers + 1], axis=2).astype(np.int32),
            }
        )
        first += len(own)
    found = join_outputs(parts, (TAGS, "logits", OFFSETS, WORDS))
    assert found.keys() == {TAGS, "logits", OFFSETS, WORDS}
    assert found[WORDS].tolist() == counts[:first]
    assert found["logits"][:, 0].tolist() == [100.0 * number + 1 for number in range(first)]
    length = max(1, min(MAX_WORDS, max(counts[:first])))
    assert found[TAGS].shape == (first, length, 3)
    assert found[OFFSETS].shape == (first, length, 2)
    assert found[TAGS].dtype == np.float32
    assert found[OFFSETS].dtype == np.int32
    for text in range(first):
        for word in range(length):
            number = 100 * text + word + 1 if word < counts[text] else 0
            assert found[TAGS][text, word].tolist() == [number, -number, number]
            assert found[OFFSETS][text, word].tolist() == [number, number + (number > 0)]


def test_what_is_no_number_stays_out() -> None:
    """A graph may compute anything behind a text's last word."""
    tags = np.full((1, 4, 3), np.nan, np.float32)
    tags[0, :2] = 1
    found = join_outputs([{WORDS: np.array([2]), TAGS: tags}], (TAGS, WORDS))
    assert found[TAGS].tolist() == [[[1, 1, 1], [1, 1, 1]]]
    none = join_outputs([{WORDS: np.array([0]), TAGS: tags}], (TAGS, WORDS))
    assert none[TAGS].tolist() == [[[0, 0, 0]]]
