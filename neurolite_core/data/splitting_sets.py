"""A validation part of rows with several labels each: every label in proportion, no text on both sides.

Iterative stratification by Sechidis, Tsoumakas and Vlahavas 2011, "On the Stratification of Multi-label Data",
doi:10.1007/978-3-642-23808-6_10: the rarest label is dealt first, each text to the side that lacks it most.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurolite_core.data.duplicates import group_labels
from neurolite_core.data.label_sets import LabelSets
from neurolite_core.ground.checks import require_fraction
from neurolite_core.ground.errors import InputError


def split_label_sets(
    label_ids: NDArray[np.int32],
    sets: LabelSets,
    fraction: float,
    seed: int,
    *,
    keys: NDArray[np.uint64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Splits rows for training and validation.

    Each label keeps at least one text for training. Texts that stand with different sets of labels stay in training.

    Args:
        label_ids: int32 [N], numbers of ``sets``, -1 for unlabelled.
        sets: of labels.
        fraction: share of the rows wanted for validation, above 0 and below 1.
        seed: of the choice.
        keys: uint64 [N]; rows with equal keys stay together.

    Returns:
        Row numbers of training and validation, int64, ascending.

    Raises:
        InputError: fraction out of range, or no row can be taken.
    """
    require_fraction("fraction", fraction)
    groups = group_labels(keys, label_ids)
    free = np.flatnonzero(np.bincount(groups.text)[groups.text] == 1)
    free = np.random.default_rng(seed).permutation(free)
    dealer = _Dealer([sets.labels(int(number)) for number in groups.label], groups.rows, fraction)
    chosen = np.zeros(len(groups.text), np.bool_)
    chosen[dealer.deal(free.tolist())] = True
    in_validation = chosen[groups.pair_of_row]
    if not in_validation.any():
        raise InputError(
            f"no rows can be split off for validation: {fraction:.2g} of {len(label_ids):,} rows, each label of "
            "which keeps a text to learn from, is less than a row, or all texts stand with different labels. Give a "
            "larger share, or a file with --validation"
        )
    return np.flatnonzero(~in_validation), np.flatnonzero(in_validation)


class _Dealer:
    """Deals texts to two sides.

    Args:
        labels: of each text.
        rows: int [P], how many rows say it.
        fraction: share of validation.
    """

    def __init__(
        self, labels: list[tuple[int, ...]], rows: NDArray[np.int64], fraction: float
    ) -> None:
        self.labels, self.rows = labels, rows.tolist()
        self.lacking = float(rows.sum()) * fraction  # rows of the validation part
        self.of_label: dict[int, float] = {}  # rows of each label that it lacks
        self.left: dict[int, int] = {}  # texts of each label that are not in the validation part
        for own, count in zip(labels, self.rows, strict=True):
            for label in own:
                self.of_label[label] = self.of_label.get(label, 0.0) + count * fraction
                self.left[label] = self.left.get(label, 0) + 1

    def deal(self, texts: list[int]) -> list[int]:
        """Those of the texts that are for validation."""
        waiting: dict[int, dict[int, None]] = {}
        for text in texts:
            for label in self.labels[text]:
                waiting.setdefault(label, {})[text] = None
        taken: list[int] = []
        dealt: set[int] = set()
        while waiting:
            rarest = min(waiting, key=lambda label: (len(waiting[label]), label))
            for text in list(waiting[rarest]):
                dealt.add(text)
                for label in self.labels[text]:
                    waiting[label].pop(text)
                    if not waiting[label]:
                        del waiting[label]
                if self._may_go(text, rarest):
                    self._take(text)
                    taken.append(text)
        for text in texts:  # those with no label at all
            if text not in dealt and self.rows[text] <= self.lacking:
                self._take(text)
                taken.append(text)
        return taken

    def _may_go(self, text: int, label: int) -> bool:
        """Whether validation lacks the text's label, and each of its labels keeps another text."""
        return (
            self.rows[text] <= self.lacking + 1e-9
            and self.of_label[label] >= self.rows[text] / 2
            and all(self.left[own] > 1 for own in self.labels[text])
        )

    def _take(self, text: int) -> None:
        self.lacking -= self.rows[text]
        for label in self.labels[text]:
            self.of_label[label] -= self.rows[text]
            self.left[label] -= 1
