"""What a file says of one of its rules, and which of the rules that fired had their way; no torch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from neurolite_core.rules.parts import (
    ABSTAIN,
    EVIDENCE,
    FORBID,
    FORCE,
    MOST_NAME,
    MOST_REASON,
    MOST_RULES,
    NOTHING,
)

_EFFECTS: Final = (FORCE, FORBID, EVIDENCE, ABSTAIN, NOTHING)
_FEWEST: Final[Mapping[str, int]] = {FORCE: 1, FORBID: 1, EVIDENCE: 1, ABSTAIN: 0, NOTHING: 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFact:
    """A rule of a file, in the order of its output ``rules``.

    Attributes:
        name: of the rule.
        effect: "force", "forbid", "evidence", "abstain" or "nothing".
        labels: that it is about.
        strength: of rules that force, forbid or abstain, from 1, all different: of two that contradict each other in a
            text the higher one holds. 0 of others.
        weight: of evidence, what is added to the label's logit; None of others.
        asks: whether it asks for the network's own answer, which int8 may change.
        reason: for people, maybe empty.
    """

    name: str
    effect: str
    labels: tuple[str, ...]
    strength: int
    weight: float | None
    asks: bool
    reason: str

    def does(self) -> str:
        """In words."""
        names = ", ".join(self.labels)
        if self.effect == EVIDENCE:
            return f"evidence {self.weight or 0.0:+.2f} for {names}"
        return f"{self.effect} {names}" if names else self.effect


def is_rule_facts(value: object) -> bool:
    """Whether a JSON value from anywhere is a list of rules that can be."""
    if not isinstance(value, list) or len(value) > MOST_RULES:
        return False
    names = {item.name for item in fields(RuleFact)}
    return all(isinstance(item, dict) and item.keys() == names and _can_be(item) for item in value)


def _can_be(item: Mapping[str, Any]) -> bool:
    name, effect, labels, reason = (item[key] for key in ("name", "effect", "labels", "reason"))
    strength, weight = item["strength"], item["weight"]
    if not isinstance(name, str) or not 0 < len(name) <= MOST_NAME:
        return False
    if effect not in _EFFECTS or not isinstance(reason, str) or len(reason) > MOST_REASON:
        return False
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        return False
    if len(labels) < _FEWEST[effect] or not isinstance(item["asks"], bool):
        return False
    if (
        isinstance(strength, bool)
        or not isinstance(strength, int)
        or not 0 <= strength <= MOST_RULES
    ):
        return False
    if weight is None:
        return bool(effect != EVIDENCE)
    if isinstance(weight, bool) or not isinstance(weight, int | float):
        return False
    return math.isfinite(weight)


def overruled(rules: Sequence[RuleFact], fired: Sequence[bool], *, several: bool) -> list[bool]:
    """Which of the rules that fired had no effect, as a stronger one fired.

    Args:
        rules: R, of the metadata.
        fired: R, of one text.
        several: whether the model gives several labels a text.

    Returns:
        R values, False of rules that did not fire or had their effect.
    """
    active = [(rule, at) for at, rule in enumerate(rules) if fired[at] and rule.strength]
    found = [False] * len(rules)
    forbids = [
        rule for rule, _ in active if rule.effect == FORBID or (several and rule.effect == ABSTAIN)
    ]

    def against(rule: RuleFact) -> bool:
        return any(
            other.strength > rule.strength
            and (other.effect == ABSTAIN or rule.labels[0] in other.labels)
            for other in forbids
        )

    deciding = [
        (rule, at)
        for rule, at in active
        if rule.effect == FORCE or (rule.effect == ABSTAIN and not several)
    ]
    standing = [(r, at) for r, at in deciding if not (r.effect == FORCE and against(r))]
    for _, at in deciding:
        found[at] = at not in {place for _, place in standing}
    if several:
        on = {rule.labels[0] for rule, _ in standing}
    else:
        best = max((rule.strength for rule, _ in standing), default=0)
        for rule, at in standing:
            found[at] = rule.strength < best
        on = {rule.labels[0] for rule, at in standing if rule.strength == best and rule.labels}
    for rule, at in active:
        if rule.effect == FORBID:
            found[at] = bool(rule.labels) and set(rule.labels) <= on
    return found
