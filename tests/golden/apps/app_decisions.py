"""``decisions.json``: logits and metadata -> probabilities, the label, what is refused, and which rule did that."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

import numpy as np

from neurolite_core.answer.outputs import NO_ANSWER
from neurolite_core.answer.scores import scope_scores
from neurolite_core.answer.tasks import ANSWERINGS, CLASSIFICATION, MULTI_LABEL
from neurolite_core.artifact.rule_facts import RuleFact, overruled
from neurolite_runtimes.answers import abstains, given_answers, refused_by_rules, top_answers

LABELS: Final = ("alarm", "music", "weather", "g\u00fcle g\u00fcle \U0001f44b")
DIGITS: Final = 9
REFUSED: Final = -100.0  # what rules that abstain make of every logit

Case = tuple[str, list[float], float | None]
SINGLE: Final[tuple[Case, ...]] = (
    ("clear", [6.5, -2.0, -1.25, -3.0], 0.5),
    ("unsure between two", [2.0, 1.875, -4.0, -4.0], 0.5),
    ("out of scope", [-2.0, -2.5, -3.0, -6.0], 0.5),
    ("the score is the threshold", [0.0, -200.0, -200.0, -200.0], 0.5),
    ("a threshold of 0 answers everything", [-30.0, -31.0, -32.0, -33.0], 0.0),
    ("no threshold, nothing to abstain by", [-9.0, -9.5, -8.0, -10.0], None),
    ("of equals the first", [1.5, 3.25, 3.25, 1.5], 0.5),
    ("all are equal", [0.0, 0.0, 0.0, 0.0], 0.75),
    ("a high threshold", [2.0, -1.0, -1.0, -1.0], 0.95),
    ("far above zero", [80.0, 79.0, -40.0, -40.0], 0.5),
    ("far below zero", [-39.0, -40.0, -40.0, -39.5], 0.25),
    ("float32 as it comes", [0.1, 1.2345678, -0.30000001, 3.3333333], 0.6),
    ("a last label wins", [-1.0, -2.0, -3.0, 5.0], 0.5),
)
SEVERAL: Final[tuple[Case, ...]] = (
    ("one", [3.0, -2.0, -1.0, -5.0], 0.5),
    ("two, best first", [0.5, -0.25, 2.5, -3.0], 0.5),
    ("none", [-0.125, -2.0, -1.0, -5.0], 0.5),
    ("a logit of 0 is at the threshold", [0.0, -1e-6, 1e-6, -80.0], 0.5),
    ("all, of equals the first before", [1.0, 2.0, 1.0, 2.0], 0.5),
    ("a lower threshold", [-1.0, -1.5, -0.875, -2.0], 0.25),
    ("far from zero", [80.0, -80.0, 700.0, -700.0], 0.5),
)
RULES: Final = (
    RuleFact(name="say alarm", effect="force", labels=("alarm",), strength=4, weight=None, asks=False, reason="It says so."),
    RuleFact(name="no music at night", effect="forbid", labels=("music",), strength=3, weight=None, asks=False, reason=""),
    RuleFact(name="rain", effect="evidence", labels=("weather",), strength=0, weight=1.5, asks=False, reason="Rain."),
    RuleFact(name="not for us", effect="abstain", labels=(), strength=2, weight=None, asks=True, reason="Legal advice."),
    RuleFact(name="sing", effect="force", labels=("music",), strength=1, weight=None, asks=False, reason=""),
    RuleFact(name="seen", effect="nothing", labels=(), strength=0, weight=None, asks=False, reason="Counted."),
)  # fmt: skip
FIRED: Final[tuple[tuple[str, list[int], list[float]], ...]] = (
    ("no rule", [0, 0, 0, 0, 0, 0], [-1.0, 2.0, -1.0, -2.0]),
    ("forced", [1, 0, 0, 0, 0, 0], [100.0, -40.0, -38.5, -40.0]),
    ("evidence", [0, 0, 1, 0, 0, 0], [-1.0, 0.5, 1.25, -2.0]),
    ("forbidden", [0, 1, 0, 0, 0, 0], [1.0, REFUSED, 0.5, 0.25]),
    ("refused by a rule", [0, 0, 0, 1, 0, 1], [REFUSED] * 4),
    ("the stronger of two that force", [1, 0, 0, 0, 1, 0], [100.0, -40.0, -38.5, -40.0]),
    ("a forbidden label cannot be forced", [0, 1, 0, 0, 1, 0], [1.0, REFUSED, 0.5, 0.25]),
    ("forcing is stronger than abstaining", [1, 0, 0, 1, 0, 0], [100.0, -40.0, -40.0, -40.0]),
    ("all at once", [1, 1, 1, 1, 1, 1], [100.0, REFUSED, -38.5, -40.0]),
)


def exact(values: list[float]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """A row of logits, float32 [1, C]."""
    return np.array([values], np.float32)


def rounded(values: Any) -> Any:  # noqa: ANN401  # one number or rows of them
    """So that a last digit is nobody's matter."""
    return np.round(values, DIGITS).tolist()


def single(name: str, values: list[float], threshold: float | None) -> dict[str, Any]:
    """Of one label a text."""
    logits = exact(values)
    refused = abstains(logits, threshold)
    (ranked,) = top_answers(logits, LABELS, len(values))
    return {
        "name": name,
        "task": CLASSIFICATION,
        "threshold": threshold,
        "logits": logits[0].tolist(),
        "probabilities": rounded(ANSWERINGS[CLASSIFICATION].scores(logits)[0]),
        "label": ranked[0].label,
        "score": rounded(ranked[0].score),
        "ranked": [item.label for item in ranked],
        "in_scope": rounded(scope_scores(logits)[0]),
        "abstained": None if refused is None else bool(refused[0]),
    }


def several(name: str, values: list[float], threshold: float | None) -> dict[str, Any]:
    """Of several labels a text."""
    logits = exact(values)
    assert threshold is not None
    (given,) = given_answers(logits, LABELS, threshold)
    return {
        "name": name,
        "task": MULTI_LABEL,
        "threshold": threshold,
        "logits": logits[0].tolist(),
        "probabilities": rounded(ANSWERINGS[MULTI_LABEL].scores(logits)[0]),
        "labels": [[item.label, rounded(item.score)] for item in given],
    }


def ruled(name: str, fired: list[int], values: list[float], threshold: float | None) -> Any:  # noqa: ANN401
    """Of a file with rules; those that fired, the strongest first."""
    logits = exact(values)
    own = [bool(one) for one in fired]
    by_rules = bool(refused_by_rules(logits)[0])
    row = single(name, values, threshold)
    lost = overruled(RULES, own, several=False)
    shown = [(rule, lost[at]) for at, rule in enumerate(RULES) if own[at]]
    return row | {
        "rules": fired,
        "refused_by_rules": by_rules,
        "abstained": True if by_rules else row["abstained"],
        "fired": [
            {"name": rule.name, "does": rule.does(), "reason": rule.reason, "overruled": over}
            for rule, over in sorted(shown, key=lambda pair: -pair[0].strength)
        ],
    }


def ruled_labels(name: str, fired: list[int], values: list[float]) -> dict[str, Any]:
    """The same of several labels a text, whose rules overrule each other differently."""
    own = [bool(one) for one in fired]
    return several(name, values, 0.5) | {
        "rules": fired,
        "overruled": [rule.name for rule, lost in zip(RULES, overruled(RULES, own, several=True), strict=True) if lost],
    }  # fmt: skip


def made() -> dict[str, Any]:
    """All of it."""
    return {
        "tolerance": 1e-8,
        "labels": LABELS,
        "no_answer_below": NO_ANSWER,
        "rules": [asdict(rule) for rule in RULES],
        "cases": [
            *(single(*case) for case in SINGLE),
            single("a model of one label, the first", [1.25], 0.5),
            *(several(*case) for case in SEVERAL),
        ],
        "ruled": [
            *(ruled(*case, 0.5) for case in FIRED),
            ruled("refused by a rule, without a threshold", [0, 0, 0, 1, 0, 0], [REFUSED] * 4, None),
            *(ruled_labels(*case) for case in FIRED),
        ],
    }  # fmt: skip
