"""Spans of a text in its characters, as people and programs name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.spans import WordSpan
from neurolite_core.text.character_offsets import character_offsets


@dataclass(frozen=True, slots=True, order=True)
class TypedSpan:
    """A part of a text that is of a type.

    Attributes:
        start: its first character, from 0.
        end: the one behind its last.
        type: the type's name.
    """

    start: int
    end: int
    type: str


def character_spans(
    text: str, offsets: NDArray[np.integer], spans: Sequence[WordSpan], types: Sequence[str]
) -> tuple[TypedSpan, ...]:
    """Spans of words in characters of the text.

    Args:
        text: that was read.
        offsets: int [L, 2], its words' first bytes and the ones behind their last, as of ``word_offsets``.
        spans: of words that were read.
        types: names, in the order of their numbers.
    """
    borders = [(int(offsets[s.first, 0]), int(offsets[s.behind - 1, 1])) for s in spans]
    places = character_offsets(text, borders)
    return tuple(
        TypedSpan(*place, types[span.type]) for place, span in zip(places, spans, strict=True)
    )
