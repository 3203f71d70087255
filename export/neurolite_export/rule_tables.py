"""Compiled rules as the tables that native kernels read, in the ops of ONNX and in files of the target c.

Letters in shapes: K hashes, U facts and rules that a text alone says, F of them columns of facts, R rules, C labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from neurolite_core.network.rule_effects import Product, RuleEffects
from neurolite_core.rules.logic import Layer
from neurolite_core.rules.program import Program

FACTS_TABLES: Final = (
    "weights",  # float32 [K, 3], as all that follow; see ``Program``
    "moves",  # [B]
    "words",  # [S, 4]
    "others",  # [2 * prefixes + 2, 2]
    "edges",  # [E, 3]
    "sets",  # [nodes]
    "columns",  # [G, F]
    "conditions",  # [U, U - F], of each rule of a text alone the weights of the numbers before it
    "biases",  # [U - F]
)
EFFECTS_TABLES: Final = (
    "limits",  # [D, R], as in ``Effects``; this and the others but strengths [0, 0] where there are none
    "contested",  # [D, R]
    "strengths",  # [2, R], strength, and what the strongest is known by
    "chosen",  # [R, 2 C]
    "forbids",  # [R, C]
    "evidence",  # [R, C]
)

Floats = NDArray[np.float32]


def facts_tables(program: Program) -> dict[str, Floats]:
    """How words and phrases become facts and rules, name of ``FACTS_TABLES`` -> float32."""
    logic, table = program.logic, program.table
    conditions, biases = stacked_layers(logic.layers, len(logic.columns))
    values = (
        np.ascontiguousarray(table.weights.T),
        table.moves[:, 0],
        program.words,
        program.others,
        program.trie.edges,
        program.sets[:, 0],
        program.columns,
        conditions,
        biases,
    )
    return dict(zip(FACTS_TABLES, values, strict=True))


def stacked_layers(layers: Sequence[Layer], before: int) -> tuple[Floats, Floats]:
    """Weights [numbers before and rules, rules] and biases [rules] of layers, each of all numbers before it."""
    count = sum(len(layer.bias) for layer in layers)
    weights, biases = np.zeros((before + count, count), np.float32), np.zeros(count, np.float32)
    at = 0
    for layer in layers:
        size, given = layer.weight.shape
        weights[:given, at : at + size] = layer.weight.T
        biases[at : at + size] = layer.bias
        at += size
    return weights, biases


def effects_tables(effects: RuleEffects, scale: Tensor) -> dict[str, Floats]:
    """What fired rules do, name of ``EFFECTS_TABLES`` -> float32; of what rules do not need [0, 0]."""

    def stored(product: Product | None) -> Floats:
        if product is None:
            return np.zeros((0, 0), np.float32)
        weight = product.weight[0]
        found: Floats = (weight.T if product.behind_network else weight).contiguous().cpu().numpy()
        return found

    evidence = stored(effects.evidence)
    if len(evidence):
        evidence = evidence * scale.detach().cpu().numpy()[:, None]
    strengths = np.stack([effects.strength.cpu().numpy(), effects.ranks.cpu().numpy()])
    chosen = stored(effects.chosen if effects.has_hard else None)
    contested, limits = stored(effects.contested), np.zeros((0, 0), np.float32)
    if effects.contested is not None:
        limits = effects.limits.cpu().numpy()
    values = (limits, contested, strengths, chosen, stored(effects.forbids), evidence)
    return dict(zip(EFFECTS_TABLES, values, strict=True))
