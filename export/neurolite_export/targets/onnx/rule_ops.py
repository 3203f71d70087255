"""``ai.neurolite.RuleFacts`` and ``RuleEffects``: what rules make of a text, as two ops that carry their definitions.

Everything but evidence is whole numbers below 2^24: body, native kernel and PyTorch have the same bits. Where rules
ask for the network's own answer, what they make of that is between the two, in standard operations.

Letters in shapes: N texts, L words, K hashes, U facts and rules that a text alone says, F of them columns of facts,
R rules, C labels.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn

from neurolite_core.artifact.outputs import INDICES, RULES, STARTS
from neurolite_core.network.rule_effects import RuleEffects
from neurolite_core.network.rules import RulePath, TextRules
from neurolite_export.rule_tables import effects_tables, facts_tables
from neurolite_export.targets.onnx.hash_function import DOMAIN
from neurolite_export.targets.onnx.places import add_function, behind_mark
from neurolite_export.targets.onnx.quantize import remove_unused
from neurolite_export.targets.onnx.rule_functions import (
    RULE_EFFECTS,
    RULE_FACTS,
    rule_effects_function,
    rule_facts_function,
)

_FACTS_MARK: Final = "rules.text.mark"  # as the captured network names the buffers of the places
_EFFECTS_MARK: Final = (
    "rules.effects.mark"  # numbers of no other mark: exporters keep equal tensors once
)
_PREFIX: Final = "rules."


class TextRulesPlace(nn.Module):
    """Holds the place of ``TextRules`` in a captured network: numbers of its shape that nothing folds away."""

    def __init__(self, rules: TextRules) -> None:
        super().__init__()
        logic = rules.program.logic
        size = len(logic.columns) + sum(len(layer.bias) for layer in logic.layers)
        self.register_buffer("mark", 2.25 + torch.arange(size))
        self.mark: Tensor

    def forward(self, indices: Tensor, _: Tensor | None = None) -> Tensor:
        """indices int (N, L, K) -> float32 (N, U)."""
        return indices[:, 0, :1] * self.mark


class RuleEffectsPlace(nn.Module):
    """Holds the place of ``RuleEffects``."""

    def __init__(self, effects: RuleEffects) -> None:
        super().__init__()
        self.register_buffer("mark", 2.5 + torch.arange(effects.num_labels))
        self.mark: Tensor

    def forward(self, logits: Tensor, fired: Tensor, *_: Tensor | bool) -> tuple[Tensor, Tensor]:
        """logits float32 (N, C), fired (N, R) -> float32 (N, C), and what no output of a file is."""
        return logits * self.mark, fired


def put_rules(model: onnx.ModelProto, rules: RulePath, opset: int) -> None:
    """Puts the two ops where the captured network has their places, in place.

    Args:
        model: of ``capture``.
        rules: the network's.
        opset: of the default domain.
    """
    program = rules.program
    facts = facts_tables(program)
    hashed = [INDICES, STARTS] if rules.starts is not None else [INDICES, _named("no_starts")]
    tensors = {"no_starts": np.zeros((0, 0), np.int32)} if rules.starts is None else {}
    depth = program.trie.depth
    _replace(model, _FACTS_MARK, RULE_FACTS, [*hashed, *map(_named, facts)], depth=depth)
    add_function(model, rule_facts_function(program, opset, looks_inside=rules.starts is not None))
    effects = {} if rules.effects.num_parts == 0 else effects_tables(rules.effects, rules.scale())
    if effects:
        logits, fired = _logits_and_fired(model)
        inputs = [logits, fired, *map(_named, effects)]
        several = int(rules.effects.several)
        _replace(model, _EFFECTS_MARK, RULE_EFFECTS, inputs, several=several)
        add_function(model, rule_effects_function(rules.effects, opset))
    model.graph.initializer.extend(
        numpy_helper.from_array(value, _named(name))
        for name, value in (tensors | facts | effects).items()
    )
    remove_unused(model.graph)


def _named(name: str) -> str:
    return f"{_PREFIX}{name}"


def _replace(
    model: onnx.ModelProto, mark: str, kind: str, inputs: list[str], **attributes: int
) -> None:
    nodes = model.graph.node
    held = next(node for node in nodes if mark in node.input)
    node = helper.make_node(kind, inputs, list(held.output), kind, domain=DOMAIN)
    node.attribute.extend(helper.make_attribute(key, value) for key, value in attributes.items())
    place = list(nodes).index(held)
    nodes.remove(held)
    nodes.insert(place, node)


def _logits_and_fired(model: onnx.ModelProto) -> tuple[str, str]:
    """The network's logits, and the numbers of which the output ``rules`` is a copy in int32."""
    cast = next(node for node in model.graph.node if RULES in node.output)
    return behind_mark(model.graph, _EFFECTS_MARK), str(cast.input[0])
