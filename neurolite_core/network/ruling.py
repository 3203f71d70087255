"""The same classifier with rules beside it, or without."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import torch

from neurolite_core.answer.tasks import ANSWERINGS
from neurolite_core.ground.errors import InputError
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.model import TextNetwork
from neurolite_core.network.rules import RulePath
from neurolite_core.network.rules_options import RulesOptions
from neurolite_core.rules.parts import RuleSet
from neurolite_core.rules.program import compile_rules

_Network = TypeVar("_Network", bound=TextNetwork)


def attach_rules(network: TextNetwork, rules: RuleSet, *, learned: bool = True) -> None:
    """Gives a classifier rules, in place; those that it has are replaced.

    Args:
        network: of one label a text or several.
        rules: of a file.
        learned: take over what rules of the same name and label that it has have learned.

    Raises:
        InputError: they do not fit the model.
    """
    if network.task not in ANSWERINGS:
        raise InputError(
            f"{rules.source}: rules decide on labels, and a model of the task {network.task!r} has none."
        )
    config = network.config
    program = compile_rules(
        rules,
        network.labels,
        several=ANSWERINGS[network.task].several,
        num_hashes=config.num_hashes,
        table_size=config.table_size,
    )
    before = weights_of(network) if learned else {}
    made = RulePath(program, network.threshold)
    made.ask_of(network.labels)
    with torch.no_grad():
        for at, rule in enumerate(program.order):
            made.weights[at] = before.get((rule.name, *rule.labels), 0.0) if rule.learns else 0.0
    made.to(network.model.window.linear.weight.device)
    network.rules = made.train(network.training)
    network.config = replace(config, rules=RulesOptions(num_rules=len(program.order)))


def rules_bytes(
    rules: RuleSet, labels: Sequence[str], config: NeuroLiteConfig, *, several: bool
) -> int:
    """Bytes that the tables of rules take in a file.

    Raises:
        InputError: they do not fit the model.
    """
    program = compile_rules(
        rules,
        labels,
        several=several,
        num_hashes=config.num_hashes,
        table_size=config.table_size,
    )
    path = RulePath(program)
    path.ask_of(tuple(labels))
    return sum(value.numel() * value.element_size() for value in path.buffers())


def with_rules(network: _Network, rules: RuleSet) -> _Network:
    """A copy with these rules in place of those that it may have; weights are shared.

    Raises:
        InputError: they do not fit the model, or a weight is to be learned that the network has not learned.
    """
    known = weights_of(network)
    for rule in rules.learned:
        if (rule.name, *rule.labels) not in known:
            where = f"{rules.source}, line {rule.line}" if rule.line else rules.source
            raise InputError(
                f"{where}: rule {rule.name!r} has no weight, and the model has not learned one. Give it one, such as "
                "weight = 2.0, or train: neurolite-train DATA.csv --rules FILE"
            )
    found = copy.copy(network)
    found._modules = dict(network._modules)
    attach_rules(found, rules)
    return found


def weights_of(network: TextNetwork) -> dict[tuple[str, ...], float]:
    """What evidence adds to a label's logit, by rule and label: of the rules of a network whose weights are learned."""
    if network.rules is None:
        return {}
    weights = network.rules.weights.detach().cpu().tolist()
    order = network.rules.program.order
    return {
        (rule.name, *rule.labels): weight
        for rule, weight in zip(order, weights, strict=True)
        if rule.learns
    }


def same_rules(network: TextNetwork, other: TextNetwork) -> None:
    """Gives a network, in place, the rules of another one of the same labels, with what they learned."""
    if other.rules is None:
        return
    attach_rules(network, other.rules.program.rules)
    assert network.rules is not None  # noqa: S101  # just attached
    network.rules.load_state_dict(other.rules.state_dict())
    network.rules.hard = other.rules.hard
