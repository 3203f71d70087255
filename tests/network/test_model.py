"""The reference model's interface and its invariants."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from neurolite_core import (
    InputError,
    NeuroLiteConfig,
    NeuroLiteForClassification,
    NeuroLiteForEmbedding,
    NeuroLiteModel,
)
from neurolite_core.hashing.words import hash_words
from neurolite_core.network.config import POOLINGS, PRESETS
from neurolite_core.network.pooling import POOLING_MODULES
from neurolite_core.text.words import pack_texts
from texts import generated_texts


def pack(texts: list[bytes], extra: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.pad(pack_texts(texts), ((0, 0), (0, extra))))


@pytest.fixture(scope="module")
def classifier() -> NeuroLiteForClassification:
    torch.manual_seed(1)
    return NeuroLiteForClassification(NeuroLiteConfig.tiny(), num_labels=5).eval()


def test_public_api_reads_as_published() -> None:
    config = NeuroLiteConfig.tiny()
    hidden = NeuroLiteModel(config)(input_texts=["book a table", "hi"])
    assert hidden.shape == (2, 3, config.hidden_size)
    answer = NeuroLiteForClassification(config, num_labels=2)(input_texts=["book a table"])
    assert answer["logits"].shape == (1, 2)


def test_embedding_model_gives_unit_vectors_and_no_labels() -> None:
    network = NeuroLiteForEmbedding(NeuroLiteConfig.tiny()).eval()
    vectors = network(input_texts=["one", "two words", "three more words"])["embedding"]
    assert torch.allclose(vectors.norm(dim=1), torch.ones(3))
    assert network.labels == ()
    with pytest.raises(InputError, match="no labels"):
        NeuroLiteForEmbedding(NeuroLiteConfig.tiny(), labels=["a", "b"])


@pytest.mark.parametrize("name", PRESETS)
def test_graph_hash_matches_integers_on_generated_texts(name: str) -> None:
    model = NeuroLiteModel(PRESETS[name]())
    config = model.config
    texts = generated_texts(600, seed=5)
    for first in range(0, len(texts), 100):
        batch = texts[first : first + 100]
        words = hash_words(batch, num_hashes=config.num_hashes, table_size=config.table_size)
        expected, _ = words.padded(config.max_words)
        indices, counts = model.hash(pack(batch))
        assert counts.tolist() == words.counts.tolist()
        assert int((indices.numpy() != expected).sum()) == 0


def test_int32_bytes_give_the_same_indices(classifier: NeuroLiteForClassification) -> None:
    packed = pack([b"hello", "été".encode()])
    from_uint8, _ = classifier.model.hash(packed)
    from_int32, _ = classifier.model.hash(packed.to(torch.int32))
    assert torch.equal(from_uint8, from_int32)


@torch.no_grad()
def test_bytes_and_texts_give_the_same_answer(classifier: NeuroLiteForClassification) -> None:
    texts = ["book a table", "", "Größe 42, bitte!", "今日は"]
    by_text = classifier(input_texts=texts)["logits"]
    by_bytes = classifier(input_bytes=pack([text.encode() for text in texts], extra=9))["logits"]
    assert torch.equal(by_text, by_bytes)


@pytest.mark.parametrize("pooling", POOLINGS)
@torch.no_grad()
def test_padding_changes_nothing(pooling: str) -> None:
    torch.manual_seed(2)
    config = dataclasses.replace(NeuroLiteConfig.tiny(), pooling=pooling, window=2)
    network = NeuroLiteForClassification(config, num_labels=7).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.LayerNorm):  # one that has learned nothing adds nothing
            torch.nn.init.normal_(module.bias)
    long_text = " ".join(f"word{number}" for number in range(200))
    alone = network(input_texts=["a short text"])["logits"]
    beside = network(input_texts=["a short text", long_text, ""])["logits"]
    assert (alone - beside[:1]).abs().max() < 1e-5
    assert torch.isfinite(beside).all()


@torch.no_grad()
def test_words_beyond_the_limit_change_nothing() -> None:
    config = dataclasses.replace(NeuroLiteConfig.tiny(), max_words=4)
    network = NeuroLiteForClassification(config).eval()
    left = network(input_texts=["one two three four"])["logits"]
    right = network(input_texts=["one two three four five six"])["logits"]
    assert torch.equal(left, right)


@torch.no_grad()
def test_word_order_matters(classifier: NeuroLiteForClassification) -> None:
    both = classifier(input_texts=["dog bites man", "man bites dog"])["logits"]
    assert (both[0] - both[1]).abs().max() > 1e-3


def test_gradients_reach_every_parameter(classifier: NeuroLiteForClassification) -> None:
    text = " ".join(f"w{number}" for number in range(256))
    classifier(input_texts=[text])["logits"].square().sum().backward()
    without = [
        name
        for name, parameter in classifier.named_parameters()
        if parameter.grad is None or not parameter.grad.any()
    ]
    classifier.zero_grad()
    assert without == []


def test_max_pool_ignores_padding_and_handles_no_words() -> None:
    x = torch.tensor([[[-3.0], [5.0]], [[1.0], [2.0]]])
    mask = torch.tensor([[[1.0], [0.0]], [[0.0], [0.0]]])
    assert POOLING_MODULES["max"]()(x, mask).tolist() == [[-3.0], [0.0]]
    assert POOLING_MODULES["mean"]()(x, mask).tolist() == [[-3.0], [0.0]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "exactly one"),
        (
            {"input_texts": ["a"], "input_bytes": torch.zeros(1, 1, dtype=torch.uint8)},
            "exactly one",
        ),
        ({"input_texts": "a text"}, "give a list"),
        ({"input_texts": []}, "empty"),
        ({"input_bytes": torch.zeros(1, 1)}, "float32"),
        ({"input_bytes": torch.zeros(3, dtype=torch.uint8)}, r"shape \(3,\)"),
    ],
)
def test_wrong_inputs_are_refused(
    classifier: NeuroLiteForClassification, arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        classifier(**arguments)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["one"], "number of labels is 1"),
        (["a", "a"], "twice"),
        (["a", ""], "cannot be used"),
        (["a", "b" * 300], "cannot be used"),
    ],
)
def test_bad_labels_are_refused(labels: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        NeuroLiteForClassification(NeuroLiteConfig.tiny(), labels=labels)
    with pytest.raises(InputError, match="num_labels is 3"):
        NeuroLiteForClassification(NeuroLiteConfig.tiny(), 3, labels=["a", "b"])
