"""How much memory a model's run takes: what ``nl_places_of`` of runtimes/native/src/model.h adds up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neurolite_core.artifact.formats.nlm_shape import NlmShape, up

_LINE: Final = 64
_CHUNK: Final = 16  # words whose channels are mixed together


def scratch_bytes(shape: NlmShape) -> int:
    """Bytes that ``nl_scratch`` asks for texts of as many words as the model reads."""
    return sum(up(size, _LINE) for size in _areas(shape))


def _areas(shape: NlmShape) -> Iterator[int]:
    e, h, s = shape.projection, shape.hidden, shape.token_hidden
    full, widest = up(shape.max_words, 4), max(e, h)
    yield (full + 2 * shape.window) * widest
    yield 2 * (full + 1) * h
    yield from (s * h, s * h)
    yield from (_CHUNK * h, _CHUNK * shape.channel_hidden)
    yield from (4 * s, 4 * max(widest, s), 4 * e, 2 * widest)
    yield 4 * max(shape.padded_labels, e)
    if shape.wide_rows:
        symbols = min(2 * shape.max_bytes + 1, shape.wide_symbols)
        yield 4 * symbols * (shape.wide_highest - shape.wide_lowest + 1)
        yield 4 * (shape.num_labels + 1)
