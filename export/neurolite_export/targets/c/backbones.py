"""Backbones other than the mixer as whole numbers: docs/c-arithmetic.md, "Other backbones"."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.formats.nlm_backbones import BackboneSizes
from neurolite_core.artifact.formats.nlm_shape import (
    HYPERMIXER,
    LANES,
    LIQUID,
    MIXER,
    RESERVOIR,
    STATES,
    up,
)
from neurolite_core.network.backbones.hypermixer_options import HyperMixerOptions
from neurolite_core.network.backbones.liquid_options import LiquidOptions
from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_core.network.backbones.options import BackboneOptions
from neurolite_core.network.backbones.reservoir_options import ReservoirOptions
from neurolite_core.network.backbones.ssm_options import SsmOptions
from neurolite_core.network.model import TextNetwork
from neurolite_export.targets.c.backbone_ranges import nets_of
from neurolite_export.targets.c.built_module import BuiltModule, by_groups, floats
from neurolite_export.targets.c.calibrate import Ranges
from neurolite_export.targets.c.quantize import (
    POSITIVE,
    SIGNED,
    STREAM,
    FloatArray,
    Product,
    Scales,
    quantize_norm,
    quantize_product,
)

_FRACTION: Final = 2.0**15
_LARGEST: Final = 2**15 - 1
_LARGEST_UP: Final = 14
_Numbers = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Widths:
    """What the shape says of a backbone: its number, and the widths S and C, of which one that has none gives 16."""

    backbone: int
    token_hidden: int = LANES
    channel_hidden: int = LANES


def widths_of(options: BackboneOptions) -> Widths:
    """Of a backbone that the target computes."""
    match options:
        case MixerOptions():
            return Widths(MIXER, options.token_hidden, options.channel_hidden)
        case HyperMixerOptions():
            return Widths(HYPERMIXER, options.token_hidden, options.channel_hidden)
        case SsmOptions():
            return Widths(STATES)
        case ReservoirOptions():
            return Widths(RESERVOIR, channel_hidden=up(options.read_hidden, LANES))
        case LiquidOptions():
            return Widths(LIQUID, channel_hidden=up(options.shared, LANES))
    raise NotImplementedError(type(options).__name__)  # which ``check_supported`` refuses


def build_backbone(network: TextNetwork, ranges: Ranges) -> BuiltModule:
    """The parts of a backbone that is not the mixer."""
    backbone: Any = network.model.backbone
    options: Any = network.config.backbone_options
    sizes, build = _BUILDERS[type(options)]
    numbers: _Numbers = {}
    if isinstance(options, HyperMixerOptions):
        numbers["places"] = np.rint(floats(backbone.places) * SIGNED) + 64
    for number, block in enumerate(backbone.blocks):
        own = build(block, number, ranges)
        numbers |= {f"{number}_{name}": values for name, values in own.items()}
    return BuiltModule(sizes(options), numbers)


def _padded(values: FloatArray, *sizes: int) -> FloatArray:
    """With zeros behind, to these sizes of its last directions."""
    room = [(0, size - old) for size, old in zip(sizes, values.shape[-len(sizes) :], strict=True)]
    return np.pad(values, [(0, 0)] * (values.ndim - len(sizes)) + room)


def _several(products: Sequence[tuple[str, Product]]) -> _Numbers:
    """Products that stand in one part, each with the name of it."""
    found: dict[str, list[NDArray[Any]]] = {}
    for name, product in products:
        found.setdefault(f"{name}_weights", []).append(by_groups(product.weights))
        found.setdefault(f"{name}_init", []).append(product.init)
        found.setdefault(f"{name}_mult", []).append(product.mult)
        found.setdefault(f"{name}_shift", []).append(np.array(product.shift))
    return {name: np.stack(values) for name, values in found.items()}


def _linear(linear: Any, inputs: int, outputs: int) -> tuple[FloatArray, FloatArray]:  # noqa: ANN401
    """Weight and bias of a layer, with zeros for inputs and outputs that it has not."""
    return _padded(floats(linear.weight), outputs, inputs), _padded(floats(linear.bias), outputs)


def _by_parts(values: FloatArray, parts: int, size: int) -> FloatArray:
    """The last direction, of so many equal parts, with zeros behind each up to a size."""
    split = values.reshape(*values.shape[:-1], parts, -1)
    return _padded(split, size).reshape(*values.shape[:-1], parts * size)


def _u7_mult(step: float, largest: float) -> tuple[int, float]:
    """The factor of int16 numbers of a step that makes them u7 of up to `largest`, and what a step of these is."""
    mult = min(_LARGEST, max(1, round(step / (largest / SIGNED) * _FRACTION)))
    return mult, step * _FRACTION / mult


def _state_sizes(options: SsmOptions) -> BackboneSizes:
    return BackboneSizes(
        inner=up(options.inner, LANES),
        states=options.state,
        rank=up(options.step_rank, LANES),
        ways=1 if options.causal else 2,
    )


def _states(block: Any, number: int, ranges: Ranges) -> _Numbers:  # noqa: ANN401
    ways, d = len(block.ways), up(block.inner, LANES)
    stream, entered = ranges["stream"] / STREAM, ranges[f"entered {number}"] / STREAM
    weight, bias = floats(block.enter.weight), floats(block.enter.bias)
    weight, bias = _by_parts(weight.T, 2 * ways, d).T, _by_parts(bias, 2 * ways, d)
    enter = quantize_product(weight, bias, Scales(ranges[f"norm {number}"] / SIGNED, entered))
    products = [("enter", enter)]
    numbers: dict[str, list[Any]] = {}
    left = []
    for place, way in enumerate(block.ways):
        own = _direction(way, f"{number} {place}", entered, ranges, products)
        left.append(ranges[f"left {number} {place}"] / SIGNED)
        own["numbers"].append(1 / left[-1])
        for name, values in own.items():
            numbers.setdefault(name, []).append(values)
    weight = _by_parts(floats(block.leave.weight), ways, d) * np.repeat(left, d)
    leave = quantize_product(weight, floats(block.leave.bias), Scales(1.0, stream))
    found = _several([*products, ("leave", leave)])
    return found | {name: np.array(values) for name, values in numbers.items()}


def _direction(
    way: Any,  # noqa: ANN401
    name: str,
    entered: float,
    ranges: Ranges,
    products: list[tuple[str, Product]],
) -> dict[str, Any]:
    """Adds a direction's products; its other numbers, of which the last step is not there yet."""
    d, r, s = up(way.inner, LANES), way.step_rank, way.state
    rank = up(r, LANES)
    selected, steps = (ranges[f"{what} {name}"] / STREAM for what in ("selected", "steps"))
    of_v, v = _u7_mult(entered, ranges[f"v {name}"])
    of_rank, given = _u7_mult(selected, ranges[f"rank {name}"])
    weight, bias = _linear(way.select, d, r + 2 * s)
    weight = np.concatenate([_padded(weight[:r], rank, d), _padded(weight[r:], up(2 * s, LANES), d)])
    bias = np.concatenate([_padded(bias[:r], rank), _padded(bias[r:], up(2 * s, LANES))])
    products.append(("select", quantize_product(weight, bias, Scales(v, selected))))
    weight, bias = _linear(way.steps, rank, d)
    bias = bias + _padded(floats(way.first_step), d)
    products.append(("steps", quantize_product(weight, bias, Scales(given, steps))))
    return {
        "u7_mult": [of_v, of_rank],
        "decay": _padded(-np.exp(floats(way.log_decay)), d),
        "skip": _padded(floats(way.skip), d),
        "numbers": [entered, selected, steps],
    }


def _reservoir_sizes(options: ReservoirOptions) -> BackboneSizes:
    return BackboneSizes(
        inner=up(options.units, LANES),
        ways=1 if options.causal else 2,
        predicts=int(options.predictive),
    )


def _reservoir(block: Any, number: int, ranges: Ranges) -> _Numbers:  # noqa: ANN401
    states = block.states
    units = len(states.kept)
    d, width = up(units, LANES), up(block.expand.out_features, LANES)
    predicts = states.from_state is not None
    stream, entered = ranges["stream"] / STREAM, ranges[f"entered {number}"] / STREAM
    hidden = ranges[f"channel {number}"] / POSITIVE
    kinds = ["states", "surprise"] if predicts else ["states"]
    steps = [ranges[f"{kind} {number}"] / SIGNED for kind in kinds]
    weight = _padded(floats(states.enter), d, states.enter.shape[1])
    given = Scales(ranges[f"norm {number}"] / SIGNED, entered)
    enter = quantize_product(weight, np.zeros(d), given)
    weight, bias = _linear(block.expand, block.expand.in_features, width)
    parts = len(states.ways) * len(kinds)
    weight = _by_parts(weight, parts, d) * np.repeat(steps * len(states.ways), d)
    expand = quantize_product(weight, bias, Scales(1.0, hidden), narrow=True)
    weight, bias = _linear(block.contract, width, block.contract.out_features)
    contract = quantize_product(weight, bias, Scales(hidden, stream), zero=0)
    found = _several([("enter", enter), ("expand", expand), ("contract", contract)])
    found["kept"] = _padded(floats(states.kept), d)
    if predicts:
        both = np.stack([floats(states.from_state), floats(states.from_input)])
        found["expected"] = _padded(both, d)
    found["numbers"] = np.array([entered, 1 / steps[0], 1 / steps[-1]])
    return found


def _liquid_sizes(options: LiquidOptions) -> BackboneSizes:
    return BackboneSizes(inner=up(options.inner, LANES), ways=1 if options.causal else 2)


def _liquid(block: Any, number: int, ranges: Ranges) -> _Numbers:  # noqa: ANN401
    ways, d = len(block.backward), up(block.inner, LANES)
    width, h = up(block.shared.out_features, LANES), block.shared.in_features
    stream, heads = ranges["stream"] / STREAM, ranges[f"heads {number}"] / STREAM
    hidden, left = ranges[f"channel {number}"] / POSITIVE, ranges[f"left {number}"] / SIGNED
    weight, bias = _linear(block.shared, h, width)
    given = Scales(ranges[f"norm {number}"] / SIGNED, hidden)
    shared = quantize_product(weight, bias, given, narrow=True)
    weight, bias = _linear(block.heads, width, block.heads.out_features)
    bias[: len(bias) // 2] += floats(block.first_pace)
    weight, bias = _by_parts(weight.T, 2 * ways, d).T, _by_parts(bias, 2 * ways, d)
    both = quantize_product(weight, bias, Scales(hidden, heads), zero=0)
    weight = _by_parts(floats(block.leave.weight), ways, d)
    leave = quantize_product(weight, floats(block.leave.bias), Scales(left, stream))
    found = _several([("shared", shared), ("heads", both), ("leave", leave)])
    found["numbers"] = np.array([heads, heads, 1 / left])
    return found


def _hypermixer_sizes(options: HyperMixerOptions) -> BackboneSizes:
    return BackboneSizes(heads=options.heads, tied=int(options.tied))


def _hypermixer(block: Any, number: int, ranges: Ranges) -> _Numbers:  # noqa: ANN401
    norm = ranges[f"norm {number}"] / SIGNED
    products, mults, rows = [], [], []
    for head, module in enumerate(block.heads):
        for net, network in enumerate(nets_of(module)):
            made = _rows(network, f"{number} {head} {net}", norm, ranges)
            products += made[0]
            mults.append(made[1])
            rows.append(made[2])
    nets = len(rows) // len(block.heads)
    mix = _Mix(norm, rows[::nets], rows[nets - 1 :: nets], ranges, number)
    found = _several(products) | mix.numbers()
    found["rows_u7_mult"] = np.array(mults)
    return found | _mixed_norm(block.mixed_norm, mix, ranges["stream"] / STREAM)


def _rows(
    network: Any,  # noqa: ANN401
    name: str,
    norm: float,
    ranges: Ranges,
) -> tuple[list[tuple[str, Product]], int, float]:
    """A network's products, the factor of its rows to int8, and what a step of these is."""
    width = network.expand.out_features
    hidden, largest = ranges[f"rows hidden {name}"] / POSITIVE, ranges[f"rows {name}"]
    columns = np.full(network.expand.in_features, 1 / SIGNED)
    columns[:width] = norm
    weight, bias = floats(network.expand.weight), floats(network.expand.bias)
    expand = quantize_product(weight * columns, bias, Scales(1.0, hidden), narrow=True)
    weight, bias = floats(network.contract.weight), floats(network.contract.bias)
    contract = quantize_product(weight, bias, Scales(hidden, largest / STREAM), zero=0)
    mult, step = _u7_mult(largest / STREAM, largest)
    return [("rows_expand", expand), ("rows_contract", contract)], mult, step


class _Mix:
    """The two products over words.

    Args:
        norm: what a step of a word's activations stands for.
        first: of each head, what a step of the first weight stands for.
        second: of the second weight.
        ranges: of the network.
        number: of the block.
    """

    def __init__(
        self,
        norm: float,
        first: Sequence[float],
        second: Sequence[float],
        ranges: Ranges,
        number: int,
    ) -> None:
        given = [norm * step for step in first]
        shares = [step / POSITIVE for step in second]
        self.hidden = max(ranges[f"mixed hidden {number}"] / STREAM, *given)
        self.mixed = max(ranges[f"mixed {number}"] / STREAM, *shares)
        self._factors = [
            (one / self.hidden, other / self.mixed)
            for one, other in zip(given, shares, strict=True)
        ]

    def numbers(self) -> _Numbers:
        """Multipliers and shifts; the place of the last shift is that of the norm's."""
        pairs = [factor for both in self._factors for factor in both]
        shifts = [min(31, max(0, math.floor(-math.log2(factor)))) for factor in pairs]
        mults = [
            min(_LARGEST, round(factor * 2.0**shift * _FRACTION))
            for factor, shift in zip(pairs, shifts, strict=True)
        ]
        return {"mix_mult": np.array(mults).reshape(-1, 2), "mix_shift": np.array([*shifts, 0])}


def _mixed_norm(norm: Any, mix: _Mix, stream: float) -> _Numbers:  # noqa: ANN401
    """The norm of what was mixed, in steps of the stream or a power of two of them, so that gains fit int16."""
    gain, bias = floats(norm.weight), floats(norm.bias)
    width = len(gain)
    pairs = max(0, math.ceil(math.log2(width)) - 1)
    top = 14 - math.ceil(math.log2(width) / 2)
    wanted = float(np.abs(gain).max()) / (16 * stream) * 2.0 ** (19 - top) / _LARGEST
    left = min(_LARGEST_UP, max(0, math.ceil(math.log2(max(wanted, 1e-12)))))
    found = quantize_norm(gain, bias, norm.eps, Scales(1.0, 16 * stream * 2.0**left))
    eps = norm.eps / (mix.mixed * mix.hidden) ** 2 * width / 2**pairs
    numbers = mix.numbers()
    numbers["mix_shift"][-1] = left
    return {
        "mix_shift": numbers["mix_shift"],
        "mixed_gain": found.gain,
        "mixed_offset": found.offset,
        "mixed_eps": np.array([eps]),
    }


_Builder = tuple[
    Callable[[Any], BackboneSizes], Callable[[Any, int, Ranges], _Numbers]
]
_BUILDERS: Final[Mapping[type[BackboneOptions], _Builder]] = MappingProxyType(
    {
        HyperMixerOptions: (_hypermixer_sizes, _hypermixer),
        SsmOptions: (_state_sizes, _states),
        ReservoirOptions: (_reservoir_sizes, _reservoir),
        LiquidOptions: (_liquid_sizes, _liquid),
    }
)
