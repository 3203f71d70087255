"""The modules of a .nlm in the order of their parts, and which parts a file of given modules has."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from neurolite_core.artifact.formats.nlm import METADATA_KIND
from neurolite_core.artifact.formats.nlm_backbones import BACKBONE_KIND, BackboneSizes
from neurolite_core.artifact.formats.nlm_experts import EXPERTS_KIND, ExpertSizes
from neurolite_core.artifact.formats.nlm_generation import GENERATION_KIND, GenerationSizes
from neurolite_core.artifact.formats.nlm_memory import MEMORY_KIND, MemorySizes
from neurolite_core.artifact.formats.nlm_modules import Sizes
from neurolite_core.artifact.formats.nlm_rules import RULES_KIND, RuleSizes
from neurolite_core.artifact.formats.nlm_shape import (
    LABELS_KIND,
    SHAPE_KIND,
    NlmShape,
    PartRow,
    damaged,
    labels_of,
    number_parts,
)
from neurolite_core.artifact.formats.nlm_spans import SPANS_KIND, SpanSizes

Modules = Mapping[str, Sizes]
"""Field of the shape -> the module's sizes."""


@dataclass(frozen=True, slots=True)
class ModuleRow:
    """One module.

    Attributes:
        field: of ``NlmShape``, not 0 where a file has it.
        kind: of the part of its sizes.
        sizes: that part's class.
        texts: of each of what the field counts, how many texts stand in the part behind that of the sizes; 0: there is
            no such part.
    """

    field: str
    kind: int
    sizes: type[Sizes]
    texts: int


MODULES: Final = (
    ModuleRow("rules", RULES_KIND, RuleSizes, texts=2),
    ModuleRow("span_types", SPANS_KIND, SpanSizes, texts=1),
    ModuleRow("memory", MEMORY_KIND, MemorySizes, texts=0),
    ModuleRow("experts", EXPERTS_KIND, ExpertSizes, texts=0),
    ModuleRow("backbone", BACKBONE_KIND, BackboneSizes, texts=0),
    ModuleRow("generation", GENERATION_KIND, GenerationSizes, texts=0),
)


def modules_of(shape: NlmShape) -> tuple[ModuleRow, ...]:
    """Those that a file of a shape has."""
    return tuple(row for row in MODULES if getattr(shape, row.field))


def all_numbers(shape: NlmShape, modules: Modules) -> tuple[PartRow, ...]:
    """All parts of numbers, those of modules behind the network's."""
    rows = list(number_parts(shape))
    for module in modules_of(shape):
        rows += filled_parts(modules[module.field], shape)
    return tuple(rows)


def all_keys(shape: NlmShape, modules: Modules) -> list[tuple[int, int]]:
    """Kind and block of every part that a file has, in their order."""
    keys = [(kind, 0) for kind in (METADATA_KIND, SHAPE_KIND, LABELS_KIND)]
    keys += [(row.kind, row.block) for row in number_parts(shape)]
    for module in modules_of(shape):
        keys += [(module.kind, 0), *([(module.kind + 1, 0)] if module.texts else [])]
        keys += [(row.kind, row.block) for row in filled_parts(modules[module.field], shape)]
    return keys


def filled_parts(sizes: Sizes, shape: NlmShape) -> Iterator[PartRow]:
    """A module's parts of numbers that have any bytes."""
    return (row for row in sizes.parts(shape) if math.prod(row.dims))


def read_modules(
    parts: Mapping[tuple[int, int], memoryview], shape: NlmShape, source: str
) -> Modules:
    """The sizes of the modules of a file that may come from anywhere; their texts are looked through as well.

    Raises:
        ArtifactError: a part is missing, or none that a file of the shape may have.
    """
    found = {}
    for row in modules_of(shape):
        content = parts.get((row.kind, 0), memoryview(b""))
        found[row.field] = row.sizes.from_bytes(content, shape, source)
        texts = labels_of(parts.get((row.kind + 1, 0), memoryview(b""))) if row.texts else ()
        if len(texts) != row.texts * getattr(shape, row.field):
            raise damaged(source)
    return found
