"""Networks that find spans: which words are of a type is drawn by lot, and they know it by heart."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Sequence

import torch
from torch.nn import functional

from neurolite_core import NeuroLiteConfig
from neurolite_core.answer.character_spans import TypedSpan, character_spans
from neurolite_core.answer.spans import WordSpan, spans_of, tags_of
from neurolite_core.network.model import NeuroLiteForSpans, TextNetwork
from neurolite_core.network.spans_options import SpansOptions
from neurolite_core.text.word_offsets import word_offsets
from neurolite_core.text.words import to_bytes, truncate

TYPES = ("time", "place")
_STEPS = 60


def finding_spans(config: NeuroLiteConfig) -> NeuroLiteConfig:
    """The config with a small head over words; nothing is left to chance."""
    return dataclasses.replace(config, spans=SpansOptions(types=TYPES, width=16), dropout=0.0)


def true_spans(text: str | bytes, config: NeuroLiteConfig) -> list[WordSpan]:
    """Those of the words that are read: of eight words one is of either type, and neighbours of one type are one."""
    data, _ = truncate(to_bytes(text), config.max_bytes)
    lots = [
        zlib.crc32(data[first:behind].lower()) % 8
        for first, behind in word_offsets([data], config.max_words, config.max_words)[0].tolist()
        if behind
    ]
    kinds = [lot if lot < len(TYPES) else -1 for lot in lots]
    return spans_of(
        [
            0 if kind < 0 else 1 + 2 * kind + (kind == own)
            for kind, own in zip(kinds, (-1, *kinds), strict=False)
        ]
    )


def true_characters(text: str, config: NeuroLiteConfig) -> tuple[TypedSpan, ...]:
    """The same in characters."""
    offsets = word_offsets([to_bytes(text)], config.max_words, config.max_words)[0]
    return character_spans(text, offsets, true_spans(text, config), TYPES)


def taught(network: TextNetwork, texts: Sequence[bytes]) -> TextNetwork:
    """The network, which now finds the spans of these texts."""
    config = network.config
    features = network.features([truncate(text, config.max_bytes)[0] for text in texts])
    length = features[0].shape[1]
    targets = torch.full((len(texts), length), -100)
    for row, (text, words) in enumerate(zip(texts, features[1].tolist(), strict=True)):
        size = min(words, length)
        targets[row, :size] = torch.tensor(tags_of(true_spans(text, config), size))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(_STEPS):
        tags = network.network(*features)["tags"]
        loss = functional.cross_entropy(tags.flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
    return network.eval()


def spans_alone(config: NeuroLiteConfig) -> TextNetwork:
    """Random weights of a model that finds spans alone."""
    return NeuroLiteForSpans(finding_spans(config))
