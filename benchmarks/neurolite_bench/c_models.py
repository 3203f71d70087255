"""Small .nlm models that were never trained: every kind that the C library runs, with mild and with extreme numbers."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.formats.nlm import METADATA_KIND, Part, write_parts
from neurolite_core.artifact.formats.nlm_backbones import BackboneSizes
from neurolite_core.artifact.formats.nlm_experts import ExpertSizes
from neurolite_core.artifact.formats.nlm_generation import GenerationSizes
from neurolite_core.artifact.formats.nlm_memory import MemorySizes
from neurolite_core.artifact.formats.nlm_module_table import filled_parts, modules_of
from neurolite_core.artifact.formats.nlm_modules import Sizes
from neurolite_core.artifact.formats.nlm_rules import RuleSizes
from neurolite_core.artifact.formats.nlm_shape import (
    HYPERMIXER,
    INT4_TABLE,
    LABELS_KIND,
    LAST,
    LIQUID,
    MAX,
    NO_THRESHOLD,
    RESERVOIR,
    SHAPE_KIND,
    STATES,
    NlmShape,
    PartRow,
    label_part,
    number_parts,
    up,
)
from neurolite_core.artifact.formats.nlm_spans import SpanSizes

_LARGEST_WEIGHT: Final = 63
_THRESHOLD: Final = struct.unpack("<i", struct.pack("<f", 0.4))[0]
_SMALL: Final[Mapping[str, int]] = MappingProxyType(
    {
        "projection": 32, "hidden": 16, "token_hidden": 16, "channel_hidden": 32, "window": 1, "num_blocks": 1,
        "num_hashes": 4, "table_size": 64, "max_words": 16, "max_bytes": 160, "num_labels": 5, "table_bits": 8,
        "embedding_mult": 12_000, "final_eps": 64, "threshold": NO_THRESHOLD,
    }
)  # fmt: skip
_WIDE: Final = {"wide_rows": 40, "wide_lowest": 3, "wide_highest": 5, "wide_symbols": 200}
# What differs from ``_SMALL``.
KINDS: Final[Mapping[str, Mapping[str, int]]] = MappingProxyType(
    {
        "label": {"threshold": _THRESHOLD},
        "several": {"several_labels": 1, "threshold": _THRESHOLD, "num_labels": 17},
        "embedding": {"num_labels": 0, "hidden": 48, "window": 0},
        "bag": {"bag": 1, "bag_mult": 20_000, "unit_mult": 90_000, "hidden": 32},
        "packed": {"table_bits": 4, "num_hashes": 16, "embedding_shift": -3},
        "packed, many rows": {"table_bits": 4, "num_hashes": 23, "bag": 1, "bag_mult": 9_000, "unit_mult": 90_000},
        "wide": {**_WIDE},
        "wide, across words": {**_WIDE, "wide_across": 1, "wide_lowest": 2, "pooling": MAX, "window": 3},
        "blocks": {"num_blocks": 3, "max_words": 50, "token_hidden": 48, "channel_hidden": 80, "embedding_shift": 4},
        "one word": {"max_words": 1, "max_bytes": 64, "num_hashes": 64},
        "rules": {"rules": 6},
        "rules, inside words": {"rules": 7, "several_labels": 1, "threshold": _THRESHOLD},
        "rules, of answers alone": {"rules": 2},
        "spans": {"span_types": 3},
        "memory": {"memory": 1},
        "memory, bag": {"memory": 1, "bag": 1, "bag_mult": 20_000, "unit_mult": 90_000},
        "experts": {"experts": 4},
        "one expert": {"experts": 1, "num_labels": 0},
        "states": {"backbone": STATES, "max_words": 20, "num_blocks": 2},
        "states, one way": {"backbone": STATES, "pooling": MAX},
        "states, finer": {"backbone": STATES, "max_words": 33},
        "reservoir": {"backbone": RESERVOIR, "num_blocks": 2},
        "reservoir, surprised": {"backbone": RESERVOIR, "max_words": 35},
        "liquid": {"backbone": LIQUID, "num_blocks": 2},
        "hypermixer": {"backbone": HYPERMIXER, "num_blocks": 2, "max_words": 21},
        "hypermixer, tied heads": {"backbone": HYPERMIXER, "hidden": 48, "token_hidden": 32},
        "states, all modules": {"backbone": STATES, "rules": 6, "span_types": 3, "memory": 1, "experts": 4, **_WIDE},
        "generator": {"backbone": STATES, "pooling": LAST, "table_bits": 4, "num_labels": 37},
        "stream": {"backbone": STATES, "pooling": LAST, "num_blocks": 2, "window": 2},
        "stream, without second products": {"backbone": STATES, "pooling": LAST},
        "stream, liquid": {"backbone": LIQUID, "pooling": LAST, "window": 0, "num_blocks": 2},
        "all modules": {"rules": 6, "span_types": 3, "memory": 1, "experts": 4, **_WIDE},
    }
)  # fmt: skip
_RULES: Final = RuleSizes(
    columns=5, text_rules=3, direct=1, answers=2, asking=2, depth=3, groups=4, places=4, others=64, edges=40, nodes=8,
    rows=4, contested=2, hard=1, forbids=1, evidence=1, start_groups=0, start_places=0, numbers=0, limit=0,
)  # fmt: skip
_MEMORY: Final = MemorySizes(
    working=3, working_reads=2, slots=4, slot_reads=2, patterns=5, key_size=8, hidden=24, steps=2
)
_ONE_WAY: Final = BackboneSizes(inner=16, states=3, rank=5, ways=1, finer=1)
_SIZES: Final[Mapping[str, Sizes]] = MappingProxyType(
    {
        "rules": _RULES,
        "span_types": SpanSizes(window=1, width=16, padded_tags=16, mult=9_000, thresholds=1),
        "memory": _MEMORY,
        "experts": ExpertSizes(top=2, width=32),
        "backbone": BackboneSizes(inner=16, states=3, rank=5, ways=2),
        "generation": GenerationSizes(narrow=16, stream=0),
    }
)
# What differs from ``_SIZES``.
_OTHER_SIZES: Final[Mapping[str, Mapping[str, Sizes]]] = MappingProxyType(
    {
        "rules, inside words": {
            "rules": replace(_RULES, asking=3, others=8_192, start_groups=4, start_places=4, numbers=1)
        },
        "rules, of answers alone": {
            "rules": replace(_RULES, columns=0, text_rules=0, direct=0, contested=0, hard=0, forbids=0)
        },
        "memory, bag": {"memory": replace(_MEMORY, working=0, working_reads=0, patterns=0)},
        "one expert": {"experts": ExpertSizes(top=1, width=16)},
        "states, one way": {"backbone": BackboneSizes(inner=32, states=1, rank=1, ways=1)},
        "reservoir": {"backbone": BackboneSizes(inner=16, ways=2)},
        "reservoir, surprised": {"backbone": BackboneSizes(inner=32, ways=1, predicts=1)},
        "liquid": {"backbone": BackboneSizes(inner=16, ways=2)},
        "generator": {"backbone": BackboneSizes(inner=32, states=1, rank=2, ways=1)},
        "stream": {"backbone": _ONE_WAY, "generation": GenerationSizes(narrow=32, stream=1, finer=1)},
        "stream, without second products": {
            "backbone": replace(_ONE_WAY, finer=0), "generation": GenerationSizes(narrow=32, stream=1)
        },
        "states, finer": {"backbone": BackboneSizes(inner=16, states=3, rank=5, ways=2, finer=1)},
        "stream, liquid": {
            "backbone": BackboneSizes(inner=16, ways=1), "generation": GenerationSizes(narrow=16, stream=1)
        },
        "hypermixer": {"backbone": BackboneSizes(heads=1)},
        "hypermixer, tied heads": {"backbone": BackboneSizes(heads=3, tied=1)},
    }
)  # fmt: skip
# Numbers from 0 below these of tables that lead to places of others; all words lead to the same.
_BELOW: Final[Mapping[str, int]] = MappingProxyType(
    {
        "rule_weights": 1, "rule_moves": 4, "rule_words": 1, "rule_others": 8, "rule_edges": 8, "rule_sets": 4,
        "rule_start_moves": 4, "rule_start_rows": 3, "rule_columns": 2, "rule_answers": 2, "rule_contested": 2,
    }
)  # fmt: skip


def made_models(seed: int) -> dict[str, bytes]:
    """A file of each of ``KINDS`` with mild numbers, and one with numbers from the ends of their ranges.

    Args:
        seed: equal seeds give equal files.

    Returns:
        Sealed .nlm contents by name. What stands in their metadata is no model's, so that only the C library, which
        reads no metadata, opens them.
    """
    return {
        f"{kind}, {numbers}": _made(kind, rows, np.random.default_rng([seed, place]))
        for place, kind in enumerate(KINDS)
        for numbers, rows in (("mild", MILD), ("extreme", EXTREME))
    }


def shape_of(kind: str) -> NlmShape:
    """The shape of one of ``KINDS``; what neither names is 0."""
    numbers = {**_SMALL, **KINDS[kind]}
    numbers["padded_labels"] = up(numbers["num_labels"], 16)
    return NlmShape(**{field.name: numbers.get(field.name, 0) for field in fields(NlmShape)})


Choices = Mapping[str, Sequence[int]]  # a range, or a few
# By the last word of a part's name; what is not here is drawn from all that its type has.
MILD: Final[Choices] = MappingProxyType(
    {
        "weights": range(-_LARGEST_WEIGHT, _LARGEST_WEIGHT + 1),
        "table": range(-30, 31),
        "factors": range(1, 12),
        "places": range(128),
        "mult": range(2**12, 2**14),
        "shift": (2, 3),
        "init": range(-20_000, 20_000),
        "gain": range(-9_000, 9_000),
        "offset": range(2_000),
        "eps": (100, 1_000),
    }
)
_SIGNED: Final = {
    *("beta", "ages", "ties", "keys", "bias", "router", "thresholds"),
    *("steps", "step", "skip", "kept", "expected"),
}
EXTREME: Final[Choices] = MappingProxyType(
    {
        "weights": (-_LARGEST_WEIGHT, -1, 0, 1, _LARGEST_WEIGHT),
        "table": (-128, -1, 127),
        "factors": (0, 1, 255),
        "places": (0, 1, 127),
        "mult": (0, 1, 2**14, 2**15 - 1),
        "shift": (0, 1, 4, 9),
        "init": (-(2**30), 2**30, *range(-8, 9)),
        "gain": (1 - 2**15, -1_000, 0, 1, 5_000, 2**15 - 1),
        "offset": (1 - 2**15, -1_000, 0, 1, 5_000, 2**15 - 1),
        "eps": (1, 2**10, 2**30),
    }
)


def _made(kind: str, choices: Choices, rng: np.random.Generator) -> bytes:
    shape, sizes = shape_of(kind), {**_SIZES, **_OTHER_SIZES.get(kind, {})}
    parts = [
        Part(METADATA_KIND, 0, b'{"name":"made"}'),
        Part(SHAPE_KIND, 0, shape.to_bytes()),
        Part(LABELS_KIND, 0, _texts(shape.num_labels)),
    ]
    rows = list(number_parts(shape))
    for module in modules_of(shape):
        parts += _parts(rows, shape, choices, rng)
        parts.append(Part(module.kind, 0, sizes[module.field].to_bytes()))
        if module.texts:
            parts.append(
                Part(module.kind + 1, 0, _texts(module.texts * getattr(shape, module.field)))
            )
        rows = list(filled_parts(sizes[module.field], shape))
    return write_parts(parts + _parts(rows, shape, choices, rng))


def _texts(number: int) -> bytes:
    return label_part(tuple(f"text {place}" for place in range(number)))


def _parts(
    rows: Sequence[PartRow], shape: NlmShape, choices: Choices, rng: np.random.Generator
) -> list[Part]:
    return [
        Part(row.kind, row.block, drawn_numbers(row, shape, choices, rng).tobytes()) for row in rows
    ]


def drawn_numbers(
    row: PartRow, shape: NlmShape, choices: Choices, rng: np.random.Generator
) -> NDArray[Any]:
    """A part's numbers, [row.dims], little-endian."""
    name, dtype = row.name.rpartition("_")[2], np.dtype(row.dtype).newbyteorder("<")
    if row.name in _BELOW:
        return rng.integers(0, _BELOW[row.name], row.dims).astype(dtype)
    if row.name.startswith("rule_") or name in _SIGNED:
        return rng.uniform(-1, 1, row.dims).astype(dtype)
    if name == "decay":
        return rng.uniform(-1, 0, row.dims).astype(dtype)
    if dtype.kind == "f":
        return rng.uniform(1e-4, 1e-2, row.dims).astype(dtype)
    if name == "remap":
        return rng.integers(0, shape.wide_rows + 1, row.dims).astype(dtype)
    chosen = choices.get(name)
    if chosen is None or (name == "table" and shape.table_bits == INT4_TABLE):
        limits = np.iinfo(dtype)
        chosen = range(limits.min, limits.max + 1)
    if isinstance(chosen, range):
        return rng.integers(chosen.start, chosen.stop, row.dims).astype(dtype)
    return rng.choice(chosen, row.dims).astype(dtype)
