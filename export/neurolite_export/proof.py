"""What probes can show of a limit: that it is kept, that it is broken, or neither, and how many would show it.

A limit is on all texts that a model will ever get, and probes are a sample of them. So the 95 % interval is held
against it: broken where the whole interval is beyond the limit, kept where the whole interval is within.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from neurolite_core.evaluation.intervals import (
    Interval,
    paired_difference_interval,
    share_interval,
)
from neurolite_export.certificate_names import NOT_PROVEN, PASSED, REFUSED
from neurolite_export.probes import MAX_PROBES

_NORMAL: Final = 1.96  # standard errors on either side have 95 %
_ROUNDING: Final = 1e-9  # bounds are found by halving, limits are decimal fractions


@dataclass(frozen=True, slots=True)
class Proof:
    """A limit held against probes.

    Attributes:
        verdict: ``PASSED``, ``REFUSED`` or ``NOT_PROVEN``.
        interval: of what is limited, 95 %.
        needed: texts that would decide it if they went on like these; None where it is decided, or where
            ``MAX_PROBES`` would not do.
    """

    verdict: str
    interval: Interval
    needed: int | None


def prove_share(count: int, total: int, at_least: float) -> Proof:
    """Whether a share is at least a limit, by its exact interval (Clopper and Pearson 1934).

    Args:
        count: texts of the kind, such as those with the same answer.
        total: texts, at least 1.
        at_least: the limit, above 0 and below 1.
    """

    def interval_of(texts: int) -> Interval:
        return share_interval(texts - round((total - count) * texts / total), texts)

    def verdict_of(found: Interval) -> str:
        if found[1] < at_least - _ROUNDING:
            return REFUSED
        return PASSED if found[0] >= at_least - _ROUNDING else NOT_PROVEN

    return _proof(interval_of, verdict_of, total)


def prove_loss(only_first: int, only_second: int, total: int, at_most: float) -> Proof:
    """Whether the second of two is worse than the first by no more than a limit, by the interval of Tango (1998).

    Args:
        only_first: texts that the first alone has right.
        only_second: texts that the second alone has right.
        total: all texts, at least 1.
        at_most: the limit of the loss, a share.
    """

    def interval_of(texts: int) -> Interval:
        first, second = (round(count * texts / total) for count in (only_first, only_second))
        return paired_difference_interval(first, second, texts)

    return _proof(interval_of, lambda found: _verdict_of_loss(found, at_most), total)


def prove_drawn_loss(
    loss: float, interval: Interval, error: float, total: int, at_most: float
) -> Proof:
    """Whether a loss whose interval was drawn from texts is no more than a limit.

    Args:
        loss: that was measured.
        interval: its 95 %, of the texts and of the two that stand beside them (``evaluation.spans.paired``).
        error: its standard error of the texts alone. Of more texts that part of the interval shrinks as their root
            grows, and the part of the two as their number does.
        total: all texts, at least 1.
        at_most: the limit of the loss.
    """
    low, high = interval
    whole = max((high - low) / 2, 1e-12)
    texts_alone = min(_NORMAL * error, whole)
    added = math.sqrt(whole**2 - texts_alone**2)

    def interval_of(texts: int) -> Interval:
        fewer = total / texts
        narrower = math.hypot(texts_alone * math.sqrt(fewer), added * fewer) / whole
        return loss - (loss - low) * narrower, loss + (high - loss) * narrower

    return _proof(interval_of, lambda found: _verdict_of_loss(found, at_most), total)


def _verdict_of_loss(found: Interval, at_most: float) -> str:
    if found[0] > at_most + _ROUNDING:
        return REFUSED
    return PASSED if found[1] <= at_most + _ROUNDING else NOT_PROVEN


def _proof(
    interval_of: Callable[[int], Interval], verdict_of: Callable[[Interval], str], total: int
) -> Proof:
    """The verdict of the texts there are, and the number that has one, by doubling and halving."""
    found = interval_of(total)
    verdict = verdict_of(found)
    if verdict != NOT_PROVEN:
        return Proof(verdict, found, None)

    def decided(texts: int) -> bool:
        return verdict_of(interval_of(texts)) != NOT_PROVEN

    low, high = total, total
    while not decided(high):
        if high >= MAX_PROBES:
            return Proof(verdict, found, None)
        low, high = high, min(2 * high, MAX_PROBES)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if decided(middle) else (middle, high)
    return Proof(verdict, found, high)
