"""Who is trained on: successive halving over several objectives, without waiting for others.

Schmucker et al., "Multi-objective Asynchronous Successive Halving", 2021, arXiv:2106.12639: whoever stands among the
best third of all that came so far, goes on with three times the budget. Places are by the fronts of a non-dominated
sorting (Deb et al., 2002), and within a front here by accuracy, not by how far apart its points are: small and fast
models stand in a front whatever they answer, and what is sought with the budget is accuracy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

FACTOR: Final = 3
_LEVELS: Final = 3

Costs = tuple[float, ...]
"""What is to be small, of one candidate: the share of wrong answers first, then megabytes, then milliseconds."""


def budgets_of(most: int) -> tuple[int, ...]:
    """Budgets of the levels, the smallest first: a ninth, a third and all of it, whole and different."""
    found = [-(-most // FACTOR**level) for level in range(_LEVELS)]
    return tuple(sorted(set(found)))


def dominates(one: Costs, other: Costs) -> bool:
    """Whether it is nowhere worse and somewhere better."""
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))


def front_of(costs: Sequence[Costs]) -> list[int]:
    """Places of those that no other dominates, in order."""
    return [
        place
        for place, own in enumerate(costs)
        if not any(dominates(other, own) for other in costs)
    ]


def goes_on(own: Costs, all_costs: Sequence[Costs]) -> bool:
    """Whether it stands in the best third of all at its level.

    Args:
        own: of the one in question.
        all_costs: of all that were measured there, it included.
    """
    most = max(1, len(all_costs) // FACTOR)
    left, better = list(all_costs), 0
    while own in left:
        front = [left[place] for place in front_of(left)]
        if own in front:
            return better + sum(costs[0] < own[0] for costs in front) < most
        better += len(front)
        left = [costs for costs in left if costs not in front]
    return False
