"""Which byte may stand next, against Python's own decoder."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from neurolite_core.text.utf8 import is_whole, may_follow

TAILS = (b"\x80", b"\x9f", b"\xa0", b"\xbf")


def decodes(text: bytes) -> bool:
    """Whether a text is the beginning of one of UTF-8: some bytes make it whole."""
    return any(
        is_utf8(text + b"".join(more)) for size in range(4) for more in product(TAILS, repeat=size)
    )


def is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_of_every_beginning_of_a_character_the_decoder_takes_the_same_bytes() -> None:
    """All of two bytes, and of three and four those whose bytes are at the ends of their ranges."""
    begun = [b"", b"a"]
    for _ in range(4):
        longer = []
        for text in begun:
            wanted = [decodes(text + bytes([byte])) for byte in range(256)]
            assert may_follow(text).tolist() == wanted, text
            right = np.flatnonzero(wanted)
            edges = (
                set(right[:1]) | set(right[-1:]) | set(right[np.flatnonzero(np.diff(right) > 1)])
            )
            kept = edges | {0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4}
            longer += [text + bytes([byte]) for byte in sorted(kept & set(right))]
        begun = [text for text in longer if len(text) <= 5]


@given(st.text(max_size=6), st.integers(0, 3))
@settings(max_examples=300, deadline=None)
def test_a_text_is_whole_where_no_character_was_cut(text: str, less: int) -> None:
    content = text.encode()
    cut = content[: len(content) - less]
    assert is_whole(cut) == (cut.decode("utf-8", "ignore").encode() == cut)
