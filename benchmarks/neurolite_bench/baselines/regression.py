"""Logistic regression with its penalty chosen on validation rows, shared by the baselines."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.quality_measure import Answers
from neurolite_core.ground.extras import require


class Regression(Protocol):
    """What is used of scikit-learn's ``LogisticRegression``, C classes and F features.

    Attributes:
        classes_: labels [C].
        coef_: weights [C, F], one row where C is 2.
        intercept_: biases [C], or one.
    """

    classes_: NDArray[np.str_]
    coef_: NDArray[np.floating[Any]]
    intercept_: NDArray[np.floating[Any]]

    def predict_proba(self, rows: object) -> NDArray[np.floating[Any]]:
        """Probabilities [N, C]."""


def fit_regression(
    rows: object,
    labels: Sequence[str],
    validation_rows: object,
    validation_labels: Sequence[str],
    *,
    penalties: Sequence[float],
    steps: int = 1_000,
) -> tuple[Regression, float, float]:
    """Fits for each C and keeps the best on validation; of equals the first, more regular one.

    Args:
        rows: features [N, F], sparse or dense.
        labels: N labels.
        validation_rows: features [M, F].
        validation_labels: M labels.
        penalties: values of C, ascending, at least one; each fit starts from the one before.
        steps: of L-BFGS at most; where it ends before the minimum, it has stopped early.

    Returns:
        The fitted model, its C, and its accuracy on the validation rows.
    """
    linear_model = require("sklearn.linear_model", extra="baselines")
    exceptions = require("sklearn.exceptions", extra="baselines")
    model = linear_model.LogisticRegression(max_iter=steps, warm_start=True)
    tried: list[tuple[Regression, float, float]] = []
    for penalty in penalties:
        model.set_params(C=penalty)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", exceptions.ConvergenceWarning)
            model.fit(rows, labels)
        found = float(model.score(validation_rows, validation_labels))
        tried.append((copy.deepcopy(model), penalty, found))
    return max(tried, key=lambda item: item[2])


def best_answers(model: Regression, rows: object) -> Answers:
    """The likeliest label of each row, and its probability."""
    probabilities = model.predict_proba(rows)
    return Answers(
        [str(label) for label in model.classes_[probabilities.argmax(axis=1)]],
        probabilities.max(axis=1),
    )
