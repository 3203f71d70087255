"""A text goes on, word by word: a generator's answers to entries, and entries to bytes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.sampling import Sampling, draw, penalised, shares
from neurolite_core.text.segments import last_words, split_segments
from neurolite_core.text.vocabulary import END, FIRST_WORD, GAPS, Vocabulary

Answer = Callable[[bytes], NDArray[np.floating]]
"""The logits float [V] of what follows a text of at most as many words and bytes as a model reads."""

_NEVER: Final = -np.inf


@dataclass(frozen=True, slots=True)
class Suggested:
    """What may be put behind a text as it stands, and its probability among all that may."""

    piece: bytes
    score: float


class Writer:
    """What follows texts, of one model.

    Words and ``END`` alone are chosen: ``<unk>`` writes nothing, and a byte does not tell the hash what it has begun.

    Args:
        answer: of the model.
        vocabulary: its labels.
        max_words, max_bytes: that the model reads; of longer texts the last.
    """

    def __init__(
        self, answer: Answer, vocabulary: Vocabulary, *, max_words: int, max_bytes: int
    ) -> None:
        self._answer, self._vocabulary = answer, vocabulary
        self._max_words, self._max_bytes = max_words, max_bytes
        words = [vocabulary.written(number) for number in range(FIRST_WORD, len(vocabulary))]
        self._gaps = np.array([_gap_of(word) for word in words])
        self._sorted = sorted(zip(words, range(FIRST_WORD, len(vocabulary)), strict=True))

    def following(self, text: bytes) -> NDArray[np.float64]:
        """Logits float64 [V] of what may follow a text, -inf for what may not.

        Separators behind its last word are the gap of what follows: entries with another gap may not, and where
        they are none that an entry has, only those without one may.
        """
        (segments,) = split_segments([text[-self._max_bytes :]])
        read = last_words(text, self._max_words, self._max_bytes)
        logits = self._answer(read).astype(np.float64)
        logits[:FIRST_WORD] = np.where(np.arange(FIRST_WORD) == END, logits[:FIRST_WORD], _NEVER)
        if segments.rest:
            gap = segments.rest if segments.rest in GAPS else b""
            logits[FIRST_WORD:][self._gaps != gap] = _NEVER
        return logits

    def piece(self, text: bytes, entry: int) -> bytes:
        """What an entry writes behind a text, without the gap that stands there already."""
        written = self._vocabulary.written(entry)
        gap = _gap_of(written)
        return written[len(gap) :] if gap and text.endswith(gap) else written

    def write(self, prompt: bytes, how: Sampling, *, words: int, seed: int) -> Iterator[bytes]:
        """Pieces that go on with a prompt, until the text is over or has so many more.

        Args:
            prompt: any text, the empty one too.
            how: entries are chosen.
            words: pieces at most.
            seed: of what is drawn: the same one gives the same text.
        """
        random = np.random.default_rng(seed)
        text, chosen = prompt, set[int]()
        for _ in range(words):
            logits = penalised(self.following(text), chosen, how.repetition_penalty)
            entry = draw(shares(logits, how), random)
            if entry == END:
                return
            chosen.add(entry)
            piece = self.piece(text, entry)
            text += piece
            yield piece

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
        own = self._vocabulary.places.get(typed)
        if own is None or not np.isfinite(logits[own]):
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
        behind = takewhile(
            lambda item: item[0].startswith(typed),
            islice(self._sorted, bisect_left(self._sorted, (typed, 0)), None),
        )
        return [number for word, number in behind if word != typed]

    def _best(
        self, logits: NDArray[np.float64], count: int, piece: Callable[[int], bytes]
    ) -> list[Suggested]:
        logits[END] = _NEVER
        order = np.argsort(-logits, kind="stable")[:count]
        order = order[np.isfinite(logits[order])]
        if not len(order):
            return []
        powers = np.exp(logits - logits[order[0]])
        scores = powers / powers.sum()
        return [Suggested(piece(entry), float(scores[entry])) for entry in order.tolist()]


def _gap_of(word: bytes) -> bytes:
    return word[:1] if word[:1] in GAPS else b""
