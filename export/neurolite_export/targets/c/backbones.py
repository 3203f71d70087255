"""Backbones other than the mixer as whole numbers: docs/c-arithmetic.md, "Other backbones"."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.formats.nlm_backbones import FINER_BITS, BackboneSizes
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
from neurolite_export.targets.c.backbone_ranges import channel, is_finer, left_steps, nets_of
from neurolite_export.targets.c.built_module import BuiltModule, by_groups, floats
from neurolite_export.targets.c.calibrate import Ranges
from neurolite_export.targets.c.quantize import (
    FINE,
    NORM_ZERO,
    POSITIVE,
    SIGNED,
    STREAM,
    WEIGHT,
    ZERO,
    FloatArray,
    Product,
    Scales,
    quantize_norm,
    quantize_product,
    with_second,
)

_FRACTION: Final = 2.0**15
_LARGEST: Final = 2**15 - 1
_LARGEST_UP: Final = 14
_SMALLEST: Final = 1e-12
_QUIETEST: Final = 32.0  # how much smaller than the largest channel's range one may be
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


def _int16_step(weight: FloatArray, given: float, largest: float) -> float:
    """A step of a product's int16 results: not finer than those of its sums."""
    return max(largest / STREAM, given * float(np.abs(weight).max()) / WEIGHT, _SMALLEST)


def _u7_mult(step: float, largest: float) -> tuple[int, float]:
    """The factor of int16 numbers of a step that makes them u7 of up to `largest`, and what a step of these is."""
    mult = min(_LARGEST, max(1, round(step / (largest / SIGNED) * _FRACTION)))
    return mult, step * _FRACTION / mult


def _state_sizes(options: SsmOptions) -> BackboneSizes:
    return BackboneSizes(
        inner=up(options.inner, LANES),
        states=options.state,
        rank=options.step_rank,
        ways=1 if options.causal else 2,
        finer=int(options.causal),
    )


def _states(block: Any, number: int, ranges: Ranges) -> _Numbers:  # noqa: ANN401
    d, left = block.inner, _of_channels(f"left {number}", block.leave.in_features, ranges)
    steps = left_steps(block)
    stream, norm = ranges["stream"] / STREAM, ranges[f"norm {number}"] / SIGNED
    weight, bias = floats(block.enter.weight), floats(block.enter.bias)
    entered = _int16_step(weight, norm, ranges[f"entered {number}"])
    enter = quantize_product(weight, bias, Scales(norm, entered))
    products = [("enter", _finer(block, "enter", enter, NORM_ZERO))]
    numbers: dict[str, list[Any]] = {}
    for place, way in enumerate(block.ways):
        selected, mult, step = _selected(way, f"{number} {place}", entered, ranges)
        products.append(("select", selected))
        part = slice(place * d, (place + 1) * d)
        own = {
            "steps": floats(way.steps.weight).T,
            "first_step": floats(way.steps.bias) + floats(way.first_step),
            "decay": -np.exp(floats(way.log_decay)),
            "skip": floats(way.skip),
            "leave_gain": (floats(block.leave_norm.weight) / left)[part],
            "leave_bias": (floats(block.leave_norm.bias) / left)[part],
            "u7_mult": mult,
            "numbers": [entered, step, steps],
        }
        for key, values in own.items():
            numbers.setdefault(key, []).append(values)
    leave = quantize_product(
        floats(block.leave.weight) * left, floats(block.leave.bias), Scales(1 / steps, stream)
    )
    products.append(("leave", _finer(block, "leave", leave, ZERO)))
    return _several(products) | {name: np.array(values) for name, values in numbers.items()}


def _finer(block: Any, name: str, product: Product, zero: int) -> Product:  # noqa: ANN401
    """With a second product, where a state space has some."""
    return with_second(product, zero, FINER_BITS[name]) if is_finer(block) else product


def _of_channels(name: str, count: int, ranges: Ranges) -> FloatArray:
    """Ranges of so many channels; a quiet one's may be larger, so that it is no noise."""
    found = np.array([ranges[channel(name, number)] for number in range(count)])
    kept: FloatArray = np.maximum(found, found.max() / _QUIETEST)
    return kept


def _selected(
    way: Any,  # noqa: ANN401
    name: str,
    entered: float,
    ranges: Ranges,
) -> tuple[Product, int, float]:
    """What a word of a direction says, the factor of v to u7, and what a step of what it says stands for."""
    mult, given = _u7_mult(entered, ranges[f"v {name}"])
    outputs = up(way.select.out_features, LANES)
    weight, bias = _linear(way.select, up(way.inner, LANES), outputs)
    found = _int16_step(weight, given, ranges[f"selected {name}"])
    return quantize_product(weight, bias, Scales(given, found)), mult, found


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
    stream, norm = ranges["stream"] / STREAM, ranges[f"norm {number}"] / SIGNED
    hidden = ranges[f"channel {number}"] / POSITIVE
    kinds = ["states", "surprise"] if predicts else ["states"]
    steps = [ranges[f"{kind} {number}"] / SIGNED for kind in kinds]
    weight = _padded(floats(states.enter), d, states.enter.shape[1])
    entered = _int16_step(weight, norm, ranges[f"entered {number}"])
    enter = quantize_product(weight, np.zeros(d), Scales(norm, entered))
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
    stream = ranges["stream"] / STREAM
    hidden, left = ranges[f"channel {number}"] / POSITIVE, ranges[f"left {number}"] / SIGNED
    weight, bias = _linear(block.shared, h, width)
    given = Scales(ranges[f"norm {number}"] / SIGNED, hidden)
    shared = quantize_product(weight, bias, given, narrow=True)
    weight, bias = _linear(block.heads, width, block.heads.out_features)
    bias[: len(bias) // 2] += floats(block.first_pace)
    weight, bias = _by_parts(weight.T, 2 * ways, d).T, _by_parts(bias, 2 * ways, d)
    heads = _int16_step(weight, hidden, ranges[f"heads {number}"])
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
    nets = [
        (network, ranges[f"rows hidden {number} {head} {net}"] / POSITIVE)
        for head, module in enumerate(block.heads)
        for net, network in enumerate(nets_of(module))
    ]
    row = max(
        _int16_step(floats(network.contract.weight), hidden, ranges[f"rows {number}"])
        for network, hidden in nets
    )
    products: list[tuple[str, Product]] = []
    for network, hidden in nets:
        products += _rows(network, norm, hidden, row)
    # Weights are shares of the greatest of their row, with 63 steps.
    hidden = max(ranges[f"mixed hidden {number}"] / STREAM, norm / WEIGHT)
    mixed = max(ranges[f"mixed {number}"] / STREAM, 1 / (WEIGHT * POSITIVE))
    mults, shifts = zip(
        *map(_fraction, (norm / WEIGHT / hidden, 1 / (WEIGHT * POSITIVE) / mixed)), strict=True
    )
    # What a step of the mixed words stands for, but for the greatest numbers of hidden ones and rows.
    step = mixed * hidden * row * row
    gain, bias = floats(block.mixed_norm.weight), floats(block.mixed_norm.bias)
    left = _left_of_gains(gain, ranges["stream"] / STREAM)
    fine = FINE * ranges["stream"] / STREAM * 2.0**left
    found = quantize_norm(gain, bias, block.mixed_norm.eps, Scales(1.0, fine))
    width = len(gain)
    pairs = max(0, math.ceil(math.log2(width)) - 1)
    return _several(products) | {
        "mix_mult": np.array(mults),
        "mix_shift": np.array([*shifts, left]),
        "mixed_gain": found.gain,
        "mixed_offset": found.offset,
        "mixed_eps": np.array([block.mixed_norm.eps / step**2 * width / 2**pairs]),
    }


def _rows(
    network: Any,  # noqa: ANN401
    norm: float,
    hidden: float,
    row: float,
) -> list[tuple[str, Product]]:
    """The products of a network that makes rows of a weight."""
    width = network.expand.out_features
    columns = np.full(network.expand.in_features, 1 / SIGNED)  # of places
    columns[:width] = norm
    weight, bias = floats(network.expand.weight), floats(network.expand.bias)
    expand = quantize_product(weight * columns, bias, Scales(1.0, hidden), narrow=True)
    weight, bias = floats(network.contract.weight), floats(network.contract.bias)
    contract = quantize_product(weight, bias, Scales(hidden, row), zero=0)
    return [("rows_expand", expand), ("rows_contract", contract)]


def _fraction(factor: float) -> tuple[int, int]:
    """A multiplier and a shift that are a factor of at most 1 together."""
    shift = min(31, max(0, math.floor(-math.log2(factor))))
    return min(_LARGEST, round(factor * 2.0**shift * _FRACTION)), shift


def _left_of_gains(gain: FloatArray, stream: float) -> int:
    """By how many bits a norm's result is smaller than steps of the stream, so that its gains fit int16."""
    top = 14 - math.ceil(math.log2(len(gain)) / 2)
    wanted = float(np.abs(gain).max()) / (FINE * stream) * 2.0 ** (19 - top) / _LARGEST
    return min(_LARGEST_UP, max(0, math.ceil(math.log2(max(wanted, _SMALLEST)))))


_Builder = tuple[Callable[[Any], BackboneSizes], Callable[[Any, int, Ranges], _Numbers]]
_BUILDERS: Final[Mapping[type[BackboneOptions], _Builder]] = MappingProxyType(
    {
        HyperMixerOptions: (_hypermixer_sizes, _hypermixer),
        SsmOptions: (_state_sizes, _states),
        ReservoirOptions: (_reservoir_sizes, _reservoir),
        LiquidOptions: (_liquid_sizes, _liquid),
    }
)
