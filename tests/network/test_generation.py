"""A generator: what its answers depend on, what training sees of it, and what it cannot be made of."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch

from backbones import ONE
from generating import GENERATING, SENTENCES, beginnings, generator, taught_generator, vocabulary
from neurolite_core import (
    CheckpointError,
    GenerationOptions,
    InputError,
    NeuroLiteConfig,
    NeuroLiteForClassification,
    NeuroLiteForGeneration,
    load_checkpoint,
    save_checkpoint,
)
from neurolite_core.network.backbones.ssm_options import SsmOptions
from neurolite_core.network.memory.options import MemoryOptions
from neurolite_core.network.pooling import LastPooling
from neurolite_core.network.table_bits import with_table_bits
from neurolite_core.text.words import pack_texts

WINDOWS = [
    dataclasses.replace(GENERATING, window=window, max_words=32, max_bytes=128)
    for window in (0, 1, 3)
]


def test_the_last_word_is_pooled_and_no_word_is_zero() -> None:
    x = torch.tensor([[[1.0], [2.0], [9.0]], [[3.0], [4.0], [5.0]], [[9.0], [9.0], [9.0]]])
    mask = torch.tensor([[[1.0], [1.0], [0.0]], [[1.0], [1.0], [1.0]], [[0.0], [0.0], [0.0]]])
    assert LastPooling()(x, mask).tolist() == [[2.0], [5.0], [0.0]]


@pytest.mark.parametrize("config", WINDOWS, ids=lambda config: f"window {config.window}")
@torch.no_grad()
def test_training_sees_at_every_word_what_the_text_up_to_it_is_answered(
    config: NeuroLiteConfig,
) -> None:
    """So nothing at a word depends on what comes: neither by the backbone, nor by the window before it."""
    network = generator(config)
    whole = network.head(network.following(*network.features(SENTENCES)))
    longest = max(len(vocabulary().targets(text)) for text in SENTENCES)
    assert whole.shape == (4, longest, len(vocabulary()))
    texts, _ = beginnings()
    alone = iter(network(input_texts=texts)["logits"])
    for row, text in enumerate(SENTENCES):
        for place in range(len(vocabulary().targets(text))):
            torch.testing.assert_close(whole[row, place], next(alone), rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_a_window_to_the_left_joins_words_before_and_none_behind() -> None:
    mixing = generator(WINDOWS[2]).model.window
    x = torch.randn(1, 6, GENERATING.projection_size)
    expected = torch.cat([torch.zeros(3, x.shape[2]), x[0]])
    joined = torch.stack([expected[place : place + 4].reshape(-1) for place in range(6)])
    torch.testing.assert_close(mixing(x)[0], mixing.linear(joined))


def test_it_learns_by_heart_and_the_empty_text_has_an_answer_of_its_own() -> None:
    network = taught_generator()
    texts, following = beginnings()
    with torch.no_grad():
        answers = network(input_texts=texts)["logits"].softmax(dim=1)
    certain = [place for place, text in enumerate(texts) if text]
    assert [int(answers[place].argmax()) for place in certain] == [following[p] for p in certain]
    firsts = {following[place] for place, text in enumerate(texts) if not text}
    assert len(firsts) == 4
    assert all(0.15 < float(answers[0, first]) < 0.35 for first in firsts)


@torch.no_grad()
def test_a_checkpoint_gives_it_back(tmp_path: Path) -> None:
    network = generator()
    save_checkpoint(network, tmp_path, probes=[(text.decode(), None) for text in SENTENCES])
    loaded = load_checkpoint(tmp_path)
    assert isinstance(loaded, NeuroLiteForGeneration)
    assert (loaded.labels, loaded.config) == (network.labels, network.config)
    texts, _ = beginnings()
    assert torch.equal(loaded(input_texts=texts)["logits"], network(input_texts=texts)["logits"])


@torch.no_grad()
def test_its_table_is_packed_as_any(tmp_path: Path) -> None:
    network = generator()
    packed = with_table_bits(network, 4)
    again = load_checkpoint(save_checkpoint(packed, tmp_path))
    found, expected = (each(input_texts=SENTENCES)["logits"] for each in (again, packed))
    assert torch.equal(found, expected)
    assert 0 < (found - network(input_texts=SENTENCES)["logits"]).abs().max() < 1.0


def test_a_checkpoint_of_other_labels_is_refused(tmp_path: Path) -> None:
    network = generator()
    network.labels = network.labels[1:]
    save_checkpoint(network, tmp_path)
    with pytest.raises(CheckpointError, match=r"labels begin with .*</s>"):
        load_checkpoint(tmp_path)


def test_its_config_is_json_and_back() -> None:
    assert NeuroLiteConfig.from_json(GENERATING.to_json()) == GENERATING
    assert NeuroLiteConfig.from_json(ONE.to_json()).generation is None
    with pytest.raises(InputError, match="generation's size is 2"):
        GenerationOptions(size=2)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"generation": None}, "has no generation"),
        ({"backbone": "mixer", "backbone_options": ONE.backbone_options}, "'mixer' reads words"),
        ({"backbone_options": SsmOptions(num_layers=1, inner=8)}, "'ssm' reads words.*causal=True"),
        ({"pooling": "mean"}, "pooling is 'mean'.*last"),
        ({"bag": True}, "has bag, which no generator has"),
        ({"memory": MemoryOptions()}, "has memory, which no generator has"),
    ],
)
def test_what_cannot_generate_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        NeuroLiteForGeneration(
            dataclasses.replace(GENERATING, **changes), labels=vocabulary().labels
        )


def test_labels_of_no_vocabulary_and_other_tasks_are_refused() -> None:
    for labels in (None, ["yes", "no"]):
        with pytest.raises(InputError, match="those of a generator begin with"):
            NeuroLiteForGeneration(GENERATING, labels=labels)
    with pytest.raises(InputError, match="'classification' does not give"):
        NeuroLiteForClassification(GENERATING, 3)


@torch.no_grad()
def test_line_breaks_are_words_on_the_host_and_in_the_graph() -> None:
    texts = [
        b"Yes.\nNo",
        b"\n",
        b"a\n\nb \n c\n",
        b"a|b",
        b"a\nb",
        b"a b",
        b"\r\n\x0b",
        b"\xff\n\xe2\n",
    ]
    network = generator()
    indices, counts = network.features(texts)
    assert counts.tolist() == [3, 1, 6, 3, 3, 2, 1, 4]
    assert torch.equal(indices[3], indices[4])
    packed = torch.from_numpy(pack_texts(texts))
    in_graph, found = network.model.featurize(None, packed)
    assert torch.equal(found, counts)
    assert torch.equal(in_graph.long(), indices)
