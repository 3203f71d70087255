"""What files say of their rules: names, reasons and effects, in the order of the output ``rules``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from neurolite_core.artifact.rule_facts import RuleFact
from neurolite_core.ground.command_line import say
from neurolite_core.network.model import TextNetwork
from neurolite_core.network.ruling import with_rules
from neurolite_core.rules.effects import strengths
from neurolite_core.rules.parts import EVIDENCE
from neurolite_core.rules.reading import read_rules
from neurolite_core.rules.telling import telling
from neurolite_export.source import Source


def ruled(source: Source, file: Path | None) -> Source:
    """The model with the rules of a file in place of those that it may have; itself without a file.

    Says what was compiled, on standard error.

    Raises:
        InputError: the file cannot be used, or not for this model.
    """
    if file is None:
        return source
    network = with_rules(source.network, read_rules(file))
    assert network.rules is not None  # noqa: S101  # just given
    for line in telling(network.rules.program, network.config.table_size):
        say(f"Rules: {line}")
    return replace(source, network=network)


def rule_facts(network: TextNetwork) -> tuple[RuleFact, ...]:
    """One for each rule; nothing without rules."""
    if network.rules is None:
        return ()
    order, asks = network.rules.program.order, network.rules.program.logic.asks
    strong = strengths(network.rules.program.rules)
    scale = network.rules.scale().detach().cpu().tolist()
    return tuple(
        RuleFact(
            name=rule.name,
            effect=rule.effect,
            labels=tuple(network.labels[number] for number in numbers),
            strength=strong.get(rule.name, 0),
            weight=round(weight, 6) if rule.effect == EVIDENCE else None,
            asks=at >= len(order) - asks,
            reason=rule.reason,
        )
        for at, (rule, numbers, weight) in enumerate(
            zip(order, network.rules.label_ids, scale, strict=True)
        )
    )
