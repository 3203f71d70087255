"""The definitions of ``RuleFacts`` and ``RuleEffects`` (``rule_ops.py``), as ONNX functions. Letters as there."""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from neurolite_core.network.rule_effects import RuleEffects
from neurolite_core.rules.effects import DECIDED, HIGHEST, LOWEST
from neurolite_core.rules.program import Program
from neurolite_core.rules.word_table import KEYS
from neurolite_export.rule_tables import EFFECTS_TABLES, FACTS_TABLES
from neurolite_export.targets.onnx.body import Body
from neurolite_export.targets.onnx.hash_function import DOMAIN

RULE_FACTS: Final = "RuleFacts"
RULE_EFFECTS: Final = "RuleEffects"
FACTS_INPUTS: Final = (
    "indices",  # int32 [N, L, K]
    "starts",  # int32 [N, L], or of no number where rules do not look inside words
    *FACTS_TABLES,
)
EFFECTS_INPUTS: Final = (
    "logits",  # float32 [N, C], of the network
    "fired",  # float32 [N, R]
    *EFFECTS_TABLES,
)
_LAST: Final = np.iinfo(np.int64).max


def rule_facts_function(program: Program, opset: int, *, looks_inside: bool) -> onnx.FunctionProto:
    """Inputs ``FACTS_INPUTS``; gives float32 [N, U], 0 and 1."""
    body = Body()
    own = _words(body, program, looks_inside=looks_inside)
    last = _phrases(body, own, program.trie.depth)
    marked = _columns(body, last, len(program.columns))
    _conditions(body, marked, program)
    return _function(RULE_FACTS, FACTS_INPUTS, "numbers", ["depth"], body, opset)


def _words(body: Body, program: Program, *, looks_inside: bool) -> str:
    """Class of each word, and base of the class in the trie, float32 [N, L, 2]."""
    sums = body.op("MatMul", body.op("Cast", "indices", to=TensorProto.FLOAT), "weights")
    place, keys = body.split("Split", sums, body.int64(1, KEYS), outputs=2, axis=2)
    key = body.op("Gather", keys, body.constant(0, np.int64), axis=2)
    sizes = (len(program.table.moves), len(program.words))
    groups, places = (body.constant(size, np.int32) for size in sizes)
    group = body.op("Mod", _whole(body, key), groups)
    moved = body.op(
        "Add", body.op("Squeeze", place, body.int64(2)), body.op("Gather", "moves", group)
    )
    row = body.op("Gather", "words", body.op("Mod", _whole(body, moved), places))  # [N, L, 4]
    known, found = body.split("Split", row, body.int64(KEYS, 2), outputs=2, axis=2)
    off = body.op("Abs", body.op("Sub", keys, known))
    off = body.op("ReduceMax", off, body.int64(2), keepdims=1)
    nought = body.constant(0, np.float32)
    other = body.op("Gather", "others", "starts") if looks_inside else nought
    return body.op("Where", body.op("Equal", off, nought), found, other)


def _phrases(body: Body, own: str, depth: int) -> str:
    """The deepest node that the words from each one on lead to, float32 [N, L, 1]."""
    node, base = body.split("Split", own, body.int64(1, 1), outputs=2, axis=2)
    last, nought = node, body.constant(0, np.float32)
    if depth == 1:
        return last
    behind = body.op("Pad", node, body.int64(0, 0, 0, 0, depth - 1, 0))
    for step in range(1, depth):
        start, end = body.int64(step), body.int64(step - depth + 1 or _LAST)
        following = body.op("Slice", behind, start, end, body.int64(1))
        slot = body.op("Squeeze", body.op("Add", base, following), body.int64(2))
        edge = body.op("Gather", "edges", _whole(body, slot))  # [N, L, 3]
        parent, child = body.split("Split", edge, body.int64(1, 2), outputs=2, axis=2)
        child = body.op("Where", body.op("Equal", parent, node), child, nought)
        node, base = body.split("Split", child, body.int64(1, 1), outputs=2, axis=2)
        last = body.op("Max", last, node)  # deeper nodes have higher numbers
    return last


def _columns(body: Body, last: str, num_rows: int) -> str:
    """Columns that are true of any word, float32 [N, F]: rows of them that occur are marked, and added."""
    node = _whole(body, body.op("Squeeze", last, body.int64(2)))
    row = body.op("Cast", body.op("Gather", "sets", node), to=TensorProto.INT64)  # [N, L]
    texts = body.op("Shape", row, end=1)
    shape = body.op("Concat", texts, body.int64(num_rows), axis=0)
    marks = body.op(
        "ScatterElements",
        _filled(body, shape, 0),
        row,
        _filled(body, body.op("Shape", row), 1),
        axis=1,
    )
    return body.op("Min", body.op("MatMul", marks, "columns"), body.constant(1, np.float32))


def _conditions(body: Body, numbers: str, program: Program) -> None:
    """Layers of rules, each of the numbers before it."""
    layers = program.logic.layers
    at, before = 0, len(program.logic.columns)
    for number, layer in enumerate(layers):
        size = len(layer.bias)
        begin, end = body.int64(0, at), body.int64(before + at, at + size)
        weight = body.op("Slice", "conditions", begin, end, body.int64(0, 1))
        bias = body.op("Slice", "biases", body.int64(at), body.int64(at + size), body.int64(0))
        own = body.op("Add", body.op("MatMul", numbers, weight), bias)
        own = body.op("Clip", own, body.constant(0, np.float32), body.constant(1, np.float32))
        output = "numbers" if number + 1 == len(layers) else ""
        numbers = body.op("Concat", numbers, own, axis=1, output=output)
        at += size
    if not layers:
        body.op("Identity", numbers, output="numbers")


def rule_effects_function(effects: RuleEffects, opset: int) -> onnx.FunctionProto:
    """Inputs ``EFFECTS_INPUTS``; gives float32 [N, C], as ``RuleEffects``."""
    body, found = Body(), "logits"
    if effects.evidence is not None:
        name = "" if effects.has_hard else "answer"
        found = body.op("Add", found, body.op("MatMul", "fired", "evidence"), output=name)
    if effects.has_hard:
        kept, added = _decided(body, effects)
        limits = (body.constant(number, np.float32) for number in (LOWEST, HIGHEST))
        found = body.op("Mul", body.op("Clip", found, *limits), kept)
        body.op("Add", found, added, output="answer")
    return _function(RULE_EFFECTS, EFFECTS_INPUTS, "answer", ["several"], body, opset)


def _decided(body: Body, effects: RuleEffects) -> tuple[str, str]:
    """What stays of labels' logits, and what is added, float32 [N, C] each."""
    nought, one = (body.constant(number, np.float32) for number in (0, 1))
    holds = "fired"
    strength, ranks = body.split("Split", "strengths", body.int64(1, 1), outputs=2, axis=0)
    if effects.contested is not None:
        limits = body.op("Mul", body.op("Unsqueeze", "fired", body.int64(1)), "limits")
        limit = body.op("ReduceMax", limits, body.int64(2), keepdims=0)
        limit = body.op("MatMul", limit, "contested")
        above = body.op("Clip", body.op("Sub", strength, limit), nought, one)
        holds = body.op("Mul", holds, above)
    if not effects.several:
        ranked = body.op("Mul", holds, strength)
        strongest = body.op("ReduceMax", ranked, body.int64(1), keepdims=1)
        holds = body.op("Sub", body.op("Mul", holds, ranks), strongest)
        holds = body.op("Clip", holds, nought, one)
    size = effects.num_labels
    chosen = body.op("MatMul", holds, "chosen")
    decided, added = body.split("Split", chosen, body.int64(size, size), outputs=2, axis=1)
    if effects.several:
        added = body.op("Min", added, body.constant(2 * DECIDED, np.float32))
    if effects.forbids is not None:
        decided = body.op("Add", decided, body.op("MatMul", "fired", "forbids"))
    decided = body.op("Min", decided, one)
    taken = body.op("Mul", decided, body.constant(DECIDED, np.float32))
    return body.op("Sub", one, decided), body.op("Sub", added, taken)


def _whole(body: Body, numbers: str) -> str:
    return body.op("Cast", numbers, to=TensorProto.INT32)


def _filled(body: Body, shape: str, value: int) -> str:
    name = f"filled_{len(body.nodes)}"
    tensor = numpy_helper.from_array(np.full(1, value, np.float32))
    body.nodes.append(helper.make_node("ConstantOfShape", [shape], [name], value=tensor))
    return name


def _function(
    name: str, inputs: tuple[str, ...], output: str, attributes: list[str], body: Body, opset: int
) -> onnx.FunctionProto:
    return helper.make_function(
        DOMAIN,
        name,
        inputs=list(inputs),
        outputs=[output],
        nodes=body.nodes,
        opset_imports=[helper.make_opsetid("", opset)],
        attributes=attributes,
    )
