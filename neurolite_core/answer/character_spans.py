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
    found: list[TypedSpan] = []
    byte = behind = 0  # of what was counted so far
    for span in spans:
        start, end = int(offsets[span.first, 0]), int(offsets[span.behind - 1, 1])
        if start < byte:
            byte = behind = 0
        first = behind + _characters(data[byte:start])
        byte, behind = end, first + _characters(data[start:end])
        found.append(TypedSpan(first, behind, types[span.type]))
    return tuple(found)


def _characters(data: bytes) -> int:
    return len(data.decode("utf-8", "surrogatepass"))
