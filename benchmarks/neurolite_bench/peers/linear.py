"""A linear classifier that is fitted with scikit-learn and run with numpy."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.peers.base import EXTRA
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require

PENALTY: Final = 10.0  # inverse strength C
_STEPS: Final = 300
_WEIGHTS: Final = "weights"
_BIAS: Final = "bias"

Float32Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Linear:
    """Logits are ``features @ weights + bias``.

    Attributes:
        weights: float32 [F, C].
        bias: float32 [C].
        labels: C names.
    """

    weights: Float32Array
    bias: Float32Array
    labels: tuple[str, ...]


def fit_linear(features: object, labels: Sequence[str]) -> Linear:
    """Logistic regression with fixed settings.

    Args:
        features: [N, F], dense or sparse.
        labels: N labels, at least two different ones.

    Raises:
        MissingDependencyError: scikit-learn is not installed.
    """
    models = require("sklearn.linear_model", extra=EXTRA)
    exceptions = require("sklearn.exceptions", extra=EXTRA)
    model = models.LogisticRegression(C=PENALTY, max_iter=_STEPS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", exceptions.ConvergenceWarning)
        model.fit(features, list(labels))
    weights, bias = model.coef_.T, model.intercept_
    if weights.shape[1] == 1:  # two classes: what speaks for the second
        weights = np.concatenate([np.zeros_like(weights), weights], axis=1)
        bias = np.concatenate([np.zeros_like(bias), bias])
    return Linear(
        np.ascontiguousarray(weights, np.float32),
        bias.astype(np.float32),
        tuple(str(name) for name in model.classes_),
    )


def save_arrays(path: Path, linear: Linear, **others: NDArray[Any]) -> None:
    """Writes weights and bias, and other arrays by name; the labels go elsewhere."""
    arrays: dict[str, Any] = {_WEIGHTS: linear.weights, _BIAS: linear.bias, **others}
    np.savez(path, **arrays)


def load_arrays(path: Path, names: Sequence[str] = ()) -> tuple[NDArray[Any], ...]:
    """Weights [F, C], bias [C], and the arrays of these names.

    Raises:
        InputError: the file is missing, damaged, or lacks one of them.
    """
    try:
        with np.load(path, allow_pickle=False) as content:
            return tuple(content[name] for name in (_WEIGHTS, _BIAS, *names))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} cannot be read: {error}. Build the peer again.") from error
