"""Texts up to the last word that is read, and where their words stand: what distortions and teachers start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolite_core.text.word_offsets import word_borders
from neurolite_core.text.words import truncate
from neurolite_core.training.spans.tagged import Tagged


@dataclass(frozen=True, slots=True, eq=False)
class PlacedText:
    """A text, its words and their tags.

    Attributes:
        text: it ends with the last word that is read.
        borders: int64 [L, 2], of each word the first byte and the one behind the last.
        tags: int64 [L].
        soft: float16 [L, T], a teacher's logits of the words' tags; None of a text that no teacher answered.
    """

    text: bytes
    borders: NDArray[np.int64]
    tags: NDArray[np.int64]
    soft: NDArray[np.float16] | None = None


def place_words(
    texts: Sequence[bytes], max_bytes: int, max_words: int
) -> list[tuple[bytes, NDArray[np.int64]]]:
    """Texts up to the last word that is read of each, and int64 [L, 2], the borders of their words."""
    whole = [truncate(text, max_bytes)[0] for text in texts]
    text_of, borders = word_borders(whole)
    bounds = np.searchsorted(text_of, np.arange(len(whole) + 1)).tolist()
    found = []
    for number, text in enumerate(whole):
        own = borders[bounds[number] : bounds[number + 1]][:max_words]
        found.append((text[: int(own[-1, 1]) if len(own) else 0], own))
    return found


def place_rows(
    tagged: Tagged, rows: NDArray[np.int64], max_bytes: int, max_words: int
) -> list[PlacedText]:
    """Some rows, int64 [R], as they were written."""
    return [
        PlacedText(text, own, tagged.tags(row, len(own)))
        for (text, own), row in zip(
            place_words(tagged.store.texts(rows), max_bytes, max_words), rows.tolist(), strict=True
        )
    ]
