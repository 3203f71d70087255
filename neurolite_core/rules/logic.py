"""Conditions of rules as layers of thresholds on numbers 0 and 1, exact in float32.

A rule of n conditions that all have to hold, of some of which one has to, and of some that must not, fires iff
b * (holding of the first) + (holding of the second) - b * (holding of the third) reaches b * n, and 1 more if there are
any of the second, with b the number of the second but at least 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolite_core.rules.parts import Rule, RuleSet

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Rules that are computed together: min(1, max(0, v W^T + b)) of all numbers v before them.

    Attributes:
        weight: float32 [rules, numbers before].
        bias: float32 [rules].
    """

    weight: Floats
    bias: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Logic:
    """How rules follow from facts.

    The numbers are: of each of ``columns`` whether one of its facts is true; behind them the rules of each of
    ``layers``; behind those, where rules ask for the network's own answer, of each of ``answers`` whether it is one of
    these labels; and the rules of each of ``asking``.

    Attributes:
        rules: in the order in which they are computed, which is that of the output.
        direct: how many of the first rules are columns themselves, the last ones.
        columns: facts of each column.
        layers: of rules that do not ask for the network's answer.
        answers: labels of each set that is asked for.
        asking: layers of the rules that do.
    """

    rules: tuple[Rule, ...]
    direct: int
    columns: tuple[frozenset[str], ...]
    layers: tuple[Layer, ...]
    answers: tuple[tuple[str, ...], ...]
    asking: tuple[Layer, ...]

    @property
    def asks(self) -> int:
        """How many of the last rules ask for the network's own answer, or for rules that do."""
        return sum(len(layer.bias) for layer in self.asking)


def build_logic(rules: RuleSet) -> Logic:
    """The layers of a file's rules."""
    levels = _levels(rules)
    plain = sorted((level, at) for at, (asks, level) in enumerate(levels) if not asks)
    asking = sorted((level, at) for at, (asks, level) in enumerate(levels) if asks)
    order = [rules.rules[at] for _, at in (*plain, *asking)]
    direct = sum(level == 0 for level, _ in plain)
    needed = dict.fromkeys(atom for rule in order[direct:] for atom in _atoms(rule, rules))
    columns = (*needed, *(frozenset(rule.any_of) for rule in order[:direct]))
    answers = tuple(dict.fromkeys(rule.answer for rule in order if rule.answer))
    place = {rule.name: len(needed) + at for at, rule in enumerate(order[:direct])}
    atoms = {atom: at for at, atom in enumerate(needed)}
    layers, size = _stacked(
        [level for level in plain if level[0]], rules, place, atoms, len(columns)
    )
    of_answer = {own: size + at for at, own in enumerate(answers)}
    more, _ = _stacked(asking, rules, place, atoms, size + len(answers), of_answer)
    return Logic(tuple(order), direct, columns, layers, answers, more)


def _levels(rules: RuleSet) -> list[tuple[bool, int]]:
    """Of each rule, whether it asks for the network's answer, and behind how many layers of its kind it comes."""
    by_name = {rule.name: rule for rule in rules.rules}
    found: dict[str, tuple[bool, int]] = {}

    def level_of(rule: Rule) -> tuple[bool, int]:
        if rule.name not in found:
            others = [level_of(by_name[name]) for name in rule.conditions if name in by_name]
            asks = bool(rule.answer) or any(other for other, _ in others)
            direct = bool(rule.any_of) and not others and not (rule.all_of or rule.none_of or asks)
            before = [level for other, level in others if other == asks]
            found[rule.name] = (asks, 0 if direct else 1 + max(before, default=0))
        return found[rule.name]

    return [level_of(rule) for rule in rules.rules]


def _atoms(rule: Rule, rules: RuleSet) -> list[frozenset[str]]:
    """The sets of facts that a rule needs columns of."""
    some = [frozenset([name]) for name in rule.all_of if name in rules.facts]
    for names in (rule.any_of, rule.none_of):
        facts = frozenset(name for name in names if name in rules.facts)
        some += [facts] if facts else []
    return some


def _stacked(
    levels: Sequence[tuple[int, int]],
    rules: RuleSet,
    place: dict[str, int],
    atoms: Mapping[frozenset[str], int],
    size: int,
    of_answer: Mapping[tuple[str, ...], int] | None = None,
) -> tuple[tuple[Layer, ...], int]:
    """Layers of rules given by level and number; notes their places, and gives how many numbers there are then."""
    layers = []
    for level in sorted({level for level, _ in levels}):
        own = [rules.rules[at] for mine, at in levels if mine == level]
        weight, bias = np.zeros((len(own), size), np.float32), np.zeros(len(own), np.float32)
        for row, rule in enumerate(own):
            _write(weight[row], bias[row : row + 1], rule, rules, place, atoms, of_answer or {})
        layers.append(Layer(weight, bias))
        for row, rule in enumerate(own):
            place[rule.name] = size + row
        size += len(own)
    return tuple(layers), size


def _write(
    weight: Floats,
    bias: Floats,
    rule: Rule,
    rules: RuleSet,
    place: Mapping[str, int],
    atoms: Mapping[frozenset[str], int],
    of_answer: Mapping[tuple[str, ...], int],
) -> None:
    def places(names: Sequence[str]) -> list[int]:
        facts = frozenset(name for name in names if name in rules.facts)
        return [
            *([atoms[facts]] if facts else []),
            *(place[n] for n in names if n not in rules.facts),
        ]

    every = [at for name in rule.all_of for at in places([name])]
    if rule.answer:
        every.append(of_answer[rule.answer])
    some, none = places(rule.any_of), places(rule.none_of)
    base = max(1, len(some))
    weight[every] += base
    weight[some] += 1
    weight[none] -= base
    bias[0] = (0 if some else 1) - base * len(every)
