"""What the hash's ONNX functions read of a text: its clusters, by sections 2 to 5 of ``docs/hash-spec.md``.

All texts of a batch lie in one flat buffer, each followed by a zero byte, so that words never reach into the next text.
What a short text costs is the number of nodes, so tables and convolutions stand for many small operations; their sums
are integers below 2^24 and so exact in float32. There is no compaction to characters: a byte inside a character is a
cell of its own, and the only compaction is to clusters. Letters in shapes: B bytes, C clusters of the whole buffer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from onnx import TensorProto

from neurolite_core.hashing.words import LOW_BASE, MAX_HIGH
from neurolite_core.text.characters import PAGE_SIZE
from neurolite_core.text.words import MAX_ACCENT, MAX_CLUSTER
from neurolite_export.targets.onnx.body import Body
from neurolite_export.targets.onnx.hash_tables import (
    ACCENT_UNIT,
    LARGE,
    RESOLVED,
    SIZES,
    byte_features,
    cell_tables,
    claim_weights,
    head_table,
    head_weights,
    reading_weights,
    size_table,
)


@dataclass(frozen=True, slots=True)
class Clusters:
    """Names of values, of each cluster but for the last.

    Attributes:
        place: byte offset in the buffer, int64 [C].
        end_place: of the next cluster, int64 [C].
        accent: int64 [C].
        own: low, high and accent, float32 [1, 3, C].
        border: what ``word_tables`` are looked up by, int32 [1, 1, C].
        sums: the heads and accents before each byte, int64 [B].
    """

    place: str
    end_place: str
    accent: str
    own: str
    border: str
    sums: str


def read_clusters(body: Body, rows: str) -> Clusters:
    """Sections 2 to 5 up to the borders of words, of uint8 [N, T + 1] with a zero byte behind each text."""
    code, inside = _decode(body, rows)
    folded, kinds, sums = _fold(body, code, inside)
    char_class, place = _cluster_heads(body, kinds)
    folded = body.op("Gather", folded, place, axis=2)
    char_class, accent, end_place = _clusters(body, char_class, place, sums)
    digits = body.constant([[[2 * RESOLVED, 1]]], np.float32)
    border = body.op("Conv", char_class, digits, pads=[1, 0])
    border = body.op("Cast", border, to=TensorProto.INT32)
    return Clusters(place, end_place, accent, _own(body, folded, accent), border, sums)


def last_clusters(body: Body, clusters: Clusters, rows: str) -> str:
    """The zero byte behind each text, which is a cluster by itself: its number, int64 [N]."""
    return body.op("Reshape", body.op("NonZero", is_last(body, clusters, rows)), body.int64(-1))


def of_each_text(body: Body, running: str) -> tuple[str, str]:
    """From running counts up to each text's end, int64 [N]: those before the text, and its own."""
    before = body.op(
        "Slice", body.op("Pad", running, body.int64(1, 0)), body.int64(0), body.int64(-1)
    )
    return before, body.op("Sub", running, before)


def is_last(body: Body, clusters: Clusters, rows: str) -> str:
    """Whether a cluster is the zero byte behind a text, bool [C]."""

    def make() -> str:
        behind = body.op("Add", clusters.place, body.int64(1))
        behind = body.op("Mod", behind, padded_length(body, rows))
        return body.op("Equal", behind, body.int64(0))

    return body.once("is_last", make)


def padded_length(body: Body, rows: str) -> str:
    """T + 1 of uint8 [N, T + 1], int64 [1]."""
    return body.once(
        "padded_length", lambda: body.op("Gather", body.op("Shape", rows), body.int64(1))
    )


def _own(body: Body, folded: str, accent: str) -> str:
    """Section 6: low, high and accent of each cluster, float32 [1, 3, C]."""
    code = body.op("Cast", folded, to=TensorProto.INT32)
    code = body.op("Div", code, body.constant([[1], [LOW_BASE]], np.int32))  # [1, 2, C]
    code = body.op("Mod", code, body.constant([[LOW_BASE], [2**24]], np.int32))
    code = body.op("Min", code, body.constant([[LOW_BASE - 1], [MAX_HIGH]], np.int32))
    code = body.op("Cast", code, to=TensorProto.FLOAT)
    accent = body.op("Cast", accent, to=TensorProto.FLOAT)
    return body.op("Concat", code, body.op("Reshape", accent, body.int64(1, 1, -1)), axis=1)


def _decode(body: Body, rows: str) -> tuple[str, str]:
    """Section 2: code points of the characters that begin at each byte, and what moves those inside characters.

    Both are float32 [1, 1, B]. A byte inside a character reads as a stray one, and is moved behind all codes.
    """
    flat = body.op("Cast", body.op("Reshape", rows, body.int64(-1)), to=TensorProto.INT32)
    features = body.op("Gather", body.constant(byte_features(), np.float32), flat, axis=2)
    weights, offsets = (body.constant(part, np.float32) for part in reading_weights())
    reading = body.op("Conv", features, weights, offsets, pads=[0, SIZES - 1])  # [1, 6, B]
    key, codes = body.split("Split", reading, body.int64(1, SIZES + 1), outputs=2, axis=1)
    key = body.op("Cast", body.op("Reshape", key, body.int64(-1)), to=TensorProto.INT32)
    size = body.op("Gather", body.constant(size_table(), np.float32), key, axis=2)  # [1, 5, B]
    code = body.op("ReduceSum", body.op("Mul", codes, size), body.int64(1))
    weights = body.constant(claim_weights(), np.float32)
    return code, body.op("Conv", size, weights, pads=[SIZES - 1, 0])


def _fold(body: Body, code: str, inside: str) -> tuple[str, str, str]:
    """Section 3: folded code, sign and kind, and the heads and accents before each byte.

    Returns:
        float32 [1, 1, B]; float32 [1, 2, B]; and running sums, int64 [B].
    """
    cells = cell_tables()
    small = body.op("Min", code, body.constant(LARGE, np.float32))
    small = body.op("Reshape", body.op("Add", small, inside), body.int64(-1))
    small = body.op("Cast", small, to=TensorProto.INT32)
    block = body.op("Div", small, body.constant(PAGE_SIZE, np.int32))
    cell = body.op("Add", small, body.op("Gather", body.constant(cells.shifts, np.int32), block))
    delta = body.constant(cells.deltas, np.float32)
    folded = body.op("Add", code, body.op("Gather", delta, cell))
    kind = body.op("Gather", body.constant(cells.kinds[None], np.float32), cell, axis=2)
    sums = body.op("Gather", body.constant(cells.counts, np.int64), cell)
    return folded, kind, body.op("CumSum", sums, body.constant(0, np.int64), exclusive=1)


def _cluster_heads(body: Body, kinds: str) -> tuple[str, str]:
    """Section 4 without lengths, of each cluster: 1 + class, float32 [1, 1, C]; byte offset, int64 [C]."""
    weights, offsets = (body.constant(part, np.float32) for part in head_weights())
    key = body.op("Conv", kinds, weights, offsets, pads=[SIZES, SIZES])
    key = body.op("Cast", key, to=TensorProto.INT32)
    resolved = body.op("Gather", body.constant(head_table(), np.float32), key)
    place = body.op("NonZero", body.op("Reshape", resolved, body.int64(-1)))
    place = body.op("Reshape", place, body.int64(-1))
    return body.op("Gather", resolved, place, axis=2), place


def _next(body: Body, x: str) -> str:
    """``x[i + 1]`` of int64 [C], 0 past the end."""
    return body.op("Pad", x, body.int64(-1, 1))


def _clusters(body: Body, char_class: str, place: str, sums: str) -> tuple[str, str, str]:
    """Section 3's end: 1 + class, and ``RESOLVED`` more where too long, float32 [1, 1, C]; accents, ends, int64 [C].

    The last cluster of all is a zero byte, for which nothing of this matters.
    """
    before = body.op("Gather", sums, place)
    accent = body.op("Sub", _next(body, before), before)
    accent = body.op("Div", accent, body.constant(ACCENT_UNIT, np.int64))
    accent = body.op("Min", accent, body.constant(MAX_ACCENT, np.int64))
    end_place = _next(body, place)
    size = body.op("Sub", end_place, place)
    fits = body.op("Less", size, body.constant(MAX_CLUSTER + 1, np.int64))
    excess = [body.constant(digit, np.float32) for digit in (0, RESOLVED)]
    return body.op("Add", char_class, body.op("Where", fits, *excess)), accent, end_place
