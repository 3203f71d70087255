"""95 % intervals of shares and of paired differences, and the test that goes with these: right for few texts.

Nothing is drawn and nothing assumes many texts, so six texts that are all right give 54 to 100 %, and not 100 to 100 %.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from neurolite_core.evaluation.incomplete_beta import beta_share
from neurolite_core.ground.errors import InputError

Interval = tuple[float, float]

_TAIL: Final = 0.025
_NORMAL: Final = 1.959963984540054  # 97.5 % of a standard normal distribution lie below it
_CLOSE: Final = 1e-12


@lru_cache(maxsize=65_536)
def share_interval(count: int, total: int) -> Interval:
    """The exact interval of a share (Clopper and Pearson 1934): 95 % or more of such intervals hold the truth.

    Args:
        count: texts of a kind, such as right answers.
        total: texts, at least 1.

    Raises:
        InputError: ``total`` below 1, or ``count`` not from 0 to ``total``.
    """
    if total < 1 or not 0 <= count <= total:
        raise InputError(
            f"{count} of {total} texts cannot be; give 0 <= count <= total, total >= 1."
        )
    low, high = 0.0, 1.0
    if count > 0:  # so many or more are this improbable
        low = _root(lambda p: beta_share(count, total - count + 1, p) - _TAIL, 0.0, count / total)
    if count < total:  # so many or fewer are
        high = _root(
            lambda p: beta_share(count + 1, total - count, p) - (1 - _TAIL), count / total, 1.0
        )
    return low, high


def paired_difference_interval(only_first: int, only_second: int, total: int) -> Interval:
    """The score interval of the difference of two accuracies on the same texts (Tango 1998).

    Tango, "Equivalence test and confidence interval for the difference in proportions for the paired-sample design",
    Statistics in Medicine 17, 891-908; recommended for any number of pairs by Fagerland, Lydersen and Laake 2014.

    Args:
        only_first: texts that the first alone has right.
        only_second: texts that the second alone has right.
        total: all texts.

    Returns:
        Bounds of first minus second, from -1 to 1.

    Raises:
        InputError: counts that cannot be.
    """
    _check_pairs(only_first, only_second, total)
    gain = only_first - only_second
    low = high = gain / total
    if low > -1:
        low = _root(lambda d: _NORMAL - _score(d, only_first, only_second, total), -1.0, low)
    if high < 1:
        high = _root(lambda d: -_NORMAL - _score(d, only_first, only_second, total), high, 1.0)
    return low, high


def paired_p_value(only_first: int, only_second: int) -> float:
    """The exact test of McNemar (1947), two-sided: as if a coin had decided each text that only one has right.

    Args:
        only_first: texts that the first alone has right.
        only_second: texts that the second alone has right.

    Raises:
        InputError: counts that cannot be.
    """
    pairs = only_first + only_second
    _check_pairs(only_first, only_second, pairs or 1)
    fewer = min(only_first, only_second)
    if 2 * fewer == pairs:
        return 1.0
    return min(1.0, 2 * beta_share(pairs - fewer, fewer + 1, 0.5))


def _score(difference: float, first: int, second: int, total: int) -> float:
    """How many standard errors the counts are above what a difference would have them be.

    The chance of a text that only the second has right is the likeliest one under that difference.
    """
    a = 2 * total
    b = -first - second + (2 * total - first + second) * difference
    c = -second * difference * (1 - difference)
    chance = (math.sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)
    variance = total * (2 * chance + difference * (1 - difference))
    distance = first - second - total * difference
    if variance <= 0:
        return math.copysign(math.inf, distance) if distance else 0.0
    return distance / math.sqrt(variance)


def _root(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function passes 0, by halving."""
    while high - low > _CLOSE:
        middle = (low + high) / 2
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _check_pairs(only_first: int, only_second: int, total: int) -> None:
    if min(only_first, only_second) < 0 or total < 1 or only_first + only_second > total:
        raise InputError(
            f"{only_first} and {only_second} of {total} texts that only one has right cannot be; "
            "give counts from 0 that are at most all texts together."
        )
