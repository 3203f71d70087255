"""How far a platform's answers are from Python's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from neurolite_bench.apps.answers import OFFERS, VECTORS, Answers, vector_of
from neurolite_core.answer.scores import softmax

MOST: Final = 1e-3  # of a probability, as int8 in ONNX Runtime's other builds may differ
# What sums and powers of the same numbers differ by, from one language to another.
SAME_SCORE: Final = 1e-12
_SHOWN: Final = 5
_LABELLED: Final = ("label", "labels", *OFFERS)
_ROUNDED: Final = 5e-7  # scores are written with six digits


@dataclass(frozen=True, slots=True)
class Distance:
    """Of N texts.

    Attributes:
        texts: N, of the expected answers.
        missing: without an answer, or with an error in its place.
        labels: with another label, or other labels; of a generator, where others are offered, or in another order. None
            of a model without labels.
        abstentions: where one abstains and the other does not; None likewise.
        words: with another count of words, or of whether something was not read.
        rules: where other rules fired; None where the platform does not say.
        largest: difference of a probability; of an encoder, of a number of its vector. None where nothing compares.
        bits: with equal bits of all logits, or of the vector; of a generator, which tells a few of its thousands of
            entries, with equal scores, each a sum over all logits. None where the platform gives none.
        first: the first indices that differ in label, abstention, words, rules or more than the limit, or are missing.
    """

    texts: int
    missing: int
    labels: int | None
    abstentions: int | None
    words: int
    rules: int | None
    largest: float | None
    bits: int | None
    first: tuple[int, ...]

    def refused(self, *, exact: bool) -> str | None:
        """Why the platform does not answer as Python does; None where it does.

        Args:
            exact: bits are to be equal too, as of the C runtime.
        """
        counts = {
            "texts have no answer": self.missing,
            "labels differ": self.labels or 0,
            "abstentions differ": self.abstentions or 0,
            "counts of words differ": self.words,
            "texts fire other rules": self.rules or 0,
        }
        for what, count in counts.items():
            if count:
                return f"{count} of {self.texts} {what}"
        if self.largest is None or self.largest > MOST:
            return f"the largest difference is {self.largest}, and {MOST} is allowed"
        if exact and self.bits != self.texts:
            return f"{self.bits or 0} of {self.texts} texts have the same bits"
        return None


def distance(expected: Answers, found: Answers) -> Distance:
    """Compares by index; answers to texts that nobody asked about are left out."""
    counts = dict.fromkeys(("missing", "labels", "abstentions", "words", "rules"), 0)
    first: list[int] = []
    largest, bits = [], []
    for index, wanted in expected.items():
        answer = found.get(index)
        if answer is None or "error" in answer:
            counts["missing"] += 1
            first.append(index)
            continue
        differing = _differing(wanted, answer)
        for name in differing:
            counts[name] += 1
        far = _far(wanted, answer)
        largest += [] if far is None else [far]
        bits += _same_bits(wanted, answer)
        if differing or (far is not None and far > MOST):
            first.append(index)
    return Distance(
        len(expected),
        counts["missing"],
        labels=counts["labels"] if any(_any(name, expected) for name in _LABELLED) else None,
        abstentions=counts["abstentions"] if _any("abstained", expected) else None,
        words=counts["words"],
        rules=counts["rules"] if _any("rules", found) else None,
        largest=max(largest, default=None),
        bits=sum(bits) if bits else None,
        first=tuple(first[:_SHOWN]),
    )


def _any(name: str, answers: Answers) -> bool:
    return any(name in answer for answer in answers.values())


def _differing(wanted: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    names = []
    if _labels(wanted) != _labels(answer):
        names.append("labels")
    if wanted.get("abstained") != answer.get("abstained"):
        names.append("abstentions")
    if any(wanted.get(name) != answer.get(name) for name in ("words", "truncated")):
        names.append("words")
    if "rules" in answer and wanted.get("rules", []) != answer["rules"]:
        names.append("rules")
    return names


def _labels(answer: Mapping[str, Any]) -> object:
    """The label, those of a model of several, or what a generator offers."""
    if any(name in answer for name in OFFERS):
        return [[piece for piece, _ in answer.get(name, ())] for name in OFFERS]
    if "labels" in answer:
        return sorted(item["label"] for item in answer["labels"])
    return answer.get("label")


def _far(wanted: Mapping[str, Any], answer: Mapping[str, Any]) -> float | None:
    for name in VECTORS:
        a, b = vector_of(wanted, name), vector_of(answer, name)
        if a is None or b is None:
            continue
        if a.shape != b.shape or not np.isfinite(b).all():
            return float("inf")
        if name == "logits" and "labels" not in wanted:
            a, b = softmax(a[None])[0], softmax(b[None])[0]
        return float(np.abs(a.astype(np.float64) - b).max(initial=0.0))
    if any(name in wanted for name in OFFERS):
        return _far_scores(wanted, answer)
    if "score" in wanted and "score" in answer:
        return max(0.0, abs(float(wanted["score"]) - float(answer["score"])) - _ROUNDED)
    return None


def _far_scores(wanted: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    """The largest difference of a score, place by place; infinite where there are not as many."""
    scores = [
        ([score for _, score in wanted.get(name, ())], [score for _, score in answer.get(name, ())])
        for name in OFFERS
    ]
    if any(len(one) != len(other) for one, other in scores):
        return float("inf")
    away = [abs(a - b) for one, other in scores for a, b in zip(one, other, strict=True)]
    return max(away, default=0.0)


def _same_bits(wanted: Mapping[str, Any], answer: Mapping[str, Any]) -> list[bool]:
    if any(name in wanted for name in OFFERS):
        return [_far_scores(wanted, answer) <= SAME_SCORE]
    return [
        str(wanted[name]).lower() == str(answer[name]).lower()
        for name in VECTORS
        if name in wanted and name in answer
    ]
