"""Figures of answers with several labels a text: F1 over all labels and of each, in numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.evaluation.bootstrap import (
    FEWEST_OF_A_KIND,
    FEWEST_TEXTS,
    micro_f1_interval,
    mirrored,
)
from neurolite_core.evaluation.intervals import Interval, share_interval
from neurolite_core.evaluation.metrics import ClassFigures, macro_f1

_DRAWS: Final = 2_000
_BLOCK: Final = 4_000_000  # numbers held at once
_MOST_CELLS: Final = 2_000_000  # kinds of texts times labels; a bootstrap of more takes minutes


@dataclass(frozen=True, slots=True)
class Overall:
    """All labels of all texts together.

    Attributes:
        precision: share of right ones among the labels that were given; 0 where none was.
        recall: share of the texts' labels that were given; 0 where they have none.
        f1: harmonic mean of the two; 0 where both are 0.
        f1_interval: its 95 % bootstrap interval over texts; None for few texts, see ``micro_interval``.
    """

    precision: float
    recall: float
    f1: float
    f1_interval: Interval | None


def overall(truths: NDArray[np.bool_], given: NDArray[np.bool_]) -> Overall:
    """Micro-averaged figures of bool [N, C]."""
    right, wanted, said = int((truths & given).sum()), int(truths.sum()), int(given.sum())
    return Overall(
        precision=right / max(said, 1),
        recall=right / max(wanted, 1),
        f1=2 * right / max(wanted + said, 1),
        f1_interval=micro_interval(truths, given),
    )


def label_figures(
    truths: NDArray[np.bool_], given: NDArray[np.bool_], labels: Sequence[str]
) -> tuple[ClassFigures, ...]:
    """Precision, recall and F1 of every label, in the order of the labels; of bool [N, C] each."""
    right, support, predicted = (
        rows.sum(axis=0).tolist() for rows in (truths & given, truths, given)
    )
    return tuple(
        ClassFigures(
            label=label,
            precision=hits / max(said, 1),
            precision_interval=share_interval(hits, said) if said else None,
            recall=hits / max(wanted, 1),
            recall_interval=share_interval(hits, wanted) if wanted else None,
            f1=2 * hits / max(wanted + said, 1),
            support=wanted,
            predicted=said,
        )
        for label, hits, wanted, said in zip(labels, right, support, predicted, strict=True)
    )


def macro_of(figures: Sequence[ClassFigures]) -> float:
    """Mean F1 of the labels that occur, as truth or as answer; 0 where none does."""
    occurring = [row for row in figures if row.support or row.predicted]
    return macro_f1(occurring) if occurring else 0.0


def micro_interval(
    truths: NDArray[np.bool_], given: NDArray[np.bool_], *, seed: int = 0
) -> Interval | None:
    """95 % interval of micro-F1 by the basic bootstrap over texts (Efron 1979); bool [N, C] each.

    Returns:
        None where fewer than ``FEWEST_OF_A_KIND`` labels are given rightly, or as few are wrong or missing.
    """
    right = (truths & given).sum(axis=1)
    size = truths.sum(axis=1) + given.sum(axis=1)
    return micro_f1_interval(right, size, seed=seed)


def macro_interval(
    truths: NDArray[np.bool_], given: NDArray[np.bool_], *, seed: int = 0
) -> Interval | None:
    """95 % interval of macro-F1 by the basic bootstrap over texts; bool [N, C] each.

    Returns:
        None where a label that occurs has fewer than ``FEWEST_TEXTS`` texts, where few labels are given rightly or
        wrongly as in ``micro_interval``, or where there are too many labels and texts to draw them so often.
    """
    support, said = truths.sum(axis=0), given.sum(axis=0)
    occurring = np.flatnonzero(support + said)
    wrong = int((truths != given).sum())
    if min(int((truths & given).sum()), wrong) < FEWEST_OF_A_KIND:
        return None
    if support[occurring].min() < FEWEST_TEXTS:
        return None
    both = np.concatenate([truths[:, occurring], given[:, occurring]], axis=1)
    kinds, counts = np.unique(both, axis=0, return_counts=True)
    if kinds.size > _MOST_CELLS:
        return None
    width = len(occurring)
    true, answered = (part.astype(np.float32) for part in (kinds[:, :width], kinds[:, width:]))
    rng = np.random.default_rng(seed)
    found, step = [], max(1, _BLOCK // len(kinds))
    for first in range(0, _DRAWS, step):
        size = min(step, _DRAWS - first)
        drawn = rng.multinomial(len(truths), counts / len(truths), size=size).astype(np.float32)
        sizes = drawn @ (true + answered)
        f1 = 2 * (drawn @ (true * answered)) / np.maximum(sizes, 1)
        found.append(f1.sum(axis=1) / np.maximum((sizes > 0).sum(axis=1), 1))
    middle = float(
        np.mean(2 * (truths & given).sum(axis=0)[occurring] / (support + said)[occurring])
    )
    return mirrored(np.concatenate(found), middle)


def best_micro_f1(logits: NDArray[np.float32], truths: NDArray[Any]) -> float:
    """Micro-F1 with the one threshold for all labels that is best for these texts, 0 to 1.

    While a model is fitted its labels have no thresholds yet; with the same one for all, weights can be compared.

    Args:
        logits: float32 [N, C].
        truths: [N, C], 1 or True for each label that a text has.
    """
    return _best_micro(logits, truths)[0]


def best_micro_threshold(logits: NDArray[np.float32], truths: NDArray[Any]) -> float:
    """The logit from which on labels are given with that F1; of no labels infinity."""
    return _best_micro(logits, truths)[1]


def _best_micro(logits: NDArray[np.float32], truths: NDArray[Any]) -> tuple[float, float]:
    scores, true = logits.ravel(), np.asarray(truths, np.bool_).ravel()
    total = int(true.sum())
    if not total:
        return 0.0, float("inf")
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum(true[order])
    ordered = scores[order]
    cut = np.append(np.flatnonzero(ordered[1:] < ordered[:-1]), len(ordered) - 1)  # not inside ties
    f1 = 2 * right[cut] / (cut + 1 + total)
    best = int(f1.argmax())
    return float(f1[best]), float(ordered[cut[best]])


def log_loss(logits: NDArray[np.float32], truths: NDArray[Any]) -> float:
    """Mean negative log-likelihood of a text's labels, all of them together, in nats; arrays [N, C]."""
    exact = logits.astype(np.float64)
    losses = np.logaddexp(0.0, exact) - exact * np.asarray(truths, np.float64)
    return float(losses.sum(axis=1).mean())
