"""Character n-grams by tf-idf, and logistic regression, at full size (scikit-learn)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from neurolite_bench.baselines.base import Fitted, Settings
from neurolite_bench.baselines.regression import Regression, best_answers, fit_regression
from neurolite_bench.quality_sets import Task
from neurolite_core.ground.extras import require

ANALYZERS: Final = ("char_wb", "char")
N_GRAMS: Final = (2, 5)
PENALTIES: Final = (1.0, 3.0, 10.0, 30.0, 100.0)


def fit(task: Task, settings: Settings) -> Fitted:  # noqa: ARG001 (nothing in it is random)
    """Fits both kinds of n-grams, within words and across, and keeps the better on validation."""
    text = require("sklearn.feature_extraction.text", extra="baselines")
    tried: list[tuple[float, Any, Regression, dict[str, Any]]] = []
    for analyzer in ANALYZERS:
        vectorizer = text.TfidfVectorizer(
            analyzer=analyzer, ngram_range=N_GRAMS, sublinear_tf=True, dtype=np.float32
        )
        rows = vectorizer.fit_transform(task.train.texts)
        model, penalty, found = fit_regression(
            rows,
            task.train.labels,
            vectorizer.transform(task.validation.texts),
            task.validation.labels,
            penalties=PENALTIES,
        )
        options = {"analyzer": analyzer, "n_grams": list(N_GRAMS), "C": penalty}
        tried.append((found, vectorizer, model, options))
    found, vectorizer, model, options = max(tried, key=lambda item: item[0])
    # Each n-gram as UTF-8 behind a byte of its length, its idf and its weights as float32.
    spelt = sum(len(name.encode()) + 1 for name in vectorizer.vocabulary_)
    numbers = len(vectorizer.vocabulary_) + model.coef_.size + model.intercept_.size
    return Fitted(
        classify=lambda texts: best_answers(model, vectorizer.transform(texts)),
        size_bytes=spelt + 4 * numbers,
        options={**options, "features": len(vectorizer.vocabulary_)},
        validation_accuracy=found,
    )
