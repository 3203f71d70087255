"""Which n-grams a wide path looks at: what is tried, and the choice among it by rows that were not learned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.network.wide_options import WideOptions
from neurolite_core.training.wide.ngram_model import Labelled, fit_ngrams

FOLDS: Final = 5
ENOUGH: Final = 2_000  # rows that judge
# Of equally good ones the first; docs/training.md has what each was worth.
CANDIDATES: Final = (
    WideOptions(lowest=2, highest=4, across_words=True),
    WideOptions(lowest=3, highest=4),
    WideOptions(lowest=3, highest=5),
    WideOptions(lowest=2, highest=5, across_words=True),
)


@dataclass(frozen=True, slots=True)
class Tried:
    """A setting, and the share of right answers of models that had not learned the rows, or their micro-F1."""

    options: WideOptions
    score: float


def choose_ngrams(
    read: Callable[[WideOptions], Labelled],
    fold_of: NDArray[np.int64],
    score: Callable[[NDArray[np.float32], NDArray[np.int64]], float],
    most: int,
    report: Callable[[float], None],
    candidates: Sequence[WideOptions] = CANDIDATES,
) -> tuple[Tried, ...]:
    """All candidates, the best first.

    Args:
        read: the texts, N of them, as a candidate sees them.
        fold_of: int64 [N], ``FOLDS`` parts; as many of them judge as have ``ENOUGH`` rows.
        score: of logits [M, C] and the M places that they are of.
        most: rows of a wide path.
        report: told the share that is done.
        candidates: what is tried.
    """
    judges = min(FOLDS, -(-ENOUGH * FOLDS // max(1, len(fold_of))))
    found = []
    for number, options in enumerate(candidates):
        texts = read(options)
        logits, places = [], []
        for fold in range(judges):
            held = np.flatnonzero(fold_of == fold)
            fitted = fit_ngrams(texts.some(np.flatnonzero(fold_of != fold)), most)
            logits.append(fitted.logits(texts.bags.some(held)))
            places.append(held)
            report((number + (fold + 1) / judges) / len(candidates))
        found.append(Tried(options, score(np.concatenate(logits), np.concatenate(places))))
    return tuple(sorted(found, key=lambda tried: -tried.score))
