"""What ``neurolite-run`` says of a text, beside the text itself: the answer of each task, and an embedding."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from neurolite_core.answer.scores import scope_scores
from neurolite_core.answer.tasks import CLASSIFICATION, MULTI_LABEL, SEVERAL_THRESHOLD
from neurolite_runtimes.answers import Answer, abstains, given_answers, top_answers
from neurolite_runtimes.session import Float32Array

_SCORE_DIGITS: Final = 6
_VECTOR_DIGITS: Final = 7

Records = list[dict[str, Any]]


def one_label(
    logits: Float32Array, labels: Sequence[str], threshold: float | None, top: int | None
) -> Records:
    """The best label of each text, whether the model abstains, and with two or more the ``top`` best."""
    count = top or 1
    in_scope, refused = scope_scores(logits), abstains(logits, threshold)
    unknown = [None] * len(logits) if refused is None else refused.tolist()
    found = []
    for row, score, abstained in zip(
        top_answers(logits, labels, count), in_scope, unknown, strict=True
    ):
        entries = _entries(row)
        answer = entries[0] | {
            "in_scope": round(float(score), _SCORE_DIGITS),
            "abstained": abstained,
        }
        found.append(answer | ({"top": entries} if count > 1 else {}))
    return found


def several_labels(
    logits: Float32Array, labels: Sequence[str], threshold: float | None, top: int | None
) -> Records:
    """The labels that each text is given, and where asked for the ``top`` best, given or not."""
    limit = SEVERAL_THRESHOLD if threshold is None else threshold
    found: Records = [{"labels": _entries(row)} for row in given_answers(logits, labels, limit)]
    if top is not None:
        for record, row in zip(
            found, top_answers(logits, labels, top, task=MULTI_LABEL), strict=True
        ):
            record["top"] = _entries(row)
    return found


def embeddings(vectors: Float32Array) -> Records:
    """The vector of each text."""
    return [{"embedding": [round(float(x), _VECTOR_DIGITS) for x in row]} for row in vectors]


# Task -> records of logits float32 [N, C], the labels, the threshold in force and the number asked for by --top.
RECORDS: Final[
    Mapping[str, Callable[[Float32Array, Sequence[str], float | None, int | None], Records]]
] = MappingProxyType({CLASSIFICATION: one_label, MULTI_LABEL: several_labels})


def _entries(row: Sequence[Answer]) -> Records:
    return [{"label": item.label, "score": round(item.score, _SCORE_DIGITS)} for item in row]
