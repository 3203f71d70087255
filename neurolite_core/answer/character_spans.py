"""Spans of a text in its characters, as people and programs name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.spans import WordSpan
from neurolite_core.text.words import to_bytes


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
    data = to_bytes(text)
    plain = len(data) == len(text)

    def place(byte: int) -> int:
        return byte if plain else len(data[:byte].decode("utf-8", "surrogatepass"))

    return tuple(
        TypedSpan(
            place(int(offsets[span.first, 0])),
            place(int(offsets[span.behind - 1, 1])),
            types[span.type],
        )
        for span in spans
    )
