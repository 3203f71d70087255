"""A text that a generator reads further and further: its last words anew each time, or word by word from a state.

Neither looks at more of a text than its end, so that a word costs the same however long the text has become.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from neurolite_core.text.line_breaks import with_breaks
from neurolite_core.text.segments import last_words, split_segments
from neurolite_core.text.word_offsets import word_borders

Logits = NDArray[np.floating]
State = Mapping[str, NDArray[Any]]
Answer = Callable[[bytes], Logits]
"""The logits float [V] of what follows a text of at most as many words and bytes as a model reads."""

Step = Callable[[bytes, State | None], tuple[Logits, State]]
"""Reads words on: the logits float [V] of what follows all so far, and the next state; None begins a text."""

_MARKS: Final = 8  # words that may turn out otherwise by what is put behind them are five at most


class Reading(Protocol):
    """A text from its beginning on."""

    @property
    def tail(self) -> bytes:
        """Its end, as many bytes as one call of the model takes."""

    @property
    def rest(self) -> bytes:
        """The separators behind its last word; may be asked for after ``logits``."""

    def add(self, piece: bytes, *, is_word: bool = False) -> None:
        """Puts bytes behind it; ``is_word`` says that they are one word, and change nothing of those before it."""

    def back_to(self, length: int) -> bool:
        """Forgets what stands behind so many bytes; whether it still knows what stood there."""

    def logits(self) -> Logits:
        """Of what follows it, float [V]; not to be changed."""


class WindowReading:
    """By a model without a state, which is given the last words.

    Args:
        answer: of the model.
        max_words, max_bytes: that it reads.
    """

    def __init__(self, answer: Answer, max_words: int, max_bytes: int) -> None:
        self._answer, self._max_words, self._max_bytes = answer, max_words, max_bytes
        self._text, self._length = b"", 0
        self._found: Logits | None = None

    @property
    def tail(self) -> bytes:
        """Its end."""
        return self._text[-self._max_bytes :]

    @property
    def rest(self) -> bytes:
        """The separators behind its last word."""
        if self._text[-1:].isalnum():
            return b""
        (segments,) = split_segments([self.tail])
        return segments.rest

    def add(self, piece: bytes, *, is_word: bool = False) -> None:  # noqa: ARG002  # all the same to a window
        """Puts bytes behind it."""
        if not piece:
            return
        self._text, self._length = self._text + piece, self._length + len(piece)
        if len(self._text) > 4 * self._max_bytes:
            # One byte more than is read says that there was more.
            self._text = self._text[-self._max_bytes - 1 :]
        self._found = None

    def back_to(self, length: int) -> bool:
        """Forgets what stands behind so many bytes."""
        left = len(self._text) - (self._length - length)
        whole = len(self._text) == self._length
        if length == self._length:
            return True
        if length > self._length or not (whole or left > self._max_bytes):
            return False
        self._text, self._length, self._found = self._text[:left], length, None
        return True

    def logits(self) -> Logits:
        """Of what follows it."""
        if self._found is None:
            read = last_words(self._text, self._max_words, self._max_bytes)
            self._found = self._answer(read)
        return self._found


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a model made of a text up to the end of a word.

    Attributes:
        end: bytes of that text.
        logits: of what follows it.
        state: that goes on from there; None where nothing was read, as before a first word.
    """

    end: int
    logits: Logits | None
    state: State | None


class StreamReading:
    """By a model that goes on from a state: each word is read once.

    A word that turns out to go on, or to be part of another, is read again from the state before it; the last few are
    kept. A word of more bytes than the model takes is left out. What a call does not see of the words before it decides
    nothing but whether an apostrophe behind a sign with an accent is a letter.

    Args:
        step: of the model.
        max_words, max_bytes: that it reads in one call.
    """

    def __init__(self, step: Step, max_words: int, max_bytes: int) -> None:
        self._step, self._max_words, self._max_bytes = step, max_words, max_bytes
        self._text, self._start, self._rest = b"", 0, b""  # from the end of the oldest mark on
        self._marks = [_Mark(0, None, None)]
        self._word: bytes | None = None  # all that was not read yet, where it is a word by itself

    @property
    def tail(self) -> bytes:
        """Its end."""
        return self._text[-self._max_bytes :]

    @property
    def rest(self) -> bytes:
        """The separators behind its last word."""
        return self._rest

    @property
    def _length(self) -> int:
        return self._start + len(self._text)

    def add(self, piece: bytes, *, is_word: bool = False) -> None:
        """Puts bytes behind it."""
        if not piece:
            return
        alone = is_word and self._marks[-1].end == self._length and len(piece) <= self._max_bytes
        self._word = piece if alone else None
        self._text += piece

    def back_to(self, length: int) -> bool:
        """Forgets what stands behind so many bytes."""
        if not self._start <= length <= self._length:
            return False
        if length < self._length:
            self._text, self._word = self._text[: length - self._start], None
            while self._marks[-1].end > length:
                self._marks.pop()
        return True

    def logits(self) -> Logits:
        """Of what follows it; what was not read yet is read now."""
        if self._word is not None:
            self._rest = b""
            self._read(self._word, self._length)
            self._word = None
        elif self._marks[-1].end == self._length and self._marks[-1].logits is not None:
            self._rest = b""
        else:
            self._read_all()
        found = self._marks[-1].logits
        assert found is not None  # noqa: S101  # something was read
        return found

    def _read_all(self) -> None:
        (segments,) = split_segments([self._text])
        self._rest = segments.rest
        ends = [self._start]
        for word in segments.words:
            ends.append(ends[-1] + len(word))
        # What a mark stands behind is as it was read where a word still ends there.
        known = set(ends)
        while self._marks[-1].end not in known and len(self._marks) > 1:
            self._marks.pop()
        place = ends.index(self._marks[-1].end)
        words = segments.words
        if not words or (place == len(words) and self._marks[-1].logits is None):
            self._read_nothing()
        while place < len(words):
            following = self._up_to(words, place)
            self._read(b"".join(words[place:following]), ends[following])
            place = following

    def _read_nothing(self) -> None:
        """Asks what follows, where no words are new."""
        if self._marks[-1].logits is None:
            mark = self._marks.pop()
            self._marks.append(_Mark(mark.end, *self._step(b"", mark.state)))

    def _up_to(self, words: tuple[bytes, ...], place: int) -> int:
        """Behind the words that are read at once. The last is read by itself: it may be one that is being typed."""
        following, size = place + 1, len(words[place])
        while following < len(words) - 1 and following - place < self._max_words:
            size += len(words[following])
            if size > self._max_bytes:
                break
            following += 1
        return following

    def _read(self, words: bytes, end: int) -> None:
        if len(words) > self._max_bytes:  # it is one word and what stands before it
            (place,) = word_borders([with_breaks(words)])[1].tolist()
            words = words[slice(*place)]
            words = words if len(words) <= self._max_bytes else b""
        self._marks.append(_Mark(end, *self._step(words, self._marks[-1].state)))
        if len(self._marks) > _MARKS:
            del self._marks[0]
            self._text = self._text[self._marks[0].end - self._start :]
            self._start = self._marks[0].end
