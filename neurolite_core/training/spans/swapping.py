"""Spans that give way to others of their type: what stands around a span has to tell, fewer are learned by heart.

Mention replacement: Dai and Adel 2020, "An Analysis of Simple Data Augmentation for Named Entity Recognition",
arXiv:2010.11683.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.spans import WordSpan, spans_of
from neurolite_core.text.word_offsets import word_borders
from neurolite_core.training.spans.placing import PlacedText
from neurolite_core.training.spans.tagged import Tagged

_MOST_ROWS: Final = 100_000  # whose spans are held in memory

Value = tuple[bytes, int]
"""What a span says, and how many words that is."""
Values = tuple[tuple[Value, ...], ...]
"""Of each type what its spans say, each once."""


def values_of(tagged: Tagged, rows: NDArray[np.int64]) -> Values:
    """What spans of the model's types say in some rows int64 [R], of which the first 100,000 are looked at."""
    found: list[set[Value]] = [set() for _ in range(tagged.known)]
    chosen = rows[:_MOST_ROWS]
    texts = tagged.store.texts(chosen)
    text_of, borders = word_borders(texts)
    first = np.searchsorted(text_of, np.arange(len(texts))).tolist()
    for begin, text, row in zip(first, texts, chosen.tolist(), strict=True):
        for span in tagged.spans[row]:
            if span.type < tagged.known:
                start, end = borders[begin + span.first, 0], borders[begin + span.behind - 1, 1]
                found[span.type].add((text[start:end], span.behind - span.first))
    return tuple(tuple(sorted(own)) for own in found)


def swap_spans(
    texts: Sequence[PlacedText],
    rngs: Sequence[random.Random],
    share: float,
    values: Values,
    most_words: int,
) -> list[PlacedText]:
    """N texts, some of whose spans say something else.

    Args:
        texts: N of them; those that a teacher answered stay as they are, as its answers are of their own words.
        rngs: one for each text; the same states give the same answer.
        share: of the spans.
        values: to draw from, all values of a type alike.
        most_words: a text that would have more stays as it is.
    """
    found = list(texts)
    made: dict[int, tuple[bytes, list[int]]] = {}
    for number, (text, rng) in enumerate(zip(texts, rngs, strict=True)):
        if text.soft is not None:
            continue
        spans = [
            span
            for span in spans_of(text.tags.tolist())
            if rng.random() < share and values[span.type]
        ]
        if spans:
            made[number] = _swapped(text, spans, rng, values)
    text_of, borders = word_borders([text for text, _ in made.values()])
    bounds = np.searchsorted(text_of, np.arange(len(made) + 1)).tolist()
    for place, (number, (data, tags)) in enumerate(made.items()):
        own = borders[bounds[place] : bounds[place + 1]]
        # Of another number of words, the tags would not be theirs.
        if len(own) == len(tags) <= most_words:
            found[number] = PlacedText(data, own, np.array(tags, np.int64))
    return found


def _swapped(
    given: PlacedText, spans: Sequence[WordSpan], rng: random.Random, values: Values
) -> tuple[bytes, list[int]]:
    """The text, and the tags that its words should have."""
    parts: list[bytes] = []
    tags: list[int] = []
    word, byte = 0, 0
    for span in spans:
        value, words = rng.choice(values[span.type])
        parts += [given.text[byte : int(given.borders[span.first, 0])], value]
        begins = 1 + 2 * span.type
        tags += [*given.tags[word : span.first].tolist(), begins, *[begins + 1] * (words - 1)]
        word, byte = span.behind, int(given.borders[span.behind - 1, 1])
    return b"".join([*parts, given.text[byte:]]), tags + given.tags[word:].tolist()
