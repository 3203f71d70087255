"""N-grams inside graphs, in the runtimes whose files have no op of ours, against numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from neurolite_bench.measuring.hash_alone import in_executorch, in_litert
from neurolite_core.hashing.in_graph import GraphHash
from neurolite_core.hashing.ngrams import NO_NGRAM, NgramConfig, hash_ngrams
from neurolite_core.hashing.ngrams_in_graph import GraphNgrams
from texts import follower_texts, generated_texts

Packed = NDArray[np.uint8]
BYTES, SYMBOLS = 64, 96
TEXTS = [t for t in generated_texts(60, seed=41) + follower_texts(60, seed=42) if len(t) <= BYTES]
CONFIG = NgramConfig(across_words=False, max_symbols=SYMBOLS)


class Alone(torch.nn.Module):
    """bytes uint8 (1, 64) -> values int32 (1, 96, 4), symbols float32 (1)."""

    def __init__(self) -> None:
        super().__init__()
        self.hash = GraphHash(num_hashes=1, table_size=64, max_words=1)
        self.ngrams = GraphNgrams(CONFIG)

    def forward(self, input_bytes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.ngrams.fixed(self.hash.read_clusters(input_bytes), SYMBOLS)


@pytest.mark.filterwarnings("ignore")  # the converters, which call old names of Python's
@pytest.mark.parametrize(
    ("runtime", "build"), [("executorch", in_executorch), ("litert", in_litert)]
)
def test_the_graph_gives_the_same_in_each_runtime(
    runtime: str, build: Callable[[torch.nn.Module, Packed], Callable[[], list[Any]]]
) -> None:
    pytest.importorskip({"executorch": "executorch", "litert": "litert_torch"}[runtime])
    packed = np.zeros((1, BYTES), np.uint8)
    call = build(Alone().eval(), packed)
    assert len(TEXTS) > 60
    for text in TEXTS:
        packed[:] = 0
        packed[0, : len(text)] = np.frombuffer(text, np.uint8)
        expected = hash_ngrams([text], CONFIG)
        values, counts = (np.asarray(found) for found in call())
        kept = len(expected.values)
        assert counts.tolist() == expected.counts.tolist()
        assert np.array_equal(values[0, :kept], expected.values)
        assert (values[0, kept:] == NO_NGRAM).all()
