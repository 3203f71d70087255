"""The ops that read bytes: body, native kernel and Python give what numpy does, for any shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from artifacts import WIDE, Store
from native.op_session import op_session
from neurolite_core.artifact.formats.onnx_file import HASH_OPS
from neurolite_core.hashing.ngrams import NgramConfig, hash_ngrams, number_ngrams
from neurolite_core.hashing.words import hash_words
from neurolite_core.text.word_offsets import word_offsets
from neurolite_core.text.words import pack_texts
from neurolite_export.targets.onnx.hash_ops import HashOp
from neurolite_export.targets.onnx.target import OPSET
from neurolite_runtimes.guarded import Guarded
from neurolite_runtimes.native_library import NativeLibrary
from neurolite_runtimes.onnx_extensions import bloom_hash, span_hash, wide_hash, wide_span_hash
from neurolite_runtimes.onnx_session import FUNCTION_BODY, NATIVE, OnnxSession
from neurolite_runtimes.session import run
from texts import follower_texts, generated_texts

NGRAMS: Final = (
    NgramConfig(2, 4, across_words=False, max_symbols=20),
    NgramConfig(3, 5, across_words=True, max_symbols=256),
    NgramConfig(2, 2, across_words=False, max_symbols=1),
)
IN_PYTHON: Final[dict[str, Callable[..., tuple[NDArray[np.int32], ...]]]] = {
    "BloomHash": bloom_hash,
    "WideHash": wide_hash,
    "SpanHash": span_hash,
    "WideSpanHash": wide_span_hash,
}


def hash_session(op: HashOp, library: NativeLibrary | None) -> Any:  # noqa: ANN401  # onnxruntime ships no types
    node = op.node("bytes")
    inputs = [helper.make_tensor_value_info("bytes", TensorProto.UINT8, None)]
    outputs = [helper.make_tensor_value_info(n, TensorProto.INT32, None) for n in node.output]
    graph = helper.make_graph([node], "one op", inputs, outputs)
    return op_session(graph, op.function(OPSET), library)


def expected(op: HashOp, texts: list[bytes]) -> list[NDArray[np.int32]]:
    words = hash_words(texts, num_hashes=WIDE.num_hashes, table_size=WIDE.table_size)
    indices = words.padded(WIDE.max_words)[0]
    found = [indices, words.counts]
    if op.ngrams is not None:
        found.append(number_ngrams(hash_ngrams(texts, op.ngrams).padded()))
    if op.offsets:
        found.append(word_offsets(texts, WIDE.max_words, indices.shape[1]))
    return found


@pytest.mark.parametrize("offsets", [False, True])
@pytest.mark.parametrize("ngrams", [None, *NGRAMS])
def test_ops_give_what_the_reference_does(
    library: NativeLibrary, ngrams: NgramConfig | None, offsets: bool
) -> None:
    op = HashOp(WIDE, ngrams, offsets)
    assert op.name == HASH_OPS[ngrams is not None, offsets]
    texts = [*generated_texts(120, seed=51), *follower_texts(40, seed=52), b"", b" ", b"a", b"a1.b"]
    sessions = [hash_session(op, None), hash_session(op, library)]
    for first in range(0, len(texts), 9):
        some = texts[first : first + 9]
        packed = pack_texts(some)
        wanted = expected(op, some)
        for found in [
            *(each.run(None, {"bytes": packed}) for each in sessions),
            IN_PYTHON[op.name](packed, **op.attributes),
        ]:
            assert len(found) == len(wanted)
            for one, other in zip(found, wanted, strict=True):
                assert one.dtype == np.int32
                np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("source", ["joint", "spans"])
def test_a_whole_file_gives_the_same_bits_by_every_kernel(
    exported: Store, native_in_use: NativeLibrary, source: str
) -> None:
    path = exported.ungated("onnx", source, "int8")
    texts = [*generated_texts(120, seed=53), *follower_texts(60, seed=54), b"a " * 200]
    body, native = (OnnxSession(path, kernel=kernel) for kernel in (FUNCTION_BODY, NATIVE))
    assert (body.kernel, native.kernel) == (FUNCTION_BODY, NATIVE)
    expected, found = (run(Guarded(each, path), texts) for each in (body, native))
    assert expected.values.keys() >= {"tags", "offsets"}
    for name in ("tags", "offsets"):  # logits of a memory are computed in float32
        np.testing.assert_array_equal(found.values[name], expected.values[name])
