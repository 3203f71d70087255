"""What is wrong with rules for a certain model: labels that it has not, and rules that contradict each other."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from itertools import combinations

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import listed, shown
from neurolite_core.rules.lines import Lines
from neurolite_core.rules.parts import ABSTAIN, FORBID, FORCE, HARD, Rule, RuleSet


def check_rules(rules: RuleSet, labels: Sequence[str], *, several: bool) -> None:
    """Raises where rules do not fit a model.

    Args:
        rules: of a file.
        labels: of the model.
        several: whether a text may have several of them.

    Raises:
        InputError: an unknown label, rules that forbid all labels, or that contradict each other with equal priority
            wherever one of them fires. The message names file and line.
    """
    lines, known = Lines(rules.source, rules.text), set(labels)
    if not labels:
        raise InputError(
            f"{rules.source}: rules decide on labels, and an embedding model has none."
        )
    for number, rule in enumerate(rules.rules):
        for key, names in ((rule.effect, rule.labels), ("answer", rule.answer)):
            for name in names:
                if name not in known:
                    near = get_close_matches(name, labels, n=1)
                    hint = f" Did you mean {shown(near[0])}?" if near else ""
                    raise lines.error(
                        lines.rule(number, key),
                        f"rule {shown(rule.name)} names the label {shown(name)}; the model has {listed(labels)}.{hint}",
                    )
        if rule.effect == FORBID and known <= set(rule.labels):
            raise lines.error(
                lines.rule(number, FORBID),
                f"rule {shown(rule.name)} forbids every label; for no answer write abstain = true.",
            )
    hard = [rule for rule in rules.rules if rule.effect in HARD]
    for first, second in combinations(hard, 2):
        if first.priority != second.priority or not contradict(first, second, several=several):
            continue
        if _implies(first, second) or _implies(second, first):
            raise lines.error(
                second.line,
                f"rule {shown(second.name)} contradicts {shown(first.name)} of line {first.line}: wherever one fires "
                "so does the other, and their priorities are equal. Give one a higher priority, or other conditions.",
            )


def contradict(first: Rule, second: Rule, *, several: bool) -> bool:
    """Whether what two rules do cannot both be done."""
    kinds = {first.effect, second.effect}
    if kinds == {FORCE}:
        return not several and first.labels != second.labels
    if kinds == {FORCE, FORBID}:
        return bool(set(first.labels) & set(second.labels))
    return kinds == {FORCE, ABSTAIN}


def _implies(first: Rule, second: Rule) -> bool:
    """Whether the second fires wherever the first does, as far as their names tell."""
    if not set(second.all_of) <= set(first.all_of) or not set(second.none_of) <= set(first.none_of):
        return False
    if second.any_of:
        some = set(second.any_of)
        if not some & set(first.all_of) and not (first.any_of and set(first.any_of) <= some):
            return False
    return not second.answer or bool(first.answer and set(first.answer) <= set(second.answer))
