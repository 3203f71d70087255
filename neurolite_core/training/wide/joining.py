"""How much of an answer each path gives: chosen on rows that neither has learned, and only where it clearly gains.

Each path is calibrated on these rows by a temperature of its own, and the answer is a mixture of both: (1 - share) *
deep + share * wide. A share other than 0, the network alone, has to be better than that by a paired test of which
chance passes at most one in forty, and a mixture better than the wide path alone by the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.tasks import CLASSIFICATION, MULTI_LABEL
from neurolite_core.evaluation.calibration import fit_temperature
from neurolite_core.evaluation.intervals import paired_p_value
from neurolite_core.evaluation.multi_label.metrics import best_micro_threshold
from neurolite_core.evaluation.multi_label.thresholds import fit_label_temperature
from neurolite_core.training.fitting.objectives import OBJECTIVES, Truths

Logits = NDArray[np.float32]

SHARES: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
# Of a network that says nothing: a head of zeros has no scale in int8 files, and its bias would be lost with it.
_SILENT: Final = 1e-3
_LEVEL: Final = 0.05  # two-sided, so that chance passes half as often
_DRAWS: Final = 2_000
_SEED: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What was chosen.

    Attributes:
        share: of the wide path, 0 to 1.
        deep, wide: temperatures.
        texts: that decided.
        score_deep, score_wide, score: of the paths alone and of the answer, on these: accuracy, or micro-F1.
        clear: whether the answer is clearly better than the network alone.
        open: whether more rows may change that: neither this gain nor that of the network over the wide path is clear.
    """

    share: float
    deep: float
    wide: float
    texts: int
    score_deep: float
    score_wide: float
    score: float
    clear: bool
    open: bool

    @property
    def deep_factor(self) -> float:
        """Of the network's logits."""
        return max(1 - self.share, _SILENT) / self.deep

    @property
    def wide_factor(self) -> float:
        """Of the wide path's logits."""
        return self.share / self.wide

    def logits(self, deep: Logits, wide: Logits) -> Logits:
        """The answer's logits, [N, C] as those of both paths."""
        return np.float32(self.deep_factor) * deep + np.float32(self.wide_factor) * wide


@dataclass(frozen=True, slots=True)
class _Judge:
    """Of a task: the temperature of logits, and whether some are clearly better than others."""

    temperature: Callable[[Logits, Truths], float]
    clear: Callable[[Logits, Logits, Truths, float], bool]


def join(
    deep: Logits,
    wide: Logits,
    truths: Truths,
    task: str,
    *,
    otherwise: Sequence[float] = (0.0,),
) -> Joined:
    """The mixture of two paths.

    Args:
        deep: logits float32 [N, C] of the network, of texts that it did not learn.
        wide: the same of the wide path.
        truths: as the task's objective has them.
        task: of ``answer.tasks``.
        otherwise: of which shares the likeliest is taken where none is clearly better than the network alone.
    """
    judge, objective = _JUDGES[task], OBJECTIVES[task]
    temperatures = judge.temperature(deep, truths), judge.temperature(wide, truths)

    def mixed(share: float) -> Logits:
        one, other = np.float32((1 - share) / temperatures[0]), np.float32(share / temperatures[1])
        return one * deep + other * wide

    def loss(share: float) -> float:
        logits = mixed(share)
        calibrated = logits / np.float32(judge.temperature(logits, truths))
        return objective.validation_loss(calibrated, truths)

    likeliest = min(SHARES[1:-1], key=loss)
    share = 0.0
    for better in (1.0, likeliest):
        if judge.clear(mixed(better), mixed(share), truths, _LEVEL):
            share = better
    clear = share > 0
    if not clear and 0.0 not in otherwise:
        share = min(otherwise, key=loss)
    scores = {each: objective.score(mixed(each), truths) for each in {0.0, 1.0, likeliest, share}}
    return Joined(
        share=share,
        deep=temperatures[0],
        wide=temperatures[1],
        texts=len(truths),
        score_deep=scores[0.0],
        score_wide=scores[1.0],
        score=scores[share],
        clear=clear,
        # The network's own weights were chosen on these rows, so it looks better on few of them than it is.
        open=not clear and not judge.clear(mixed(0.0), mixed(1.0), truths, _LEVEL),
    )


def _clear_of_one(better: Logits, other: Logits, truths: Truths, level: float) -> bool:
    """By the exact test of McNemar."""
    right, before = better.argmax(axis=1) == truths, other.argmax(axis=1) == truths
    gained, lost = int((right & ~before).sum()), int((before & ~right).sum())
    return gained > lost and paired_p_value(gained, lost) <= level


def _clear_of_several(better: Logits, other: Logits, truths: Truths, level: float) -> bool:
    """By the bootstrap of micro-F1's difference over texts, each with the one threshold that is best for it."""
    true = np.asarray(truths, np.bool_)
    counts = [_counts(logits, true) for logits in (better, other)]
    drawn = np.random.default_rng(_SEED).multinomial(
        len(true), np.full(len(true), 1 / len(true)), size=_DRAWS
    )
    first, second = (2 * drawn @ right / np.maximum(drawn @ size, 1) for right, size in counts)
    return bool(np.quantile(first - second, level / 2) > 0)


def _counts(
    logits: Logits, true: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each text its right labels, and given and true labels together."""
    given = logits >= best_micro_threshold(logits, true)
    right = (given & true).sum(axis=1).astype(np.float64)
    return right, (given.sum(axis=1) + true.sum(axis=1)).astype(np.float64)


_JUDGES: Final[Mapping[str, _Judge]] = MappingProxyType(
    {
        CLASSIFICATION: _Judge(fit_temperature, _clear_of_one),
        MULTI_LABEL: _Judge(
            lambda logits, truths: fit_label_temperature(logits, np.asarray(truths) > 0),
            _clear_of_several,
        ),
    }
)


def facts_of(joined: Joined) -> dict[str, Any]:
    """For the report."""
    return {
        "share": joined.share,
        "texts": joined.texts,
        "score_deep": joined.score_deep,
        "score_wide": joined.score_wide,
        "score": joined.score,
        "deep_factor": joined.deep_factor,
        "wide_factor": joined.wide_factor,
        "clear": joined.clear,
    }
