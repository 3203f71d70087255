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
from functools import lru_cache
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require
from neurolite_core.hashing.ngrams import NgramConfig, hash_ngrams, number_ngrams
from neurolite_core.hashing.words import HASH_VERSION, hash_words
from neurolite_core.text.words import pack_texts, to_bytes

DOMAIN: Final = "ai.neurolite"
_PROTOBUF: Final = "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"
_ATTRIBUTES: Final = ("hash_version", "num_hashes", "table_size", "max_words")
_NGRAM_ATTRIBUTES: Final = ("hash_version", "lowest", "highest", "across_words", "max_symbols")
_WIDE_ATTRIBUTES: Final = (*_ATTRIBUTES, *_NGRAM_ATTRIBUTES[1:])


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
    library.onnx_op(
        op_type=f"{DOMAIN}::BloomHash",
        inputs=[types.dt_uint8],
        outputs=[types.dt_int32, types.dt_int32],
        attrs=dict.fromkeys(_ATTRIBUTES, types.dt_int64),
    )(bloom_hash)
    library.onnx_op(
        op_type=f"{DOMAIN}::NgramHash",
        inputs=[types.dt_uint8],
        outputs=[types.dt_int32, types.dt_int32],
        attrs=dict.fromkeys(_NGRAM_ATTRIBUTES, types.dt_int64),
    )(ngram_hash)
    library.onnx_op(
        op_type=f"{DOMAIN}::WideHash",
        inputs=[types.dt_uint8],
        outputs=[types.dt_int32, types.dt_int32, types.dt_int32],
        attrs=dict.fromkeys(_WIDE_ATTRIBUTES, types.dt_int64),
    )(wide_hash)
    library.onnx_op(
        op_type=f"{DOMAIN}::TextBytes", inputs=[types.dt_string], outputs=[types.dt_uint8]
    )(text_bytes)


def bloom_hash(
    packed: NDArray[np.uint8],
    *,
    hash_version: int,
    num_hashes: int,
    table_size: int,
    max_words: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
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
    packed: NDArray[np.uint8],
    *,
    hash_version: int,
    lowest: int,
    highest: int,
    across_words: int,
    max_symbols: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
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


def wide_hash(
    packed: NDArray[np.uint8], **attributes: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
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


def _check_version(hash_version: int) -> None:
    if hash_version != HASH_VERSION:
        raise InputError(
            f"hash_version is {hash_version}; this release knows {HASH_VERSION} only. "
            "Install a newer neurolite: pip install -U neurolite"
        )


def text_bytes(texts: NDArray[np.object_]) -> NDArray[np.uint8]:
    """The op ``TextBytes``: strings [N] to zero-padded UTF-8, uint8 [N, T] with T at least 1."""
    return (
        pack_texts([to_bytes(str(text)) for text in texts])
        if len(texts)
        else np.zeros((0, 1), np.uint8)
    )
