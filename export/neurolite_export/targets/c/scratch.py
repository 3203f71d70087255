"""How much memory a model's run takes: what ``nl_places_of`` of runtimes/native/src/model.h adds up, and modules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import singledispatch
from types import MappingProxyType
from typing import Final

from neurolite_core.artifact.formats.nlm_backbones import PLACE_CHANNELS, BackboneSizes
from neurolite_core.artifact.formats.nlm_experts import ExpertSizes
from neurolite_core.artifact.formats.nlm_generation import GenerationSizes
from neurolite_core.artifact.formats.nlm_memory import MemorySizes
from neurolite_core.artifact.formats.nlm_module_table import Modules
from neurolite_core.artifact.formats.nlm_modules import Sizes
from neurolite_core.artifact.formats.nlm_rules import RuleSizes
from neurolite_core.artifact.formats.nlm_shape import (
    HYPERMIXER,
    LIQUID,
    RESERVOIR,
    STATES,
    NlmShape,
    up,
)
from neurolite_core.artifact.formats.nlm_spans import SpanSizes

_LINE: Final = 64
_CHUNK: Final = 16  # words whose channels are mixed together


def scratch_bytes(shape: NlmShape, modules: Modules) -> int:
    """Bytes that ``nl_scratch`` asks for texts of as many words as the model reads.

    Args:
        shape: of the model.
        modules: of the model, which use one area behind the network's in turn.
    """
    network = sum(up(size, _LINE) for size in _areas(shape))
    backbone = modules.get("backbone")
    if isinstance(backbone, BackboneSizes):
        areas = _BACKBONES[shape.backbone](backbone, shape)
        network += sum(up(size, _LINE) for size in areas)
    network += up(state_bytes(shape, modules) * shape.generation, _LINE)  # of a text without one
    return network + max((_module_bytes(sizes, shape) for sizes in modules.values()), default=0)


def state_bytes(shape: NlmShape, modules: Modules) -> int:
    """Bytes of a state: what ``nl_state_size`` says."""
    memory, generation = modules.get("memory"), modules.get("generation")
    if isinstance(memory, MemorySizes):
        return 4 * memory.state_numbers(shape)
    backbone = modules.get("backbone")
    if isinstance(generation, GenerationSizes) and isinstance(backbone, BackboneSizes):
        return 4 * sum(generation.state_numbers(shape, backbone))
    return 0


@singledispatch
def _module_bytes(sizes: Sizes, shape: NlmShape) -> int:
    """What a module asks for, as its file in runtimes/native/src does."""
    raise NotImplementedError(f"{type(sizes).__name__} {shape}")


@_module_bytes.register
def _(sizes: RuleSizes, shape: NlmShape) -> int:
    numbers = (
        shape.max_words,  # starts
        sizes.of_text + sizes.answers + sizes.asking,
        max(sizes.text_rules, sizes.asking),
        shape.rules,
        shape.rules + 3 * shape.num_labels,
    )
    return up(8 * shape.max_words + sum(up(4 * number, 8) for number in numbers), _LINE)


@_module_bytes.register
def _(sizes: SpanSizes, shape: NlmShape) -> int:
    words = up(shape.max_words, 4) + 2 * sizes.window
    areas = (words * shape.hidden, _CHUNK * sizes.width, 4 * sizes.padded_tags)
    return sum(up(area, _LINE) for area in areas)


@_module_bytes.register
def _(sizes: MemorySizes, shape: NlmShape) -> int:
    d, k = shape.text_size, sizes.key_size
    joined, places = (1 + sizes.reads) * d, max(sizes.working, sizes.slots)
    heads = max(1, sizes.working_reads, sizes.slot_reads)
    numbers = (
        *(joined, sizes.hidden, places * k, heads * k),
        max(heads * places, sizes.patterns),
        *(sizes.reads, d, max(2 * sizes.slots, sizes.patterns)),
        sizes.state_numbers(shape),
        (max(joined, sizes.hidden) + 1) // 2,
        d // 4,
    )
    return sum(up(4 * number, _LINE) for number in numbers)


@_module_bytes.register
def _(sizes: ExpertSizes, shape: NlmShape) -> int:
    h = shape.hidden
    areas = (
        *(4 * shape.projection, 4 * shape.experts, sizes.width),
        *(4 * max(sizes.width, h), 4 * h),
    )
    return sum(up(area, _LINE) for area in areas)


@_module_bytes.register
def _(sizes: GenerationSizes, shape: NlmShape) -> int:
    d = sizes.narrow
    return sum(up(area, _LINE) for area in (shape.max_bytes, 2 * 4 * d, 4 * d, d))


@_module_bytes.register
def _(_: BackboneSizes, __: NlmShape) -> int:
    return 0  # it is no module beside the network


def _of_states(sizes: BackboneSizes, shape: NlmShape) -> tuple[int, ...]:
    full, d, ways = up(shape.max_words, 4), sizes.inner, sizes.ways
    return (
        *(4 * full * d * ways, 4 * full * d * ways, _CHUNK * d),
        *(2 * _CHUNK * sizes.selected, _CHUNK * d * ways),
        *(4 * d * sizes.states, 12 * d),
    )


def _of_reservoir(sizes: BackboneSizes, shape: NlmShape) -> tuple[int, ...]:
    full, d = up(shape.max_words, 4), sizes.inner
    return 2 * full * d, full * sizes.read, 16 * d


def _of_liquid(sizes: BackboneSizes, shape: NlmShape) -> tuple[int, ...]:
    full, d = up(shape.max_words, 4), sizes.inner
    return 4 * full * d * sizes.ways, full * d * sizes.ways, 12 * d


def _of_hypermixer(sizes: BackboneSizes, shape: NlmShape) -> tuple[int, ...]:
    full, h, s, heads = up(shape.max_words, 4), shape.hidden, shape.token_hidden, sizes.heads
    width, most = h // heads, max(full, s)
    return (
        *(full * (width + PLACE_CHANNELS), _CHUNK * width, 2 * heads * full * s, s * full),
        *(4 * most, 2 * most, 4 * heads * s, 4 * full, 2 * s * h, 2 * full * h),
    )


_BACKBONES: Final[Mapping[int, Callable[[BackboneSizes, NlmShape], tuple[int, ...]]]] = (
    MappingProxyType(
        {
            HYPERMIXER: _of_hypermixer,
            STATES: _of_states,
            RESERVOIR: _of_reservoir,
            LIQUID: _of_liquid,
        }
    )
)


def _areas(shape: NlmShape) -> Iterator[int]:
    e, h, s = shape.projection, shape.hidden, shape.token_hidden
    full, widest = up(shape.max_words, 4), max(e, h)
    yield (full + 2 * shape.window) * widest
    yield 2 * (full + 1) * h
    yield from (s * h, s * h)
    yield from (_CHUNK * h, _CHUNK * shape.channel_hidden)
    yield from (4 * s, 4 * max(widest, s), 4 * e, 2 * widest)
    yield 4 * max(shape.padded_labels, e)
    if shape.wide_rows:
        symbols = min(2 * shape.max_bytes + 1, shape.wide_symbols)
        yield 4 * symbols * (shape.wide_highest - shape.wide_lowest + 1)
        yield 4 * (shape.num_labels + 1)
