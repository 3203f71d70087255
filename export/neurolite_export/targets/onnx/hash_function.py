"""Words in the hash's ONNX functions (``hash_ops.py``): their indices, and where they stand.

Sections refer to ``docs/hash-spec.md``; what is read of the bytes is in ``hash_clusters.py``. No scatter
with a reduction: its threads race in onnxruntime when indices repeat. Letters in shapes: C clusters, W words of the
whole buffer; N texts, L words of the longest one that are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from onnx import TensorProto

from neurolite_core.hashing.words import (
    INPUTS,
    MODULUS,
    SHORT_WORD,
    TAIL_BASE,
    TAIL_BITS,
    TAIL_STEP,
    WORD_BYTES,
    hash_constants,
)
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_export.targets.onnx.body import Body
from neurolite_export.targets.onnx.hash_clusters import (
    Clusters,
    last_clusters,
    of_each_text,
    padded_length,
)
from neurolite_export.targets.onnx.hash_tables import (
    ACCENT_UNIT,
    word_tables,
)

DOMAIN: Final = "ai.neurolite"
DOMAIN_VERSION: Final = 1
# More clusters than any buffer has. onnxruntime before 1.32 compares 32 bits of the numbers of a Min of int64.
_EVERYTHING: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Words:
    """Names of values, of each word that is read.

    Attributes:
        clusters: the first one, and the one behind the last, int64 [N, L, 2]; some other word's where there is none.
        valid: whether there is one, bool [N, L, 1].
    """

    clusters: str
    valid: str


def write_indices(body: Body, config: NeuroLiteConfig, rows: str, clusters: Clusters) -> Words:
    """Sections 5 to 7 of clusters that were read of ``rows``: writes ``indices`` and ``words``."""
    linked, words = find_words(body, clusters.border)
    grid, valid = _arrange(body, config, rows, clusters)
    padded = body.op("Pad", words, body.int64(0, 0, config.max_words, 0))
    pair = body.op("Gather", padded, grid)
    start, end, near_end = _extents(body, pair, clusters)
    values = _values(body, config, hash_inputs(body, clusters.own, linked))
    minima = _minima(body, values, start, near_end)
    tail = _tail(body, values, clusters.accent, start, end)
    valid = body.op("Unsqueeze", valid, body.int64(2))
    _indices(body, config, minima, tail, valid)
    return Words(pair, valid)


def write_offsets(body: Body, rows: str, clusters: Clusters, words: Words) -> None:
    """Section 12 of words of ``write_indices``: writes ``offsets``."""
    # A word ends where the next cluster begins, which is the zero byte behind the text where there is no other.
    byte = body.op("Gather", clusters.place, words.clusters)  # [N, L, 2]
    byte = body.op("Mod", byte, padded_length(body, rows))
    byte = body.op("Where", words.valid, byte, body.constant(0, np.int64))
    body.op("Cast", byte, to=TensorProto.INT32, output="offsets")


def find_words(body: Body, border: str) -> tuple[str, str]:
    """Section 5: continues a word, float32 [1, 1, C]; the words' first clusters and those behind them, int64 [W, 2].

    The zero byte after each text ends its last word, so that starts and ends alternate.
    """
    continues, borders, _ = word_tables()
    linked = body.op("Gather", body.constant(continues, np.float32), border)
    flat = body.op("Reshape", border, body.int64(-1))
    found = body.op("NonZero", body.op("Gather", body.constant(borders, np.bool_), flat))
    found = body.op("Reshape", found, body.int64(2, -1, 2))
    return linked, body.op("Gather", found, body.constant(0, np.int64))


def _arrange(body: Body, config: NeuroLiteConfig, rows: str, clusters: Clusters) -> tuple[str, str]:
    """Section 7: numbers of the words that are read, int64 [N, L], and whether they exist, bool [N, L].

    By running sums, so that it takes memory for words and texts, not for each pair of them.
    """
    nought, unit = body.constant(0, np.int64), body.constant(1, np.int64)
    flat = body.op("Reshape", clusters.border, body.int64(-1))
    starts = body.op("Gather", body.constant(word_tables()[1][:, 1], np.int64), flat)
    running = body.op("CumSum", starts, nought)  # [C]
    upto = body.op("Gather", running, last_clusters(body, clusters, rows))  # [N]
    before, counts = of_each_text(body, upto)
    body.op("Cast", counts, to=TensorProto.INT32, output="words")

    longest = body.op("Max", body.op("ReduceMax", counts, keepdims=0), unit)
    longest = body.op("Min", longest, body.constant(config.max_words, np.int64))
    slots = body.op("Range", nought, longest, unit)
    counts, before = (body.op("Unsqueeze", x, body.int64(1)) for x in (counts, before))
    return body.op("Add", before, slots), body.op("Less", slots, counts)


def _extents(body: Body, pair: str, clusters: Clusters) -> tuple[str, str, str]:
    """Of each word the first cluster, the one behind it, and the one behind those that count, int64 [N, L, 1].

    A cluster that ends at a byte is one of the heads up to there but the last one. Words that do not exist are empty.
    """
    start, end = body.split("Split", pair, body.int64(1, 1), outputs=2, axis=2)
    limit = body.constant(WORD_BYTES, np.int64)
    behind = body.op("Add", body.op("Gather", clusters.end_place, start), limit)
    everything = body.constant(_EVERYTHING, np.int64)
    reach = body.op("Pad", clusters.sums, body.int64(0, WORD_BYTES), everything)
    heads = body.op("Gather", reach, behind)
    heads = body.op("Mod", heads, body.constant(ACCENT_UNIT, np.int64))
    near_end = body.op("Sub", heads, body.constant(1, np.int64))
    return start, end, body.op("Min", near_end, end)


def hash_inputs(body: Body, own: str, linked: str) -> str:
    """Section 6: what the hash functions weigh, float32 [7, C]."""
    # The previous, own and next cluster side by side, and whether they are of one word.
    shift, gate, always = np.zeros((INPUTS, 3, 3)), np.zeros((INPUTS, 1, 2)), np.zeros(INPUTS)
    for row, channel in enumerate((0, 1, 0, 1, 2, 0, 1)):
        shift[row, channel, (0, 0, 1, 1, 1, 2, 2)[row]] = 1
    gate[:2, 0, 0] = gate[5:, 0, 1] = always[2:5] = 1
    around = body.op("Conv", own, body.constant(shift, np.float32), pads=[1, 1])
    weights, offsets = body.constant(gate, np.float32), body.constant(always, np.float32)
    gates = body.op("Conv", linked, weights, offsets, pads=[0, 1])
    return body.op("Reshape", body.op("Mul", around, gates), body.int64(INPUTS, -1))


def _values(body: Body, config: NeuroLiteConfig, inputs: str) -> str:
    """Section 6: the hash functions' values divided by the modulus, float32 [C, K].

    A power of two: every number is a multiple of 2**-18, and exact, and the remainder is what is behind the point.
    """
    constants = hash_constants()
    scaled = constants.weights[: config.num_hashes].T / MODULUS
    weights = body.constant(scaled, np.float32)
    offsets = body.constant(constants.offsets[: config.num_hashes] / MODULUS, np.float32)
    sums = body.op("Gemm", inputs, weights, offsets, transA=1)
    return body.op("Sub", sums, body.op("Floor", sums))


def _minima(body: Body, values: str, start: str, near_end: str) -> str:
    """Section 6: the words' minima, as ``_values`` scales them, float32 [N, L, K].

    All words are as long as the longest one: shorter ones repeat their last cluster, which leaves the minimum alone.
    """
    nought, unit = body.constant(0, np.int64), body.constant(1, np.int64)
    longest = body.op("ReduceMax", body.op("Sub", near_end, start), keepdims=0)
    steps = body.op("Range", nought, body.op("Max", longest, unit), unit)
    cluster = body.op("Min", body.op("Add", start, steps), body.op("Sub", near_end, unit))
    return body.op("ReduceMin", body.op("Gather", values, cluster), body.int64(2), keepdims=0)


def _tail(body: Body, values: str, accent: str, start: str, end: str) -> str:
    """Section 7: the words' tails, int64 [N, L, 1], by differences of running sums."""
    nought, unit = body.constant(0, np.int64), body.constant(1, np.int64)
    high = body.op("Gather", values, nought, axis=1)  # hash function 0, [C]
    high = body.op("Floor", body.op("Mul", high, body.constant(MODULUS // TAIL_BITS, np.float32)))
    high = body.op("Unsqueeze", body.op("Cast", high, to=TensorProto.INT64), body.int64(1))
    sizes = body.op("Unsqueeze", body.op("Add", accent, unit), body.int64(1))
    parts = body.op("Concat", sizes, high, axis=1)  # [C, 2]
    sums = body.op("CumSum", parts, nought, exclusive=1)
    start, end = (body.op("Squeeze", place, body.int64(2)) for place in (start, end))
    sums = body.op("Sub", body.op("Gather", sums, end), body.op("Gather", sums, start))
    size, rest = body.split("Split", sums, body.int64(1, 1), outputs=2, axis=2)  # [N, L, 1]
    base = body.constant(TAIL_BASE, np.int64)
    size = body.op("Mod", size, base)
    short = body.op("Less", size, body.constant(SHORT_WORD + 1, np.int64))
    long = body.op("Mod", body.op("Add", size, rest), base)
    return body.op("Where", short, size, long)


def _indices(body: Body, config: NeuroLiteConfig, minima: str, tail: str, valid: str) -> None:
    """Section 7: table indices, zero where there is no word. All sums are below 2**19."""
    step = np.zeros(config.num_hashes)
    step[0] = TAIL_STEP
    tail = body.op("Cast", tail, to=TensorProto.FLOAT)
    added = body.op("Mul", tail, body.constant(step, np.float32))
    sums = body.op("Add", body.op("Mul", minima, body.constant(MODULUS, np.float32)), added)
    sums = body.op("Cast", sums, to=TensorProto.INT32)
    index = body.op("Mod", sums, body.constant(config.table_size, np.int32))
    body.op("Where", valid, index, body.constant(0, np.int32), output="indices")
