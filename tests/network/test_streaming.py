"""A generator that goes on from a state says at every word what it says of the whole text."""

from __future__ import annotations

import dataclasses
from typing import Final

import pytest
import torch
from torch import Tensor

from generating import GENERATING, SENTENCES, generator, taught_generator
from neurolite_core.network.backbones.liquid_options import LiquidOptions
from neurolite_core.network.backbones.ssm_options import SsmOptions
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.model import NeuroLiteForGeneration
from neurolite_core.network.remembering import initial_tensors
from neurolite_core.network.streaming import MOST_BYTES, MOST_WORDS, Streamed
from neurolite_core.text.segments import split_segments

LONG: Final = dataclasses.replace(GENERATING, max_words=64, max_bytes=600)
CONFIGS: Final = {
    "no window": dataclasses.replace(LONG, window=0),
    "two blocks, a wide window": dataclasses.replace(
        LONG,
        window=3,
        backbone_options=SsmOptions(num_layers=2, inner=10, state=4, step_rank=3, causal=True),
    ),
    "liquid": dataclasses.replace(
        LONG,
        backbone="liquid",
        backbone_options=LiquidOptions(num_layers=2, inner=8, shared=8, causal=True),
    ),
}
SIZES: Final = ([1] * 60, [3, 0, 1, 7, 16, 2, 1, 16], [16, 16, 16, 16])


def drawn(config: NeuroLiteConfig) -> NeuroLiteForGeneration:
    """No number of it is as it begins, so that none is forgotten unseen."""
    network = generator(config)
    with torch.no_grad():
        for value in network.parameters():
            value.add_(0.2 * torch.randn_like(value))
    return network


def said(
    network: Streamed, texts: list[bytes], state: tuple[Tensor, ...]
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Logits [N, V] of what follows the next words of N texts, and the next state."""
    found = network.network(*network.features(texts), state=state)
    return found["logits"], tuple(found[spec.next_name] for spec in network.state_specs)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
@pytest.mark.parametrize("sizes", SIZES, ids=["words", "mixed", "many"])
@torch.no_grad()
def test_any_number_of_words_at_a_time_is_answered_as_the_whole(
    config: NeuroLiteConfig, sizes: list[int]
) -> None:
    network = drawn(config)
    streamed = Streamed(network)
    words = split_segments([b" ".join(SENTENCES)])[0].words
    whole = network.head(network.following(*network.features([b"".join(words)])))[0]
    assert whole.abs().max() > 0.5
    state, place = initial_tensors(streamed.state_specs, 1, whole.device), 0
    for size in sizes:
        piece = words[place : place + size]
        logits, state = said(streamed, [b"".join(piece)], state)
        place += len(piece)
        torch.testing.assert_close(logits[0], whole[place], rtol=1e-4, atol=5e-5)
    assert place == len(words)


@torch.no_grad()
def test_texts_of_a_batch_do_not_see_each_other() -> None:
    """Nor does one that has fewer words than another in a call, or none."""
    streamed = Streamed(drawn(CONFIGS["two blocks, a wide window"]))
    pieces = [[b"How are", b" you today?"], [b"", b" What"], [b"Can we meet at noon?", b""]]
    together = initial_tensors(streamed.state_specs, 3, torch.device("cpu"))
    logits = torch.zeros(0)
    for turn in range(2):
        logits, together = said(streamed, [own[turn] for own in pieces], together)
    for row, own in enumerate(pieces):
        state = initial_tensors(streamed.state_specs, 1, torch.device("cpu"))
        for piece in own:
            alone, state = said(streamed, [piece], state)
        torch.testing.assert_close(logits[row], alone[0], rtol=1e-4, atol=1e-5)
        for one, other in zip(together, state, strict=True):
            torch.testing.assert_close(one[row], other[0], rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_it_remembers_more_than_one_call_reads_and_keeps_its_conversations() -> None:
    streamed = Streamed(taught_generator())
    assert (streamed.config.max_words, streamed.config.max_bytes) == (
        min(GENERATING.max_words, MOST_WORDS),
        min(GENERATING.max_bytes, MOST_BYTES),
    )
    expected = taught_generator()(input_texts=[b"Can we meet at"])["logits"]
    for piece in (b"Can", b" we meet", b" at"):
        found = streamed(input_texts=[piece], update_memory=True)["logits"]
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
    streamed.reset_memory()
    beginning = taught_generator()(input_texts=[b""])["logits"]
    torch.testing.assert_close(streamed(input_texts=[b""])["logits"], beginning)


def test_its_weights_are_the_generators() -> None:
    network = drawn(CONFIGS["no window"])
    streamed = Streamed(network)
    assert streamed.labels == network.labels
    assert streamed.state_dict().keys() == network.state_dict().keys()
    assert [spec.name for spec in streamed.state_specs] == ["layer_0", "last"]
    windowed = Streamed(drawn(CONFIGS["two blocks, a wide window"]))
    assert [(spec.name, spec.shape) for spec in windowed.state_specs] == [
        ("layer_0", (40,)),
        ("layer_1", (40,)),
        ("behind", (3, 32)),
        ("last", (32,)),
    ]
