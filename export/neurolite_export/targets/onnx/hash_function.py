"""``ai.neurolite.BloomHash``: the hash specification as an ONNX model-local function.

A runtime that has registered a native kernel for the op runs that; every other one inlines this
body of standard operators. Sections refer to ``docs/hash-spec.md``. All texts of a batch lie in
one flat buffer, each followed by a zero byte, so that words never reach into the next text. What a
short text costs is the number of nodes, so tables and convolutions stand for many small operations;
their sums are integers below 2**24 and so exact in float32. No scatter with a reduction: its
threads race in onnxruntime when indices repeat.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from neurolite_core.hashing.words import HIGH_PRIME, LOW_BASE, PRIME, WORD_BYTES, hash_constants
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.text.characters import CLASS_BASE, LAST_PAGE, PAGE_SIZE, CharClass, page_tables
from neurolite_core.text.words import STRAY_BASE
from neurolite_export.targets.onnx.body import Body

DOMAIN: Final = "ai.neurolite"
OP_NAME: Final = "BloomHash"
DOMAIN_VERSION: Final = 1

# Zero bytes after the last text, so that there are always characters enough to shift by.
_REAR: Final = WORD_BYTES
_SIZES: Final = 4  # a character has 1 to 4 bytes


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
    code, place = _decode(body)
    folded, char_class = _fold(body, code)
    starts, linked = _find_words(body, char_class)
    first_character, first_place, near = _word_starts(body, starts, place)
    minima = _minima(body, config, folded, linked, near)
    _select_words(body, config, minima, first_character, first_place)
    return helper.make_function(
        DOMAIN,
        OP_NAME,
        inputs=["bytes"],
        outputs=["indices", "words"],
        nodes=body.nodes,
        opset_imports=[helper.make_opsetid("", opset)],
        attributes=["hash_version", "num_hashes", "table_size", "max_words"],
    )


def _byte_features() -> NDArray[np.float32]:
    """Per byte: is a continuation, bytes that must follow, payload as one and as first, alone."""
    byte = np.arange(256)
    continuation = (byte >= 0x80) & (byte < 0xC0)
    need = np.select([byte < 0xC0, byte < 0xE0, byte < 0xF0, byte < 0xF8], [0, 1, 2, 3], 0)
    tail = np.where(continuation, byte - 0x80, 0)
    head = byte & np.array([0, 0x1F, 0x0F, 0x07])[need]
    alone = np.where(byte < 0x80, byte, STRAY_BASE + byte)
    return np.stack([continuation, need, tail, head, alone])[None].astype(np.float32)


def _reading_weights() -> NDArray[np.float32]:
    """Over a byte and the three after it: a key of what follows, and the code of each size."""
    weights = np.zeros((1 + _SIZES, 5, _SIZES), dtype=np.float32)
    weights[0, 0, 1:] = 4, 2, 1  # which of the next bytes are continuations
    weights[0, 1, 0] = 8  # and how many must be
    weights[1, 4, 0] = 1
    for size in range(2, _SIZES + 1):
        weights[size, 3, 0] = 64 ** (size - 1)
        for step in range(1, size):
            weights[size, 2, step] = 64 ** (size - 1 - step)
    return weights


def _size_table() -> NDArray[np.float32]:
    """One-hot size of the character by the key of ``_reading_weights``, [1, 4, 32]."""
    table = np.zeros((1, _SIZES, 32), dtype=np.float32)
    following = [0, 0, 0, 0, 1, 1, 2, 3]  # by the three continuation bits
    for key in range(32):
        need = key // 8
        table[0, need if following[key % 8] >= need else 0, key] = 1
    return table


def _positions(body: Body, flags: str) -> str:
    """Where bool [1, 1, B] is true, int64 [found]; flat first, as NonZero pays for each axis."""
    found = body.op("NonZero", body.op("Reshape", flags, body.int64(-1)))
    return body.op("Reshape", found, body.int64(-1))


def _claim_weights() -> NDArray[np.float32]:
    """Over the three bytes before a byte: does a character that begins there reach it?"""
    weights = np.zeros((1, _SIZES, _SIZES), dtype=np.float32)
    for distance in (1, 2, 3):
        weights[0, distance:, _SIZES - 1 - distance] = 1
    return weights


def _decode(body: Body) -> tuple[str, str]:
    """Section 2: code points int32 [1, 1, C], and the byte offset of each, int64 [C]."""
    rows = body.op("Pad", "bytes", body.int64(0, 0, 0, 1))
    flat = body.op("Pad", body.op("Reshape", rows, body.int64(-1)), body.int64(0, _REAR))
    flat = body.op("Cast", flat, to=TensorProto.INT32)  # [B]
    features = body.op("Gather", body.constant(_byte_features(), np.float32), flat, axis=2)
    weights = body.constant(_reading_weights(), np.float32)
    reading = body.op("Conv", features, weights, pads=[0, _SIZES - 1])  # [1, 5, B]
    key, codes = body.split("Split", reading, body.int64(1, _SIZES), outputs=2, axis=1)
    key = body.op("Cast", body.op("Reshape", key, body.int64(-1)), to=TensorProto.INT32)
    size = body.op("Gather", body.constant(_size_table(), np.float32), key, axis=2)  # [1, 4, B]
    code = body.op("ReduceSum", body.op("Mul", codes, size), body.int64(1))  # [1, 1, B]

    claim_weights = body.constant(_claim_weights(), np.float32)
    claimed = body.op("Conv", size, claim_weights, pads=[_SIZES - 1, 0])
    first = body.op("Less", claimed, body.constant(0.5, np.float32))
    place = _positions(body, first)  # [C]
    code = body.op("Gather", code, place, axis=2)
    return body.op("Cast", code, to=TensorProto.INT32), place


def _fold(body: Body, code: str) -> tuple[str, str]:
    """Sections 3 and 4: folded code point int32 and class float32, [1, 1, C], by two tables."""
    pages, cells = page_tables()
    size = body.constant(PAGE_SIZE, np.int32)
    block = body.op("Min", body.op("Div", code, size), body.constant(LAST_PAGE, np.int32))
    page = body.op("Gather", body.constant(pages * PAGE_SIZE, np.int32), block)
    cell = body.op("Add", page, body.op("Mod", code, size))
    delta = body.op("Gather", body.constant(cells // CLASS_BASE, np.int32), cell)
    char_class = body.op("Gather", body.constant(cells % CLASS_BASE, np.float32), cell)
    return body.op("Add", code, delta), char_class


def _word_tables() -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Section 5 by the classes of the two characters before, the own and the next one.

    Returns:
        Whether the character starts a word, and 1.0 where it continues one; both [6**4].
    """
    kinds = len(CharClass)
    starts = np.zeros((kinds,) * 4, dtype=np.bool_)
    continues = np.zeros((kinds,) * 4, dtype=np.float32)

    def resolve(before: int, own: int, after: int) -> int:
        if own != CharClass.APOSTROPHE:
            return own
        both = before == after == CharClass.LETTER
        return CharClass.LETTER if both else CharClass.PUNCTUATION

    for classes in np.ndindex(starts.shape):
        before, own = resolve(*classes[:3]), resolve(*classes[1:])
        changes = own not in (before, CharClass.MARK)
        begins = changes or own == CharClass.ISOLATED or before == CharClass.SEPARATOR
        starts[classes] = own != CharClass.SEPARATOR and begins
        continues[classes] = own != CharClass.SEPARATOR and not begins
    return starts.reshape(-1), continues.reshape(-1)


def _find_words(body: Body, char_class: str) -> tuple[str, str]:
    """Section 5, [1, 1, C]: starts a word, bool; continues one, float32."""
    starts, continues = _word_tables()
    kinds = len(CharClass)
    digits = [[[kinds**3, kinds**2, kinds, 1]]]
    key = body.op("Conv", char_class, body.constant(digits, np.float32), pads=[2, 1])
    key = body.op("Cast", key, to=TensorProto.INT32)
    return (
        body.op("Gather", body.constant(starts, np.bool_), key),
        body.op("Gather", body.constant(continues, np.float32), key),
    )


def _word_starts(body: Body, starts: str, place: str) -> tuple[str, str, str]:
    """The words' first characters and their byte offsets, int64 [W]; and who counts, bool [1, 1, C].

    A character counts when it begins in its word's first ``WORD_BYTES`` bytes. What separators get
    does not matter: none is linked to a word.
    """
    first = _positions(body, starts)
    first_place = body.op("Gather", place, first)
    number = body.op("Cast", starts, to=TensorProto.INT32)
    number = body.op("CumSum", number, body.constant(2, np.int64))  # from 1; 0 before any word
    padded = body.op("Concat", body.int64(0), first_place, axis=0)
    distance = body.op("Sub", place, body.op("Gather", padded, number))
    near = body.op("Less", distance, body.constant(WORD_BYTES, np.int64))
    return first, first_place, near


def _minima(body: Body, config: NeuroLiteConfig, folded: str, linked: str, near: str) -> str:
    """Section 6: float32 [1, K, C], at each word's first character the MinHash of the word."""
    constants = hash_constants()
    divisors = body.constant([[1], [LOW_BASE]], np.int32)
    bases = body.constant([[LOW_BASE], [HIGH_PRIME]], np.int32)
    own = body.op("Mod", body.op("Div", folded, divisors), bases)  # [1, 2, C]: low and high
    own = body.op("Cast", own, to=TensorProto.FLOAT)

    # The previous, own and next character side by side, and whether they are of one word.
    shift = np.zeros((6, 2, 3))
    gate, always = np.zeros((6, 1, 2)), [0, 0, 1, 1, 0, 0]
    for row in range(6):
        shift[row, row % 2, row // 2] = 1
    gate[:2, 0, 0] = gate[4:, 0, 1] = 1
    around = body.op("Conv", own, body.constant(shift, np.float32), pads=[1, 1])
    gates = body.op(
        "Conv",
        linked,
        body.constant(gate, np.float32),
        body.constant(always, np.float32),
        pads=[0, 1],
    )
    inputs = body.op("Mul", around, gates)  # [1, 6, C]
    weights = body.constant(constants.weights[: config.num_hashes], np.float32)
    offsets = body.constant(constants.offsets[: config.num_hashes, None], np.float32)
    values = _mod(body, body.op("Add", body.op("MatMul", weights, inputs), offsets), PRIME)

    prime = body.constant(PRIME, np.float32)
    running = body.op("Where", near, values, prime)
    # PRIME where the next character is of another word: added, it takes that one out of the minimum.
    barrier = body.op("Mul", body.op("Sub", body.constant(1, np.float32), linked), prime)
    barrier = _ahead(body, barrier, 1)
    step = 1
    while step < WORD_BYTES:
        reached = body.op("Add", _ahead(body, running, step), barrier)
        running = body.op("Min", running, reached)
        step *= 2
        if step < WORD_BYTES:
            barrier = body.op("Max", barrier, _ahead(body, barrier, step // 2))
    return running


def _ahead(body: Body, x: str, distance: int) -> str:
    """``x[..., i + distance]`` of float32 [1, *, C], PRIME past the end."""
    pads = body.int64(0, 0, -distance, 0, 0, distance)
    return body.op("Pad", x, pads, body.constant(PRIME, np.float32))


def _mod(body: Body, x: str, divisor: int) -> str:
    """Floor-mod; exact because a correctly rounded division never reaches the next integer here."""
    factor = body.constant(divisor, np.float32)
    quotient = body.op("Floor", body.op("Div", x, factor))
    return body.op("Sub", x, body.op("Mul", quotient, factor))


def _select_words(
    body: Body, config: NeuroLiteConfig, minima: str, first: str, first_place: str
) -> None:
    """Section 7: table indices of the words, one row a text, and the number of words."""
    zero, one = body.int64(0), body.int64(1)
    nought = body.constant(0, np.int64)
    shape = body.op("Shape", "bytes")
    batch, width = body.split("Split", shape, body.int64(1, 1), outputs=2, axis=0)
    row = body.op("Div", first_place, body.op("Add", width, one))  # text of each word, [W]
    target = body.op("Unsqueeze", row, one)

    texts = body.op("Range", nought, body.op("Squeeze", batch), body.constant(1, np.int64))
    belongs = body.op("Cast", body.op("Equal", target, texts), to=TensorProto.INT64)  # [W, N]
    words = body.op("ReduceSum", belongs, zero, keepdims=0)  # [N]
    body.op("Cast", words, to=TensorProto.INT32, output="words")
    before = body.op("CumSum", words, nought, exclusive=1)
    each = body.op("Expand", one, body.op("Shape", row))
    slot = body.op("CumSum", each, nought, exclusive=1)
    slot = body.op("Sub", slot, body.op("Gather", before, row))
    target = body.op("Concat", target, body.op("Unsqueeze", slot, one), axis=1)  # [W, 2]

    chosen = body.op("Squeeze", body.op("Gather", minima, first, axis=2), zero)  # [K, W]
    index = _mod(body, body.op("Transpose", chosen, perm=[1, 0]), config.table_size)
    index = body.op("Cast", index, to=TensorProto.INT32)
    longest = body.op("Max", body.op("ReduceMax", words, keepdims=1), one)
    full = body.op("Concat", batch, longest, body.int64(config.num_hashes), axis=0)
    empty = body.op("Expand", body.constant(0, np.int32), full)
    filled = body.op("ScatterND", empty, target, index)  # [N, longest, K]
    body.op("Slice", filled, zero, body.int64(config.max_words), one, output="indices")
