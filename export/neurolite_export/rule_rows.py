"""What files say of their rules: names, reasons and effects, in the order of the output ``rules``."""

from __future__ import annotations

from neurolite_core.artifact.rule_facts import RuleFact
from neurolite_core.network.model import TextNetwork
from neurolite_core.rules.effects import strengths
from neurolite_core.rules.parts import EVIDENCE


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
