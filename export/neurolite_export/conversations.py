"""In which order probes are run: each by itself, or of a network with a state turn by turn.

Texts that come without conversations make some of ``TURNS`` turns each, in their order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import torch
from numpy.typing import NDArray
from torch import Tensor

from neurolite_core.network.model import TextNetwork
from neurolite_core.network.state_spec import State, initial_state
from neurolite_export.batches import batch_positions
from neurolite_export.probes import Probes

TURNS: Final = 50
_SIDE_BY_SIDE: Final = 16


def conversations_of(probes: Probes) -> list[list[int]]:
    """Positions of the texts of each conversation, in order."""
    if not probes.conversations:
        count = len(probes.texts)
        return [list(range(first, count)[:TURNS]) for first in range(0, count, TURNS)]
    found: dict[int, list[int]] = {}
    for position, number in enumerate(probes.conversations):
        found.setdefault(number, []).append(position)
    return list(found.values())


def groups_of(probes: Probes, *, turn_by_turn: bool) -> Iterator[list[list[int]]]:
    """Batches that are run one after the other, each in the light of the one before it.

    Args:
        probes: the texts.
        turn_by_turn: whether texts depend on those before them.

    Returns:
        Groups; a group is a list of turns, and a turn the positions of one text of each conversation that goes on.
        Where one ends, it was the last of them: the first n rows of a state belong to the n texts of the next turn.
    """
    if not turn_by_turn:
        for positions in batch_positions(probes.texts):
            yield [positions]
        return
    order = sorted(conversations_of(probes), key=len, reverse=True)
    for first in range(0, len(order), _SIDE_BY_SIDE):
        some = order[first : first + _SIDE_BY_SIDE]
        yield [[own[turn] for own in some if turn < len(own)] for turn in range(len(some[0]))]


def first_rows(state: Mapping[str, NDArray[Any]], rows: int) -> State:
    """The state of the conversations that go on."""
    return {name: values[:rows] for name, values in state.items()}


@torch.no_grad()
def feeds_of(network: TextNetwork, probes: Probes) -> Iterator[tuple[Tensor, ...]]:
    """What ``TextNetwork.network`` takes for each batch: features, and behind them the state that the network gives."""
    specs = network.state_specs
    for group in groups_of(probes, turn_by_turn=bool(specs)):
        kept = initial_state(specs, len(group[0]))
        state = tuple(torch.from_numpy(kept[spec.name]) for spec in specs)
        for positions in group:
            features = network.features([probes.texts[place] for place in positions])
            state = tuple(each[: len(positions)] for each in state)
            yield (*features, *state)
            if specs:
                answers = network.network(*features, state=state)
                state = tuple(answers[spec.next_name] for spec in specs)
