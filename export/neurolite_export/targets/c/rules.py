"""Rules as the tables of a .nlm: docs/c-arithmetic.md, "Rules"."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.formats.nlm_rules import RuleSizes
from neurolite_core.network.model import TextNetwork
from neurolite_core.network.rules import RulePath
from neurolite_export.rule_tables import effects_tables, facts_tables, stacked_layers
from neurolite_export.targets.c.built_module import BuiltModule
from neurolite_export.targets.c.calibrate import Ranges

Floats = NDArray[np.float32]


def build_rules(network: TextNetwork, _: Ranges) -> BuiltModule:
    """The rules of a network that has some."""
    path = network.rules
    assert path is not None  # noqa: S101  # the caller looked
    program, logic = path.program, path.program.logic
    facts = facts_tables(program)
    of_text = len(facts["conditions"])
    conditions, biases = stacked_layers(logic.asking, of_text + len(logic.answers))
    numbers: dict[str, NDArray[Any]] = {
        f"rule_{name}": table
        for name, table in {**facts, **effects_tables(path.effects, path.scale())}.items()
    }
    numbers |= {
        "rule_answers": _answers(path, network.labels),
        "rule_asking_conditions": conditions,
        "rule_asking_biases": biases,
    }
    starts = program.beginnings
    if starts is not None:
        numbers |= {"rule_start_moves": starts.moves, "rule_start_rows": starts.rows}
    sizes = RuleSizes(
        columns=len(logic.columns),
        text_rules=len(facts["biases"]),
        direct=logic.direct,
        answers=len(logic.answers),
        asking=logic.asks,
        depth=program.trie.depth,
        groups=len(facts["moves"]),
        places=len(facts["words"]),
        others=len(facts["others"]),
        edges=len(facts["edges"]),
        nodes=len(facts["sets"]),
        rows=len(facts["columns"]),
        contested=len(numbers["rule_limits"]),
        hard=int(path.effects.has_hard),
        forbids=int(len(numbers["rule_forbids"]) > 0),
        evidence=int(len(numbers["rule_evidence"]) > 0),
        start_groups=0 if starts is None else len(starts.moves),
        start_places=0 if starts is None else len(starts.rows),
        numbers=0 if starts is None else int(starts.numbers),
        limit=_bits(path.limit),
    )
    texts = tuple(text for rule in program.order for text in (rule.name, rule.reason))
    return BuiltModule(sizes, numbers, texts)


def _answers(path: RulePath, labels: tuple[str, ...]) -> Floats:
    """1 of the labels of each set that is asked for, [sets, C]."""
    sets = path.program.logic.answers
    return np.array([[label in own for label in labels] for own in sets], np.float32)


def _bits(value: float) -> int:
    return int(np.float32(value).view(np.int32))
