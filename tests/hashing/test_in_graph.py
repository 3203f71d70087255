"""The hash as tensor operations, where exactness is not plain from the code."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from neurolite_core.artifact.buckets import buckets_of
from neurolite_core.hashing.graph_arithmetic import divide, first_ends, fraction, running_sums
from neurolite_core.hashing.in_graph import GraphHash
from neurolite_core.hashing.offsets_in_graph import GraphOffsets
from neurolite_core.hashing.words import MODULUS, TAIL_BASE, TAIL_STEP, hash_words
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.features import graph_hash
from neurolite_core.text.word_offsets import word_offsets
from neurolite_core.text.words import pack_texts
from texts import follower_texts, generated_texts


def test_remainders_are_exact_for_every_sum() -> None:
    for start in range(0, 2**24, 2**21):
        sums = torch.arange(start, start + 2**21, dtype=torch.int32)
        found = fraction(sums.to(torch.float32) / MODULUS) * MODULUS
        assert torch.equal(found, (sums % MODULUS).to(torch.float32))


def test_quotients_by_the_smallest_and_the_largest_table_are_exact() -> None:
    sums = torch.arange(MODULUS + TAIL_STEP * TAIL_BASE, dtype=torch.int32)
    for divisor in (64, 82, 94, 8_192, 30_011, 65_536):  # 82 and 94 need the half unit
        assert torch.equal(
            divide(sums.to(torch.float32), divisor), (sums // divisor).to(torch.float32)
        )


def test_running_sums_have_the_right_remainders_at_the_longest_text() -> None:
    generator = torch.Generator().manual_seed(0)
    numbers = torch.randint(0, 4_096, (1, 1, 65_536), generator=generator)
    ones = torch.ones(1, 1, 65_536)
    moduli = torch.tensor([2.0**24, TAIL_BASE])[None, :, None]
    counted = torch.cat([ones, numbers.to(torch.float32)], dim=1)
    found = running_sums(counted, moduli, 1.0 / moduli)
    assert float(found.max()) < 2**24
    assert torch.equal(found[0, 0].reshape(-1), torch.arange(1.0, 65_537.0))
    expected = numbers.reshape(-1).cumsum(0) % TAIL_BASE
    assert torch.equal(found[0, 1].reshape(-1).to(torch.int64) % TAIL_BASE, expected)


def test_the_same_as_numpy() -> None:
    texts = sorted(generated_texts(300, seed=7) + follower_texts(700, seed=8), key=len)
    for num_hashes, table_size, max_words in ((16, 8192, 256), (1, 64, 3), (64, 65_536, 256)):
        graph = GraphHash(num_hashes=num_hashes, table_size=table_size, max_words=max_words)
        for start in range(0, len(texts), 100):
            batch = texts[start : start + 100]
            expected = hash_words(batch, num_hashes=num_hashes, table_size=table_size)
            indices, counts = graph(torch.from_numpy(pack_texts(batch)))
            assert np.array_equal(counts.numpy(), expected.counts)
            assert np.array_equal(indices.numpy(), expected.padded(max_words)[0])


def test_quotients_by_any_table_size_are_exact_even_when_rounded_the_other_way() -> None:
    # A quotient can only go wrong beside a multiple of the divisor.
    divisors = np.arange(64, 65_537, dtype=np.int64)
    reciprocals = (1.0 / divisors).astype(np.float32)
    for factor in (1, 2, 3, 7, 50, 1_000, 4_095, 7_990):
        for beside in (-1, 0, 1):
            values = divisors * factor + beside
            inside = values < MODULUS + TAIL_STEP * TAIL_BASE
            products = (values.astype(np.float32) + np.float32(0.5)) * reciprocals
            for way in (-np.inf, np.inf):
                moved = np.nextafter(products, np.float32(way), dtype=np.float32)
                for product in (products, moved):
                    found = np.floor(product).astype(np.int64)
                    assert np.array_equal(found[inside], (values // divisors)[inside])


def test_no_tensor_of_a_fixed_shape_is_empty() -> None:
    # Core ML has no empty tensors.
    config = NeuroLiteConfig.tiny()
    module = FixedHash(config, length=16)
    program = torch.export.export(module, (torch.zeros((1, 64), dtype=torch.uint8),))
    values = [node.meta.get("val") for node in program.graph.nodes]
    shapes = [value.shape for value in values if isinstance(value, torch.Tensor)]
    assert len(shapes) > 100
    assert not [shape for shape in shapes if 0 in shape]


def offsets_in_graph(graph: GraphHash, packed: NDArray[np.uint8], length: int) -> NDArray[np.int32]:
    clusters = graph.read_clusters(torch.from_numpy(packed), lengths=True)
    _, running, _ = graph.hash_clusters(clusters)
    found = GraphOffsets()(clusters, running, first_ends(running, length), length)
    offsets: NDArray[np.int32] = found.numpy()
    return offsets


@pytest.mark.parametrize("length", [1, 7, 300])
def test_offsets_are_those_of_numpy(length: int) -> None:
    graph = GraphHash(num_hashes=1, table_size=64, max_words=1)
    texts = sorted(generated_texts(300, seed=9) + follower_texts(500, seed=10), key=len)
    for start in range(0, len(texts), 50):
        batch = texts[start : start + 50]
        expected = word_offsets(batch, length, length)
        packed = pack_texts(batch)
        assert np.array_equal(offsets_in_graph(graph, packed, length), expected)
        padded = np.pad(packed, ((0, 0), (0, 70)))
        assert np.array_equal(offsets_in_graph(graph, padded, length), expected)


@pytest.mark.parametrize("size", [64, 512])
@pytest.mark.parametrize("ending", ["word", "e\u0301\u0301", "\u4e2d", "\u0301" * 9, " "])
def test_a_word_may_end_with_the_last_byte_of_a_bucket(size: int, ending: str) -> None:
    graph = GraphHash(num_hashes=1, table_size=64, max_words=1)
    text = (b"ab c " * size)[: size - len(ending.encode())] + ending.encode()
    packed = np.frombuffer(text, np.uint8)[None].copy()
    assert np.array_equal(offsets_in_graph(graph, packed, 256), word_offsets([text], 256, 256))


class FixedHash(torch.nn.Module):
    def __init__(self, config: NeuroLiteConfig, length: int) -> None:
        super().__init__()
        self.hash = graph_hash(config)
        self.length = length

    def forward(self, input_bytes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.hash.fixed(input_bytes, self.length)


@pytest.mark.parametrize("position", range(5))
def test_fixed_shapes_give_the_same_as_free_ones(position: int) -> None:
    config = NeuroLiteConfig.tiny()
    graph = graph_hash(config)
    bucket = buckets_of(config.max_bytes, config.max_words)[position]
    texts = generated_texts(40, seed=position) + follower_texts(40, seed=position)
    texts = [text[: bucket.num_bytes] for text in texts]
    for text in texts:
        free, count = graph(torch.from_numpy(pack_texts([text])))
        packed = torch.zeros((1, bucket.num_bytes), dtype=torch.uint8)
        packed[0, : len(text)] = torch.tensor(list(text), dtype=torch.uint8)
        fixed, fixed_count = graph.fixed(packed, bucket.num_words)
        length = min(free.shape[1], bucket.num_words)
        assert int(fixed_count) == int(count)
        assert torch.equal(fixed[:, :length], free[:, :length])
        assert not fixed[:, max(length, int(count)) :].any()


@pytest.mark.parametrize("size", [64, 448, 512])
@pytest.mark.parametrize(
    "ending", ["word", "it'", "e\u0301", "e\u0301\u0301" * 3, "\u4e2d", "\U0001f600", " "]
)
def test_a_text_may_end_with_the_last_byte_of_a_bucket(size: int, ending: str) -> None:
    whole = ending.encode()
    for cut in range(len(whole)):
        end = whole[: len(whole) - cut]
        text = (b"ab c " * size)[: size - len(end)] + end
        for table_size in (8192, 30_720):
            expected = hash_words([text], num_hashes=16, table_size=table_size)
            graph = GraphHash(num_hashes=16, table_size=table_size, max_words=256)
            indices, counts = graph.fixed(torch.tensor([list(text)], dtype=torch.uint8), 256)
            assert int(counts) == int(expected.counts[0])
            assert np.array_equal(indices.numpy()[:, : int(counts)], expected.padded(256)[0])
            assert not indices[:, int(counts) :].any()
