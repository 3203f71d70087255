"""A network over a window of turns: all texts are encoded at once, and only the memory goes turn by turn."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.network.remembering import KeptState, initial_tensors
from neurolite_core.training.conversations.batches import Turns, windows
from neurolite_core.training.conversations.reading import Conversations

_BATCH: Final = 32  # conversations
_WINDOW: Final = 64  # turns


class Unrolled(nn.Module):
    """A classifier through the turns of a window, as data-parallel wrappers want it."""

    def __init__(self, network: NeuroLiteForClassification) -> None:
        super().__init__()
        self.network = network

    def forward(self, turns: Turns, state: KeptState) -> tuple[Tensor, KeptState]:
        """A window.

        Args:
            turns: T turns of B conversations.
            state: what was remembered before it, (B, *shape) each; empty for a network without a state.

        Returns:
            logits float32 (B, T, C), of turns that are there, and what is remembered after it; of conversations that
            have ended, anything.
        """
        network = self.network
        texts = torch.cat([network.text_vector(*part) for part in turns.parts])
        none = texts.new_zeros((1, texts.shape[1]))
        found = torch.cat([texts, none])[turns.places]  # (B, T, D)
        if network.memory is not None:
            entries = []
            for turn in range(found.shape[1]):
                entry, state = network.memory(found[:, turn], state)
                entries.append(entry)
            found = torch.stack(entries, dim=1)
        logits = network.answer(found.flatten(0, 1))["logits"]
        return logits.reshape(*turns.places.shape, -1), state


def first_state(network: NeuroLiteForClassification, rows: int, device: torch.device) -> KeptState:
    """What B = ``rows`` conversations begin with."""
    return initial_tensors(network.state_specs, rows, device)


@torch.no_grad()
def answers_of(
    network: NeuroLiteForClassification, data: Conversations, device: torch.device
) -> NDArray[np.float32]:
    """Logits float32 [R, C] of all turns, each in the light of those before it; the network's mode is left as it was.

    Args:
        network: on ``device``.
        data: the conversations.
        device: where the network is.
    """
    was_training = network.training
    network.eval()
    network.model.projection.train()  # the same sums ten times as fast, and no dropout in it
    unrolled = Unrolled(network)
    found = np.zeros((len(data.texts), len(network.labels)), np.float32)
    order = np.argsort(data.turns, kind="stable")
    for first in range(0, len(order), _BATCH):
        chosen = order[first : first + _BATCH]
        state, begin = first_state(network, len(chosen), device), 0
        for window in windows(data, chosen, network.config, _WINDOW):
            logits, state = unrolled(window.to(device), state)
            values = logits.float().cpu().numpy()
            for row, number in zip(values, chosen.tolist(), strict=True):
                own = range(data.bounds[number] + begin, data.bounds[number + 1])[: len(row)]
                found[own.start : own.stop] = row[: len(own)]
            begin += values.shape[1]
    network.train(was_training)
    return found
