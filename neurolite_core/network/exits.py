"""Early exit: a classifier behind each layer of the backbone, of which the first that is sure answers.

Teerapittayanon, McDanel and Kung, "BranchyNet", 2016, arXiv:1709.01686, with one head for all layers behind a norm of
each layer, so that the vectors of all depths lie in one space, and with confidence in place of entropy. What a layer
says is calibrated by a scale and a shift of its own.

Here every layer is computed, and numbers that are 0 or 1 choose: the same for each text of a batch, whatever the
others say, and in every format. Targets whose format has control flow put what only later layers need under a
condition; ``ExitParts`` are the places for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn

GATE: Final = "exit_gate_"  # and the exit's number, from 1; names inside graphs
OWN: Final = "exit_own_"  # and the layer's number, from 1
CHOSEN: Final = "exit_chosen_"  # and the exit's number


class Early(NamedTuple):
    """What the layers make of texts.

    Attributes:
        logits: float32 (N, C), of the layer that answers.
        text: float32 (N, D), the vector that it read.
        depth: float32 (N), the layer's number, from 1.
        parts: for a graph with control flow: ``GATE`` float32 (N, 1), 1 where exit d answers if it is asked, ``OWN``
            float32 (N, C + D + 1), what layer d says, and ``CHOSEN`` alike, what exit d and those behind it say.
    """

    logits: Tensor
    text: Tensor
    depth: Tensor
    parts: dict[str, Tensor]


class ExitGate(nn.Module):
    """1 where the highest probability is above a threshold, else 0: logits (N, C) -> (N, 1).

    The sum of exp(logits - highest) is 1 / that probability. A limit of 0 is reached by none.
    """

    limit: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("limit", torch.zeros(1))  # 1 / threshold

    def forward(self, logits: Tensor) -> Tensor:
        """logits float32 (N, C) -> float32 (N, 1), 0 or 1."""
        highest = logits.amax(dim=1, keepdim=True)
        total = (logits - highest).exp().sum(dim=1, keepdim=True)
        return 1.0 - torch.floor(1.0 - (self.limit - total).clamp(0.0, 1.0))


class Exit(nn.Module):
    """What stands behind one layer: its norm, the calibration of what the head says of it, and the gate."""

    scale: Tensor
    shift: Tensor

    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(hidden_size)
        self.register_buffer("scale", torch.ones(1))
        self.register_buffer("shift", torch.zeros(1))
        self.gate = ExitGate()

    def calibrated(self, logits: Tensor) -> Tensor:
        """What the head says, float32 (N, C), as it is meant -> (N, C)."""
        return logits * self.scale + self.shift


class Exits(nn.Module):
    """Exits behind all layers but the last, closed until they are calibrated.

    Args:
        hidden_size: H.
        layers: D of the backbone, at least 2.
    """

    def __init__(self, hidden_size: int, layers: int) -> None:
        super().__init__()
        self.places = nn.ModuleList(Exit(hidden_size) for _ in range(layers - 1))

    def each(self) -> tuple[Exit, ...]:
        """The exits in their order."""
        return tuple(place for place in self.places if isinstance(place, Exit))

    def norms(self, last: nn.Module) -> tuple[nn.Module, ...]:
        """The norm of each layer, of which the network has the last one's."""
        return (*(place.norm for place in self.each()), last)

    def calibrated(self, logits: Sequence[Tensor]) -> list[Tensor]:
        """What the head says of each layer's text, D of float32 (N, C), as it is meant."""
        own = [place.calibrated(each) for place, each in zip(self.each(), logits, strict=False)]
        return [*own, logits[-1]]

    def forward(self, logits: Sequence[Tensor], texts: Sequence[Tensor]) -> Early:
        """Chooses a layer for each text.

        Args:
            logits: D of float32 (N, C), of ``calibrated``.
            texts: D of float32 (N, T), what the head read.
        """
        parts: dict[str, Tensor] = {}
        for number, (said, text) in enumerate(zip(logits, texts, strict=True), start=1):
            depth = said[:, :1] * 0.0 + float(number)
            parts[f"{OWN}{number}"] = torch.cat([said, text, depth], dim=1)
        found = parts[f"{OWN}{len(logits)}"]
        for number, place in reversed(list(enumerate(self.each(), start=1))):
            gate = place.gate(logits[number - 1])
            parts[f"{GATE}{number}"] = gate
            found = parts[f"{OWN}{number}"] * gate + found * (1.0 - gate)
            parts[f"{CHOSEN}{number}"] = found
        classes = logits[0].shape[1]
        return Early(found[:, :classes], found[:, classes:-1], found[:, -1], parts)


def part_names(layers: int) -> tuple[str, ...]:
    """Names of ``Early.parts`` of so many layers; none where there are no exits, which is 0."""
    exits = range(1, layers)
    own = [f"{OWN}{number}" for number in range(1, layers + 1)]
    gates, chosen = ([f"{kind}{number}" for number in exits] for kind in (GATE, CHOSEN))
    return (*own, *gates, *chosen)


def opened(exits: Exits, thresholds: Sequence[float | None]) -> None:
    """Puts thresholds in force, in place: the probability above which each exit answers, None for never."""
    for place, threshold in zip(exits.each(), thresholds, strict=True):
        place.gate.limit.fill_(0.0 if threshold is None else 1.0 / threshold)


def close_all(exits: Exits) -> None:
    """Makes exits say what the head says, and never answer, in place: what a training begins with."""
    for place in exits.each():
        place.scale.fill_(1.0)
        place.shift.zero_()
        place.gate.limit.zero_()


def thresholds_of(exits: Exits) -> tuple[float | None, ...]:
    """Of each exit the probability above which it answers; None of one that never does."""
    limits = [float(place.gate.limit) for place in exits.each()]
    return tuple(None if limit == 0 else 1.0 / limit for limit in limits)
