"""Weights averaged over the steps of a training: what is evaluated and kept, where a task asks for it.

An exponential moving average (Polyak and Juditsky 1992, "Acceleration of Stochastic Approximation by Averaging", doi
10.1137/0330046, weighs all steps alike). Early on it looks back over a tenth of the steps so far at most.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

import torch
from torch import Tensor
from torch.optim.swa_utils import get_ema_multi_avg_fn

if TYPE_CHECKING:
    from neurolite_core.training.fitting.task import Task

_EARLY: Final = 10


class Average:
    """The average of a network's parameters; of a task that asks for none, nothing.

    Args:
        task: its network and ``averaging``, the share of the average that a step leaves.
        kept: as ``tensors`` gave them, of a training that goes on; empty for a new one.
    """

    def __init__(self, task: Task, kept: Mapping[str, Tensor]) -> None:
        self._task = task
        self._values: dict[str, Tensor] = {}
        if task.averaging:
            for name, value in task.network.named_parameters():
                self._values[name] = kept.get(name, value).detach().to(value.device).clone()

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Takes in the weights after a step; ``step`` is how many were done, from 1."""
        if not self._values:
            return
        kept = min(self._task.averaging, (1 + step) / (_EARLY + step))
        values = [value.detach() for _, value in self._task.network.named_parameters()]
        take_in = get_ema_multi_avg_fn(kept)  # type: ignore[no-untyped-call]
        take_in(list(self._values.values()), values, None)

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """The network has the averaged weights meanwhile."""
        if not self._values:
            yield
            return
        own = {
            name: value.detach().clone() for name, value in self._task.network.named_parameters()
        }
        self._put(self._values)
        try:
            yield
        finally:
            self._put(own)
            self._task.round()

    def tensors(self) -> dict[str, Tensor]:
        """For the state of a training."""
        return self._values

    @torch.no_grad()
    def _put(self, values: Mapping[str, Tensor]) -> None:
        for name, value in self._task.network.named_parameters():
            value.copy_(values[name])
