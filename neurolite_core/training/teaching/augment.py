"""New unlabelled texts from the training texts, for a teacher to answer.

Words replaced by words of close meaning, left out or exchanged, and halves of two texts joined, after
TinyBERT (Jiao et al. 2020, arXiv:1909.10351, section 3.2) and Tang et al. 2019 (arXiv:1903.12136).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.training.teaching.teachers.teacher import Report, Teacher

MOST_WORDS: Final = 30_000
_NEIGHBOURS: Final = 15
_BLOCK: Final = 1024
_CHANGED: Final = (0.1, 0.2, 0.4)  # share of the words that change
# Of those; the rest become any word of the data, and so do those that nothing is known to be close to.
_REPLACED, _DROPPED = 0.6, 0.2
_JOINED: Final = 0.2  # share of the variants that are two halves


def count_words(texts: Iterable[str]) -> Counter[str]:
    """How often each word stands in the texts, in lower case; the most frequent ``MOST_WORDS``."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text.lower().split())
    return Counter(dict(counts.most_common(MOST_WORDS)))


def close_words(
    words: Sequence[str], teacher: Teacher, report: Report
) -> tuple[dict[str, list[str]], list[str], NDArray[np.float32] | None]:
    """Words of close meaning for the data's words, by a teacher's vectors.

    Args:
        words: of the data.
        teacher: whose vocabulary is looked through as well.
        report: told how far it is.

    Returns:
        For each word its 15 nearest, nearest first; all words looked through; and their vectors
        float32 [W, D], or None and no neighbours where the teacher has none.
    """
    known = list(dict.fromkeys([*words, *teacher.vocabulary()[:MOST_WORDS]]))
    vectors = teacher.word_vectors(known, report)
    if vectors is None or len(known) <= _NEIGHBOURS:
        return {}, known, vectors
    near: dict[str, list[str]] = {}
    for first in range(0, len(words), _BLOCK):
        similar = vectors[first : min(first + _BLOCK, len(words))] @ vectors.T
        own = np.arange(len(similar))
        similar[own, first + own] = -np.inf
        best = np.argpartition(-similar, _NEIGHBOURS, axis=1)[:, :_NEIGHBOURS]
        ranked = np.take_along_axis(
            best, np.argsort(-np.take_along_axis(similar, best, 1), axis=1), 1
        )
        for row, columns in enumerate(ranked):
            near[words[first + row]] = [known[column] for column in columns]
    return near, known, vectors


def make_variants(
    texts: Sequence[str],
    count: int,
    words: Sequence[str],
    near: Mapping[str, Sequence[str]],
    *,
    seed: int,
) -> Iterator[str]:
    """``count`` variants of each text, in lower case and with single spaces; some may be alike.

    Args:
        texts: the originals.
        count: of each.
        words: that may stand in for others; not empty.
        near: words of close meaning, for as many words as are known.
        seed: equal seeds give equal variants.
    """
    rng = random.Random(seed)  # noqa: S311  # no secret
    for text in texts:
        own = text.lower().split()
        for _ in range(count):
            if rng.random() < _JOINED:
                other = texts[rng.randrange(len(texts))].lower().split()
                changed = own[: rng.randint(0, len(own))] + other[rng.randint(0, len(other)) :]
            else:
                share = rng.choice(_CHANGED)
                changed = list(_changed(own, share, words, near, rng))
            if changed:
                yield " ".join(changed)


def _changed(
    own: Sequence[str],
    share: float,
    words: Sequence[str],
    near: Mapping[str, Sequence[str]],
    rng: random.Random,
) -> Iterator[str]:
    for word in own:
        draw = rng.random() / share
        if draw >= 1:
            yield word
        elif draw < _REPLACED:
            yield rng.choice(near.get(word) or words)
        elif draw >= _REPLACED + _DROPPED:
            yield rng.choice(words)
