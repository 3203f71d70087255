"""``ai.neurolite.WordStarts``: prefixes and numbers of rules, section 11 of ``docs/hash-spec.md``, as an ONNX function.

On the clusters of ``hash_clusters.py``, in whole numbers. Letters in shapes: C clusters and W words of the whole
buffer, N texts, L words of the longest one that are read.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from neurolite_core.artifact.outputs import INDICES, STARTS
from neurolite_core.hashing.words import HASH_VERSION, MODULUS, hash_constants
from neurolite_core.rules.beginnings import (
    FIRST_DIGIT,
    FUNCTIONS,
    LAST_DIGIT,
    PRODUCT_STEP,
    SUM_BASE,
    VALUE_STEP,
    Beginnings,
)
from neurolite_export.targets.onnx.body import Body
from neurolite_export.targets.onnx.hash_clusters import (
    Clusters,
    last_clusters,
    of_each_text,
    read_clusters,
)
from neurolite_export.targets.onnx.hash_function import DOMAIN, find_words, hash_inputs
from neurolite_export.targets.onnx.hash_tables import word_tables

WORD_STARTS: Final = "WordStarts"
_TABLES: Final = ("rules.moves_of_prefixes", "rules.prefixes")
_INPUTS: Final = ("bytes", "indices", "moves", "rows")


def put_word_starts(model: onnx.ModelProto, table: Beginnings, input_name: str, opset: int) -> None:
    """Adds the op behind the hash, its tables and its definition, in place.

    Args:
        model: with a hash that gives ``INDICES``, and readers of ``STARTS``.
        table: of the prefixes.
        input_name: of the bytes.
        opset: of the default domain.
    """
    tables = (table.moves[:, 0], table.rows)
    model.graph.initializer.extend(
        numpy_helper.from_array(value, name) for name, value in zip(_TABLES, tables, strict=True)
    )
    node = helper.make_node(
        WORD_STARTS,
        [input_name, INDICES, *_TABLES],
        [STARTS],
        WORD_STARTS,
        domain=DOMAIN,
        hash_version=HASH_VERSION,
        numbers=int(table.numbers),
    )
    model.graph.node.insert(1, node)  # behind the hash
    model.functions.append(word_starts_function(table, opset))


def word_starts_function(table: Beginnings, opset: int) -> onnx.FunctionProto:
    """Bytes uint8 [N, T], indices int32 [N, L, K], moves float32 [B], rows float32 [S, 3].

    Gives int32 [N, L]: of each word twice the number of its longest prefix, plus 1 if it is a number.
    """
    body = Body()
    rows = body.op("Pad", "bytes", body.int64(0, 0, 0, 1))
    clusters = read_clusters(body, rows)
    linked, words = find_words(body, clusters.border)
    start, end, valid = _extents(body, rows, clusters, words)
    counted = [_others(body, clusters)]
    if table.count:
        counted.insert(0, _rises(body, clusters, linked, words, table))
    columns = [body.op("Unsqueeze", each, body.int64(1)) for each in counted]
    both = columns[0] if len(columns) == 1 else body.op("Concat", *columns, axis=1)
    sums = body.op("CumSum", both, body.constant(0, np.int64), exclusive=1)
    own = body.op("Sub", body.op("Gather", sums, end), body.op("Gather", sums, start))  # [N, L, 2]
    parts = body.split("Split", own, body.int64(*[1] * len(columns)), outputs=len(columns), axis=2)
    code = body.constant(0, np.int64)
    if table.count:
        prefix = body.op("Mod", parts[0], body.constant(SUM_BASE, np.int64))
        code = body.op("Mul", prefix, body.constant(2, np.int64))
    if table.numbers:
        nought = body.op("Equal", parts[-1], body.constant(0, np.int64))
        both = body.op("And", nought, body.op("Unsqueeze", valid, body.int64(2)))
        code = body.op("Add", code, body.op("Cast", both, to=TensorProto.INT64))
    code = body.op("Squeeze", code, body.int64(2))
    body.op("Cast", code, to=TensorProto.INT32, output="starts")
    return helper.make_function(
        DOMAIN,
        WORD_STARTS,
        inputs=list(_INPUTS),
        outputs=["starts"],
        nodes=body.nodes,
        opset_imports=[helper.make_opsetid("", opset)],
        attributes=["hash_version", "numbers"],
    )


def _flags(body: Body, clusters: Clusters) -> str:
    """1 where a word begins, int64 [C]."""
    flat = body.op("Reshape", clusters.border, body.int64(-1))
    return body.op("Gather", body.constant(word_tables()[1][:, 1], np.int64), flat)


def _extents(body: Body, rows: str, clusters: Clusters, words: str) -> tuple[str, str, str]:
    """Of each word the first cluster and the one behind it, int64 [N, L], 0 of none; and whether it exists."""
    running = body.op("CumSum", _flags(body, clusters), body.constant(0, np.int64))
    before, counts = of_each_text(
        body, body.op("Gather", running, last_clusters(body, clusters, rows))
    )
    length = body.op("Gather", body.op("Shape", "indices"), body.constant(1, np.int64))
    slots = body.op("Range", body.constant(0, np.int64), length, body.constant(1, np.int64))
    counts, before = (body.op("Unsqueeze", x, body.int64(1)) for x in (counts, before))
    valid = body.op("Less", slots, counts)
    number = body.op("Where", valid, body.op("Add", before, slots), body.constant(0, np.int64))
    padded = body.op("Pad", words, body.int64(0, 0, 1, 0))  # of no word at all
    pair = body.op("Gather", padded, number)  # [N, L, 2]
    gate = body.op("Unsqueeze", body.op("Cast", valid, to=TensorProto.INT64), body.int64(2))
    pair = body.op("Mul", pair, gate)
    start, end = body.split("Split", pair, body.int64(1, 1), outputs=2, axis=2)
    start, end = (body.op("Squeeze", place, body.int64(2)) for place in (start, end))
    return start, end, valid


def _others(body: Body, clusters: Clusters) -> str:
    """1 of a cluster that is no digit, int64 [C]."""
    own = body.op("Cast", body.op("Squeeze", clusters.own, body.int64(0)), to=TensorProto.INT64)
    low, more = body.split("Split", own, body.int64(1, 2), outputs=2, axis=0)
    below = body.op("Less", low, body.constant(FIRST_DIGIT, np.int64))
    above = body.op("Greater", low, body.constant(LAST_DIGIT, np.int64))
    rest = body.op("ReduceMax", more, body.int64(0), keepdims=1)  # high and accent
    other = body.op("Greater", rest, body.constant(0, np.int64))
    any_of = body.op("Or", body.op("Or", below, above), other)
    return body.op("Reshape", body.op("Cast", any_of, to=TensorProto.INT64), body.int64(-1))


def _rises(body: Body, clusters: Clusters, linked: str, words: str, table: Beginnings) -> str:
    """What each cluster adds to the number of its word's prefix, int64 [C]; anything between words."""
    nought, base = body.constant(0, np.int64), body.constant(SUM_BASE, np.int64)
    constants = hash_constants()
    weights = constants.weights[:FUNCTIONS].copy()
    alone = weights.copy()
    alone[:, 5:] = 0  # without the next cluster
    both = body.constant(np.concatenate([weights, alone]), np.float32)
    offsets = body.constant(np.tile(constants.offsets[:FUNCTIONS], 2)[:, None], np.float32)
    inputs = hash_inputs(body, clusters.own, linked)  # [7, C]
    sums = body.op("Add", body.op("MatMul", both, inputs), offsets)  # [6, C], below 2^24
    whole = body.op("Cast", sums, to=TensorProto.INT64)
    upper = body.op("Mod", whole, body.constant(MODULUS, np.int64))
    upper = body.op("Div", upper, body.constant(VALUE_STEP, np.int64))
    turned = [(at + 1) % FUNCTIONS + at // FUNCTIONS * FUNCTIONS for at in range(2 * FUNCTIONS)]
    product = body.op("Mul", upper, body.op("Gather", upper, body.int64(*turned), axis=0))
    mixed = body.op("Mod", body.op("Div", product, body.constant(PRODUCT_STEP, np.int64)), base)
    sizes = body.int64(FUNCTIONS, FUNCTIONS)
    values, last = body.split("Split", mixed, sizes, outputs=2, axis=0)
    before = body.op("CumSum", values, body.constant(1, np.int64), exclusive=1)
    word = body.op("CumSum", _flags(body, clusters), nought)
    word = body.op("Max", body.op("Sub", word, body.constant(1, np.int64)), nought)
    first = body.op("Gather", body.op("Pad", words, body.int64(0, 0, 1, 0)), nought, axis=1)
    begin = body.op("Gather", before, body.op("Gather", first, word), axis=1)
    # Before the first word sums would be negative, and Mod of a negative number is none that anybody asks for.
    own = body.op("Mod", body.op("Sub", body.op("Add", before, last), begin), base)
    sums_of = body.split("Split", own, body.int64(*[1] * FUNCTIONS), outputs=FUNCTIONS, axis=0)
    first_sum, second, third = (body.op("Squeeze", each, body.int64(0)) for each in sums_of)
    group = body.op("Mod", second, body.constant(len(table.moves), np.int64))
    move = body.op("Cast", body.op("Gather", "moves", group), to=TensorProto.INT64)
    place = body.op(
        "Mod", body.op("Add", first_sum, move), body.constant(len(table.rows), np.int64)
    )
    found = body.op("Cast", body.op("Gather", "rows", place), to=TensorProto.INT64)  # [C, 3]
    parts = body.split("Split", found, body.int64(1, 1, 1), outputs=3, axis=1)
    key, other, rise = (body.op("Squeeze", each, body.int64(1)) for each in parts)
    wanted = body.op("Add", first_sum, body.op("Mul", second, base))
    hit = body.op("And", body.op("Equal", key, wanted), body.op("Equal", other, third))
    return body.op("Where", hit, rise, nought)
