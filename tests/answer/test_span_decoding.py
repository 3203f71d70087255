"""Tags and spans against all sequences of tags, a plain Viterbi and plain probabilities."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from neurolite_core.answer.span_decoding import decode_tags, found_spans, span_scores
from neurolite_core.answer.spans import WordSpan, spans_of
from neurolite_core.ground.errors import InputError
from python_lines import counted

Tags = NDArray[np.float32]


def follows(before: int, tag: int) -> bool:
    """Whether a tag can stand behind another one; 0 before a text's first word."""
    return tag == 0 or tag % 2 == 1 or before in (tag - 1, tag)


def of_all_sequences(logits: Tags) -> list[int]:
    """Every sequence tried; sums that are equal go to the lowest tag from the last word to the first."""
    rows = logits.tolist()

    sequences = itertools.product(range(logits.shape[1]), repeat=len(rows))
    ranked = (
        (-sum(row[tag] for row, tag in zip(rows, tags, strict=True)), tags[::-1])
        for tags in sequences
        if all(map(follows, (0, *tags), tags))
    )
    return list(min(ranked)[1][::-1])


def plain_viterbi(logits: Tags) -> list[int]:
    """Every tag behind every other, in loops."""
    rows = logits.tolist()
    sums = [value if follows(0, tag) else -math.inf for tag, value in enumerate(rows[0])]
    back: list[list[int]] = []
    for row in rows[1:]:
        befores = [
            max(
                (before for before in range(len(row)) if follows(before, tag)),
                key=lambda before: (sums[before], -before),
            )
            for tag in range(len(row))
        ]
        back.append(befores)
        sums = [sums[before] + value for before, value in zip(befores, row, strict=True)]
    tags = [sums.index(max(sums))]
    for befores in reversed(back):
        tags.append(befores[tags[-1]])
    return tags[::-1]


# Few values, all exact in sums, so that many are equal; and any others.
few = st.sampled_from([-2.0, -0.5, 0.0, 0.25, 1.0, 1.5])


@st.composite
def logits_of_texts(draw: st.DrawFn) -> Tags:
    types = draw(st.integers(1, 2))
    words = draw(st.integers(1, 5 if types == 1 else 4))
    values = draw(st.lists(few, min_size=words * (1 + 2 * types), max_size=words * (1 + 2 * types)))
    return np.array(values, np.float32).reshape(words, 1 + 2 * types)


@settings(max_examples=150, deadline=None)
@given(logits_of_texts())
def test_the_best_of_all_sequences(logits: Tags) -> None:
    assert decode_tags(logits) == of_all_sequences(logits)


@pytest.mark.parametrize("seed", range(20))
def test_as_a_plain_viterbi_with_many_types(seed: int) -> None:
    random = np.random.default_rng(seed)
    scale = [1.0, 30.0][seed % 2]
    logits = (random.normal(size=(random.integers(1, 40), 1 + 2 * 9)) * scale).astype(np.float32)
    assert decode_tags(logits) == plain_viterbi(logits)


def test_texts_together_are_as_each_alone_whatever_is_padded() -> None:
    random = np.random.default_rng(5)
    tags = random.normal(size=(30, 12, 7)).astype(np.float32)
    words = random.integers(0, 13, 30)
    tags[np.arange(12)[None] >= words[:, None]] = np.nan
    together = found_spans(tags, words)
    for row, count, found in zip(tags, words, together, strict=True):
        own = row[:count]
        assert [each.span for each in found] == spans_of(decode_tags(own))
        assert [each.score for each in found] == span_scores(own, [each.span for each in found])
    assert sum(map(len, together)) > 50


def test_scores_are_the_smallest_probability_and_thresholds_hold_by_type() -> None:
    logits = np.array([[0, 2, 1, 0, 0], [0, 0, 3, 0, 0], [0.5, 0, 0, 1, 0]], np.float32)
    chances = [math.exp(2) / (math.exp(2) + math.e + 3), math.exp(3) / (math.exp(3) + 4)]
    other = math.e / (math.e + math.exp(0.5) + 3)
    (found,) = found_spans(logits[None], np.array([3]))
    assert [each.span for each in found] == [WordSpan(0, 2, 0), WordSpan(2, 3, 1)]
    assert [each.score for each in found] == pytest.approx([min(chances), other])
    (high,) = found_spans(logits[None], np.array([3]), (found[0].score, found[1].score + 1e-9))
    assert [each.span for each in high] == [WordSpan(0, 2, 0)]


def test_no_numbers_and_infinities_are_the_least_and_the_greatest() -> None:
    logits = np.array([[np.nan, np.nan, np.nan], [0, -np.inf, np.inf]], np.float32)
    assert decode_tags(logits) == [1, 2]
    assert span_scores(logits, [WordSpan(0, 2, 0)]) == pytest.approx([1 / 3])
    assert decode_tags(np.full((3, 5), np.nan, np.float32)) == [0, 0, 0]


def test_nothing_to_decode() -> None:
    assert decode_tags(np.zeros((0, 3), np.float32)) == []
    assert span_scores(np.zeros((2, 3), np.float32), []) == []
    assert found_spans(np.zeros((0, 0, 3), np.float32), np.zeros(0, int)) == []
    assert found_spans(np.zeros((2, 4, 3), np.float32), np.zeros(2, int)) == [[], []]


def test_what_are_no_tags() -> None:
    with pytest.raises(InputError, match=r"\[3, 4\]|\[1, 3, 4\]"):
        decode_tags(np.zeros((3, 4), np.float32))
    with pytest.raises(InputError, match="1 thresholds"):
        found_spans(np.zeros((1, 3, 5), np.float32), np.ones(1, int), (0.5,))


def test_decoding_has_no_loop_over_tags() -> None:
    """Lines of Python that it runs, which no machine's speed changes: some for each span, fewer than there are tags."""
    tags = np.random.default_rng(0).normal(size=(70, 40, 79)).astype(np.float32)
    found, lines = counted(lambda: found_spans(tags, np.full(70, 40)))
    assert sum(map(len, found)) < lines < tags.size / 2
