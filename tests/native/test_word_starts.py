"""WordStarts: body, native kernel and numpy give the same for any bytes, and the kernel refuses what does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from native.op_session import op_session
from neurolite_core.hashing.words import hash_words
from neurolite_core.rules.beginnings import Beginnings, make_beginnings, word_starts
from neurolite_core.rules.entries import read_entry
from neurolite_core.text.words import pack_texts
from neurolite_export.targets.onnx.hash_function import DOMAIN
from neurolite_export.targets.onnx.target import OPSET
from neurolite_export.targets.onnx.word_starts_function import WORD_STARTS, word_starts_function
from neurolite_runtimes.native_library import NativeLibrary
from texts import follower_texts, generated_texts

PREFIXES = ("re", "refund", "a", "é", "9", "12", "क", "ﬁ", "pick", "pickpocket")
TEXTS = [
    *generated_texts(150, seed=71),
    *follower_texts(50, seed=72),
    *(f"{p}x {p} {p.upper()}1, {p}".encode() for p in PREFIXES),
    b"",
    b"12 0 7a 99 pockpicket pickpockets",
]
LENGTH = 40


def table_of(*, numbers: bool) -> Beginnings:
    elements = [read_entry(f"{prefix}*")[-1] for prefix in PREFIXES]
    return make_beginnings(sorted(elements, key=lambda item: len(item.letters)), numbers=numbers)


def session(table: Beginnings, library: NativeLibrary | None, version: int = 2) -> Any:  # noqa: ANN401  # onnxruntime ships no types
    kinds = {
        "bytes": TensorProto.UINT8,
        "indices": TensorProto.INT32,
        "moves": TensorProto.FLOAT,
        "rows": TensorProto.FLOAT,
    }
    node = helper.make_node(
        WORD_STARTS,
        list(kinds),
        ["starts"],
        domain=DOMAIN,
        hash_version=version,
        numbers=int(table.numbers),
    )
    graph = helper.make_graph(
        [node],
        "starts",
        [helper.make_tensor_value_info(name, kind, None) for name, kind in kinds.items()],
        [helper.make_tensor_value_info("starts", TensorProto.INT32, None)],
    )
    return op_session(graph, word_starts_function(table, OPSET), library)


def feeds(table: Beginnings, texts: list[bytes]) -> dict[str, NDArray[Any]]:
    return {
        "bytes": pack_texts(texts),
        "indices": np.zeros((len(texts), LENGTH, 2), np.int32),
        "moves": table.moves[:, 0],
        "rows": table.rows,
    }


@pytest.mark.parametrize("numbers", [False, True])
def test_body_kernel_and_numpy_agree(numbers: bool, library: NativeLibrary) -> None:
    table = table_of(numbers=numbers)
    expected = word_starts(TEXTS, table, LENGTH, LENGTH)
    assert len(np.unique(expected)) > 8
    for own in (None, library):
        (found,) = session(table, own).run(None, feeds(table, TEXTS))
        assert np.array_equal(found, expected)
    counts = hash_words(TEXTS, num_hashes=1, table_size=64).counts
    assert counts.max() > LENGTH  # words behind the slots are not read


def test_numbers_alone_need_no_prefixes(library: NativeLibrary) -> None:
    table = make_beginnings((), numbers=True)
    expected = word_starts(TEXTS, table, LENGTH, LENGTH)
    assert set(expected.ravel().tolist()) == {0, 1}
    for own in (None, library):
        (found,) = session(table, own).run(None, feeds(table, TEXTS))
        assert np.array_equal(found, expected)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("rows", np.zeros((4, 2), np.float32), "columns is 2; 3 are needed"),
        ("rows", np.zeros((3, 3), np.float32), "prefixes is 3; a power of two is needed"),
        ("moves", np.full(8, -1, np.float32), "moves are whole numbers from 0"),
        ("moves", np.full(8, np.nan, np.float32), "moves are whole numbers from 0"),
        ("indices", np.zeros((3, 2, 2), np.int32), "texts with indices is 3"),
    ],
)
def test_the_kernel_refuses_what_does_not_fit(
    name: str, value: NDArray[Any], said: str, library: NativeLibrary
) -> None:
    table = table_of(numbers=True)
    with pytest.raises(Exception, match=said):
        session(table, library).run(None, feeds(table, TEXTS[:2]) | {name: value})
    with pytest.raises(Exception, match="hash_version"):
        session(table, library, version=3)
