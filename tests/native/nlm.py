"""Seeded .nlm files for the C library's tests, and what docs/c-arithmetic.md says that they answer, slowly."""

from __future__ import annotations

import hashlib
import math
import struct
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from neurolite_core.hashing.words import hash_words

Ints = NDArray[np.int64]
NAN_BITS = 0x7FC00000


@dataclass(frozen=True)
class Model:
    """A seeded model of a shape; fields as in the page's shape part."""

    width: int = 32
    hidden: int = 48
    token: int = 16
    channel: int = 80
    window: int = 1
    hashes: int = 12
    rows: int = 256
    max_words: int = 21
    max_bytes: int = 150
    blocks: int = 2
    labels: int = 19
    pooling: int = 0
    bits: int = 8
    seed: int = 1
    parts: dict[tuple[int, int], NDArray[np.generic]] = field(default_factory=dict)

    @property
    def padded(self) -> int:
        return (self.labels + 15) // 16 * 16

    def shape(self) -> NDArray[np.int32]:
        own = [self.width, self.hidden, self.token, self.channel, self.window, self.hashes]
        own += [self.rows, self.max_words, self.max_bytes, self.blocks, self.labels, self.padded]
        shift = 3 if self.bits == 8 else -2
        own += [self.pooling, self.bits, shift, 9000, 5000, 0, 0, 0, 0, 0, 0, NAN_BITS]
        return np.array(own + [0] * (32 - len(own)), np.int32)


def _panels(weights: NDArray[np.int8]) -> NDArray[np.int8]:
    n, k = weights.shape
    return np.ascontiguousarray(weights.reshape(n, k // 4, 4).transpose(1, 0, 2))


def seeded(model: Model) -> Model:
    """The model with its parts, drawn; weights in plain order, [n, k]."""
    random = np.random.default_rng(model.seed)
    parts: dict[tuple[int, int], NDArray[np.generic]] = {}

    def norm(kind: int, block: int) -> None:
        parts[kind, block] = random.integers(-9000, 9000, model.hidden).astype(np.int16)
        parts[kind + 1, block] = random.integers(900, 1200, model.hidden).astype(np.int16)

    def product(kind: int, block: int, n: int, k: int) -> None:
        parts[kind, block] = random.integers(-63, 64, (n, k)).astype(np.int8)
        parts[kind + 1, block] = random.integers(-60_000, 90_000, n).astype(np.int32)
        parts[kind + 2, block] = random.integers(300, 9000, n).astype(np.int16)
        parts[kind + 3, block] = np.array([2], np.int32)

    e, h = model.width, model.hidden
    if model.bits == 8:
        parts[4, 0] = random.integers(-128, 128, (model.rows, e)).astype(np.int8)
    else:
        parts[4, 0] = random.integers(0, 256, (model.rows, e // 2)).astype(np.uint8)
        parts[5, 0] = random.integers(0, 256, model.rows).astype(np.uint8)
    product(6, 0, h, (2 * model.window + 1) * e)
    for block in range(model.blocks):
        norm(10, block)
        parts[12, block] = np.array([random.integers(1, 9000)], np.int32)
        product(13, block, model.token, model.max_words)
        product(17, block, model.max_words, model.token)
        norm(21, block)
        parts[23, block] = np.array([random.integers(1, 9000)], np.int32)
        product(24, block, model.channel, h)
        product(28, block, h, model.channel)
    norm(32, 0)
    parts[34, 0] = random.integers(-63, 64, (model.padded, h)).astype(np.int8)
    parts[35, 0] = random.integers(-9000, 9000, model.padded).astype(np.int32)
    parts[36, 0] = random.uniform(1e-4, 1e-2, model.padded).astype(np.float32)
    return replace(model, parts=parts)


def _laid_out(model: Model, kind: int, part: NDArray[np.generic]) -> bytes:
    """A part as it lies in the file."""
    words, quads = (-model.max_words) % 16, (-model.max_words) % 4
    if kind in (6, 24, 28, 34):
        return _panels(part.astype(np.int8)).tobytes()
    if kind == 13:
        return np.pad(part, ((0, 0), (0, quads))).tobytes()
    if kind == 17:
        return np.pad(part, ((0, words), (0, 0))).tobytes()
    return np.pad(part, (0, words)).tobytes() if kind in (18, 19) else part.tobytes()


def to_bytes(model: Model) -> bytes:
    """The file."""
    names = [f"label {number}".encode() for number in range(model.labels)]
    offsets = np.cumsum([0] + [len(name) for name in names]).astype(np.uint32)
    parts = {(1, 0): b"{}", (2, 0): model.shape().tobytes()}
    parts[3, 0] = offsets.tobytes() + b"".join(names)
    parts |= {key: _laid_out(model, key[0], part) for key, part in model.parts.items()}
    # Parts of a block stand together.
    order = sorted(parts, key=lambda key: (key[0] >= 10) + (key[0] > 31))
    order.sort(
        key=lambda key: (key[0], 0) if not 10 <= key[0] <= 31 else (10, key[1] * 100 + key[0])
    )
    at, table, body = 64 + 32 * len(parts), b"", b""
    start = at
    for key in order:
        body += bytes(-(start + len(body)) % 64)
        table += struct.pack("<IIQQQ", *key, start + len(body), len(parts[key]), 0)
        body += parts[key]
    head = b"\x89NLM\r\n\x1a\n" + struct.pack("<IIQQ", 1, len(parts), start + len(body), 0)
    digest = hashlib.sha256(head + bytes(32) + table + body).digest()
    return head + digest + table + body


def _sat16(values: Ints) -> Ints:
    return np.clip(values, -32768, 32767)


def _q15(a: Ints, b: Ints | int) -> Ints:
    return (a * b + 2**14) >> 15


def _norm(model: Model, x: Ints, key: tuple[int, int], eps: int) -> tuple[Ints, Ints]:
    h = model.hidden
    s = max(0, math.ceil(math.log2(h)) - 1)
    b = 14 - math.ceil(math.log2(h) / 2)
    mean = (int(x.sum()) * (2**24 // h) + 2**23) >> 24
    d = _sat16(x - mean)
    q = eps + int(((d[::2] ** 2 + d[1::2] ** 2) >> s).sum())
    v = q * (2 ** (20 + s) // h)
    t = next(t for t in range(-40, 64, 2) if 2**30 <= (v >> t if t >= 0 else v << -t) < 2**32)
    m = v >> t if t >= 0 else v << -t
    r = min(32767, 2**30 // math.isqrt(m))
    up = min(14, b - 5 - t // 2)
    w = (d << up if up >= 0 else d >> -up).astype(np.int16).astype(np.int64)
    gain, offset = (
        model.parts[key].astype(np.int64),
        model.parts[key[0] + 1, key[1]].astype(np.int64),
    )
    y = _sat16(_q15(_q15(w, r), gain) + offset)
    return y, np.clip(y >> 4, 0, 127)


def _product(model: Model, a: Ints, key: tuple[int, int]) -> Ints:
    """[..., k] to [..., n], before its kind."""
    weights, init, mult, shift = (
        model.parts[key[0] + i, key[1]].astype(np.int64) for i in range(4)
    )
    return _q15(_sat16((a @ weights.T + init) >> shift[0]), mult)


def _words(model: Model, text: bytes) -> Ints:
    found = hash_words([text], num_hashes=model.hashes, table_size=model.rows)
    indices = found.indices[: model.max_words]
    table = model.parts[4, 0].astype(np.int64)
    if model.bits == 4:
        table = np.concatenate([table & 15, table >> 4], axis=1) - 8
        table = table * model.parts[5, 0].astype(np.int64)[:, None]
    sums = table[indices].sum(1)
    shifted = sums << 3 if model.bits == 8 else sums >> 2
    return np.clip(_sat16(_q15(_sat16(shifted), 9000) + 64), 0, 127)


def _mix(model: Model, x: Ints, block: int) -> Ints:
    words = len(x)
    parts: dict[int, Ints] = {
        kind: model.parts[kind, block].astype(np.int64) for kind in range(10, 32)
    }
    n = np.array([_norm(model, row, (10, block), int(parts[12][0]))[1] for row in x])
    acc = parts[14][:, None] + parts[13][:, :words] @ (n - 64)
    y = np.clip(_q15(_sat16(acc >> parts[16][0]), parts[15][:, None]), 0, 127)
    acc = parts[18][:words, None] + parts[17][:words] @ y
    x = _sat16(x + _q15(_sat16(acc >> parts[20][0]), parts[19][:words, None]))
    c = np.array([_norm(model, row, (21, block), int(parts[23][0]))[1] for row in x])
    inner = np.clip(_product(model, c, (24, block)), 0, 127)
    return _sat16(x + _product(model, inner, (28, block)))


def answer(model: Model, text: bytes) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Logits and embedding of a text that is not too long."""
    e = _words(model, text)
    words, h = len(e), model.hidden
    z = np.zeros(h, np.int64)
    if words:
        around = np.pad(e, ((model.window, model.window), (0, 0)), constant_values=64)
        joined = np.concatenate([around[i : i + words] for i in range(2 * model.window + 1)], 1)
        x = _product(model, joined, (6, 0))
        for block in range(model.blocks):
            x = _mix(model, x, block)
        mean = (x.sum(0) * (2**26 // words) + 2**23) >> 24
        z = _sat16(4 * x.max(0) if model.pooling else mean)
    y, u7 = _norm(model, z, (32, 0), 5000)
    acc = u7 @ model.parts[34, 0].astype(np.int64).T + model.parts[35, 0].astype(np.int64)
    logits = acc.astype(np.float32) * model.parts[36, 0].astype(np.float32)
    p = y - 1032
    q = int((p * p).sum())
    inverse = np.float32(1) / np.sqrt(np.float32(q)) if q else np.float32(0)
    return logits[: model.labels], p.astype(np.float32) * inverse
