"""Texts of about equal length together: little of a batch is then padding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

_SORTED_BATCHES: Final = 50  # more would sort the epoch


def answers_by_length(
    lengths: Sequence[int] | NDArray[np.integer],
    width: int,
    batch_size: int,
    answer: Callable[[NDArray[np.int64]], NDArray[np.floating]],
    report: Callable[[float], None] = lambda _: None,
) -> NDArray[np.float32]:
    """Answers float32 [N, width] of N texts in their order, asked for in batches, the shortest first.

    Args:
        lengths: int [N], by which they are ordered; ties in the order of the texts.
        width: numbers of an answer.
        batch_size: texts of a batch.
        answer: places of some texts, int64 [n], to their answers [n, width].
        report: told the share that was answered, after every batch.
    """
    answers = np.zeros((len(lengths), width), dtype=np.float32)
    order = np.argsort(lengths, kind="stable")
    for first in range(0, len(order), batch_size):
        here = order[first : first + batch_size]
        answers[here] = answer(here)
        report((first + len(here)) / len(order))
    return answers


def cut_by_length(
    order: NDArray[np.int64], lengths: NDArray[np.integer], batch_size: int
) -> list[NDArray[np.int64]]:
    """Cuts texts in random order to batches of about equal length; the last one may be smaller.

    Args:
        order: int64 [N], places in ``lengths``.
        lengths: of all texts.
        batch_size: texts of a batch.
    """
    batches: list[NDArray[np.int64]] = []
    group = batch_size * _SORTED_BATCHES
    for first in range(0, len(order), group):
        here = order[first : first + group]
        here = here[np.argsort(lengths[here], kind="stable")]
        batches += [here[at : at + batch_size] for at in range(0, len(here), batch_size)]
    return batches
