"""Where in a block the ranges are measured that its whole numbers must hold, by the block's type."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.network.backbones.hypermixer import HyperMixerBlock
from neurolite_core.network.backbones.liquid import LiquidBlock
from neurolite_core.network.backbones.mixer import MixerBlock
from neurolite_core.network.backbones.reservoir import ReservoirBlock
from neurolite_core.network.backbones.ssm import SsmBlock
from neurolite_export.targets.c.quantize import POSITIVE, SIGNED


class Seen(Protocol):
    """Takes values [..., channels] under a range's name."""

    def __call__(self, name: str, values: Tensor) -> None:
        """All of them have one range."""

    def by_channel(self, name: str, values: Tensor) -> None:
        """Each channel has one of its own, ``channel(name, number)``, beside that of all."""


_Hook = Callable[..., None]
_SMALLEST: Final = 1e-12
_ROOM: Final = 4


def hooks_of(block: nn.Module, number: int, seen: Seen) -> Iterator[Any]:
    """Registers what measures a block; the handles.

    Args:
        block: of a backbone that the target computes.
        number: of the block, with which names of its ranges end.
        seen: takes a range's name and values.
    """
    yield from _HOOKS[type(block)](block, number, seen)


def channel(name: str, number: int) -> str:
    """The name of the range of one channel."""
    return f"{name}, channel {number}"


def is_finer(block: Any) -> bool:  # noqa: ANN401
    """Whether a state space has second products: those of one way, which say what follows."""
    return len(block.ways) == 1


def left_steps(block: Any) -> float:  # noqa: ANN401
    """Steps that the range of what leaves a state space has on either side of its zero.

    With a second product there is room for what calibration has not seen: its texts reach a quarter.
    """
    return SIGNED / _ROOM if is_finer(block) else SIGNED


def into_stream(block: Any, number: int) -> Iterator[tuple[Tensor, str, float]]:  # noqa: ANN401
    """What a block adds to the residual stream by whole numbers alone.

    Yields:
        The weights of a product, the name of its inputs' range, and how many steps that has.
    """
    if isinstance(block, MixerBlock):
        yield block.word_mixing.contract.weight, f"token {number}", POSITIVE
    if isinstance(block, MixerBlock | HyperMixerBlock):
        yield block.channel_mixing.contract.weight, f"channel {number}", POSITIVE
    if isinstance(block, ReservoirBlock):
        yield block.contract.weight, f"channel {number}", POSITIVE
    if isinstance(block, LiquidBlock):
        yield block.leave.weight, f"left {number}", SIGNED
    if isinstance(block, SsmBlock):
        yield block.leave.weight, f"left {number}", left_steps(block)


def output(seen: Seen, name: str) -> _Hook:
    """Of what a module gives."""
    return lambda _, __, found: seen(name, found)


def positive(seen: Seen, name: str) -> _Hook:
    """Of what is above zero of what a module gives."""
    return lambda _, __, found: seen(name, functional.relu(found))


def given(seen: Seen, name: str) -> _Hook:
    """Of what a module is given."""
    return lambda _, inputs: seen(name, inputs[0])


def _channels(block: Any, number: int, seen: Seen) -> Iterator[Any]:  # noqa: ANN401  # a module's children are untyped
    yield block.channel_norm.register_forward_pre_hook(given(seen, "stream"))
    yield block.channel_norm.register_forward_hook(output(seen, f"channel norm {number}"))
    expand = block.channel_mixing.expand
    yield expand.register_forward_hook(positive(seen, f"channel {number}"))


def _mixer(block: Any, number: int, seen: Seen) -> Iterator[Any]:  # noqa: ANN401
    yield block.word_norm.register_forward_hook(output(seen, f"norm {number}"))
    yield block.word_mixing.register_forward_hook(_token_hidden(seen, f"token {number}"))
    yield from _channels(block, number, seen)


def _token_hidden(seen: Seen, name: str) -> Callable[[Any, Any, Tensor], None]:
    def hook(module: Any, inputs: Any, _: Tensor) -> None:  # noqa: ANN401  # as PyTorch calls it
        x = inputs[0].transpose(1, 2)
        weight = module.expand.weight[:, : x.shape[2]]
        seen(name, functional.relu(functional.linear(x, weight, module.expand.bias)))

    return hook


def _hypermixer(block: Any, number: int, seen: Seen) -> Iterator[Any]:  # noqa: ANN401
    yield block.word_norm.register_forward_hook(output(seen, f"norm {number}"))
    mixed = _Mixed(number, len(block.heads), seen)
    for head, module in enumerate(block.heads):
        for net, network in enumerate(nets_of(module)):
            name = f"{number} {head} {net}"
            yield network.expand.register_forward_hook(positive(seen, f"rows hidden {name}"))
            yield network.register_forward_hook(output(seen, f"rows {number}"))
        yield module.register_forward_hook(mixed)
    yield from _channels(block, number, seen)


def nets_of(head: Any) -> tuple[Any, ...]:  # noqa: ANN401
    """The networks that make a head's weights."""
    return (head.first,) if head.second is None else (head.first, head.second)


class _Mixed:
    """What words are mixed to, as shares of what this text's own numbers reach.

    Hidden numbers are shares of the greatest number of their weights; results of the greatest hidden number of all
    heads and the greatest number of their word's weights.
    """

    def __init__(self, number: int, heads: int, seen: Seen) -> None:
        self._number, self._heads, self._seen = number, heads, seen
        self._found: list[tuple[Tensor, Tensor, Tensor]] = []

    def __call__(self, head: Any, inputs: Any, found: Tensor) -> None:  # noqa: ANN401
        x, around = inputs
        known = torch.cat([x, around], dim=-1)
        rows = [net(known.flatten(0, 1)).unflatten(0, known.shape[:2]) for net in nets_of(head)]
        hidden = functional.relu(torch.bmm(rows[0].transpose(1, 2), x))
        largest = rows[0].abs().amax(dim=1).clamp_min(_SMALLEST)
        self._seen(f"mixed hidden {self._number}", hidden / largest[:, :, None])
        self._found.append((hidden, rows[-1], found))
        if len(self._found) < self._heads:
            return
        most = max(_SMALLEST, *(float(hidden.max()) for hidden, _, _ in self._found))
        weights = torch.stack([rows.abs().amax(dim=2) for _, rows, _ in self._found]).amax(dim=0)
        for _, _, mixed in self._found:
            self._seen(
                f"mixed {self._number}", mixed / most / weights.clamp_min(_SMALLEST)[:, :, None]
            )
        self._found.clear()


def _states(block: Any, number: int, seen: Seen) -> Iterator[Any]:  # noqa: ANN401
    yield block.norm.register_forward_hook(output(seen, f"norm {number}"))
    yield block.enter.register_forward_hook(output(seen, f"entered {number}"))
    for place, way in enumerate(block.ways):
        name = f"{number} {place}"
        yield way.register_forward_pre_hook(given(seen, f"v {name}"))
        yield way.select.register_forward_hook(output(seen, f"selected {name}"))
    yield block.leave_norm.register_forward_hook(
        lambda _, __, found: seen.by_channel(f"left {number}", found)
    )


def _reservoir(block: Any, number: int, seen: Seen) -> Iterator[Any]:  # noqa: ANN401
    yield block.norm.register_forward_hook(output(seen, f"norm {number}"))
    yield block.states.register_forward_hook(_reservoir_states(seen, number))
    yield block.expand.register_forward_hook(positive(seen, f"channel {number}"))


def _reservoir_states(seen: Seen, number: int) -> Callable[[Any, Any, Tensor], None]:
    def hook(module: Any, inputs: Any, found: Tensor) -> None:  # noqa: ANN401
        seen(f"entered {number}", functional.linear(inputs[0], module.enter))
        parts = torch.split(found, len(module.kept), dim=-1)
        predicts = module.from_state is not None
        for place, part in enumerate(parts):
            kind = "surprise" if predicts and place % 2 else "states"
            seen(f"{kind} {number}", part)

    return hook


def _liquid(block: Any, number: int, seen: Seen) -> Iterator[Any]:  # noqa: ANN401
    yield block.norm.register_forward_hook(output(seen, f"norm {number}"))
    yield block.shared.register_forward_hook(positive(seen, f"channel {number}"))
    yield block.heads.register_forward_hook(_cells(seen, number, block))
    yield block.leave.register_forward_pre_hook(given(seen, f"left {number}"))


def _cells(seen: Seen, number: int, block: Any) -> _Hook:  # noqa: ANN401
    def hook(_: Any, __: Any, found: Tensor) -> None:  # noqa: ANN401
        pace, value = found.chunk(2, dim=-1)
        seen(f"heads {number}", pace + block.first_pace)
        seen(f"heads {number}", value)

    return hook


_HOOKS: Final[Mapping[type[nn.Module], Callable[[Any, int, Seen], Iterator[Any]]]] = (
    MappingProxyType(
        {
            MixerBlock: _mixer,
            HyperMixerBlock: _hypermixer,
            SsmBlock: _states,
            ReservoirBlock: _reservoir,
            LiquidBlock: _liquid,
        }
    )
)
