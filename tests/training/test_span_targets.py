"""A teacher's answers stay with their words, and the distance to them is what it says."""

import random
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from neurolite_core.answer.spans import spans_of, tags_of
from neurolite_core.text.word_offsets import word_borders
from neurolite_core.training.spans.distorting import distort_tagged
from neurolite_core.training.spans.placing import PlacedText
from neurolite_core.training.spans.recipe import Distortion
from neurolite_core.training.spans.teaching.lessons import likeliest_tags
from neurolite_core.training.spans.teaching.targets import SoftTargets, soft_targets, tags_loss

WORDS = ["wake", "me", "at", "half", "eight.", "don't", "дом", "नमस्ते", "東京", "🙂", "5.30"]


@settings(deadline=None)  # the first call of all takes long
@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=10),
    st.integers(0, 2**32),
    st.data(),
)
def test_soft_targets_stay_with_their_words(
    words: list[str], seed: int, lot: st.DataObject
) -> None:
    text = " ".join(words).encode()
    borders = word_borders([text])[1]
    text, count = text[: borders[-1, 1]], len(borders)
    tags = lot.draw(st.lists(st.integers(0, 4), min_size=count, max_size=count))
    tags = tags_of(spans_of(tags), count)
    # The number of a word stands in its answer.
    soft = np.tile(np.arange(count, dtype=np.float16)[:, None], (1, 5))
    given_text = PlacedText(text, borders, np.array(tags, np.int64), soft)
    how = Distortion(share=1.0, typos=0.0, word_dropout=0.4, unknown=0.0, swapped=1.0)
    values = (((b"x y", 2),), ((b"z", 1),))
    plain = PlacedText(text, borders, given_text.tags)
    found, other = distort_tagged(
        [given_text, plain], [random.Random(seed), random.Random(seed + 1)], how, values, 99
    )
    assert found.soft is not None
    assert other.soft is None
    kept = found.soft[:, 0].astype(int).tolist()
    assert kept == sorted(set(kept))
    here = [found.text[start:end] for start, end in word_borders([found.text])[1]]
    assert here == [text[borders[word, 0] : borders[word, 1]] for word in kept]
    for place, word in enumerate(kept):
        assert (tags[word] == 0) == (found.tags[place] == 0)
    targets = soft_targets([other, found], np.zeros((2, 3), np.float32), 40, 5)
    assert targets.words.sum(dim=1).tolist() == [0, len(kept)]
    assert targets.words[1, : len(kept)].all()
    assert targets.tags[:, 4].int().tolist() == kept
    assert targets.texts.tolist() == [False, True]


def test_the_distance_to_the_teacher_by_hand() -> None:
    logits = torch.tensor([[[1.0, 0.0, -1.0], [0.5, 0.2, 0.1]], [[2.0, 0.0, 0.0], [9.0, 9.0, 9.0]]])
    tags = torch.tensor([[0, 2], [1, -1]])
    words = torch.tensor([[False, False], [True, False]])
    teacher = [0.0, 1.0, 3.0]
    soft = SoftTargets(
        words, torch.tensor([teacher], dtype=torch.float16), words.any(dim=1), torch.zeros(2, 0)
    )

    def chances(values: Any) -> NDArray[np.float64]:  # noqa: ANN401
        weights = np.exp(np.asarray(values, np.float64))
        return np.asarray(weights / weights.sum())

    def hard(text: int, word: int) -> float:
        return float(-np.log(chances(logits[text, word])[tags[text, word]]))

    wanted, own = chances(teacher), chances(logits[1, 0])
    distance = float((wanted * np.log(wanted / own)).sum())
    for weight in (1.0, 0.3, 0.0):
        last = (1 - weight) * hard(1, 0) + weight * distance
        expected = (hard(0, 0) + hard(0, 1) + last) / 3
        assert float(tags_loss(logits, tags, soft, weight)) == pytest.approx(expected, rel=1e-5)
    assert float(tags_loss(logits, tags, None, 1.0)) == pytest.approx(
        (hard(0, 0) + hard(0, 1) + hard(1, 0)) / 3, rel=1e-5
    )


@given(st.lists(st.integers(0, 6), max_size=12))
def test_the_likeliest_tags_can_stand_together(tags: list[int]) -> None:
    found = likeliest_tags(np.eye(7, dtype=np.float32)[np.array(tags, np.int64)]).tolist()
    assert tags_of(spans_of(found), len(found)) == found
    assert spans_of(found) == spans_of(tags)
