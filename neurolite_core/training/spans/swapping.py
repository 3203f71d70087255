"""Spans that give way to others of their type: names that no training text had at this place, and the words around them.

The mention replacement of Dai and Adel 2020, "An Analysis of Simple Data Augmentation for Named Entity Recognition",
arXiv:2010.11683. Others are those of the same batch: from batch to batch, any.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.spans import spans_of
from neurolite_core.training.spans.placed import PlacedText


@dataclass(frozen=True, slots=True, eq=False)
class Mention:
    """A span as a text has it.

    Attributes:
        text: from its first byte to its last.
        borders: int64 [L, 2], of each of its words the first byte and the one behind the last, from 0.
    """

    text: bytes
    borders: NDArray[np.int64]


Mentions = Mapping[int, Sequence[Mention]]
"""By the number of their type."""


def mentions_of(texts: Sequence[PlacedText]) -> Mentions:
    """All spans of some texts."""
    found: dict[int, list[Mention]] = defaultdict(list)
    for each in texts:
        for span in spans_of(each.tags.tolist()):
            borders = each.borders[span.first : span.behind]
            start, end = int(borders[0, 0]), int(borders[-1, 1])
            found[span.type].append(Mention(each.text[start:end], borders - start))
    return found


def swapped(given: PlacedText, rng: random.Random, share: float, mentions: Mentions) -> PlacedText:
    """A text, with others of their type in the place of some of its spans.

    Args:
        given: the text.
        rng: decides.
        share: of the spans that give way, each to one that is drawn; it may be the same.
        mentions: others; types that are not among them stay.
    """
    parts: list[bytes] = []
    borders: list[NDArray[np.int64]] = []
    tags: list[NDArray[np.int64]] = []
    at = word = size = 0  # what was taken over of the text, of its words, and of bytes so far
    for span in spans_of(given.tags.tolist()):
        others = mentions.get(span.type)
        if rng.random() >= share or not others:
            continue
        other = rng.choice(others)
        start, end = int(given.borders[span.first, 0]), int(given.borders[span.behind - 1, 1])
        borders.append(given.borders[word : span.first] + (size - at))
        tags.append(given.tags[word : span.first])
        size += start - at
        borders.append(other.borders + size)
        tags.append(np.full(len(other.borders), 2 + 2 * span.type, np.int64))
        tags[-1][0] -= 1
        parts += [given.text[at:start], other.text]
        at, word, size = end, span.behind, size + len(other.text)
    if not parts:
        return given
    parts.append(given.text[at:])
    borders.append(given.borders[word:] + (size - at))
    tags.append(given.tags[word:])
    return PlacedText(b"".join(parts), np.concatenate(borders), np.concatenate(tags))
