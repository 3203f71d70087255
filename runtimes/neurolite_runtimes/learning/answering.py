"""From what stored examples say, and what a classifier's trained labels say, to one answer.

Beside trained labels the answer is a mixture: with the probability g that the text belongs to what was learned (its
``in_scope``) the learned labels' probabilities count, else the trained ones:
P(y) = g P_learned(y) + (1 - g) P_trained(y). Nothing is overruled silently:
both sides stand in the answer, whichever won.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.scores import scope_scores, softmax
from neurolite_runtimes.learning.scoring import Scored

LEARNED: Final = "learned"
TRAINED: Final = "trained"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A stored example near the text.

    Attributes:
        id: of the example.
        label: its name.
        text: None in a store without texts.
        cosine: with the text, from -1 to 1.
        strength: from 0 to 1, what uses have made of it.
    """

    id: int
    label: str
    text: str | None
    cosine: float
    strength: float


@dataclass(frozen=True, slots=True)
class Side:
    """What one side alone says.

    Attributes:
        label: its best.
        score: the label's probability if it is one of this side's; None where nothing says how sure to be.
        in_scope: how likely the text has any label of this side; None likewise.
    """

    label: str
    score: float | None
    in_scope: float | None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a text.

    Attributes:
        label: the best.
        score: its probability if it is one of the labels; None where nothing says how sure to be.
        in_scope: how likely the text has any of the labels; None likewise.
        abstained: whether better not to act on the label; None where there is no threshold to tell.
        source: ``learned`` or ``trained``, which side gave more to the label's score.
        by: what answered among the learned: a way, or ``logistic``.
        learned: what the stored examples alone say; None where there are none.
        trained: what the artifact's own labels alone say; None where it has none.
        evidence: the stored examples nearest to the text, the nearest first.
    """

    label: str
    score: float | None
    in_scope: float | None
    abstained: bool | None
    source: str
    by: str | None
    learned: Side | None
    trained: Side | None
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """The trained side of a classifier.

    Attributes:
        labels: C names.
        logits: float32 [C].
        threshold: of the artifact; None where it has none.
    """

    labels: Sequence[str]
    logits: NDArray[np.float32]
    threshold: float | None


def answer(
    scored: Scored | None,
    names: Mapping[int, str],
    trained: Trained | None,
    *,
    threshold: float | None,
    known: str | None,
    evidence: tuple[Evidence, ...],
) -> Answer:
    """One answer of one side or two; at least one is there.

    Args:
        scored: of the stored examples; None without any.
        names: of labels by number.
        trained: of the artifact's labels; None where it has none.
        threshold: of the stored examples' in_scope; None where nobody knows what cosines mean.
        known: the label of a stored example that is exactly this text, if there is one.
        evidence: goes into the answer.
    """
    left = None if scored is None else _learned_side(scored, names)
    right = None if trained is None else _trained_side(trained)
    if trained is None or right is None:
        if scored is None or left is None:
            raise ValueError("neither side is there")
        abstained = (
            None if threshold is None or scored.in_scope is None else scored.in_scope < threshold
        )
        return Answer(
            left.label,
            left.score,
            left.in_scope,
            abstained,
            LEARNED,
            scored.by,
            left,
            None,
            evidence,
        )
    if scored is None or left is None:
        refused = _refuses(right.in_scope, trained.threshold)
        return Answer(
            right.label, right.score, right.in_scope, refused, TRAINED, None, None, right, evidence
        )
    gate, learned = _gate(scored, names, known)
    shares = {name: (gate * p, 0.0) for name, p in learned.items()}
    for name, p in zip(trained.labels, softmax(trained.logits[None])[0].tolist(), strict=True):
        shares[name] = (shares.get(name, (0.0, 0.0))[0], (1 - gate) * p)
    label = max(shares, key=lambda name: sum(shares[name]))
    ours, theirs = shares[label]
    scope = right.in_scope or 0.0
    refusals = (
        _refuses(None if known is None and threshold is None else gate, threshold or 0.0),
        _refuses(scope, trained.threshold),
    )
    return Answer(
        label=label,
        score=ours + theirs,
        in_scope=gate + (1 - gate) * scope,
        abstained=_both(*refusals),
        source=LEARNED if ours > theirs else TRAINED,
        by=scored.by,
        learned=left,
        trained=right,
        evidence=evidence,
    )


def _gate(
    scored: Scored, names: Mapping[int, str], known: str | None
) -> tuple[float, Mapping[str, float]]:
    """How much the learned side counts, and its labels' probabilities.

    Where nobody knows what cosines mean, only a stored text itself is surely one that was learned.
    """
    if scored.in_scope is not None and scored.probabilities is not None:
        names_of = [names[number] for number in scored.labels]
        return scored.in_scope, dict(zip(names_of, scored.probabilities.tolist(), strict=True))
    return (0.0, {}) if known is None else (1.0, {known: 1.0})


def _learned_side(scored: Scored, names: Mapping[int, str]) -> Side:
    best = scored.best
    probabilities = scored.probabilities
    score = None if probabilities is None else float(probabilities[best])
    return Side(names[scored.labels[best]], score, scored.in_scope)


def _trained_side(trained: Trained) -> Side:
    probabilities = softmax(trained.logits[None])[0]
    best = int(np.argmax(probabilities))
    scope = float(scope_scores(trained.logits[None])[0])
    return Side(trained.labels[best], float(probabilities[best]), scope)


def _refuses(score: float | None, threshold: float | None) -> bool | None:
    return None if score is None or threshold is None else score < threshold


def _both(first: bool | None, second: bool | None) -> bool | None:
    """Refused only by both; not refused by one that accepts; else unknown."""
    if first is False or second is False:
        return False
    return True if first and second else None
