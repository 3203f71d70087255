"""From bytes of a text to its characters, as Python counts them; numpy only."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

_HANDLER: Final = "neurolite.unreadable_bytes"
_SURROGATES: Final = 0xD800


def _unreadable(error: UnicodeError) -> tuple[str, int]:
    # What "replace" makes one U+FFFD of; here a surrogate, which UTF-8 cannot hold, that says of how many bytes.
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return chr(_SURROGATES + error.end - error.start), error.end


codecs.register_error(_HANDLER, _unreadable)


def character_starts(text: str | bytes) -> NDArray[np.int64]:
    """The first byte of each character, int64 [C].

    Args:
        text: a string, of whose UTF-8 the bytes are (a lone surrogate has three); or bytes, whose characters are those
            of ``text.decode("utf-8", "replace")``: of bytes that are no UTF-8, one for each U+FFFD.
    """
    if isinstance(text, str):
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
        unreadable = np.zeros(len(codes), np.bool_)
    else:
        marked = text.decode("utf-8", _HANDLER)
        codes = np.frombuffer(marked.encode("utf-32-le", "surrogatepass"), "<u4")
        unreadable = codes >> 11 == _SURROGATES >> 11
    lengths = 1 + (codes > 0x7F).astype(np.int64) + (codes > 0x7FF) + (codes > 0xFFFF)
    lengths = np.where(unreadable, codes - np.where(unreadable, _SURROGATES, 0), lengths)
    return np.asarray(np.cumsum(lengths) - lengths)


def character_offsets(
    text: str | bytes, offsets: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The characters that some bytes are of: each that has one of the bytes, wholly or in part.

    Args:
        text: as of ``character_starts``.
        offsets: in bytes, the first and the one behind the last; in words of NeuroLite these never cut a character of
            UTF-8.

    Returns:
        of each the first character and the one behind the last.
    """
    if not offsets:
        return []
    behind = max(end for _, end in offsets)
    # Nothing behind the character that the last byte is of is counted.
    read = text[:behind] if isinstance(text, str) else text[: behind + 3]
    if read.isascii():
        return list(offsets)
    starts = character_starts(read)
    pairs = np.array(offsets, np.int64)
    first = np.maximum(np.searchsorted(starts, pairs[:, 0], side="right") - 1, 0)
    last = np.searchsorted(starts, pairs[:, 1], side="left")
    return list(zip(first.tolist(), last.tolist(), strict=True))
