"""Backbones other than the mixer of a .nlm in numpy: docs/c-arithmetic.md, "Other backbones"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.formats.nlm_backbones import BackboneSizes
from neurolite_core.artifact.formats.nlm_shape import HYPERMIXER, LIQUID, RESERVOIR, STATES
from neurolite_runtimes.nlm_reference.arithmetic import (
    ZERO,
    Int64Array,
    norm,
    products,
    q15,
    sat16,
    u7,
)
from neurolite_runtimes.nlm_reference.floats import Floats, activations, powers
from neurolite_runtimes.nlm_reference.model import NlmModel

_ONE: Final = np.float32(1)
_TWO: Final = np.float32(2)
_LARGEST_EPS: Final = 2**30


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One block's numbers.

    Attributes:
        sizes: of the backbone.
        floats: name -> float32.
        whole: name -> whole numbers as int64; weights [..., n, k].
        places: of words, int64 [max_words, 16]; of HyperMixer.
    """

    sizes: BackboneSizes
    floats: Mapping[str, Floats]
    whole: Mapping[str, Int64Array]
    places: Int64Array

    def product(self, a: Int64Array, name: str, number: int | None = None) -> Int64Array:
        """What a product sets; ``number`` is of those that stand in one part."""
        parts = [self.whole[f"{name}_{what}"] for what in ("weights", "init", "mult", "shift")]
        weights, init, mult, shift = parts if number is None else [each[number] for each in parts]
        return products(a, weights, init, mult, int(np.ravel(shift)[0]))


def blocks_of(model: NlmModel) -> tuple[Block, ...]:
    """The blocks of a model whose backbone is not the mixer."""
    sizes = model.modules["backbone"]
    assert isinstance(sizes, BackboneSizes)  # noqa: S101  # as the table of modules has it
    whole = {name: values.astype(np.int64) for (name, _), values in model.numbers.items()}
    places = whole.get("places", np.zeros((0, 0), np.int64))
    return tuple(
        Block(
            sizes,
            _of_block(model.scales, f"{block}_"),
            {name: _plain(each, name) for name, each in _of_block(whole, f"{block}_").items()},
            places,
        )
        for block in range(model.shape.num_blocks)
    )


def _of_block(numbers: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {
        name.removeprefix(prefix): each for name, each in numbers.items() if name.startswith(prefix)
    }


def _plain(values: Int64Array, name: str) -> Int64Array:
    """Weights [..., k / 4, n, 4] as [..., n, k]."""
    if not name.endswith("_weights"):
        return values
    moved = np.moveaxis(values, -3, -2)
    return moved.reshape(*moved.shape[:-2], -1)


def follow_states(x: Int64Array, a: Int64Array, block: Block) -> Int64Array:
    """A state space: x int16 [L, H] and the norm's u7 [L, H] -> x."""
    d, ways = block.sizes.inner, block.sizes.ways
    entered = block.product(a, "enter")
    found = []
    for way in range(ways):
        v, gate = (entered[:, at * d : (at + 1) * d] for at in (way, ways + way))
        y = _states_of(v, block, way)
        step, _, _, inverse = block.floats["numbers"][way]
        g = gate.astype(np.float32) * step
        found.append(activations(y * (g / (_ONE + powers(-g))) * inverse))
    return sat16(x + block.product(np.concatenate(found, axis=1), "leave"))


def _states_of(v: Int64Array, block: Block, way: int) -> Floats:
    """One direction: v int16 [L, D] -> y float32 [L, D]."""
    sizes, mult = block.sizes, block.whole["u7_mult"][way]
    selected = block.product(_activate(v, int(mult[0])), "select", way)
    rank = _activate(selected[:, : sizes.rank], int(mult[1]))
    numbers, decay = block.floats["numbers"][way], block.floats["decay"][way]
    steps = _softplus(block.product(rank, "steps", way).astype(np.float32) * numbers[2])
    chosen = selected[:, sizes.rank :].astype(np.float32) * numbers[1]
    values = v.astype(np.float32) * numbers[0]
    kept = np.zeros_like(decay)
    y = values * block.floats["skip"][way]
    for word in _order(len(v), way):
        added = steps[word] * values[word]
        for state in range(sizes.states):
            enter, leave = chosen[word, state], chosen[word, sizes.states + state]
            kept[state] = powers(steps[word] * decay[state]) * kept[state] + added * enter
            y[word] = y[word] + kept[state] * leave
    return y


def _activate(values: Int64Array, mult: int) -> Int64Array:
    return u7(sat16(q15(values, mult) + ZERO))


def _order(words: int, way: int) -> range:
    return range(words - 1, -1, -1) if way else range(words)


def _softplus(p: Floats) -> Floats:
    z = powers(-np.abs(p))
    t = z / (_TWO + z)
    square = t * t
    series = np.full_like(t, _ONE / np.float32(9))
    for divisor in (7, 5, 3, 1):
        series = series * square + _ONE / np.float32(divisor)
    found: Floats = np.maximum(p, np.float32(0)) + (t + t) * series
    return found


def follow_reservoir(x: Int64Array, a: Int64Array, block: Block) -> Int64Array:
    """A reservoir: x int16 [L, H] and the norm's u7 [L, H] -> x."""
    step, of_states, of_surprise = block.floats["numbers"]
    u = block.product(a, "enter").astype(np.float32) * step
    found = []
    for way in range(block.sizes.ways):
        states, surprise = np.zeros_like(u), np.zeros_like(u)
        z = expected = np.zeros(u.shape[1], np.float32)
        for word in _order(len(u), way):
            z = block.floats["kept"] * z + u[word]
            states[word] = z
            if block.sizes.predicts:
                surprise[word] = z - expected
                from_state, from_input = block.floats["expected"]
                expected = from_state * z + from_input * u[word]
        found.append(activations(states * of_states))
        if block.sizes.predicts:
            found.append(activations(surprise * of_surprise))
    hidden = u7(block.product(np.concatenate(found, axis=1), "expand"))
    return sat16(x + block.product(hidden, "contract"))


def follow_cells(x: Int64Array, a: Int64Array, block: Block) -> Int64Array:
    """Liquid cells: x int16 [L, H] and the norm's u7 [L, H] -> x."""
    d, ways = block.sizes.inner, block.sizes.ways
    of_pace, of_value, inverse = block.floats["numbers"]
    heads = block.product(u7(block.product(a, "shared")), "heads").astype(np.float32)
    found = []
    for way in range(ways):
        pace = _ONE / (_ONE + powers(-(heads[:, way * d : (way + 1) * d] * of_pace)))
        value = heads[:, (ways + way) * d : (ways + way + 1) * d] * of_value
        taken = _ONE - _TWO / (_ONE + powers(value + value))
        z, states = np.zeros(d, np.float32), np.zeros((len(x), d), np.float32)
        for word in _order(len(x), way):
            z = (_ONE - pace[word]) * z + pace[word] * taken[word]
            states[word] = z
        found.append(activations(states * inverse))
    return sat16(x + block.product(np.concatenate(found, axis=1), "leave"))


def mix_by_words(x: Int64Array, a: Int64Array, block: Block) -> Int64Array:
    """HyperMixer's words: x int16 [L, H] and the norm's u7 [L, H] -> x."""
    sizes, whole = block.sizes, block.whole
    width = x.shape[1] // sizes.heads
    nets = 2 - sizes.tied
    parts = [a[:, at * width : (at + 1) * width] for at in range(sizes.heads)]
    made = [[_rows(own, block, head * nets + net) for net in range(nets)] for head, own in enumerate(parts)]
    mults, shifts = whole["mix_mult"], whole["mix_shift"]
    hidden = np.stack(
        [
            _mixed(made[head][0].T, own - ZERO, mults[head, 0], shifts[2 * head])
            for head, own in enumerate(parts)
        ]
    )
    most = max(1, int(hidden.max()))
    shares = (np.maximum(hidden, 0) * ((127 << 15) // most) + 2**14) >> 15
    mixed = np.concatenate(
        [
            _mixed(made[head][-1], shares[head], mults[head, 1], shifts[2 * head + 1])
            for head in range(sizes.heads)
        ],
        axis=1,
    )
    wanted = block.floats["mixed_eps"][0] / (np.float32(most) * np.float32(most))
    half = x.shape[1] // 2
    eps = _LARGEST_EPS if wanted >= _LARGEST_EPS // 2 else max(1, int(wanted)) + half
    y, _ = norm(mixed, whole["mixed_gain"], whole["mixed_offset"], eps)
    return sat16(x + ((y - (16 * ZERO + 8)) << int(shifts[-1])))


def _rows(a: Int64Array, block: Block, net: int) -> Int64Array:
    """A weight's rows of words, int8 [L, S]."""
    known = np.concatenate([a, block.places[: len(a)]], axis=1)
    rows = block.product(u7(block.product(known, "rows_expand", net)), "rows_contract", net)
    return np.maximum(_activate(rows, int(block.whole["rows_u7_mult"][net])) - ZERO, 1 - ZERO)


def _mixed(weights: Int64Array, values: Int64Array, mult: np.int64, shift: np.int64) -> Int64Array:
    return q15(sat16((weights @ values + (1 << int(shift) >> 1)) >> int(shift)), int(mult))


BACKBONES: Final[Mapping[int, Callable[[Int64Array, Int64Array, Block], Int64Array]]] = (
    MappingProxyType(
        {
            HYPERMIXER: mix_by_words,
            STATES: follow_states,
            RESERVOIR: follow_reservoir,
            LIQUID: follow_cells,
        }
    )
)
