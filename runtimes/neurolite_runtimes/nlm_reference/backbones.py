"""Backbones other than the mixer of a .nlm in numpy: docs/c-arithmetic.md, "Other backbones"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.formats.nlm_backbones import FINER_BITS, BackboneSizes
from neurolite_core.artifact.formats.nlm_shape import HYPERMIXER, LIQUID, RESERVOIR, STATES
from neurolite_runtimes.nlm_reference.arithmetic import (
    ZERO,
    Int64Array,
    left_of_norm,
    norm,
    products,
    q15,
    sat16,
    u7,
)
from neurolite_runtimes.nlm_reference.floats import (
    Floats,
    activations,
    dots,
    left_of_activations,
    powers,
    total,
)
from neurolite_runtimes.nlm_reference.model import NlmModel

_ONE: Final = np.float32(1)
_TWO: Final = np.float32(2)
_EPS: Final = np.float32(1e-5)
_LARGEST_EPS: Final = 2**30
_WEIGHT: Final = 63
_NORM_BITS: Final = 4  # of a norm's y that are no bits of its activations


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
        return products(a, weights, self._inits(init)[0], mult, int(np.ravel(shift)[0]))

    def finer(self, rest: Int64Array, name: str) -> Int64Array:
        """What the second product of one adds, of what rounding left of its activations."""
        weights, init, mult, shift = (
            self.whole[f"{name}_{what}"] for what in ("weights", "init", "mult", "shift")
        )
        return products(rest, weights, self._inits(init)[1], mult, int(shift[0]) + FINER_BITS[name])

    @staticmethod
    def _inits(init: Int64Array) -> Int64Array:
        """[1 or 2, n], of the first product and the second."""
        return init.reshape(-1, init.shape[-1])


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


def follow_states(
    x: Int64Array, norms: Int64Array, block: Block, kept: Floats | None = None
) -> Int64Array:
    """A state space: x int16 [L, H] and the norm's y [L, H] -> x; ``kept`` [S D] goes on, changed in place."""
    d, ways = block.sizes.inner, block.sizes.ways
    entered = block.product(u7(norms >> _NORM_BITS), "enter")
    if block.sizes.finer:
        entered = sat16(entered + block.finer(left_of_norm(norms), "enter"))
    found = []
    for way in range(ways):
        v, gate = (entered[:, at * d : (at + 1) * d] for at in (way, ways + way))
        g = gate.astype(np.float32) * block.floats["numbers"][way][0]
        found.append(_states_of(v, block, way, kept) * (g / (_ONE + powers(-g))))
    gain, bias = (block.floats[f"leave_{name}"].reshape(-1) for name in ("gain", "bias"))
    size, rows = np.float32(d * ways), []
    for row in np.concatenate(found, axis=1):
        y = row - total(row) / size
        y = y * (_ONE / np.sqrt(dots(y[None], y)[0] / size + _EPS)) * gain + bias
        rows.append(y * block.floats["numbers"][0][2])
    given = np.stack(rows)
    left = activations(given)
    x = sat16(x + block.product(left, "leave"))
    if block.sizes.finer:
        x = sat16(x + block.finer(left_of_activations(given, left), "leave"))
    return x


def _states_of(v: Int64Array, block: Block, way: int, going_on: Floats | None) -> Floats:
    """One direction: v int16 [L, D] -> y float32 [L, D]."""
    sizes, own = block.sizes, {name: values[way] for name, values in block.floats.items()}
    of_v, of_selected, _ = own["numbers"]
    given = _activate(v, int(block.whole["u7_mult"][way]))
    selected = block.product(given, "select", way).astype(np.float32) * of_selected
    steps = np.broadcast_to(own["first_step"], v.shape)
    for place in range(sizes.rank):
        steps = steps + selected[:, place, None] * own["steps"][place]
    steps, values = _softplus(steps), v.astype(np.float32) * of_v
    kept = np.zeros_like(own["decay"]) if going_on is None else going_on.reshape(sizes.states, -1)
    y = values * own["skip"]
    for word in _order(len(v), way):
        added = steps[word] * values[word]
        for state in range(sizes.states):
            enter = selected[word, sizes.rank + state]
            leave = selected[word, sizes.rank + sizes.states + state]
            kept[state] = powers(steps[word] * own["decay"][state]) * kept[state] + added * enter
            y[word] = y[word] + kept[state] * leave
    found: Floats = y
    return found


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


def follow_reservoir(x: Int64Array, norms: Int64Array, block: Block) -> Int64Array:
    """A reservoir: x int16 [L, H] and the norm's y [L, H] -> x."""
    step, of_states, of_surprise = block.floats["numbers"]
    u = block.product(u7(norms >> _NORM_BITS), "enter").astype(np.float32) * step
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


def follow_cells(
    x: Int64Array, norms: Int64Array, block: Block, kept: Floats | None = None
) -> Int64Array:
    """Liquid cells: x int16 [L, H] and the norm's y [L, H] -> x; ``kept`` [D] goes on, changed in place."""
    d, ways = block.sizes.inner, block.sizes.ways
    of_pace, of_value, inverse = block.floats["numbers"]
    shared = u7(block.product(u7(norms >> _NORM_BITS), "shared"))
    heads = block.product(shared, "heads").astype(np.float32)
    found = []
    for way in range(ways):
        pace = _ONE / (_ONE + powers(-(heads[:, way * d : (way + 1) * d] * of_pace)))
        value = heads[:, (ways + way) * d : (ways + way + 1) * d] * of_value
        taken = _ONE - _TWO / (_ONE + powers(value + value))
        z = np.zeros(d, np.float32) if kept is None else kept
        states = np.zeros((len(x), d), np.float32)
        for word in _order(len(x), way):
            z[:] = (_ONE - pace[word]) * z + pace[word] * taken[word]
            states[word] = z
        found.append(activations(states * inverse))
    return sat16(x + block.product(np.concatenate(found, axis=1), "leave"))


def mix_by_words(x: Int64Array, norms: Int64Array, block: Block) -> Int64Array:
    """HyperMixer's words: x int16 [L, H] and the norm's y [L, H] -> x."""
    heads, nets, width = block.sizes.heads, 2 - block.sizes.tied, x.shape[1] // block.sizes.heads
    a = u7(norms >> _NORM_BITS)
    parts = [a[:, at * width : (at + 1) * width] for at in range(heads)]
    first = [_rows(own, block, head * nets) for head, own in enumerate(parts)]
    second = [_rows(own, block, head * nets + nets - 1) for head, own in enumerate(parts)]
    columns = [_largest(made, axis=0) for made in first]
    hidden = [
        _mixed(_weights(made, most[None]).T, own - ZERO, block, 0)
        for made, own, most in zip(first, parts, columns, strict=True)
    ]
    steps = [most.astype(np.float32)[:, None] for most in columns]
    greatest = max(
        _ONE,
        *(
            (own.max(axis=1).astype(np.float32) * step[:, 0]).max()
            for own, step in zip(hidden, steps, strict=True)
        ),
    )
    rows = np.maximum.reduce([_largest(made, axis=1) for made in second])
    shares = [
        own.astype(np.float32) * (step * (np.float32(127) / greatest)) + np.float32(0.5)
        for own, step in zip(hidden, steps, strict=True)
    ]
    mixed = [
        _mixed(_weights(made, rows[:, None]), _shares(own), block, 1)
        for made, own in zip(second, shares, strict=True)
    ]
    y = _mixed_norms(np.concatenate(mixed, axis=1), greatest, rows, block)
    return sat16(x + ((y - (16 * ZERO + 8)) << int(block.whole["mix_shift"][2])))


def _mixed_norms(
    mixed: Int64Array, greatest: np.float32, rows: Int64Array, block: Block
) -> Int64Array:
    """Norms whose epsilon depends on the word, int16 [L, H]."""
    gain, offset = block.whole["mixed_gain"], block.whole["mixed_offset"]
    half = mixed.shape[1] // 2
    found = []
    for row, most in zip(mixed, rows, strict=True):
        step = greatest * np.float32(most)
        wanted = block.floats["mixed_eps"][0] / (step * step)
        eps = _LARGEST_EPS if wanted >= _LARGEST_EPS // 2 else max(1, int(wanted)) + half
        found.append(norm(row[None], gain, offset, eps)[0][0])
    return np.stack(found)


def _rows(a: Int64Array, block: Block, net: int) -> Int64Array:
    """What a network makes of words, int16 [L, S]."""
    known = np.concatenate([a, block.places[: len(a)]], axis=1)
    return block.product(u7(block.product(known, "rows_expand", net)), "rows_contract", net)


def _largest(made: Int64Array, axis: int) -> Int64Array:
    found: Int64Array = np.clip(np.abs(made).max(axis=axis), 1, 2**15 - 1)
    return found


def _weights(made: Int64Array, most: Int64Array) -> Int64Array:
    """Numbers of at most `most`, -63 to 63."""
    return (np.clip(made, -most, most) * ((_WEIGHT << 15) // most) + 2**14) >> 15


def _shares(values: Floats) -> Int64Array:
    return np.trunc(np.clip(values, 0, 127)).astype(np.int64)


def _mixed(weights: Int64Array, values: Int64Array, block: Block, second: int) -> Int64Array:
    shift, mult = (int(block.whole[f"mix_{name}"][second]) for name in ("shift", "mult"))
    return q15(sat16((weights @ values + (1 << shift >> 1)) >> shift), mult)


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

# Those that go on word by word from what they kept.
GOING_ON: Final[Mapping[int, Callable[[Int64Array, Int64Array, Block, Floats], Int64Array]]] = (
    MappingProxyType({STATES: follow_states, LIQUID: follow_cells})
)
