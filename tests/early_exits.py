"""Networks with exits for tests: random weights, and thresholds at which texts are answered at every depth."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import torch

from neurolite_core import NeuroLiteConfig, NeuroLiteForClassification
from neurolite_core.network.early import layer_answers
from neurolite_core.network.exits import opened
from neurolite_core.network.exits_options import ExitsOptions
from neurolite_core.network.settings import with_settings

LAYERS = 3
LABELS = 5


def with_exits(config: NeuroLiteConfig, layers: int = LAYERS) -> NeuroLiteConfig:
    """A config with so many layers, and exits behind all but the last."""
    deeper = with_settings(config, [f"num_layers={layers}"])
    return dataclasses.replace(deeper, exits=ExitsOptions())


@torch.no_grad()
def opened_on(network: NeuroLiteForClassification, texts: list[bytes]) -> None:
    """Opens exits, in place: of the texts that are left each takes about a third, none of which is a close call."""
    exits = network.exits
    assert exits is not None
    logits, _ = layer_answers(network.eval(), *network.features(texts))
    left = np.ones(len(texts), bool)
    thresholds: list[float | None] = []
    for own in logits[:-1]:
        confidence = own.softmax(dim=1).amax(dim=1).double().numpy()
        some = np.sort(confidence[left])
        low, high = len(some) // 2, max(len(some) * 5 // 6, len(some) // 2 + 2)
        at = low + int(np.diff(some[low:high]).argmax())
        thresholds.append(float(some[at] + some[at + 1]) / 2)
        left &= confidence <= thresholds[-1]
    opened(exits, thresholds)


def exits_network(
    config: NeuroLiteConfig,
    texts: list[bytes],
    labels: Sequence[str] = "abcde",
    layers: int = LAYERS,
    steep: float = 3.0,
) -> NeuroLiteForClassification:
    """Random weights of the global generator, calibrations that are no 1 and 0, and exits that are open."""
    network = NeuroLiteForClassification(with_exits(config, layers), labels=tuple(labels))
    assert network.exits is not None
    with torch.no_grad():
        for place, exit_ in enumerate(network.exits.each()):
            exit_.norm.weight.normal_(1.0, 0.2)
            exit_.scale.fill_(1.5 + place)
            exit_.shift.fill_(0.25 - place)
        network.head.linear.weight.mul_(steep)
    opened_on(network, texts)
    return network.eval()
