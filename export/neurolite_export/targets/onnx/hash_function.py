"""``ai.neurolite.BloomHash``: the hash specification as an ONNX model-local function.

A runtime that has registered a native kernel for the op runs that; every other one inlines this
body of standard operators. Sections refer to ``docs/hash-spec.md``. All texts of a batch lie in
one flat buffer, each followed by a zero byte, so that words never reach into the next text. The
cost of short texts is the number of nodes, so tables replace arithmetic where they save some.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from neurolite_core.charmap import CLASS_BASE, LAST_PAGE, PAGE_SIZE, CharClass, page_tables
from neurolite_core.config import NeuroLiteConfig
from neurolite_core.hashing import HIGH_PRIME, LOW_BASE, PRIME, WORD_BYTES, hash_constants
from neurolite_core.text import STRAY_BASE
from neurolite_export.targets.onnx.body import Body, Lane

DOMAIN: Final = "ai.neurolite"
OP_NAME: Final = "BloomHash"
DOMAIN_VERSION: Final = 1

_FRONT: Final = 8  # zero bytes before the first text: room for shifts back
_REAR: Final = 8  # and after the last one: room for shifts ahead
_NO_TAIL: Final = -1


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
    code, position = _decode(body, _flatten(body))
    folded, char_class = _fold(body, code)
    starts, linked, inside = _find_words(body, char_class)
    word = _word_numbers(body, starts)
    minima, first = _minima(body, config, folded, linked, inside, word, position)
    _select_words(body, config, minima, first)
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


def _lookup(body: Body, table: NDArray[np.generic], index: Lane) -> Lane:
    return body.lane("Gather", body.constant(table, table.dtype), index)


def _decode(body: Body, flat: Lane) -> tuple[Lane, Lane]:
    """Section 2: code points int32 [C], and the place of each in the buffer, int64 [C]."""
    byte = np.arange(256, dtype=np.int32)
    is_continuation = (byte >= 0x80) & (byte < 0xC0)
    need = np.select([byte < 0xC0, byte < 0xE0, byte < 0xF0, byte < 0xF8], [0, 1, 2, 3], 0)
    payload_mask = np.array([0, 0x1F, 0x0F, 0x07])
    needed = _lookup(body, need.astype(np.int32), flat)
    tail = _lookup(body, np.where(is_continuation, byte - 0x80, _NO_TAIL).astype(np.int32), flat)
    head = _lookup(body, (byte & payload_mask[need]).astype(np.int32), flat)
    single = _lookup(body, np.where(byte < 0x80, byte, STRAY_BASE + byte).astype(np.int32), flat)

    continuation = body.lane("Cast", body.lane("Greater", tail, _NO_TAIL), to=TensorProto.INT32)
    c1, c2, c3 = (body.cut(continuation.ahead(size), 0, -3) for size in (1, 2, 3))
    needed, value, code = (body.cut(lane, 0, -3) for lane in (needed, head, single))
    following = body.lane("Mul", c2, body.lane("Add", c3, 1))
    following = body.lane("Mul", c1, body.lane("Add", following, 1))
    complete = body.lane("GreaterOrEqual", following, needed)
    extra = body.lane("Where", complete, needed, 0)

    for size in (1, 2, 3):
        part = body.cut(tail.ahead(size), 0, -3)
        value = body.lane("Add", body.lane("Mul", value, 64), part)
        code = body.lane("Where", body.lane("Equal", extra, size), value, code)

    begin, end = 3, -3
    e1, e2, e3 = (body.cut(extra.back(size), begin, end) for size in (1, 2, 3))
    reach = body.lane("Max", e1, body.lane("Sub", e2, 1), body.lane("Sub", e3, 2))
    found = body.op("NonZero", body.lane("Less", reach, 1).tensor)
    found = body.op("Reshape", found, body.constant([-1], np.int64))
    codes = body.op("Gather", body.align(code, begin, end), found)
    # Counted from the first byte of the first text.
    place = body.op("Sub", found, body.constant([_FRONT - begin], np.int64))
    return Lane(codes), Lane(place)


def _fold(body: Body, code: Lane) -> tuple[Lane, Lane]:
    """Sections 3 and 4: folded code point and class, int32 [C], by the two-level table."""
    pages, cells = page_tables()
    block = body.lane("Min", body.lane("Div", code, PAGE_SIZE), LAST_PAGE)
    cell = body.lane(
        "Add", _lookup(body, pages * PAGE_SIZE, block), body.lane("Mod", code, PAGE_SIZE)
    )
    delta = _lookup(body, cells // CLASS_BASE, cell)
    return body.lane("Add", code, delta), _lookup(body, cells % CLASS_BASE, cell)


def _find_words(body: Body, char_class: Lane) -> tuple[Lane, Lane, Lane]:
    """Section 5: starts a word, int32 0/1; belongs to the word before it, float32 0/1; in a word, bool."""
    kinds = [int(kind) for kind in CharClass]
    letter, apostrophe = int(CharClass.LETTER), int(CharClass.APOSTROPHE)
    resolved = np.tile(np.arange(CLASS_BASE, dtype=np.int32), (CLASS_BASE, CLASS_BASE, 1))
    resolved[:, :, apostrophe] = int(CharClass.PUNCTUATION)
    resolved[letter, letter, apostrophe] = letter

    start = np.zeros((CLASS_BASE, CLASS_BASE), dtype=np.int32)  # [class before, own class]
    for before in kinds:
        for own in kinds:
            changes = own != before and own != CharClass.MARK
            begins = changes or own == CharClass.ISOLATED or before == CharClass.SEPARATOR
            start[before, own] = own != CharClass.SEPARATOR and begins
    continues = (1 - start) * (np.arange(CLASS_BASE) != CharClass.SEPARATOR)

    scaled = body.lane("Mul", char_class, CLASS_BASE)
    around = body.lane("Mul", body.lane("Add", scaled.back(1), char_class.ahead(1)), CLASS_BASE)
    own_class = _lookup(body, resolved.reshape(-1), body.lane("Add", around, char_class))
    pair = body.lane("Add", body.lane("Mul", own_class.back(1), CLASS_BASE), own_class)
    starts = _lookup(body, start.reshape(-1), pair)
    linked = _lookup(body, continues.reshape(-1).astype(np.float32), pair)
    return starts, linked, body.lane("Greater", own_class, int(CharClass.SEPARATOR))


def _word_numbers(body: Body, starts: Lane) -> Lane:
    """Number of each character's word, from 1, int32 [C]; 0 before the first word."""
    number = body.op("CumSum", starts.tensor, body.constant(0, np.int64))
    return Lane(number, starts.begin, starts.end)


def _minima(
    body: Body,
    config: NeuroLiteConfig,
    folded: Lane,
    linked: Lane,
    inside: Lane,
    word: Lane,
    position: Lane,
) -> tuple[str, str]:
    """Section 6: MinHash float32 [W + 1, K] and place int64 [W + 1] of each word; row 0 is none."""
    constants = hash_constants()
    hashes = config.num_hashes
    weights = body.constant(constants.weights[:hashes].T, np.float32)  # [6, K]
    offsets = body.constant(constants.offsets[:hashes], np.float32)

    rows = Lane(body.op("Unsqueeze", folded.tensor, body.constant([0], np.int64)))
    divisors = body.constant([[1], [LOW_BASE]], np.int32)
    bases = body.constant([[LOW_BASE], [HIGH_PRIME]], np.int32)
    own = body.lane("Mod", body.lane("Div", rows, divisors), bases)  # [2, C]: low and high
    own = body.lane("Cast", own, to=TensorProto.FLOAT)
    previous = body.lane("Mul", own.back(1), linked)
    following = body.lane("Mul", own.ahead(1), linked.ahead(1))
    inputs = body.lane("Concat", previous, own, following, axis=0)  # [6, C]
    begin, end = max(inputs.begin, word.begin), min(inputs.end, word.end)
    sums = body.op("Gemm", body.align(inputs, begin, end), weights, offsets, transA=1)  # [C, K]
    values = _mod(body, sums, PRIME)

    number = body.op("Cast", body.align(word, begin, end), to=TensorProto.INT64)
    row = body.op("Unsqueeze", number, body.constant([1], np.int64))  # [C, 1]
    place = body.align(position, begin, end)
    last = body.op("ReduceMax", number, keepdims=1)
    count = body.op("Add", last, body.constant([1], np.int64))
    nowhere = body.op("Expand", body.constant(np.iinfo(np.int64).max, np.int64), count)
    first = body.op("ScatterND", nowhere, row, place, reduction="min")
    distance = body.op("Sub", place, body.op("Gather", first, number))
    near = body.op("Less", distance, body.constant(WORD_BYTES, np.int64))
    counted = body.op("And", near, body.align(inside, begin, end))
    target = body.op("Where", counted, number, body.constant(0, np.int64))
    target = body.op("Unsqueeze", target, body.constant([1], np.int64))
    shape = body.op("Concat", count, body.constant([hashes], np.int64), axis=0)
    start = body.op("Expand", body.constant(PRIME, np.float32), shape)
    minima = body.op("ScatterND", start, target, values, reduction="min")
    return minima, first


def _mod(body: Body, x: str, divisor: int) -> str:
    """Floor-mod; exact because a correctly rounded division never reaches the next integer here."""
    factor = body.constant(divisor, np.float32)
    quotient = body.op("Floor", body.op("Div", x, factor))
    return body.op("Sub", x, body.op("Mul", quotient, factor))


def _select_words(body: Body, config: NeuroLiteConfig, minima: str, first: str) -> None:
    """Section 7: table indices of the words, one row a text, and the number of words."""
    zero, one = body.constant([0], np.int64), body.constant([1], np.int64)
    end = body.constant([np.iinfo(np.int64).max], np.int64)
    shape = body.op("Shape", "bytes")
    batch = body.op("Gather", shape, zero)  # [1]
    width = body.op("Add", body.op("Gather", shape, one), one)

    row = body.op("Div", body.op("Slice", first, one, end), width)  # text of each word, [W]
    target = body.op("Unsqueeze", row, one)
    each = body.op("Expand", one, body.op("Shape", row))
    none = body.op("Expand", zero, batch)
    words = body.op("ScatterND", none, target, each, reduction="add")
    body.op("Cast", words, to=TensorProto.INT32, output="words")
    before = body.op("CumSum", words, body.constant(0, np.int64), exclusive=1)
    rank = body.op("CumSum", each, body.constant(0, np.int64), exclusive=1)
    slot = body.op("Sub", rank, body.op("Gather", before, row))
    target = body.op("Concat", target, body.op("Unsqueeze", slot, one), axis=1)  # [W, 2]

    index = _mod(body, body.op("Slice", minima, one, end), config.table_size)
    index = body.op("Cast", index, to=TensorProto.INT32)
    longest = body.op("Max", body.op("ReduceMax", words, keepdims=1), one)
    hashes = body.constant([config.num_hashes], np.int64)
    full = body.op("Concat", batch, longest, hashes, axis=0)
    empty = body.op("Expand", body.constant(0, np.int32), full)
    filled = body.op("ScatterND", empty, target, index)  # [N, longest, K]
    limit = body.constant([config.max_words], np.int64)
    body.op("Slice", filled, zero, limit, one, output="indices")
