"""How often a trained network of the spiking backbone spikes, and what that would take."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from neurolite_core.network.backbones.spiking import SpikingBackbone
from neurolite_core.network.model import TextNetwork
from neurolite_core.network.spiking_energy import (
    COUNTED,
    PICOJOULES_OF_A_MULTIPLICATION,
    PICOJOULES_OF_AN_ADDITION,
    counted,
)
from neurolite_core.training.fitting.predict import computed
from neurolite_core.training.fitting.task import Validation


def has_spikes(network: TextNetwork) -> bool:
    """Whether there are spikes to count."""
    return network.config.backbone == "spiking"


def spikes_use(network: TextNetwork, measured: Validation, device: torch.device) -> dict[str, Any]:
    """For the report: ``spikes``; empty where the backbone has none.

    Args:
        network: on ``device``.
        measured: the texts that the report is about.
        device: where the network is.

    Returns:
        Under "spikes", means over texts: "a_text"; "rate", of all that neurons could have spiked; "additions" of a
        weight for a spike; "multiplications" of the same products of numbers; "nanojoules" of these additions, and
        "nanojoules_of_numbers" of those multiplications, by ``spiking_energy``'s formula.
    """
    backbone = network.model.backbone
    if not isinstance(backbone, SpikingBackbone) or not len(measured.rows):
        return {}

    def compute(indices: Tensor, counts: Tensor, *_: Tensor) -> Tensor:
        words, mask = network.model.layers(indices, counts)[1:]
        return counted(backbone, network.model.window(words), mask)

    found = computed(network, measured.store, measured.rows, device, compute, COUNTED)
    spikes, possible, added, multiplied = (float(each) for each in found.mean(axis=0))
    return {
        "spikes": {
            "a_text": spikes,
            "rate": spikes / possible if possible else 0.0,
            "additions": added,
            "multiplications": multiplied,
            "nanojoules": added * PICOJOULES_OF_AN_ADDITION / 1_000,
            "nanojoules_of_numbers": multiplied * PICOJOULES_OF_A_MULTIPLICATION / 1_000,
        }
    }
