"""The ops of domain ``ai.neurolite`` as Python operators of onnxruntime-extensions.

For people who compose graphs with that library, and where nothing can be compiled. Slower than the
function body that every file carries; it exists for reach, not for speed::

    options = onnxruntime.SessionOptions()
    register_extensions(options)
    session = onnxruntime.InferenceSession("neurolite-tiny-int8.onnx", options)

A string that is no UTF-8 does not reach Python operators; such texts need the byte input.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType, ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require
from neurolite_core.hashing.ngrams import NgramConfig, hash_ngrams, number_ngrams
from neurolite_core.hashing.words import HASH_VERSION, hash_words
from neurolite_core.text.word_offsets import word_offsets
from neurolite_core.text.words import Int32Array, pack_texts, to_bytes

DOMAIN: Final = "ai.neurolite"
_PROTOBUF: Final = "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"
_ATTRIBUTES: Final = ("hash_version", "num_hashes", "table_size", "max_words")
_NGRAM_ATTRIBUTES: Final = ("hash_version", "lowest", "highest", "across_words", "max_symbols")
_WIDE_ATTRIBUTES: Final = (*_ATTRIBUTES, *_NGRAM_ATTRIBUTES[1:])
Packed = NDArray[np.uint8]


def register_extensions(options: Any) -> None:  # noqa: ANN401  # onnxruntime ships no types
    """Makes a session of these ``onnxruntime.SessionOptions`` run our ops in Python.

    Raises:
        MissingDependencyError: onnxruntime-extensions is not installed.
    """
    _declare()
    library = _library()
    options.register_custom_ops_library(library.get_library_path())


def _library() -> ModuleType:
    """The package; importing it has it choose a slow implementation of protobuf for all processes started later."""
    before = os.environ.get(_PROTOBUF)
    library = require("onnxruntime_extensions", extra="extensions")
    if before is None:
        os.environ.pop(_PROTOBUF, None)
    return library


@lru_cache(maxsize=1)
def _declare() -> None:
    """Declares all operators, once in a process: the library keeps them for good."""
    library = _library()
    types = library.PyCustomOpDef
    for name, (op, num_outputs, attributes) in _OPS.items():
        library.onnx_op(
            op_type=f"{DOMAIN}::{name}",
            inputs=[types.dt_uint8],
            outputs=[types.dt_int32] * num_outputs,
            attrs=dict.fromkeys(attributes, types.dt_int64),
        )(op)
    library.onnx_op(
        op_type=f"{DOMAIN}::TextBytes", inputs=[types.dt_string], outputs=[types.dt_uint8]
    )(text_bytes)


def bloom_hash(
    packed: Packed,
    *,
    hash_version: int,
    num_hashes: int,
    table_size: int,
    max_words: int,
) -> tuple[Int32Array, Int32Array]:
    """The op ``BloomHash``.

    Args:
        packed: zero-padded UTF-8, uint8 [N, T].
        hash_version: of docs/hash-spec.md.
        num_hashes: K.
        table_size: rows of the projection table.
        max_words: most rows of a text.

    Returns:
        Table indices int32 [N, L, K], zero-padded, and words int32 [N] before the limit.

    Raises:
        InputError: a hash version that this release does not know.
    """
    _check_version(hash_version)
    texts = [row.tobytes() for row in packed]
    words = hash_words(texts, num_hashes=num_hashes, table_size=table_size)
    return words.padded(max_words)[0], words.counts


def ngram_hash(
    packed: Packed,
    *,
    hash_version: int,
    lowest: int,
    highest: int,
    across_words: int,
    max_symbols: int,
) -> tuple[Int32Array, Int32Array]:
    """The op ``NgramHash``.

    Args:
        packed: zero-padded UTF-8, uint8 [N, T].
        hash_version: of docs/hash-spec.md.
        lowest: smallest order.
        highest: largest order.
        across_words: not 0: n-grams may have borders of words inside.
        max_symbols: most rows of a text.

    Returns:
        Values int32 [N, P, orders], -1 where no n-gram starts, and symbols int32 [N] before the limit.

    Raises:
        InputError: a hash version that this release does not know, or an order that does not exist.
    """
    _check_version(hash_version)
    config = NgramConfig(lowest, highest, bool(across_words), max_symbols)
    found = hash_ngrams([row.tobytes() for row in packed], config)
    return found.padded(), found.counts


def wide_hash(packed: Packed, **attributes: int) -> tuple[Int32Array, Int32Array, Int32Array]:
    """The op ``WideHash``.

    Args:
        packed: zero-padded UTF-8, uint8 [N, T].
        attributes: those of ``bloom_hash`` and of ``ngram_hash``.

    Returns:
        What ``bloom_hash`` gives; and numbers of n-grams int32 [N, P, orders], 0 where none starts, else 1 + bucket.

    Raises:
        InputError: a hash version that this release does not know, or an order that does not exist.
    """
    words = bloom_hash(packed, **{name: attributes[name] for name in _ATTRIBUTES})
    values, _ = ngram_hash(packed, **{name: attributes[name] for name in _NGRAM_ATTRIBUTES})
    return *words, number_ngrams(values)


def span_hash(packed: Packed, **attributes: int) -> tuple[Int32Array, ...]:
    """The op ``SpanHash``: what ``bloom_hash`` gives; and where the words stand, int32 [N, L, 2].

    Args:
        packed: zero-padded UTF-8, uint8 [N, T].
        attributes: those of ``bloom_hash``.

    Raises:
        InputError: a hash version that this release does not know.
    """
    found = bloom_hash(packed, **attributes)
    return *found, _offsets(packed, found[0].shape[1])


def wide_span_hash(packed: Packed, **attributes: int) -> tuple[Int32Array, ...]:
    """The op ``WideSpanHash``: what ``wide_hash`` gives; and where the words stand, int32 [N, L, 2].

    Args:
        packed: zero-padded UTF-8, uint8 [N, T].
        attributes: those of ``wide_hash``.

    Raises:
        InputError: a hash version that this release does not know, or an order that does not exist.
    """
    found = wide_hash(packed, **attributes)
    return *found, _offsets(packed, found[0].shape[1])


def _offsets(packed: Packed, length: int) -> Int32Array:
    return word_offsets([row.tobytes() for row in packed], length, length)


def _check_version(hash_version: int) -> None:
    if hash_version != HASH_VERSION:
        raise InputError(
            f"hash_version is {hash_version}; this release knows {HASH_VERSION} only. "
            "Install a newer neurolite: pip install -U neurolite"
        )


_OPS: Final[Mapping[str, tuple[Callable[..., tuple[Int32Array, ...]], int, tuple[str, ...]]]] = (
    MappingProxyType(  # name -> function, number of outputs, attributes
        {
            "BloomHash": (bloom_hash, 2, _ATTRIBUTES),
            "NgramHash": (ngram_hash, 2, _NGRAM_ATTRIBUTES),
            "WideHash": (wide_hash, 3, _WIDE_ATTRIBUTES),
            "SpanHash": (span_hash, 3, _ATTRIBUTES),
            "WideSpanHash": (wide_span_hash, 4, _WIDE_ATTRIBUTES),
        }
    )
)


def text_bytes(texts: NDArray[np.object_]) -> Packed:
    """The op ``TextBytes``: strings [N] to zero-padded UTF-8, uint8 [N, T] with T at least 1."""
    return (
        pack_texts([to_bytes(str(text)) for text in texts])
        if len(texts)
        else np.zeros((0, 1), np.uint8)
    )
