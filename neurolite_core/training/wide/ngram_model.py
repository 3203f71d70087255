"""A linear model of n-grams from its texts to its table: rows are chosen, solved for again, and packed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.training.wide.choosing import choose_buckets
from neurolite_core.training.wide.features import Bags
from neurolite_core.training.wide.packing import FittedWide, pack
from neurolite_core.training.wide.solver import Linear, solve
from neurolite_core.training.wide.weighing import weighing_of

COST: Final = 1.0
_CHOOSING: Final = 0.4  # of the time


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Texts that a wide path learns.

    Attributes:
        bags: N texts, of all buckets.
        truths: bool [N, C], their labels, none included.
        weights: float [N, C], how much a row counts for a label; None for ones.
    """

    bags: Bags
    truths: NDArray[np.bool_]
    weights: NDArray[np.floating] | None = None

    def some(self, places: NDArray[np.integer]) -> Labelled:
        """Those at ``places``, int [M]."""
        weights = None if self.weights is None else self.weights[places]
        return Labelled(self.bags.some(places), self.truths[places], weights)


def fit_ngrams(
    texts: Labelled, most: int, report: Callable[[float], None] = lambda _: None
) -> FittedWide:
    """The wide path of some texts.

    Args:
        texts: N of them; with no n-gram in them, only the biases are learned.
        most: rows, at least 1.
        report: told the share that is done.
    """
    kept = choose_buckets(
        texts.bags,
        texts.truths,
        most,
        cost=COST,
        row_weights=texts.weights,
        report=lambda share: report(_CHOOSING * share),
    )
    if len(kept) == 0:
        kept = np.zeros(1, np.int64)  # a table has a row
    inside, weighing = texts.bags.of_rows(kept), weighing_of(texts.bags, kept)
    solved: Linear = solve(
        inside,
        weighing.entries(inside),
        texts.truths,
        cost=COST,
        row_weights=texts.weights,
        report=lambda share: report(_CHOOSING + (1 - _CHOOSING) * share),
    )
    return pack(kept, weighing, solved)
