"""What a solved classifier's scores are made to mean, as ``training.finishing`` does it with a network."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.scores import log_sum_exp, scope_scores
from neurolite_core.evaluation.abstention import choose_threshold
from neurolite_core.evaluation.calibration import fit_temperature
from neurolite_core.training.closed_form.stages import Solved
from neurolite_core.training.closed_form.units import Floats

_STEEP: Final = 10.0  # what reads 0 and 1 makes flat scores; a temperature is sought from 0.05 on
_THRESHOLD: Final = 0.5
_LEAST_SURE: Final = 0.05  # of the texts, whose scores are moved to the middle before one is chosen


def calibrated(
    solved: Solved, said: Floats, label_ids: NDArray[np.integer], outside: Floats | None
) -> tuple[Solved, float | None]:
    """The classifier with a temperature and a shift in its head, so that its scores are probabilities.

    Args:
        solved: as it was solved.
        said: its logits of held-out texts, float32 [R, C].
        label_ids: int [R], the truth.
        outside: its logits of texts that have none of the labels, float32 [M, C]; None without any.

    Returns:
        It, and the threshold of ``scope_scores``: 0.5, or None where none refuses anything and keeps what it must.
    """
    factor = _STEEP / fit_temperature(said * np.float32(_STEEP), label_ids)
    steep = said * np.float32(factor)
    shift = -float(np.quantile(log_sum_exp(steep), _LEAST_SURE))
    chosen = choose_threshold(
        scope_scores(steep + shift),
        steep.argmax(axis=1) == label_ids,
        None if outside is None else scope_scores(outside * np.float32(factor) + shift),
        label_ids=label_ids,
    )
    if chosen.threshold is not None:
        shift -= math.log(chosen.threshold / (1 - chosen.threshold))
    head = (solved.head * factor).astype(np.float32)
    bias = (solved.head_bias * factor + shift).astype(np.float32)
    threshold = None if chosen.threshold is None else _THRESHOLD
    return replace(solved, head=head, head_bias=bias), threshold
