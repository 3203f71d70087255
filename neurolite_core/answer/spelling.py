"""Words that are no entries, byte by byte: spelled as the entries are that may stand in their place.

What follows up to four bytes is counted in the vocabulary, each entry once and the more often the more probable it is
where the word stands, so that a name is spelled as names are; orders are interpolated as by Witten and Bell (1991, "The
zero-frequency problem", method C), with a weight of its own, down to all bytes alike. So every byte has a probability,
and any text can be written and scored; a file needs nothing more than the labels it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.text.utf8 import is_whole, may_follow
from neurolite_core.text.vocabulary import FIRST_WORD, Vocabulary

BORDER: Final = 256  # before a word's first byte and behind its last
SYMBOLS: Final = 257
# Chosen on unknown words of dialogue's validation texts: 2.95 bits a byte; 3.18 without what stands before them.
_ORDER: Final = 5
_NOVELTY: Final = 8.0
_BY_PLACE: Final = 0.8  # share of the counts that goes by how probable entries are there
_FLATTER: Final = 0.4  # power of their probabilities


@dataclass(frozen=True, slots=True, eq=False)
class Letters:
    """N words one behind the other, ``BORDER`` before, between and behind them.

    Attributes:
        symbols: int16 [T].
        owners: int32 [T], of each symbol the word that it stands in; of a border the word that it ends.
        words: N.
    """

    symbols: NDArray[np.int16]
    owners: NDArray[np.int32]
    words: int


def letters_of(words: Sequence[bytes]) -> Letters:
    """Words to be counted in, at least one."""
    sizes = [0, *(len(word) + 1 for word in words)]
    symbols = np.full(sum(sizes) + 1, BORDER, np.int16)
    inside = np.ones(len(symbols), np.bool_)
    inside[np.cumsum(sizes)] = False
    symbols[inside] = np.frombuffer(b"".join(words), np.uint8)
    owners = np.repeat(np.arange(len(words), dtype=np.int32), sizes[1:])
    return Letters(symbols, np.concatenate([np.zeros(1, np.int32), owners]), len(words))


def weights_of(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """How often each of N words counts where their logits are these, float64 [N]; N together.

    Args:
        logits: float64 [N], -inf for words that may not stand there; of none that may all count alike.
    """
    count = len(logits)
    highest = logits.max()
    if not np.isfinite(highest):
        return np.ones(count)
    powers = np.exp(_FLATTER * (logits - highest))
    found: NDArray[np.float64] = 1 - _BY_PLACE + _BY_PLACE * count * powers / powers.sum()
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Speller:
    """Spells what is no entry of a vocabulary.

    Args:
        vocabulary: whose words are counted.
    """

    vocabulary: Vocabulary
    letters: Letters = field(init=False)

    def __post_init__(self) -> None:
        numbers = range(FIRST_WORD, len(self.vocabulary))
        letters = letters_of([self.vocabulary.written(number) for number in numbers])
        object.__setattr__(self, "letters", letters)

    def shares(
        self, weights: NDArray[np.float64], word: bytes, given: int = 0
    ) -> NDArray[np.float64]:
        """What may stand next in a word: probabilities float64 [257], as of ``next_symbol``.

        A byte may that UTF-8 goes on with. The word may be over where its last character is whole, it has more than
        was given, and it is no entry.

        Args:
            weights: of ``weights_of``.
            word: its bytes so far, with what stands before it.
            given: bytes of it that were there before it was begun.
        """
        found = next_symbol(self.letters, weights, word)
        found[:BORDER] *= may_follow(word)
        if len(word) <= given or not is_whole(word) or word in self.vocabulary.places:
            found[BORDER] = 0.0
        found /= found.sum()
        return found


def next_symbol(
    letters: Letters, weights: NDArray[np.float64], begun: bytes
) -> NDArray[np.float64]:
    """What stands behind the beginning of a word: probabilities float64 [257] of each byte and of ``BORDER``.

    Args:
        letters: to be counted in.
        weights: float64 [N], how often each word counts.
        begun: bytes of the word so far.
    """
    before = [BORDER, *begun]
    found = np.full(SYMBOLS, 1 / SYMBOLS)
    symbols, owners = letters.symbols[1:], letters.owners[1:]
    places = np.zeros(
        0, np.int64
    )  # of symbols behind the last ``back`` of the word, counted without the first
    for back in range(min(_ORDER, len(before) + 1)):
        if back == 1:
            places = np.flatnonzero(letters.symbols[:-1] == before[-1])
        elif back:
            places = places[letters.symbols[places - (back - 1)] == before[-back]]
        counted = places if back else slice(None)
        counts = np.bincount(symbols[counted], weights=weights[owners[counted]], minlength=SYMBOLS)
        unseen = _NOVELTY * np.count_nonzero(counts)
        if not unseen:
            break
        found = (counts + unseen * found) / (counts.sum() + unseen)
    return found
