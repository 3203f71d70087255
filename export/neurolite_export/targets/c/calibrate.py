"""How large the values inside a network become: the ranges that its whole numbers must hold."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import torch
from torch import Tensor

from neurolite_core.network.experts import Experts
from neurolite_core.network.model import NeuroLiteForGeneration, TextNetwork
from neurolite_export.targets.c.backbone_ranges import channel, given, hooks_of, output, positive

_MOST_TEXTS: Final = 512
_LONG_TEXTS: Final = 12  # of each length
_LENGTHS: Final = (16, 32, 64, 128, 256)  # words
_SMALLEST: Final = 1e-6

WORD_SUMS: Final = "word sums"  # no range: what a step of words' whole-number sums stands for
WORDS: Final = "word activations"  # likewise, of what the window joins

Ranges = Mapping[str, float]
"""Largest absolute value of each place: ``words``, ``stream``, those of each block (``backbone_ranges``), ``final``,
of a model with a bag ``text`` and ``unit``, and of one that finds spans ``spans`` and ``span hidden``; of one
with a memory ``remembered``, and of one with experts ``expert hidden`` and ``routed``."""


def measure_ranges(network: TextNetwork, texts: Sequence[bytes]) -> Ranges:
    """The ranges over texts and over longer ones that are made of them.

    Texts of one length go through together, so that no padding is measured.
    """
    seen: dict[str, float] = {}
    keeping = _Seen(seen)
    hooks = list(_hooks(network, keeping))
    try:
        with torch.no_grad():
            for text in (*texts[:_MOST_TEXTS], *long_texts(texts)):
                features = network.features([text])
                if int(features[1]) > 0:
                    _run(network, features)
    finally:
        for hook in hooks:
            hook.remove()
    keeping.keep_channels()
    return {name: max(value, _SMALLEST) for name, value in seen.items()}


def _run(network: TextNetwork, features: Sequence[Tensor]) -> None:
    """Once; of a generator what it makes of every word, as each may be the last."""
    if isinstance(network, NeuroLiteForGeneration):
        network.following(*features)
    else:
        network.network(*features)


def long_texts(texts: Sequence[bytes]) -> Iterator[bytes]:
    """Texts of up to 256 words, of which there are hardly any among those that people write; always the same."""
    draw = random.Random(1)  # noqa: S311  # no secret
    pool = [text.split() for text in texts if text.split()]
    for length in _LENGTHS if pool else ():
        for _ in range(_LONG_TEXTS):
            words: list[bytes] = []
            while len(words) < length:
                words += draw.choice(pool)
            yield b" ".join(words[:length])


class _Seen:
    def __init__(self, largest: dict[str, float]) -> None:
        self._largest = largest
        self._channels: dict[str, Tensor] = {}

    def __call__(self, name: str, values: Tensor) -> None:
        found = float(values.abs().max())
        self._largest[name] = max(self._largest.get(name, 0.0), found)

    def by_channel(self, name: str, values: Tensor) -> None:
        found = values.abs().reshape(-1, values.shape[-1]).amax(dim=0)
        known = self._channels.get(name)
        self._channels[name] = found if known is None else torch.maximum(known, found)

    def keep_channels(self) -> None:
        """Puts what is known of channels beside the rest."""
        for name, found in self._channels.items():
            self._largest[name] = float(found.max())
            own = enumerate(found.tolist())
            self._largest |= {channel(name, number): value for number, value in own}


def _hooks(network: TextNetwork, seen: _Seen) -> Iterator[Any]:
    model: Any = network.model
    yield model.projection.register_forward_hook(output(seen, "words"))
    yield model.window.register_forward_hook(output(seen, "stream"))
    for number, block in enumerate(model.backbone.blocks):
        yield block.register_forward_hook(output(seen, "stream"))
        yield from hooks_of(block, number, seen)
    yield network.norm.register_forward_hook(output(seen, "final"))
    if network.config.bag:
        yield network.joined.unit.register_forward_pre_hook(given(seen, "text"))
        yield network.joined.register_forward_hook(output(seen, "unit"))
    if network.experts is not None:
        experts: Any = network.experts
        own = experts.expert if isinstance(experts, Experts) else experts
        yield own.expand.register_forward_hook(positive(seen, "expert hidden"))
        yield experts.register_forward_hook(lambda _, __, routed: seen("routed", routed.text))
    if network.memory is not None:
        yield network.memory.norm.register_forward_hook(output(seen, "remembered"))
    if network.spans is not None:
        yield network.spans.register_forward_pre_hook(given(seen, "spans"))
        yield network.spans.first.register_forward_hook(positive(seen, "span hidden"))
