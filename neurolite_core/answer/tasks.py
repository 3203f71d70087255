"""What the logits of a task mean: scores, and which labels a text is given; a task with labels is a row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.scores import sigmoid, softmax
from neurolite_core.ground.errors import InputError

CLASSIFICATION: Final = "classification"
MULTI_LABEL: Final = "multi_label"
EMBEDDING: Final = "embedding"
SPANS: Final = "spans"
GENERATION: Final = "generation"
SEVERAL_THRESHOLD: Final = 0.5  # what training folds the labels' own thresholds to
_LEAST: Final = 1e-9  # a probability of 0 has no logarithm


@dataclass(frozen=True, slots=True)
class Answering:
    """How logits [N, C] answer.

    Attributes:
        several: whether a text has any number of labels, none included, and not exactly one.
        scores: float64 [N, C] from 0 to 1.
        given: bool [N, C], the labels of each text, of logits and the model's threshold.
        logits: of probabilities float64 [N, C], logits float64 [N, C] with these scores.
        agreement: what two models have in common that answer a text alike.
    """

    several: bool
    scores: Callable[[NDArray[np.floating]], NDArray[np.float64]]
    given: Callable[[NDArray[np.floating], float | None], NDArray[np.bool_]]
    logits: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    agreement: str


def _best(logits: NDArray[np.floating], _: float | None) -> NDArray[np.bool_]:
    given = np.zeros(logits.shape, np.bool_)
    given[np.arange(len(logits)), logits.argmax(axis=1)] = True
    return given


def _those_above(logits: NDArray[np.floating], threshold: float | None) -> NDArray[np.bool_]:
    limit = SEVERAL_THRESHOLD if threshold is None else threshold
    return np.asarray(sigmoid(logits) >= limit)


def _log(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    logs: NDArray[np.float64] = np.log(np.maximum(probabilities, _LEAST))
    return logs


def _log_odds(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    return _log(probabilities) - _log(1 - probabilities)


ANSWERINGS: Final[Mapping[str, Answering]] = MappingProxyType(
    {
        CLASSIFICATION: Answering(
            several=False, scores=softmax, given=_best, logits=_log, agreement="same top answer"
        ),
        MULTI_LABEL: Answering(
            several=True,
            scores=sigmoid,
            given=_those_above,
            logits=_log_odds,
            agreement="same labels",
        ),
        GENERATION: Answering(
            several=False, scores=softmax, given=_best, logits=_log, agreement="same next word"
        ),
    }
)


def task_of(*, several: bool) -> str:
    """The task of data whose texts have one label, or several."""
    return MULTI_LABEL if several else CLASSIFICATION


def check_task_threshold(task: str, threshold: float | None) -> None:
    """Raises where a model of several labels a text has no threshold: nothing would say which it gives.

    Raises:
        InputError: it has none.
    """
    if task in ANSWERINGS and ANSWERINGS[task].several and threshold is None:
        raise InputError(
            "threshold is missing; a model of several labels a text gives those that reach it."
        )
