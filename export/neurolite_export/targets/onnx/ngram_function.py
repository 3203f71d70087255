"""``ai.neurolite.NgramHash``: the specification's n-grams as an ONNX model-local function.

Section 10 of ``docs/hash-spec.md``, on the clusters of ``hash_clusters.py``. Letters in shapes: C clusters and Q
symbols of the whole buffer; N texts, P symbols of the longest one that are read, O orders.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from neurolite_core.hashing.ngrams import (
    BORDER,
    NO_NGRAM,
    NUM_BUCKETS,
    PARTS,
    NgramConfig,
    ngram_constants,
)
from neurolite_core.hashing.words import HASH_VERSION, MODULUS
from neurolite_export.targets.onnx.body import Body
from neurolite_export.targets.onnx.hash_clusters import (
    Clusters,
    is_last,
    of_each_text,
    read_clusters,
)
from neurolite_export.targets.onnx.hash_function import DOMAIN
from neurolite_export.targets.onnx.hash_tables import word_tables

OP_NAME: Final = "NgramHash"


def ngram_node(
    config: NgramConfig, *, input_name: str, values: str, symbols: str
) -> onnx.NodeProto:
    """The node that calls the function; its attributes are what a native kernel needs to know.

    Input uint8 [N, T], zero-padded UTF-8. Outputs: values int32 [N, P, O], -1 where no n-gram starts, P the most
    symbols that are read of a text but at least 1; and symbols int32 [N] before the limit ``max_symbols``.
    """
    return helper.make_node(
        OP_NAME,
        [input_name],
        [values, symbols],
        domain=DOMAIN,
        name=OP_NAME,
        hash_version=HASH_VERSION,
        lowest=config.lowest,
        highest=config.highest,
        across_words=int(config.across_words),
        max_symbols=config.max_symbols,
    )


def ngram_function(config: NgramConfig, opset: int) -> onnx.FunctionProto:
    """The function's definition for one configuration."""
    body = Body()
    rows = body.op("Pad", "bytes", body.int64(0, 0, 0, 1))
    counts = write_ngrams(body, config, rows, read_clusters(body, rows), "values")
    alone = body.op("Equal", counts, body.constant(1, np.int64))
    counts = body.op("Where", alone, body.constant(0, np.int64), counts)
    body.op("Cast", counts, to=TensorProto.INT32, output="symbols")
    return helper.make_function(
        DOMAIN,
        OP_NAME,
        inputs=["bytes"],
        outputs=["values", "symbols"],
        nodes=body.nodes,
        opset_imports=[helper.make_opsetid("", opset)],
        attributes=["hash_version", "lowest", "highest", "across_words", "max_symbols"],
    )


def write_ngrams(
    body: Body,
    config: NgramConfig,
    rows: str,
    clusters: Clusters,
    output: str,
    *,
    numbered: bool = False,
) -> str:
    """Writes the n-grams of clusters that were read of ``rows`` as an output, int32 [N, P, O].

    Args:
        body: where to.
        config: which n-grams.
        rows: uint8 [N, T + 1].
        clusters: of ``read_clusters``.
        output: the output's name.
        numbered: their numbers, as ``number_ngrams`` gives them, in place of their values.

    Returns:
        The symbols of each text before the limit, int64 [N]; of a text without words 1.
    """
    symbols, closing = _symbols(body, clusters, rows)
    slots, grid, counts, read = _arrange(body, config, closing)
    values = _values(body, config, symbols, numbered=numbered)
    # Turned first: rows of all orders are gathered in a third of the time.
    values = body.op("Gather", body.op("Transpose", values, perm=[1, 0]), grid)  # [N, P, O]
    ends = body.op("Add", slots, body.constant(config.orders, np.int64))  # [P, O]
    fits = body.op("LessOrEqual", ends, read)  # [N, P, O]
    none = body.constant(0 if numbered else NO_NGRAM, np.int32)
    body.op("Where", fits, values, none, output=output)
    return counts


def _symbols(body: Body, clusters: Clusters, rows: str) -> tuple[str, str]:
    """Low, high and accent of each symbol, and 1 for a border, float32 [1, 4, Q]; each text's last one, int64 [N].

    The zero byte behind a text stands for its last border, which a text without words has as well.
    """
    flat = body.op("Reshape", clusters.border, body.int64(-1))
    found = body.op("Gather", body.constant(word_tables()[2], np.bool_), flat)  # [C, 2]
    final = is_last(body, clusters, rows)
    sides = body.constant([True, False], np.bool_)
    ends = body.op("And", body.op("Unsqueeze", final, body.int64(1)), sides)
    found = body.op("NonZero", body.op("Or", found, ends))  # [2, Q]
    cluster, is_cluster = body.split("Split", found, body.int64(1, 1), outputs=2, axis=0)
    cluster, is_cluster = (body.op("Squeeze", x, body.int64(0)) for x in (cluster, is_cluster))

    border = body.op("Equal", is_cluster, body.constant(0, np.int64))
    closing = body.op("And", body.op("Gather", final, cluster), border)
    closing = body.op("Reshape", body.op("NonZero", closing), body.int64(-1))
    # A border's column, and behind it all clusters'.
    column = body.constant(np.reshape([*BORDER, 1], (1, PARTS + 1, 1)), np.float32)
    columns = body.op(
        "Concat", column, body.op("Pad", clusters.own, body.int64(0, 0, 0, 0, 1, 0)), axis=2
    )
    place = body.op("Add", cluster, body.constant(1, np.int64))
    place = body.op("Mul", place, is_cluster)
    return body.op("Gather", columns, place, axis=2), closing


def _arrange(body: Body, config: NgramConfig, closing: str) -> tuple[str, str, str, str]:
    """Slots int64 [P, 1], the symbols in them [N, P]; how many there are [N], and are read [N, 1, 1], int64 all."""
    nought, unit = body.constant(0, np.int64), body.constant(1, np.int64)
    first, counts = of_each_text(body, body.op("Add", closing, unit))
    read = body.op("Min", counts, body.constant(config.max_symbols, np.int64))
    longest = body.op("ReduceMax", read, keepdims=0)
    slots = body.op("Range", nought, longest, unit)
    column = body.int64(1)
    place = body.op("Add", body.op("Unsqueeze", first, column), slots)
    # What is behind a text is not taken, but has to be there.
    last = body.op("Gather", closing, body.constant(-1, np.int64))
    place = body.op("Min", place, last)
    slots = body.op("Unsqueeze", slots, column)
    return slots, place, counts, body.op("Unsqueeze", read, body.int64(1, 2))


def _weights(config: NgramConfig, modulus: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Over a symbol and those behind it, [2 * O, 4, highest]: values, then borders inside; and offsets [2 * O]."""
    orders = len(config.orders)
    weights = np.zeros((2 * orders, PARTS + 1, config.highest))
    offsets = np.zeros(2 * orders)
    for row, order in enumerate(config.orders):
        constants = ngram_constants()[order]
        weights[row, :PARTS, :order] = constants.weights.T / modulus
        offsets[row] = constants.offset / modulus
        weights[orders + row, PARTS, 1 : order - 1] = 1
    return weights, offsets


def _values(body: Body, config: NgramConfig, symbols: str, *, numbered: bool) -> str:
    """Of the n-grams that start at each symbol, in the whole buffer, int32 [O, Q]; none where one has borders inside.

    The buckets divide the modulus, so that a value modulo them is the sum modulo them.
    """
    orders = len(config.orders)
    modulus, none = (NUM_BUCKETS, 0) if numbered else (MODULUS, NO_NGRAM)
    weights, offsets = (body.constant(part, np.float32) for part in _weights(config, modulus))
    sums = body.op("Conv", symbols, weights, offsets, pads=[0, config.highest - 1])
    sums = body.op("Squeeze", sums, body.int64(0))
    sums, borders = body.split("Split", sums, body.int64(orders, orders), outputs=2, axis=0)
    values = body.op("Sub", sums, body.op("Floor", sums))
    values = body.op("Mul", values, body.constant(modulus, np.float32))
    if numbered:
        values = body.op("Add", values, body.constant(1, np.float32))
    if not config.across_words:
        within = body.op("Less", borders, body.constant(0.5, np.float32))
        values = body.op("Where", within, values, body.constant(none, np.float32))
    return body.op("Cast", values, to=TensorProto.INT32)
