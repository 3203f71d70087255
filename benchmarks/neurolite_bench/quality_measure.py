"""What is measured of a classifier on a data set, alike for ours and for the baselines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.quality_sets import Task
from neurolite_bench.typos import SHARE, with_typos
from neurolite_core.ground.extras import require

TYPO_SEEDS: Final = (0, 1, 2)


@dataclass(frozen=True, slots=True)
class Answers:
    """The best label of N texts, and its probability, float [N]."""

    labels: Sequence[str]
    scores: NDArray[np.floating[Any]]


Classify = Callable[[Sequence[str]], Answers]


def figures(task: Task, classify: Classify) -> dict[str, Any]:
    """Accuracies (0 to 1) on the test texts, and what else the set is made for.

    ``typo_accuracy`` is the mean over the seeds of the typing errors, ``oos_auroc`` the probability
    that a text of the test split has a higher best score than one out of scope.
    """
    test = task.test
    answers = classify(test.texts)
    found: dict[str, Any] = {
        "accuracy": accuracy(answers.labels, test.labels),
        "test_rows": len(test.texts),
    }
    if test.groups:
        found["by_language"] = _by_group(answers.labels, test.labels, test.groups)
        scripts = [group.rpartition("_")[2] for group in test.groups]
        found["by_script"] = _by_group(answers.labels, test.labels, scripts)
    if task.row.typos:
        tries = [
            accuracy(classify(with_typos(test.texts, share=SHARE, seed=seed)).labels, test.labels)
            for seed in TYPO_SEEDS
        ]
        found["typo_accuracy"] = sum(tries) / len(tries)
    if task.out_of_scope:
        found["oos_auroc"] = auroc(answers.scores, classify(task.out_of_scope).scores)
    return found


def accuracy(found: Sequence[str], truth: Sequence[str]) -> float:
    """Share of equal labels."""
    return sum(a == b for a, b in zip(found, truth, strict=True)) / len(truth)


def auroc(higher: NDArray[np.floating[Any]], lower: NDArray[np.floating[Any]]) -> float:
    """Area under the ROC curve of scores that should tell the first from the second."""
    metrics = require("sklearn.metrics", extra="baselines")
    truth = np.repeat([1, 0], [len(higher), len(lower)])
    return float(metrics.roc_auc_score(truth, np.concatenate([higher, lower])))


def _by_group(
    found: Sequence[str], truth: Sequence[str], groups: Sequence[str]
) -> dict[str, float]:
    right: defaultdict[str, list[bool]] = defaultdict(list)
    for a, b, group in zip(found, truth, groups, strict=True):
        right[group].append(a == b)
    return {group: sum(values) / len(values) for group, values in sorted(right.items())}
