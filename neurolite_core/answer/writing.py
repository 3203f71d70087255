"""A text goes on, word by word: a generator's answers to entries, and entries to bytes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, takewhile
from typing import Any, Final, overload

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.reading import Answer, Reading, Step, StreamReading, WindowReading
from neurolite_core.answer.sampling import Sampling, best_entries, choose, penalised
from neurolite_core.answer.spelling import BORDER, Speller, weights_of
from neurolite_core.text.segments import split_segments
from neurolite_core.text.utf8 import is_whole
from neurolite_core.text.vocabulary import (
    END,
    FIRST_WORD,
    GAPS,
    MAX_ENTRY,
    UNKNOWN,
    Vocabulary,
)

_NEVER: Final = -np.inf
_MARKS: Final = b".,!?;:\n"  # that end the word before them, and are none that letters go on with


@dataclass(frozen=True, slots=True)
class Suggested:
    """What may be put behind a text as it stands, and its probability among all that may."""

    piece: bytes
    score: float


class Writer:
    """What follows texts, of one model; not for several threads at once.

    Entries that are words, and ``END``, are suggested. A text may go on with others too: where ``<unk>`` is chosen, a
    word that is no entry is spelled byte by byte (``spelling``), so that any text can be written. What was read of the
    last text is kept: one that goes on from it, or from a part of it, costs what is new.

    Args:
        model: ``Answer`` of a model without a state; or ``Step`` of one with a state, and ``reading=StreamReading``.
        vocabulary: its labels.
        max_words, max_bytes: that it reads in one call.
        reading: how it reads a text.
    """

    @overload
    def __init__(
        self, model: Answer, vocabulary: Vocabulary, *, max_words: int, max_bytes: int
    ) -> None: ...

    @overload
    def __init__(
        self,
        model: Step,
        vocabulary: Vocabulary,
        *,
        max_words: int,
        max_bytes: int,
        reading: type[StreamReading],
    ) -> None: ...

    def __init__(
        self,
        model: Any,
        vocabulary: Vocabulary,
        *,
        max_words: int,
        max_bytes: int,
        reading: Callable[[Any, int, int], Reading] = WindowReading,
    ) -> None:
        self._begin: Callable[[], Reading] = lambda: reading(model, max_words, max_bytes)
        self._vocabulary, self._max_bytes = vocabulary, max_bytes
        self._known, self._reading = b"", self._begin()
        words = map(vocabulary.written, range(FIRST_WORD, len(vocabulary)))
        gaps = np.array([_gap_of(word) for word in words])
        # What is added to logits: by the separators behind a text, and which of them may then follow.
        self._barred = {gap: np.where(gaps == gap, 0.0, _NEVER) for gap in GAPS}

    def following(self, text: bytes) -> NDArray[np.float64]:
        """Logits float64 [V] of what may follow a text, -inf for what may not.

        Separators behind its last word are the gap of what follows: entries with another gap may not, and where
        they are none that an entry has, only those without one may.
        """
        return self._allowed(self._read(text))

    def _read(self, text: bytes) -> Reading:
        """A text, from what is known of the last one on."""
        common = _common(self._known, text)
        if not self._reading.back_to(common):
            self._reading, common = self._begin(), 0
        self._reading.add(text[common:])
        self._known = text
        return self._reading

    def _allowed(self, reading: Reading) -> NDArray[np.float64]:
        """As ``following``, of what is being read."""
        logits = reading.logits().astype(np.float64)
        end = logits[END]
        logits[:FIRST_WORD] = _NEVER
        logits[END] = end
        rest = reading.rest
        if rest:
            logits[FIRST_WORD:] += self._barred[rest if rest in GAPS else b""]
        return logits

    def piece(self, text: bytes, entry: int) -> bytes:
        """What an entry writes behind a text, without the gap that stands there already."""
        written = self._vocabulary.written(entry)
        gap = _gap_of(written)
        return written[len(gap) :] if gap and text.endswith(gap) else written

    def write(
        self, prompt: bytes, how: Sampling, *, words: int, seed: int, spell: bool = True
    ) -> Iterator[bytes]:
        """Pieces that go on with a prompt, until the text is over or has so many more.

        Args:
            prompt: any text, the empty one too.
            how: entries are chosen, and bytes of words that are spelled.
            words: pieces at most.
            seed: of what is drawn: the same one gives the same text.
            spell: whether words are written that are no entries.
        """
        random = np.random.default_rng(seed)
        reading, chosen = self._begin(), np.zeros(len(self._vocabulary), np.bool_)
        reading.add(prompt)
        for _ in range(words):
            logits = self._allowed(reading)
            if spell:
                logits[UNKNOWN] = reading.logits()[UNKNOWN]
            if how.repetition_penalty != 1.0:
                logits = penalised(logits, np.flatnonzero(chosen), how.repetition_penalty)
            entry = choose(logits, how, random)
            if entry == END:
                return
            if entry == UNKNOWN:
                piece = self._spelled(logits, reading.rest, how, random)
                reading.add(piece)
            else:
                chosen[entry] = True
                tail = reading.tail
                piece = self.piece(tail, entry)
                reading.add(piece, is_word=_stands_alone(tail, piece))
            yield piece

    def _spelled(
        self, logits: NDArray[np.float64], rest: bytes, how: Sampling, random: np.random.Generator
    ) -> bytes:
        """A word that is no entry, without the separators that stand there already; UTF-8 of some 64 bytes at most."""
        weights, word = weights_of(logits[FIRST_WORD:]), rest
        while len(word) - len(rest) < MAX_ENTRY or not is_whole(word):
            found = self._speller.shares(weights, word, given=len(rest))
            logs = np.log(found, where=found > 0, out=np.full(len(found), _NEVER))
            symbol = choose(logs, how, random)
            if symbol == BORDER:
                break
            word += bytes([symbol])
        return word[len(rest) :]

    @cached_property
    def _speller(self) -> Speller:
        """Of writers that have spelled a word."""
        return Speller(self._vocabulary)

    def suggest(self, text: bytes, count: int) -> list[Suggested]:
        """The most probable words behind a text, best first; the end of a text is none."""
        return self._best(self.following(text), count, lambda entry: self.piece(text, entry))

    def complete(self, text: bytes, count: int) -> list[Suggested]:
        """The most probable words that begin with the one that a text ends in, best first, each with what is left.

        Where separators or a line break stand behind the last word, or there is none, nothing is being typed: as
        ``suggest``.
        """
        typed = self._typed(text)
        if not typed:
            return self.suggest(text, count)
        logits = self.following(text[: len(text) - len(typed)])
        kept = np.full(len(logits), _NEVER)
        own = self._longer(typed)
        kept[own] = logits[own]
        return self._best(kept, count, lambda entry: self._vocabulary.written(entry)[len(typed) :])

    def offer(self, text: bytes, count: int) -> list[Suggested]:
        """What a keyboard shows while somebody types: rests of the word that a text ends in, and words behind it.

        That word is whole with the share that its entry has among all entries that begin so, and what follows it has
        that share of its own; of a word that is no entry only rests are offered, unless no entry is longer. The same
        piece stands here once. Where nothing is being typed: as ``suggest``.
        """
        typed = self._typed(text)
        rests = self.complete(text, count) if typed else []
        if not rests:
            return self.suggest(text, count)
        whole = self._whole(typed, self.following(text[: len(text) - len(typed)]))
        found = {item.piece: item.score * (1 - whole) for item in rests}
        # What follows is less probable than the word itself.
        if whole and (len(rests) < count or min(found.values()) < whole):
            for item in self.suggest(text, count):
                found.setdefault(item.piece, item.score * whole)
        ranked = sorted(found.items(), key=lambda item: -item[1])
        return [Suggested(piece, score) for piece, score in ranked[:count]]

    def _whole(self, typed: bytes, logits: NDArray[np.float64]) -> float:
        """Of an entry the share, 0 of none, among all entries that begin with it."""
        place = self._place(typed)
        own = int(self._sorted[place]) if place < len(self._sorted) else END
        if self._vocabulary.written(own) != typed or not np.isfinite(logits[own]):
            return 0.0
        rows = logits[[own, *self._longer(typed)]]
        powers = np.exp(rows - rows.max())
        return float(powers[0] / powers.sum())

    def _typed(self, text: bytes) -> bytes:
        """The word that a text ends in, with what stands before it; nothing where its end is a separator or a line."""
        (segments,) = split_segments([text[-self._max_bytes :]])
        last = segments.words[-1] if segments.words and not segments.rest else b""
        return b"" if last.endswith(b"\n") else last

    def _longer(self, typed: bytes) -> list[int]:
        """The entries that begin with some bytes and have more."""
        written = self._vocabulary.written
        behind = takewhile(
            lambda number: written(number).startswith(typed),
            islice(self._sorted, self._place(typed), None),
        )
        return [int(number) for number in behind if written(number) != typed]

    def _place(self, typed: bytes) -> int:
        """Where some bytes are among the sorted entries, or would be."""
        return bisect_left(self._sorted, typed, key=self._vocabulary.written)

    @cached_property
    def _sorted(self) -> NDArray[np.int32]:
        """The words by what they write, int32; numbers alone, and of writers that complete words."""
        numbers = range(FIRST_WORD, len(self._vocabulary))
        return np.array(sorted(numbers, key=self._vocabulary.written), np.int32)

    def _best(
        self, logits: NDArray[np.float64], count: int, piece: Callable[[int], bytes]
    ) -> list[Suggested]:
        logits[END] = _NEVER
        order = best_entries(logits, count)
        order = order[np.isfinite(logits[order])]
        if not len(order):
            return []
        powers = np.exp(logits - logits[order[0]])
        scores = powers[order] / powers.sum()
        return [
            Suggested(piece(entry), score)
            for entry, score in zip(order.tolist(), scores.tolist(), strict=True)
        ]


def _common(one: bytes, other: bytes) -> int:
    """How many bytes two texts begin with alike."""
    if other.startswith(one):
        return len(one)
    size = min(len(one), len(other))
    known, given = (np.frombuffer(text, np.uint8, size) for text in (one, other))
    different = np.flatnonzero(known != given)
    return int(different[0]) if len(different) else size


def _stands_alone(text: bytes, piece: bytes) -> bool:
    """Whether an entry behind a text is a word by itself for certain, which spares looking for it."""
    if piece.startswith(b" "):
        return True
    return text[-1:].isalnum() and not piece.strip(_MARKS)


def _gap_of(word: bytes) -> bytes:
    return word[:1] if word[:1] in GAPS else b""
