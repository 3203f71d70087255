"""What a training's wide path learns from and answers: stored rows as bags of n-grams with their labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import numpy as np
from numpy.typing import NDArray

from neurolite_core.data.store import TextStore
from neurolite_core.network.wide_options import WideOptions
from neurolite_core.training.fitting.task import Task
from neurolite_core.training.sources import Sources
from neurolite_core.training.wide.features import Bags, bags_of, joined
from neurolite_core.training.wide.ngram_model import Labelled

if TYPE_CHECKING:
    from neurolite_core.network.model import NeuroLiteForClassification

# A number of a row and a label is looked at some 45 times, in 4 ns each.
MOST_WORK: Final = 1_000_000_000
MOST_TO_CHOOSE: Final = 100_000_000
MOST_ROWS: Final = 200_000
_SAMPLE: Final = 1_000
_SEED: Final = 0


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """Rows of a training.

    Attributes:
        task: with the labelled part first.
        sources: of it.
        outside: int64, out-of-scope rows that are learned as having no label.
    """

    task: Task
    sources: Sources
    outside: NDArray[np.int64]

    @property
    def network(self) -> NeuroLiteForClassification:
        """Whose labels they are."""
        return cast("NeuroLiteForClassification", self.task.network)

    def read(self, store: TextStore, rows: NDArray[np.integer], options: WideOptions) -> Bags:
        """The bags of some texts."""
        return bags_of(store, rows, options.ngrams, self.network.config.max_bytes)

    def labelled(self, rows: NDArray[np.integer], options: WideOptions) -> Labelled:
        """Rows of the labelled part's store to learn, and behind them those that have no label."""
        store, labels = self.sources.train, len(self.network.labels)
        truths = store.label_sets.matrix(store.label_ids[rows], labels)
        bags = self.read(store, rows, options)
        weights = self._weights(truths)
        if self.sources.out_of_scope is not None and len(self.outside):
            bags = joined(bags, self.read(self.sources.out_of_scope, self.outside, options))
            nothing = np.zeros((len(self.outside), labels), np.bool_)
            truths = np.concatenate([truths, nothing])
            if weights is not None:
                weights = np.concatenate([weights, np.ones(nothing.shape)])
        return Labelled(bags, truths, weights)

    def sampled(self, most_work: int) -> NDArray[np.int64]:
        """Rows of the labelled part, all of them or as many, evenly drawn, as a fit takes so much work for."""
        rows = self.task.parts[0].rows
        some = np.random.default_rng(_SEED).permutation(rows)
        bags = self.read(self.sources.train, some[:_SAMPLE], WideOptions())
        work = max(1.0, len(bags.buckets) / max(1, len(bags))) * len(self.network.labels)
        most = min(MOST_ROWS, max(_SAMPLE, int(most_work / work)))
        return rows if len(rows) <= most else np.sort(some[:most])

    def _weights(self, truths: NDArray[np.bool_]) -> NDArray[np.float64] | None:
        """With one label a text a row counts as its label does, with several for the labels that it has."""
        of_labels = self.task.class_weights
        if of_labels is None:
            return None
        if self.sources.train.several:
            return np.where(truths, of_labels.astype(np.float64), 1.0)
        of_rows = truths @ of_labels.astype(np.float64)
        return np.repeat(np.where(of_rows > 0, of_rows, 1.0)[:, None], truths.shape[1], axis=1)
