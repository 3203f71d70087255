"""What fired rules do to the labels, as numbers that a graph multiplies with; which of two rules holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.rules.parts import ABSTAIN, EVIDENCE, FORBID, FORCE, HARD, Rule, RuleSet

# A label that is forced has this logit, one that is off its negative: softmax, sigmoid and the score that is held
# against a threshold are then 0 or 1 in double precision, and no exponential of it overflows in single.
DECIDED: Final = 60.0
# Logits of the network, evidence added, are cut to these, so that they always lie above those that are off.
LOWEST: Final = -40.0
HIGHEST: Final = 80.0
# Added to all logits where a rule abstains: the highest then is below -100.
REFUSED: Final = -200.0

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """Of R rules, in the order of the output, and C labels.

    Attributes:
        strength: float32 [R], of forcing and, with one label a text, abstaining rules, from 1, the strongest highest;
            0 of others.
        chosen: float32 [2 * C, R], of rules that hold: 1 for each label that is decided by it, which with one label a
            text are all of them where a label is forced; and what is added to its logit, for one that is forced
            120, of which being decided takes 60 off again, and -200 for each where a rule abstains.
        limits: float32 [D, R], of each label that is forced by one rule and forbidden by a stronger one the strength of
            the rules that forbid it, with several labels a text also of abstaining ones. None without such labels.
        contested: float32 [D, R], 1 of the rules that force these labels; None with the former.
        forbids: float32 [C, R]; with several labels a text an abstaining rule forbids all. None without any.
        evidence: float32 [C, R], 1 of the label that evidence is for; None without any.
        given: float32 [R], weights that the file gives; 0 of others.
        learned: float32 [R], 1 of rules whose weights are learned.
        hard: whether any rule forces, forbids or abstains.
        several: whether a text may have several labels.
        num_labels: C.
    """

    strength: Floats
    chosen: Floats
    limits: Floats | None
    contested: Floats | None
    forbids: Floats | None
    evidence: Floats | None
    given: Floats
    learned: Floats
    hard: bool
    several: bool
    num_labels: int


def build_effects(
    rules: RuleSet, order: Sequence[Rule], labels: Sequence[str], *, several: bool
) -> Effects:
    """The numbers of rules in their order of computation."""
    count, number = len(order), {label: at for at, label in enumerate(labels)}
    strong = strengths(rules)
    strength, size = np.zeros(count, np.float32), len(labels)
    chosen = np.zeros((2, size, count), np.float32)
    matrices = {kind: np.zeros((size, count), np.float32) for kind in (FORBID, EVIDENCE)}
    for at, rule in enumerate(order):
        own = [number[label] for label in rule.labels]
        if rule.effect in matrices:
            matrices[rule.effect][own, at] = 1
        elif rule.effect == FORCE:
            strength[at] = strong[rule.name]
            chosen[0, own if several else slice(None), at] = 1
            chosen[1, own, at] = 2 * DECIDED
        elif rule.effect == ABSTAIN and several:
            matrices[FORBID][:, at] = 1
        elif rule.effect == ABSTAIN:
            strength[at] = strong[rule.name]
            chosen[1, :, at] = REFUSED
    limits, contested = _contested(order, strong, labels, several=several)
    given = [rule.weight or 0.0 for rule in order]
    return Effects(
        strength=strength,
        chosen=chosen.reshape(2 * size, count),
        limits=limits if len(limits) else None,
        contested=contested if len(limits) else None,
        forbids=matrices[FORBID] if matrices[FORBID].any() else None,
        evidence=matrices[EVIDENCE] if matrices[EVIDENCE].any() else None,
        given=np.array(given, np.float32),
        learned=np.array([rule.learns for rule in order], np.float32),
        hard=any(rule.effect in HARD for rule in order),
        several=several,
        num_labels=size,
    )


def strengths(rules: RuleSet) -> dict[str, int]:
    """Of the hard rules by name, from 1, the strongest highest: by priority, then by order in the file."""
    hard = [
        (-rule.priority, at, rule.name)
        for at, rule in enumerate(rules.rules)
        if rule.effect in HARD
    ]
    return {name: len(hard) - place for place, (_, _, name) in enumerate(sorted(hard))}


def _contested(
    order: Sequence[Rule], strong: dict[str, int], labels: Sequence[str], *, several: bool
) -> tuple[Floats, Floats]:
    """A rule forces a label unless a stronger one forbids it: float32 [D, R] twice, as in ``Effects``."""
    limits, contested = (np.zeros((len(labels), len(order)), np.float32) for _ in range(2))
    for row, label in enumerate(labels):
        for at, rule in enumerate(order):
            if rule.effect == FORCE and label in rule.labels:
                contested[row, at] = 1
            elif (rule.effect == FORBID and label in rule.labels) or (
                several and rule.effect == ABSTAIN
            ):
                limits[row, at] = strong[rule.name]
    forced = np.array([strong.get(rule.name, 0) for rule in order], np.float32)
    weakest = np.where(contested > 0, forced, np.inf).min(axis=1, initial=np.inf)
    needed = limits.max(axis=1, initial=0) > weakest
    return limits[needed], contested[needed]
