"""Indices of ONNX against the plain-integer reference on 20,000 strings, and the golden vectors."""

from __future__ import annotations

import json

import numpy as np
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray

from golden import make, plain
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.features import graph_hash
from neurolite_core.text.words import pack_texts
from neurolite_export.batches import batch_positions
from neurolite_export.targets.onnx.hash_model import hash_model
from texts import generated_texts, real_texts

CONFIG = NeuroLiteConfig.tiny()


@pytest.fixture(scope="module")
def session() -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(hash_model(CONFIG))


def hash_by_graph(
    session: onnxruntime.InferenceSession, texts: list[bytes]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    indices, words = session.run(["indices", "words"], {"bytes": pack_texts(texts)})
    return indices, words


@pytest.mark.parametrize(
    "case", json.loads(make.PATH.read_text())["cases"], ids=lambda c: c["name"]
)
def test_golden_vectors(session: onnxruntime.InferenceSession, case: dict[str, object]) -> None:
    expected = case["indices"]
    assert isinstance(expected, list)
    indices, words = hash_by_graph(session, [bytes.fromhex(str(case["bytes"]))])
    assert words.tolist() == [len(expected)]
    assert indices[0, : len(expected)].tolist() == expected[: CONFIG.max_words]


def test_6_000_strings_are_bit_equal_in_onnx_torch_and_plain_integers(
    session: onnxruntime.InferenceSession,
) -> None:
    # 10^6 are compared by tests/native/differential.py.
    texts = generated_texts(6_000, seed=21)
    in_torch = graph_hash(CONFIG)
    different_onnx = different_torch = 0
    for positions in batch_positions(texts):
        batch = [texts[position] for position in positions]
        expected = np.zeros((len(batch), CONFIG.max_words, CONFIG.num_hashes), dtype=np.int32)
        counts = np.zeros(len(batch), dtype=np.int32)
        for row, text in enumerate(batch):
            words = plain.indices_of(text, CONFIG.num_hashes, CONFIG.table_size)
            counts[row] = len(words)
            expected[row, : len(words)] = words[: CONFIG.max_words] or 0
        expected = expected[:, : max(1, int(counts.max()))]
        indices, words_found = hash_by_graph(session, batch)
        different_onnx += mismatches(expected, indices) + mismatches(counts, words_found)
        torch_indices, torch_counts = in_torch(torch.from_numpy(pack_texts(batch)))
        different_torch += mismatches(expected, torch_indices.numpy())
        different_torch += mismatches(counts, torch_counts.numpy())
    assert (different_onnx, different_torch) == (0, 0)


def mismatches(expected: NDArray[np.int32], found: NDArray[np.int32]) -> int:
    """Elements that differ, all of them where the shapes do."""
    if expected.shape != found.shape:
        return max(expected.size, found.size)
    return int((expected != found).sum())


def test_real_sentences_are_bit_equal_to_plain_integers(
    session: onnxruntime.InferenceSession,
) -> None:
    texts = real_texts(100)
    for positions in batch_positions(texts):
        batch = [texts[position] for position in positions]
        indices, _ = hash_by_graph(session, batch)
        for text, row in zip(batch, indices, strict=True):
            expected = plain.indices_of(text, CONFIG.num_hashes, CONFIG.table_size)
            assert row[: len(expected)].tolist() == expected[: CONFIG.max_words]


def test_a_batch_of_no_bytes_is_empty_texts(session: onnxruntime.InferenceSession) -> None:
    indices, words = session.run(None, {"bytes": np.zeros((3, 0), np.uint8)})
    assert indices.shape == (3, 1, CONFIG.num_hashes)
    assert not indices.any()
    assert words.tolist() == [0, 0, 0]
