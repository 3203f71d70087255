"""Small generators that the tests share: of random weights, and one that has learned a few sentences by heart."""

from __future__ import annotations

import dataclasses
from typing import Final

import torch
from torch.nn import functional

from backbones import ONE
from neurolite_core.network.backbones.liquid_options import LiquidOptions
from neurolite_core.network.backbones.ssm_options import SsmOptions
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.generation_options import GenerationOptions
from neurolite_core.network.model import NeuroLiteForGeneration
from neurolite_core.text.segments import split_segments
from neurolite_core.text.vocabulary import Vocabulary, count_words, make_vocabulary

SENTENCES: Final = (
    b"How are you today?\nI am fine, and you?",
    b"What is your name?\nMy name is Ada.",
    b"Where do you live now?\nNot far from here.",
    b"Can we meet at noon?\nYes, see you then!",
)
GENERATING: Final = dataclasses.replace(
    ONE,
    backbone="ssm",
    backbone_options=SsmOptions(num_layers=1, inner=32, state=2, step_rank=4, causal=True),
    pooling="last",
    generation=GenerationOptions(size=16),
)
# Other shapes of the same: a window form of packed rows, and liquid cells, without words beside.
GENERATING_PACKED: Final = dataclasses.replace(
    GENERATING,
    backbone_options=SsmOptions(num_layers=2, inner=48, state=1, step_rank=8, causal=True),
    projection_size=64,
    num_hashes=8,
    table_bits=4,
    generation=GenerationOptions(size=20),
)
GENERATING_LIQUID: Final = dataclasses.replace(
    GENERATING,
    backbone="liquid",
    backbone_options=LiquidOptions(num_layers=2, inner=16, shared=24, causal=True),
    window=0,
)


def vocabulary() -> Vocabulary:
    """The words of ``SENTENCES``."""
    return make_vocabulary(count_words(SENTENCES), 400)


def generator(config: NeuroLiteConfig = GENERATING) -> NeuroLiteForGeneration:
    """Random weights."""
    torch.manual_seed(5)
    found = NeuroLiteForGeneration(config, labels=vocabulary().labels)
    torch.nn.init.normal_(found.empty)
    return found.eval()


@torch.enable_grad()
def taught_generator() -> NeuroLiteForGeneration:
    """``generator`` trained until it says ``SENTENCES``."""
    network, entries = generator(), vocabulary()
    indices, counts = network.features(SENTENCES)
    targets = [entries.targets(text) for text in SENTENCES]
    rows, places = zip(
        *((row, place) for row, own in enumerate(targets) for place in range(len(own))), strict=True
    )
    wanted = torch.tensor([number for own in targets for number in own])
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(80):
        optimizer.zero_grad()
        vectors = network.following(indices, counts)[list(rows), list(places)]
        functional.cross_entropy(network.head(vectors), wanted).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return network


def beginnings() -> tuple[list[bytes], list[int]]:
    """The beginnings of ``SENTENCES`` in whole words, and the entry behind each; of the empty one there are four."""
    entries = vocabulary()
    texts, following = [], []
    for text, split in zip(SENTENCES, split_segments(SENTENCES), strict=True):
        wanted = entries.targets(text)
        for place, entry in enumerate(wanted):
            texts.append(b"".join(split.words[:place]))
            following.append(entry)
    return texts, following
