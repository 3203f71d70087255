"""How well a model says the next word: perplexity, bits per byte, and whether it is among three suggestions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.scores import log_sum_exp
from neurolite_core.ground.errors import InputError
from neurolite_core.text.segments import split_segments
from neurolite_core.text.vocabulary import UNKNOWN, Vocabulary

SUGGESTIONS: Final = 3
_SPELLED_BITS: Final = 8  # a byte of an unknown word, and one more for its end


@dataclass(frozen=True, slots=True)
class TestTexts:
    """Texts as every model is asked for them.

    Attributes:
        targets: entries of each text, ``END`` included.
        bytes: of all texts.
        spelled: bytes of unknown words and one for each, and of what stands behind the last word of each text.
    """

    __test__ = False  # no class of tests

    targets: tuple[list[int], ...]
    bytes: int
    spelled: int


@dataclass(frozen=True, slots=True)
class Score:
    """What a model reaches.

    Attributes:
        words: that were asked for, ends of texts and unknown ones among them.
        unknown: of them, those that are no entry; they count as the one word ``<unk>``.
        perplexity: two to the mean bits of a word.
        bits_per_byte: of all words, with 8 bits for each byte of an unknown one and 8 for its end.
        top3: fraction of words among the three most probable ones, ``<unk>`` never among them.
    """

    words: int
    unknown: int
    perplexity: float
    bits_per_byte: float
    top3: float


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """Of W words, in the order of the texts.

    Attributes:
        probabilities: float64 [W], that each had.
        hits: bool [W], whether it was among the three suggestions.
    """

    probabilities: NDArray[np.float64]
    hits: NDArray[np.bool_]


def heard(said: Iterable[tuple[NDArray[np.floating], int]]) -> Said:
    """What logits float [V] before each word make of the word that came."""
    probabilities, hits = list[float](), list[bool]()
    for logits, wanted in said:
        own = logits.astype(np.float64)
        probabilities.append(float(np.exp(own[wanted] - log_sum_exp(own[None])[0])))
        hits.append(is_suggested(own, wanted))
    return Said(np.array(probabilities), np.array(hits))


def read_targets(texts: Sequence[bytes], vocabulary: Vocabulary) -> TestTexts:
    """The words that are asked for.

    Raises:
        InputError: no texts.
    """
    if not texts:
        raise InputError("no texts to measure with; give a file with some.")
    places = vocabulary.places
    spelled = 0
    for segments in split_segments(texts):
        unknown = [word for word in segments.words if word not in places]
        spelled += sum(len(word) + 1 for word in unknown) + len(segments.rest)
    targets = tuple(vocabulary.targets(text) for text in texts)
    return TestTexts(targets, sum(map(len, texts)), spelled)


def score(asked: TestTexts, probabilities: NDArray[np.float64], hits: NDArray[np.bool_]) -> Score:
    """The figures of a model.

    Args:
        asked: the words.
        probabilities: float64 [W], that the model gave each.
        hits: bool, of some or all words, whether each was among the three suggestions.
    """
    words = sum(map(len, asked.targets))
    unknown = sum(target.count(UNKNOWN) for target in asked.targets)
    bits = float(-np.log2(probabilities).sum())
    return Score(
        words=words,
        unknown=unknown,
        perplexity=2 ** (bits / words),
        bits_per_byte=(bits + _SPELLED_BITS * asked.spelled) / max(asked.bytes, 1),
        top3=float(hits.mean()),
    )


def is_suggested(distribution: NDArray[np.floating], target: int) -> bool:
    """Whether a word is among the three most probable; of equals the first by number. ``<unk>`` is never suggested.

    Args:
        distribution: float [V], probabilities or logits.
        target: the word's number.
    """
    if target == UNKNOWN:
        return False
    own = distribution[target]
    better = distribution > own
    equal_before = distribution[:target] == own
    ahead = int(better[UNKNOWN + 1 :].sum()) + int(equal_before[UNKNOWN + 1 :].sum())
    return ahead < SUGGESTIONS
