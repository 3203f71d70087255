"""Texts that say the same: keys that tell, and which of their rows to train on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.data.store import TextStore
from neurolite_core.ground.checks import require_choice

CONFLICTS: Final = ("keep", "majority", "drop")


def text_key(text: str) -> int:
    """64 bits of BLAKE2b (RFC 7693) of a text without its case and spacing.

    Among a million texts two different ones share a key with a probability of 3e-8.
    """
    plain = " ".join(text.casefold().split()).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(plain, digest_size=8).digest(), "little")


EMPTY_KEY: Final = text_key("")


def kept_rows(
    store: TextStore, *, drop_duplicates: bool = True, conflicts: str = "keep"
) -> NDArray[np.int64]:
    """Rows to train on: not the empty texts, and of texts that say the same not all.

    Args:
        store: the rows.
        drop_duplicates: of rows with the same text and label keep the first.
        conflicts: for texts with more than one label: "keep" them all, keep those of the
            "majority" label (of equally frequent ones the label seen first), or "drop" them all.

    Returns:
        Row numbers, int64 ascending.

    Raises:
        InputError: no such policy.
    """
    require_choice("conflicts", conflicts, CONFLICTS)
    keep = np.asarray(store.keys != np.uint64(EMPTY_KEY))
    groups = group_labels(store.keys, store.label_ids)
    if conflicts != "keep":
        chosen = groups.labels_of_text[groups.text] < 2
        if conflicts == "majority":
            # Labelled before unlabelled, most rows first, then the one seen first.
            order = np.lexsort((groups.first_row, -groups.rows, groups.label < 0, groups.text))
            chosen[order[np.flatnonzero(np.diff(groups.text[order], prepend=-1))]] = True
        keep &= chosen[groups.pair_of_row]
    if drop_duplicates:
        first = np.zeros(len(keep), dtype=np.bool_)
        first[groups.first_row] = True
        keep &= first
    return np.flatnonzero(keep)


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Rows grouped by text, and by text and label (a pair).

    Attributes:
        pair_of_row: int64 [N].
        text: int64 [P], text number of each pair, ascending.
        label: int64 [P], label number of each pair, -1 without one.
        first_row: int64 [P], first row of each pair.
        rows: int64 [P], how many.
        labels_of_text: int64 [G], how many labels each text has.
    """

    pair_of_row: NDArray[np.int64]
    text: NDArray[np.int64]
    label: NDArray[np.int64]
    first_row: NDArray[np.int64]
    rows: NDArray[np.int64]
    labels_of_text: NDArray[np.int64]


def group_labels(keys: NDArray[np.uint64], label_ids: NDArray[np.int32]) -> Groups:
    """Groups rows.

    Args:
        keys: uint64 [N], of ``text_key``.
        label_ids: int32 [N], -1 for unlabelled.
    """
    _, text_of_row = np.unique(keys, return_inverse=True)
    from_zero = label_ids.astype(np.int64) + 1
    span = int(from_zero.max(initial=0)) + 1
    pairs, first_row, pair_of_row, rows = np.unique(
        text_of_row * span + from_zero, return_index=True, return_inverse=True, return_counts=True
    )
    text, label = pairs // span, pairs % span - 1
    labels_of_text = np.bincount(text, weights=label >= 0).astype(np.int64)
    return Groups(pair_of_row, text, label, first_row, rows, labels_of_text)
