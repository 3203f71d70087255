"""Backbones other than the mixer in a .nlm: docs/c-arithmetic.md, "Other backbones"."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final

import numpy as np
from numpy.typing import DTypeLike

from neurolite_core.artifact.formats.nlm_modules import Sizes
from neurolite_core.artifact.formats.nlm_shape import (
    GROUP,
    HYPERMIXER,
    LANES,
    LIQUID,
    RESERVOIR,
    STATES,
    NlmShape,
    PartRow,
    up,
)

BACKBONE_KIND: Final = 126  # of the part of sizes
PLACE_CHANNELS: Final = 16
# By how many bits what rounding left of a product's activations is finer than these, of a state space that is `finer`.
FINER_BITS: Final[Mapping[str, int]] = MappingProxyType({"enter": 4, "leave": 7})
_WIDEST: Final = 2**13
_Row = tuple[str, tuple[int, ...], DTypeLike]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackboneSizes(Sizes):
    """Sizes of a backbone; what it does not have is 0.

    Attributes:
        inner: D, channels of states, of each direction, up to a multiple of 16.
        states: numbers that each of them keeps.
        rank: R, numbers of which steps are made.
        ways: directions, 1 or 2.
        predicts: 1 where the units of a reservoir give their surprise.
        heads: of HyperMixer.
        tied: 1 where one network makes both weights of a head.
        finer: 1 where a state space has second products, of what rounding left of activations.
    """

    LIMITS: ClassVar = {
        "inner": (0, _WIDEST),
        "states": (0, 64),
        "rank": (0, 2**10),
        "ways": (0, 2),
        "predicts": (0, 1),
        "heads": (0, 64),
        "tied": (0, 1),
        "finer": (0, 1),
    }
    inner: int = 0
    states: int = 0
    rank: int = 0
    ways: int = 0
    predicts: int = 0
    heads: int = 0
    tied: int = 0
    finer: int = 0

    @property
    def selected(self) -> int:
        """What a word of a state space says: for steps, then B and C."""
        return up(self.rank + 2 * self.states, LANES)

    @property
    def layer_numbers(self) -> int:
        """What a layer keeps of all words so far, of a backbone that goes on word by word."""
        return self.inner * max(1, self.states)

    @property
    def read(self) -> int:
        """What is read of a word's reservoir."""
        return self.inner * self.ways * (1 + self.predicts)

    @property
    def nets(self) -> int:
        """Networks that make weights of words."""
        return self.heads * (2 - self.tied)

    def fits(self, shape: NlmShape) -> bool:
        """Whether the numbers go together, and are those of the shape's backbone."""
        row = _ROWS[shape.backbone]
        return (
            all((getattr(self, name) > 0) == (name in row.needs) for name in _COUNTS)
            and all(not getattr(self, name) or name in row.flags for name in _FLAGS)
            and self.inner % LANES == 0
            and (not self.heads or shape.hidden % (LANES * self.heads) == 0)
        )

    def parts(self, shape: NlmShape) -> Iterator[PartRow]:
        """All parts; names of those of a block begin with its number."""
        row = _ROWS[shape.backbone]
        if shape.backbone == HYPERMIXER:
            yield PartRow(127, "places", 0, np.uint8, (shape.max_words, PLACE_CHANNELS))
        for block in range(shape.num_blocks):
            for kind, (name, dims, dtype) in enumerate(row.parts(self, shape), row.kind):
                yield PartRow(kind, f"{block}_{name}", block, dtype, dims)


def _product(
    name: str, inputs: int, outputs: int, count: tuple[int, ...] = (), finer: int = 0
) -> Iterator[_Row]:
    yield f"{name}_weights", (*count, inputs // GROUP, outputs, GROUP), np.int8
    yield f"{name}_init", (*count, *((2,) if finer else ()), outputs), np.int32
    yield f"{name}_mult", (*count, outputs), np.int16
    yield f"{name}_shift", count or (1,), np.int32


def _states(sizes: BackboneSizes, shape: NlmShape) -> Iterator[_Row]:
    d, ways = sizes.inner, sizes.ways
    yield from _product("enter", shape.hidden, 2 * d * ways, finer=sizes.finer)
    yield from _product("select", d, sizes.selected, (ways,))
    yield "steps", (ways, sizes.rank, d), np.float32
    yield "first_step", (ways, d), np.float32
    yield "decay", (ways, sizes.states, d), np.float32
    yield "skip", (ways, d), np.float32
    yield "leave_gain", (ways, d), np.float32
    yield "u7_mult", (ways,), np.int16
    yield "numbers", (ways, 3), np.float32
    yield from _product("leave", d * ways, shape.hidden, finer=sizes.finer)
    yield "leave_bias", (ways, d), np.float32


def _reservoir(sizes: BackboneSizes, shape: NlmShape) -> Iterator[_Row]:
    yield from _product("enter", shape.hidden, sizes.inner)
    yield "kept", (sizes.inner,), np.float32
    yield "expected", (2 * sizes.predicts, sizes.inner), np.float32
    yield "numbers", (3,), np.float32
    yield from _product("expand", sizes.read, shape.channel_hidden)
    yield from _product("contract", shape.channel_hidden, shape.hidden)


def _hypermixer(sizes: BackboneSizes, shape: NlmShape) -> Iterator[_Row]:
    width, nets, h = shape.hidden // sizes.heads, (sizes.nets,), shape.hidden
    yield from _product("rows_expand", width + PLACE_CHANNELS, width, nets)
    yield from _product("rows_contract", width, shape.token_hidden, nets)
    yield "mix_mult", (2,), np.int16
    yield "mix_shift", (3,), np.int32
    yield "mixed_gain", (h,), np.int16
    yield "mixed_offset", (h,), np.int16
    yield "mixed_eps", (1,), np.float32


def _liquid(sizes: BackboneSizes, shape: NlmShape) -> Iterator[_Row]:
    cells = sizes.inner * sizes.ways
    yield from _product("shared", shape.hidden, shape.channel_hidden)
    yield from _product("heads", shape.channel_hidden, 2 * cells)
    yield "numbers", (3,), np.float32
    yield from _product("leave", cells, shape.hidden)


@dataclass(frozen=True, slots=True)
class _BackboneRow:
    """The first kind of its parts by block, these parts, and which sizes it has."""

    kind: int
    parts: Callable[[BackboneSizes, NlmShape], Iterator[_Row]]
    needs: tuple[str, ...]
    flags: tuple[str, ...] = ()


_COUNTS: Final = ("inner", "states", "rank", "ways", "heads")
_FLAGS: Final = ("predicts", "tied", "finer")
_ROWS: Final[Mapping[int, _BackboneRow]] = MappingProxyType(
    {
        HYPERMIXER: _BackboneRow(163, _hypermixer, ("heads",), ("tied",)),
        STATES: _BackboneRow(128, _states, ("inner", "states", "rank", "ways"), ("finer",)),
        RESERVOIR: _BackboneRow(148, _reservoir, ("inner", "ways"), ("predicts",)),
        LIQUID: _BackboneRow(176, _liquid, ("inner", "ways")),
    }
)
