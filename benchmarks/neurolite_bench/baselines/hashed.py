"""The best linear character n-gram model in as many bytes as ours: few features, small weights.

Two ways to keep the features few: hashing them, or taking the most frequent; and two sizes of weights:
8 bits, or 4 bits and twice the features. The validation rows choose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.baselines.base import Fitted, Settings
from neurolite_bench.baselines.regression import fit_regression
from neurolite_bench.quality_measure import Answers, accuracy
from neurolite_bench.quality_sets import Split, Task
from neurolite_core.ground.extras import require

LIMIT_BYTES: Final = 1_100_000
KINDS: Final = ("hashed", "frequent")
N_GRAMS: Final = ((1, 3), (1, 4), (2, 5))
BITS: Final = (8, 4)
PENALTIES: Final = (10.0, 100.0)
MAX_FEATURES: Final = 200_000  # more than that, and no set gains
TUNING_ROWS: Final = 10_000
_STEPS: Final = 60
_SPELLING_BYTES: Final = 6  # of a frequent n-gram on average, with its length; the size is exact


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the choice is among."""

    kind: str
    n_grams: tuple[int, int]
    bits: int
    features: int


class _Vectorizer(Protocol):
    """What is used of scikit-learn's vectorizers."""

    def fit_transform(self, texts: Sequence[str]) -> object:
        """Features [N, F], sparse."""

    def transform(self, texts: Sequence[str]) -> Any:  # noqa: ANN401 (a sparse matrix, untyped)
        """The same of other texts."""


@dataclass(frozen=True, slots=True)
class _Linear:
    """A linear model as it would be shipped.

    Attributes:
        weights: float32 [C or 1, F], rounded to the steps that the bits allow.
    """

    vectorizer: _Vectorizer
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    classes: tuple[str, ...]
    penalty: float
    size_bytes: int

    def classify(self, texts: Sequence[str]) -> Answers:
        logits = np.asarray(self.vectorizer.transform(texts) @ self.weights.T) + self.bias
        if logits.shape[1] == 1:  # two classes: one row of weights
            logits = np.concatenate([np.zeros_like(logits), logits], axis=1)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        best = logits.argmax(axis=1)
        return Answers(
            [self.classes[column] for column in best], powers.max(axis=1) / powers.sum(axis=1)
        )


def fit(task: Task, settings: Settings) -> Fitted:
    """Chooses on a sample of the rows where there are many, then fits the choice on all."""
    validation = sample(task.validation, TUNING_ROWS, settings.seed)
    few = sample(task.train, TUNING_ROWS, settings.seed)
    tried: list[tuple[float, _Shape, float]] = []
    for kind, n_grams, bits in product(KINDS, N_GRAMS, BITS):
        shape = _Shape(kind, n_grams, bits, features_within(len(task.labels), bits, kind))
        if bits != max(BITS) and shape.features == MAX_FEATURES:
            continue  # there is room enough for 8 bits
        model = _fit(few, validation, shape, PENALTIES)
        found = accuracy(model.classify(validation.texts).labels, validation.labels)
        tried.append((found, shape, model.penalty))
    _, shape, penalty = max(tried, key=lambda item: item[0])
    model = _fit(task.train, validation, shape, [penalty])
    return Fitted(
        classify=model.classify,
        size_bytes=model.size_bytes,
        options={
            "features": shape.kind,
            "count": model.weights.shape[1],
            "n_grams": list(shape.n_grams),
            "bits": shape.bits,
            "C": penalty,
        },
        validation_accuracy=accuracy(
            model.classify(task.validation.texts).labels, task.validation.labels
        ),
    )


def features_within(classes: int, bits: int, kind: str) -> int:
    """How many features fit in ``LIMIT_BYTES``, with their idf and spelling, scales and biases."""
    rows = 1 if classes == 2 else classes
    each = rows * bits / 8 + 4 + (_SPELLING_BYTES if kind == "frequent" else 0)
    return min(MAX_FEATURES, int((LIMIT_BYTES - 8 * rows) / each))


def sample(split: Split, count: int, seed: int) -> Split:
    """At most ``count`` rows of a split, seeded, in their order."""
    if len(split.texts) <= count:
        return split
    rows = np.sort(np.random.default_rng(seed).choice(len(split.texts), count, replace=False))
    return Split(tuple(split.texts[row] for row in rows), tuple(split.labels[row] for row in rows))


def rounded(weights: NDArray[np.float32], bits: int) -> NDArray[np.float32]:
    """Weights [C, F] as so many bits with a scale per row keep them; the scale with the least error."""
    top = 2 ** (bits - 1) - 1
    largest = np.abs(weights).max(axis=1, keepdims=True)
    best = np.zeros_like(weights)
    least = np.full((len(weights), 1), np.inf, np.float32)
    for share in (1.0, 0.8, 0.6, 0.4, 0.3, 0.2):
        scale = np.maximum(largest * share / top, np.finfo(np.float32).tiny)
        tried = np.clip(np.rint(weights / scale), -top, top) * scale
        error = ((tried - weights) ** 2).sum(axis=1, keepdims=True)
        best = np.where(error < least, tried, best)
        least = np.minimum(error, least)
    return best


def _fit(train: Split, validation: Split, shape: _Shape, penalties: Sequence[float]) -> _Linear:
    vectorizer = _vectorizer(shape)
    rows = vectorizer.fit_transform(train.texts)
    model, penalty, _ = fit_regression(
        rows,
        train.labels,
        vectorizer.transform(validation.texts),
        validation.labels,
        penalties=penalties,
        steps=_STEPS,
    )
    classes, features = model.coef_.shape
    size = classes * features * shape.bits // 8 + 4 * features + 8 * classes
    if shape.kind == "frequent":
        names = cast("Any", vectorizer).vocabulary_
        size += sum(len(name.encode()) + 1 for name in names)
    return _Linear(
        vectorizer=vectorizer,
        weights=rounded(model.coef_.astype(np.float32), shape.bits),
        bias=model.intercept_.astype(np.float32),
        classes=tuple(str(name) for name in model.classes_),
        penalty=penalty,
        size_bytes=size,
    )


def _vectorizer(shape: _Shape) -> _Vectorizer:
    text = require("sklearn.feature_extraction.text", extra="baselines")
    if shape.kind == "frequent":
        return cast(
            "_Vectorizer",
            text.TfidfVectorizer(
                analyzer="char_wb",
                ngram_range=shape.n_grams,
                sublinear_tf=True,
                max_features=shape.features,
                dtype=np.float32,
            ),
        )
    pipeline = require("sklearn.pipeline", extra="baselines")
    hashing = text.HashingVectorizer(
        analyzer="char_wb",
        ngram_range=shape.n_grams,
        n_features=shape.features,
        alternate_sign=False,
        norm=None,
        dtype=np.float32,
    )
    scaled = pipeline.make_pipeline(hashing, text.TfidfTransformer(sublinear_tf=True))
    return cast("_Vectorizer", scaled)
