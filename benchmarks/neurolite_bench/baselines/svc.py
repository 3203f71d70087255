"""Character n-grams by tf-idf, and a linear support vector machine, at full size: ten lines of scikit-learn."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from neurolite_bench.baselines.base import Fitted, Settings
from neurolite_bench.quality_measure import Answers
from neurolite_bench.quality_sets import Task
from neurolite_core.ground.extras import require

ANALYZERS: Final = ("char_wb", "char")
N_GRAMS: Final = (2, 5)
PENALTIES: Final = (0.1, 0.3, 1.0, 3.0, 10.0)
FOLDS: Final = 5


def fit(task: Task, settings: Settings) -> Fitted:
    """Chooses kind of n-grams and C on the validation rows; where there are none, in folds of the training rows."""
    text = require("sklearn.feature_extraction.text", extra="baselines")
    svm = require("sklearn.svm", extra="baselines")
    pipeline = require("sklearn.pipeline", extra="baselines")
    selection = require("sklearn.model_selection", extra="baselines")

    def made(analyzer: str, penalty: float) -> Any:  # noqa: ANN401  # scikit-learn has no types
        features = text.TfidfVectorizer(
            analyzer=analyzer, ngram_range=N_GRAMS, sublinear_tf=True, dtype=np.float32
        )
        return pipeline.make_pipeline(
            features, svm.LinearSVC(C=penalty, random_state=settings.seed)
        )

    tried: list[tuple[float, str, float]] = []
    for analyzer in ANALYZERS:
        for penalty in PENALTIES:
            model = made(analyzer, penalty)
            if task.validation.texts:
                model.fit(task.train.texts, task.train.labels)
                found = float(model.score(task.validation.texts, task.validation.labels))
            else:
                folds = selection.StratifiedKFold(FOLDS, shuffle=True, random_state=0)
                scores = selection.cross_val_score(
                    model, np.array(task.train.texts), np.array(task.train.labels), cv=folds
                )
                found = float(scores.mean())
            tried.append((found, analyzer, penalty))
    found, analyzer, penalty = max(tried, key=lambda item: item[0])
    model = made(analyzer, penalty)
    model.fit(task.train.texts, task.train.labels)
    features, machine = model.steps[0][1], model.steps[1][1]
    spelt = sum(len(name.encode()) + 1 for name in features.vocabulary_)
    numbers = len(features.vocabulary_) + machine.coef_.size + machine.intercept_.size

    def classify(texts: Any) -> Answers:  # noqa: ANN401  # as above
        margins = model.decision_function(texts)
        best = margins if margins.ndim == 1 else margins.max(axis=1)
        return Answers([str(label) for label in model.predict(texts)], np.abs(best))

    return Fitted(
        classify=classify,
        size_bytes=spelt + 4 * numbers,
        options={"analyzer": analyzer, "n_grams": list(N_GRAMS), "C": penalty},
        validation_accuracy=found,
    )
