"""N-grams in numpy, as tensor operations and as ONNX function, against plain integers and golden vectors."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch

from golden import make, plain
from neurolite_core.ground.errors import InputError
from neurolite_core.hashing.in_graph import GraphHash
from neurolite_core.hashing.ngrams import NO_NGRAM, NgramConfig, hash_ngrams, ngram_constants
from neurolite_core.hashing.ngrams_in_graph import GraphNgrams
from neurolite_core.hashing.words import MODULUS
from neurolite_core.text.words import pack_texts
from neurolite_export.targets.onnx.hash_model import ngram_model
from texts import follower_texts, generated_texts, real_texts

TEXTS = sorted(generated_texts(400, seed=31) + follower_texts(400, seed=32), key=len)
VECTORS = json.loads(make.PATH.read_text("utf-8"))
CONFIGS = (
    NgramConfig(),
    NgramConfig(across_words=True),
    NgramConfig(lowest=3, highest=4, max_symbols=20),
    NgramConfig(lowest=5, across_words=True, max_symbols=7),
)


def by_plain(texts: list[bytes], config: NgramConfig) -> list[list[list[int]]]:
    """Of each text and symbol the values of the config's orders."""
    return [
        [
            row[config.lowest - 2 : config.highest - 1]
            for row in plain.ngrams_of(text, across=config.across_words, most=config.max_symbols)
        ]
        for text in texts
    ]


@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_golden_vectors(case: dict[str, Any], across: bool) -> None:
    found = hash_ngrams([bytes.fromhex(case["bytes"])], NgramConfig(across_words=across))
    assert found.values.tolist() == case["ngrams_across_words" if across else "ngrams"]


def test_golden_constants() -> None:
    rows = [
        [*constants.weights.reshape(-1).tolist(), constants.offset]
        for constants in ngram_constants().values()
    ]
    assert rows == VECTORS["ngram_constants"]


@pytest.mark.parametrize("config", CONFIGS)
def test_numpy_equals_plain_integers(config: NgramConfig) -> None:
    expected = by_plain(TEXTS, config)
    found = hash_ngrams(TEXTS, config)
    assert found.values.tolist() == [row for rows in expected for row in rows]
    assert found.kept.tolist() == [len(rows) for rows in expected]
    assert found.counts.tolist() == [len(plain.symbols_of(text)) for text in TEXTS]
    padded = found.padded()
    for text, rows in enumerate(expected):
        assert padded[text, : len(rows)].tolist() == rows
        assert (padded[text, len(rows) :] == NO_NGRAM).all()


@pytest.fixture(scope="module")
def graph_hash() -> GraphHash:
    return GraphHash(num_hashes=1, table_size=64, max_words=1)


@pytest.mark.parametrize("config", CONFIGS)
def test_the_graph_equals_numpy(graph_hash: GraphHash, config: NgramConfig) -> None:
    graph = GraphNgrams(config)
    for start in range(0, len(TEXTS), 100):
        batch = TEXTS[start : start + 100]
        expected = hash_ngrams(batch, config)
        values, counts = graph(graph_hash.read_clusters(torch.from_numpy(pack_texts(batch))))
        assert np.array_equal(counts.numpy(), expected.counts)
        assert np.array_equal(values.numpy(), expected.padded())


@pytest.mark.parametrize("config", CONFIGS)
def test_the_onnx_function_equals_numpy(config: NgramConfig) -> None:
    session = onnxruntime.InferenceSession(ngram_model(config))
    for start in range(0, len(TEXTS), 100):
        batch = TEXTS[start : start + 100]
        expected = hash_ngrams(batch, config)
        values, counts = session.run(["values", "symbols"], {"bytes": pack_texts(batch)})
        assert np.array_equal(counts, expected.counts)
        assert np.array_equal(values, expected.padded())
    values, counts = session.run(None, {"bytes": np.zeros((3, 0), np.uint8)})
    assert values.tolist() == [[[NO_NGRAM] * len(config.orders)]] * 3
    assert counts.tolist() == [0, 0, 0]


@pytest.mark.parametrize("config", CONFIGS)
def test_fixed_shapes_give_the_same_as_free_ones(
    graph_hash: GraphHash, config: NgramConfig
) -> None:
    graph = GraphNgrams(config)
    for text in TEXTS[::20]:
        packed = torch.zeros((1, 128), dtype=torch.uint8)
        packed[0, : len(text[:128])] = torch.tensor(list(text[:128]), dtype=torch.uint8)
        expected = hash_ngrams([text[:128]], config)
        values, count = graph.fixed(graph_hash.read_clusters(packed), min(config.max_symbols, 257))
        assert count.tolist() == expected.counts.tolist()
        assert values[0, : len(expected.values)].tolist() == expected.values.tolist()
        assert (values[0, len(expected.values) :] == NO_NGRAM).all()


def test_a_word_by_itself_has_the_same_values_as_among_others() -> None:
    alone = hash_ngrams([b"alarm"], NgramConfig())
    among = hash_ngrams([b"an alarm!"], NgramConfig())
    assert among.values[3:9].tolist() == alone.values[:6].tolist()


def test_across_words_there_is_one_border_in_any_gap() -> None:
    config = NgramConfig(across_words=True)
    first, second, third = (hash_ngrams([text], config) for text in (b"a b", b"a \t\n  b", b"a,b"))
    assert first.values.tolist() == second.values.tolist()
    assert first.counts.tolist() == [5]
    assert third.counts.tolist() == [7]


def test_an_ideograph_has_an_order_to_itself() -> None:
    text = "\u4f60\u597d".encode()
    found = hash_ngrams([text], NgramConfig(lowest=3, highest=3)).values[:, 0].tolist()
    assert found[1::2] == [NO_NGRAM, NO_NGRAM]
    assert found[0] == hash_ngrams([text[:3]], NgramConfig(lowest=3, highest=3)).values[0, 0]


def test_composed_and_decomposed_text_and_invisible_characters_have_equal_ngrams() -> None:
    texts = ["t\u00e9l\u00e9", "te\u0301le\u0301", "T\u00c9\u200bL\u00c9"]
    values = [hash_ngrams([text.encode()], NgramConfig()).values.tolist() for text in texts]
    assert values[0] == values[1] == values[2]


def test_real_sentences_equal_plain_integers() -> None:
    texts = real_texts(100)
    for config in CONFIGS[:2]:
        expected = [row for rows in by_plain(texts, config) for row in rows]
        assert hash_ngrams(texts, config).values.tolist() == expected


def test_values_are_spread_over_the_modulus() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = [a + b + c for a in letters for b in letters for c in letters]
    found = hash_ngrams([word.encode() for word in words], NgramConfig(lowest=5))
    values = found.values[found.values != NO_NGRAM]
    assert len(values) == len(words)
    # Thrown at random, 17,576 of 262,144 places would hit 17,000 different ones.
    assert len(np.unique(values)) > 16_000
    assert values.max() < MODULUS


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lowest": 1}, "lowest is 1; give a whole number from 2 to 5."),
        ({"lowest": 4, "highest": 3}, "highest is 3; give a whole number from 4 to 5."),
        ({"highest": 6}, "highest is 6; give a whole number from 2 to 5."),
        ({"max_symbols": 0}, "max_symbols is 0; give a whole number from 1 to 131073."),
    ],
)
def test_what_is_not_allowed(changes: dict[str, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        NgramConfig(**changes)  # type: ignore[arg-type]
