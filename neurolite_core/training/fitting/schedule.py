"""The learning rate: a short linear rise, then a cosine down to zero (SGDR, arXiv:1608.03983)."""

from __future__ import annotations

import math
from typing import Final

WARM_UP: Final = 0.1
_START: Final = 0.04


def learning_rate_factor(step: int, total_steps: int) -> float:
    """Share of the highest learning rate at a step, 0 to 1.

    Args:
        step: from 0.
        total_steps: at least 1.
    """
    progress = min(step / max(total_steps, 1), 1.0)
    if progress < WARM_UP:
        return _START + (1 - _START) * progress / WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP)))
