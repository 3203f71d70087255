r"""Line breaks as words: where an utterance ends matters to what follows, and the hash knows separators as nothing.

A generator therefore reads every byte 0x0A as ``|``, punctuation, which the hash makes words of; all that reads its
texts by words does the same, and offsets stay as they are. So ``"\n"`` is a word, and of ``"Yes.\nNo"`` ``".\n"`` is
one, as punctuation that stands together is.
"""

from __future__ import annotations

from typing import Final

LINE_BREAK: Final = 0x0A
READ_AS: Final = ord("|")
_TABLE: Final = bytes.maketrans(bytes([LINE_BREAK]), bytes([READ_AS]))


def with_breaks(text: bytes) -> bytes:
    """A text as a generator reads it: as many bytes, with ``|`` for each line break.

    Args:
        text: UTF-8 or not.
    """
    return text.translate(_TABLE)
