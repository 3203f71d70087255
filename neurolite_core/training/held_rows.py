"""Rows that are held out of a training, and what is wanted of them; without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neurolite_core.data.store import TextStore
from neurolite_core.training.teaching.kept_logits import KeptLogits

if TYPE_CHECKING:
    from neurolite_core.training.fitting.objectives import Truths


@dataclass(frozen=True, slots=True, eq=False)
class Validation:
    """Rows that decide which weights are kept.

    Attributes:
        store: of texts, mostly with labels.
        rows: int64 [R], which of them.
        targets: what is wanted of all rows of the store, where their labels do not say it.
    """

    store: TextStore
    rows: NDArray[np.int64]
    targets: KeptLogits | None = None

    @property
    def label_ids(self) -> NDArray[np.int32]:
        """int32 [R], the truth: numbers of the store's sets of labels, with one label a text of labels."""
        return self.store.label_ids[self.rows]

    def texts(self) -> list[str]:
        """The R texts."""
        return [text.decode("utf-8", "surrogatepass") for text in self.store.texts(self.rows)]

    def truths(self, num_labels: int) -> Truths:
        """As the objective of the store's task has them, of the first C labels; or the targets, float32 [R, D]."""
        if self.targets is not None:
            return np.stack([self.targets[int(row)] for row in self.rows]).astype(np.float32)
        from neurolite_core.training.fitting.objectives import OBJECTIVES

        return OBJECTIVES[self.store.task].truths(self.store, self.rows, num_labels)
