"""A validation part of the rows: every label in proportion, no text on both sides."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.data.duplicates import Groups, group_labels
from neurolite_core.ground.checks import require_fraction
from neurolite_core.ground.errors import InputError

_FEW_LABELS: Final = 20


def split_rows(
    label_ids: NDArray[np.int32],
    fraction: float,
    seed: int,
    *,
    keys: NDArray[np.uint64] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Splits rows for training and validation, stratified by label.

    Each label keeps at least one text for training. Texts with more than one label stay in training.

    Args:
        label_ids: int32 [N], -1 for unlabelled.
        fraction: share of the rows wanted for validation, above 0 and below 1; never more are taken.
        seed: of the choice.
        keys: uint64 [N]; rows with equal keys stay together.

    Returns:
        Row numbers of training and validation, int64, ascending.

    Raises:
        InputError: fraction out of range, or no row can be taken; the message says why.
    """
    require_fraction("fraction", fraction)
    rng = np.random.default_rng(seed)
    count = len(label_ids)
    if keys is None:
        keys = np.arange(count, dtype=np.uint64)
    groups = group_labels(keys, label_ids)
    pairs_of_text = np.bincount(groups.text)
    free = np.flatnonzero(pairs_of_text[groups.text] == 1)
    free = rng.permutation(free)
    free = free[np.argsort(groups.label[free], kind="stable")]
    taken: list[NDArray[np.int64]] = []
    rows_of_label = np.bincount(label_ids + 1)
    quotas = _quotas(rows_of_label, round(fraction * count), rng)
    bounds = np.flatnonzero(np.diff(groups.label[free], prepend=-2, append=-3))
    for start, end in pairwise(bounds):
        pairs = free[start:end]
        label = groups.label[pairs[0]] + 1
        # A label that also has texts with a second label keeps those; any other keeps one of these.
        has_others = groups.rows[pairs].sum() < rows_of_label[label]
        pairs = pairs if has_others else pairs[1:]
        within = np.cumsum(groups.rows[pairs]) <= quotas[label]
        taken.append(pairs[within])
    chosen = np.zeros(len(groups.text), dtype=np.bool_)
    chosen[np.concatenate(taken) if taken else []] = True
    in_validation = chosen[groups.pair_of_row]
    if not in_validation.any():
        raise InputError(f"no rows can be split off for validation: {_why_none(groups, fraction)}.")
    return np.flatnonzero(~in_validation), np.flatnonzero(in_validation)


def _why_none(groups: Groups, fraction: float) -> str:
    """Why no rows could be taken, and what to do."""
    rows, texts = int(groups.rows.sum()), len(groups.labels_of_text)
    counted = f"{rows:,} rows" if rows == texts else f"{rows:,} rows with {texts:,} different texts"
    free = np.bincount(groups.text)[groups.text] == 1
    if not free.any():
        return (
            f"each text of {counted} stands with several labels, and such texts stay in training. Settle which "
            "label is right, or let --conflicts majority do so"
        )
    texts_of_label = np.bincount(groups.label + 1)
    if texts_of_label.max() < 2:
        labels = int(np.count_nonzero(texts_of_label))
        ids = labels > _FEW_LABELS and " Is it a column of ids that is read? --label-column NAME"
        return (
            f"{counted} have {labels:,} labels, each with one text only; a label needs two or more, to learn from "
            f"and to be measured by. Give labels more texts, or a file with --validation.{ids or ''}"
        ).removesuffix(".")
    return (
        f"{fraction:.2g} of {counted} is less than one row of any label that can spare one. Give a larger share, "
        f"such as {min(0.5, max(2 * fraction, 2 / rows)):.2g}, or a file"
    )


def _quotas(
    rows_of_label: NDArray[np.int64], total: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Rows to take of each label, ``total`` together: largest remainders, ties by chance."""
    exact = rows_of_label * (total / max(1, int(rows_of_label.sum())))
    quotas: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    order = np.lexsort((rng.random(len(exact)), quotas - exact))
    quotas[order[: max(0, total - int(quotas.sum()))]] += 1
    return quotas
