"""What a network keeps from one call to the next, in PyTorch: how it begins, and which rows of it answer a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from neurolite_core.ground.errors import InputError
from neurolite_core.network.state_spec import StateSpec, check_state, initial_state

KeptState = tuple[Tensor, ...]


class Remembering(nn.Module):
    """A network that may have a state, and keeps it for its next call where it is asked to."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: KeptState | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Copies of a network have no conversations."""
        return {**self.__dict__, "_kept": None}

    @property
    def state_specs(self) -> tuple[StateSpec, ...]:
        """What the network keeps from one call to the next; empty where it keeps nothing."""
        raise NotImplementedError

    @property
    def memory_state(self) -> dict[str, Tensor] | None:
        """What is remembered, by the names of ``state_specs``; None where nothing is. May be set to either."""
        if self._kept is None:
            return None
        return {spec.name: each for spec, each in zip(self.state_specs, self._kept, strict=True)}

    @memory_state.setter
    def memory_state(self, state: Mapping[str, Tensor] | None) -> None:
        device = next(self.parameters()).device
        self._kept = None if state is None else tensors_of(self.state_specs, state, device)

    def reset_memory(self) -> None:
        """Forgets all conversations."""
        self._kept = None

    def kept_for(self, rows: int, *, update: bool) -> KeptState:
        """What is kept for a batch of ``rows`` texts: row for row, or one conversation's for all; none if nothing is.

        Raises:
            InputError: it is of other conversations, all of a batch would be remembered in one, or there is to be an
                update of a network that keeps nothing.
        """
        if update and not self.state_specs:
            raise InputError(
                "update_memory needs a network with a memory: NeuroLiteConfig(..., use_external_memory=True)."
            )
        if self._kept is None:
            return ()
        found = len(self._kept[0])
        if found == rows:
            return self._kept
        if found != 1:
            raise InputError(
                f"input_texts has {rows} texts, and the memory is of {found} conversations: give one text for each, "
                "or forget them: reset_memory()."
            )
        if update:
            raise InputError(
                f"input_texts has {rows} texts, and the memory is of one conversation: with update_memory give its "
                "turns one by one, or forget it: reset_memory()."
            )
        return tuple(each.expand(rows, *each.shape[1:]) for each in self._kept)

    def keep(self, answers: Mapping[str, Tensor]) -> None:
        """Keeps the next state that is among a network's outputs."""
        self._kept = tuple(answers[spec.next_name] for spec in self.state_specs)


def initial_tensors(specs: Sequence[StateSpec], rows: int, device: torch.device) -> KeptState:
    """What N = ``rows`` conversations begin with, in the order of ``specs``."""
    return tuple(torch.from_numpy(each).to(device) for each in initial_state(specs, rows).values())


def tensors_of(
    specs: Sequence[StateSpec], state: Mapping[str, Tensor], device: torch.device
) -> KeptState:
    """A state by name as a network takes it.

    Raises:
        InputError: as of ``check_state``.
    """
    check_state(specs, {name: each.detach().cpu().numpy() for name, each in state.items()})
    return tuple(state[spec.name].to(device) for spec in specs)
