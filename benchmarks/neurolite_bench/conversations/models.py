"""A checkpoint with a memory, and the models that it is compared with."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import torch

from neurolite_core.ground.errors import InputError
from neurolite_core.network.model import NeuroLiteForClassification

WHOLE: Final = "memory"
FORGETFUL: Final = "nothing remembered"


@torch.no_grad()
def without_level(network: NeuroLiteForClassification, level: str) -> NeuroLiteForClassification:
    """A copy that reads nothing of a level: what its reads are weighed by is 0.

    Raises:
        InputError: the network has no such level.
    """
    memory = network.memory
    if memory is None or level not in memory.levels:
        raise InputError(f"The network has no level {level!r} of memory.")
    copy = NeuroLiteForClassification(network.config, labels=network.labels)
    copy.load_state_dict(network.state_dict())
    assert copy.memory is not None  # noqa: S101  # the config has one
    size, first = network.config.text_size, 1
    for name, module in memory.levels.items():
        reads = int(module.reads)  # type: ignore[arg-type]  # a number, as of all levels
        if name == level:
            copy.memory.join.weight[:, first * size : (first + reads) * size] = 0
        first += reads
    return copy.eval()


def without_memory(network: NeuroLiteForClassification) -> NeuroLiteForClassification:
    """The same but for the memory: for its time, as its answers mean nothing."""
    config = replace(network.config, memory=None)
    copy = NeuroLiteForClassification(config, labels=network.labels)
    kept = {
        name: value
        for name, value in network.state_dict().items()
        if not name.startswith("memory.")
    }
    copy.load_state_dict(kept)
    return copy.eval()
