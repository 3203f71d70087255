"""Student's t distribution, so that measuring needs no scipy."""

from __future__ import annotations

from neurolite_core.evaluation.incomplete_beta import beta_share


def student_tail(t: float, freedom: float) -> float:
    """Probability of more than ``t``, at least 0, under ``freedom`` degrees of freedom."""
    return 0.5 * beta_share(freedom / 2, 0.5, freedom / (freedom + t * t))


def student_quantile(probability: float, freedom: float) -> float:
    """The value below which a share of 0.5 <= ``probability`` < 1 lies."""
    low, high = 0.0, 1.0
    while student_tail(high, freedom) > 1 - probability:
        low, high = high, 2 * high
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if student_tail(middle, freedom) > 1 - probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2
