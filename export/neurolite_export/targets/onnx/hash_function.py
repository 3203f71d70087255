"""``neurolite.BloomHash``: the hash specification as an ONNX model-local function.

A runtime that has registered a native kernel for the op runs that; every other one inlines this
body of standard operators. Sections refer to ``docs/hash-spec.md``. All texts of a batch lie in
one flat buffer, each followed by a zero byte, so that words never reach into the next text.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper

from neurolite_core.charmap import CLASS_BASE, LAST_PAGE, PAGE_SIZE, CharClass, page_tables
from neurolite_core.config import NeuroLiteConfig
from neurolite_core.hashing import HIGH_PRIME, LOW_BASE, PRIME, WORD_BYTES, hash_constants
from neurolite_core.text import STRAY_BASE
from neurolite_export.targets.onnx.body import Body, Lane

DOMAIN: Final = "ai.neurolite"
OP_NAME: Final = "BloomHash"
DOMAIN_VERSION: Final = 1

_FRONT: Final = 16  # zero bytes before the first text: room for shifts back
_REAR: Final = WORD_BYTES + 16  # and after the last one: room for shifts ahead


def hash_node(
    config: NeuroLiteConfig, *, input_name: str, indices: str, words: str
) -> onnx.NodeProto:
    """The node that calls the function; its attributes are what a native kernel needs to know.

    Input uint8 [N, T], zero-padded UTF-8. Outputs: table indices int32 [N, L, K], zero where
    padded, L the longest text up to ``max_words`` but at least 1; and words int32 [N] before that limit.
    """
    return helper.make_node(
        OP_NAME,
        [input_name],
        [indices, words],
        domain=DOMAIN,
        name=OP_NAME,
        hash_version=config.hash_version,
        num_hashes=config.num_hashes,
        table_size=config.table_size,
        max_words=config.max_words,
    )


def hash_function(config: NeuroLiteConfig, opset: int) -> onnx.FunctionProto:
    """The function's definition for one configuration."""
    body = Body()
    flat = _flatten(body)
    code, extra, is_lead, lead_position = _decode(body, flat)
    folded, char_class = _fold(body, code)
    starts, continues, inside = _find_words(body, char_class, extra, is_lead, lead_position)
    minima = _minima(body, config, folded, continues, inside, extra, is_lead, lead_position)
    _select_words(body, config, minima, starts)
    return helper.make_function(
        DOMAIN,
        OP_NAME,
        inputs=["bytes"],
        outputs=["indices", "words"],
        nodes=body.nodes,
        opset_imports=[helper.make_opsetid("", opset)],
        attributes=["hash_version", "num_hashes", "table_size", "max_words"],
    )


def _flatten(body: Body) -> Lane:
    """uint8 [N, T] -> int32 [B]: a zero after each text, zeros at both ends."""
    rows = body.op("Pad", "bytes", body.constant([0, 0, 0, 1], np.int64))
    flat = body.op("Reshape", rows, body.constant([-1], np.int64))
    flat = body.op("Pad", flat, body.constant([_FRONT, _REAR], np.int64))
    return Lane(body.op("Cast", flat, to=TensorProto.INT32))


def _floor_divide(body: Body, x: Lane, divisor: int) -> Lane:
    return body.lane("Floor", body.lane("Div", x, float(divisor)))


def _mod(body: Body, x: Lane, divisor: int) -> Lane:
    """Floor-mod; exact because a correctly rounded division never reaches the next integer here."""
    return body.lane("Sub", x, body.lane("Mul", _floor_divide(body, x, divisor), float(divisor)))


def _lookup(body: Body, table: np.ndarray[tuple[int], np.dtype[np.float32]], index: Lane) -> Lane:
    return body.lane("Gather", body.constant(table, np.float32), index)


def _at(body: Body, x: Lane, position: Lane) -> Lane:
    """``x`` at computed positions, which count from the start of the buffer."""
    begin, end = max(x.begin, position.begin), min(x.end, position.end)
    position = Lane(body.align(position, begin, end), begin, end)
    if x.begin:
        position = body.lane("Sub", position, float(x.begin))
    index = body.lane("Cast", position, to=TensorProto.INT32)
    return Lane(body.op("Gather", x.tensor, index.tensor), begin, end)


def _decode(body: Body, flat: Lane) -> tuple[Lane, Lane, Lane, Lane]:
    """Section 2: code, continuation bytes that follow, is-first-byte (bool), first byte's position."""
    byte = np.arange(256)
    is_continuation = (byte >= 0x80) & (byte < 0xC0)
    need = np.select([byte < 0xC0, byte < 0xE0, byte < 0xF0, byte < 0xF8], [0, 1, 2, 3], 0)
    payload_mask = np.array([0, 0x1F, 0x0F, 0x07])
    continuation = _lookup(body, is_continuation.astype(np.float32), flat)
    needed = _lookup(body, need.astype(np.float32), flat)
    tail = _lookup(body, np.where(is_continuation, byte - 0x80, 0).astype(np.float32), flat)
    head = _lookup(body, (byte & payload_mask[need]).astype(np.float32), flat)
    single = _lookup(body, np.where(byte < 0x80, byte, STRAY_BASE + byte).astype(np.float32), flat)

    following = body.lane("Add", continuation.ahead(3), 1.0)
    following = body.lane("Add", body.lane("Mul", continuation.ahead(2), following), 1.0)
    following = body.lane("Mul", continuation.ahead(1), following)
    complete = body.lane("GreaterOrEqual", following, needed)
    extra = body.lane("Where", complete, needed, 0.0)

    code, value = single, head
    for size in (1, 2, 3):
        value = body.lane("Add", body.lane("Mul", value, 64.0), tail.ahead(size))
        code = body.lane("Where", body.lane("Equal", extra, float(size)), value, code)

    reach = body.lane(
        "Max",
        extra.back(1),
        body.lane("Sub", extra, 1.0).back(2),
        body.lane("Sub", extra, 2.0).back(3),
    )
    is_lead = body.lane("Less", reach, 1.0)
    position = _positions(body, flat)
    own = body.lane("Where", is_lead, position, 0.0)
    lead_position = body.lane("Max", own, own.back(1), own.back(2), own.back(3))
    return code, extra, is_lead, lead_position


def _positions(body: Body, flat: Lane) -> Lane:
    length = body.op("Squeeze", body.op("Shape", flat.tensor))
    zero, one = body.constant(0, np.int64), body.constant(1, np.int64)
    return Lane(body.op("Cast", body.op("Range", zero, length, one), to=TensorProto.FLOAT))


def _next(body: Body, x: Lane, extra: Lane) -> Lane:
    """At each character's first byte, the value of the character after it."""
    following = x.ahead(1)
    for size in (1, 2, 3):
        is_size = body.lane("Equal", extra, float(size))
        following = body.lane("Where", is_size, x.ahead(size + 1), following)
    return following


def _fold(body: Body, code: Lane) -> tuple[Lane, Lane]:
    """Sections 3 and 4: folded code point and class, by the two-level table."""
    pages, cells = page_tables()
    block = _floor_divide(body, code, PAGE_SIZE)
    low = body.lane("Sub", code, body.lane("Mul", block, float(PAGE_SIZE)))
    page_index = body.lane("Cast", body.lane("Min", block, float(LAST_PAGE)), to=TensorProto.INT32)
    page_start = _lookup(body, (pages * PAGE_SIZE).astype(np.float32), page_index)
    cell_index = body.lane("Cast", body.lane("Add", page_start, low), to=TensorProto.INT32)
    cell = _lookup(body, cells.astype(np.float32), cell_index)
    delta = _floor_divide(body, cell, CLASS_BASE)
    char_class = body.lane("Sub", cell, body.lane("Mul", delta, float(CLASS_BASE)))
    return body.lane("Add", code, delta), char_class


def _find_words(
    body: Body, char_class: Lane, extra: Lane, is_lead: Lane, lead_position: Lane
) -> tuple[Lane, Lane, Lane]:
    """Section 5, as bools: a word starts; the byte's character continues a word; it is in a word."""

    def is_class(x: Lane, kind: CharClass) -> Lane:
        return body.lane("Equal", x, float(kind))

    before = _at(body, char_class, lead_position).back(1)
    after = _next(body, char_class, extra)
    between = body.lane(
        "And", is_class(before, CharClass.LETTER), is_class(after, CharClass.LETTER)
    )
    resolved = body.lane("Where", between, float(CharClass.LETTER), float(CharClass.PUNCTUATION))
    own = body.lane("Where", is_class(char_class, CharClass.APOSTROPHE), resolved, char_class)

    carried = _at(body, own, lead_position)
    before = carried.back(1)
    same = body.lane("Equal", carried, before)
    joins = body.lane("Or", same, is_class(carried, CharClass.MARK))
    joins = body.lane("And", joins, body.lane("Not", is_class(carried, CharClass.ISOLATED)))
    joins = body.lane("And", joins, body.lane("Greater", before, float(CharClass.SEPARATOR)))
    inside = body.lane("Greater", carried, float(CharClass.SEPARATOR))
    begins = body.lane("And", inside, body.lane("Not", joins))
    starts = body.lane("And", begins, is_lead)
    # Later bytes of a character continue its word, whatever its class.
    continues = body.lane("And", inside, body.lane("Not", starts))
    return starts, continues, inside


def _minima(
    body: Body,
    config: NeuroLiteConfig,
    folded: Lane,
    continues: Lane,
    inside: Lane,
    extra: Lane,
    is_lead: Lane,
    lead_position: Lane,
) -> Lane:
    """Section 6: float32 [K, B], at each word start the MinHash of its word."""
    constants = hash_constants()
    weights = body.constant(constants.weights[: config.num_hashes], np.float32)
    offsets = body.constant(constants.offsets[: config.num_hashes, None], np.float32)

    linked = body.lane("Cast", continues, to=TensorProto.FLOAT)
    high = _mod(body, _floor_divide(body, folded, LOW_BASE), HIGH_PRIME)
    low = body.lane(
        "Sub", folded, body.lane("Mul", _floor_divide(body, folded, LOW_BASE), float(LOW_BASE))
    )
    pair = body.lane("Add", body.lane("Mul", high, float(LOW_BASE)), low)
    previous = body.lane("Mul", _at(body, pair, lead_position).back(1), linked)
    following = body.lane("Mul", _next(body, pair, extra), _next(body, linked, extra))

    lanes: list[Lane] = []
    for source in (previous, pair, following):
        top = _floor_divide(body, source, LOW_BASE)
        lanes += [body.lane("Sub", source, body.lane("Mul", top, float(LOW_BASE))), top]
    begin, end = max(lane.begin for lane in lanes), min(lane.end for lane in lanes)
    axis = body.constant([0], np.int64)
    rows = [body.op("Unsqueeze", body.align(lane, begin, end), axis) for lane in lanes]
    inputs = body.op("Concat", *rows, axis=0)  # [6, B]
    sums = Lane(body.op("Add", body.op("MatMul", weights, inputs), offsets), begin, end)
    hashes = _mod(body, sums, PRIME)  # [K, B]

    counted = body.lane("And", inside, is_lead)
    running = body.lane("Where", counted, hashes, float(PRIME))
    chained = linked.ahead(1)  # this byte and the next are of one word
    step = 1
    while step < WORD_BYTES:
        barrier = body.lane("Mul", body.lane("Sub", 1.0, chained), float(PRIME))
        running = body.lane("Min", running, body.lane("Add", running.ahead(step), barrier))
        chained = body.lane("Mul", chained, chained.ahead(step))
        step *= 2
    return running


def _select_words(body: Body, config: NeuroLiteConfig, minima: Lane, starts: Lane) -> None:
    """Section 7: table indices of the words, one row a text, and the number of words."""
    shape = body.op("Shape", "bytes")
    batch = body.op("Slice", shape, *(body.constant([edge], np.int64) for edge in (0, 1)))
    width = body.op("Slice", shape, *(body.constant([edge], np.int64) for edge in (1, 2)))
    width = body.op("Add", width, body.constant([1], np.int64))

    # Starts on the texts alone, flat [N * (T + 1)].
    on_texts = body.align(starts, _FRONT, -_REAR)
    found = body.op("Squeeze", body.op("NonZero", on_texts), body.constant([0], np.int64))  # [W]
    row = body.op("Div", found, width)
    per_text = body.op("Reshape", on_texts, body.op("Concat", batch, width, axis=0))
    per_text = body.op("Cast", per_text, to=TensorProto.INT32)
    words = body.op("ReduceSum", per_text, body.constant([1], np.int64), keepdims=0, output="words")
    words = body.op("Cast", words, to=TensorProto.INT64)
    before = body.op("CumSum", words, body.constant(0, np.int64), exclusive=1)
    total = body.op("Squeeze", body.op("Shape", found))
    rank = body.op("Range", body.constant(0, np.int64), total, body.constant(1, np.int64))
    slot = body.op("Sub", rank, body.op("Gather", before, row))

    axis = body.constant([1], np.int64)
    target = body.op(
        "Concat", body.op("Unsqueeze", row, axis), body.op("Unsqueeze", slot, axis), axis=1
    )
    position = body.op("Add", found, body.constant([_FRONT - minima.begin], np.int64))
    chosen = body.op("Gather", minima.tensor, position, axis=1)  # [K, W]
    index = _mod(body, Lane(chosen), config.table_size).tensor
    index = body.op("Cast", body.op("Transpose", index, perm=[1, 0]), to=TensorProto.INT32)

    longest = body.op("Max", body.op("ReduceMax", words, keepdims=1), body.constant([1], np.int64))
    hashes = body.constant([config.num_hashes], np.int64)
    empty = body.op("ConstantOfShape", body.op("Concat", batch, longest, hashes, axis=0))
    empty = body.op("Cast", empty, to=TensorProto.INT32)
    filled = body.op("ScatterND", empty, target, index)  # [N, longest, K]
    zero, limit = body.constant([0], np.int64), body.constant([config.max_words], np.int64)
    body.op("Slice", filled, zero, limit, axis, output="indices")
