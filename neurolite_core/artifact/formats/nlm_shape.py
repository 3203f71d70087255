"""What a .nlm says of its shape, and the parts that a shape has: docs/c-arithmetic.md, "The file"."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import pairwise, zip_longest
from typing import Final, Self

import numpy as np
from numpy.typing import DTypeLike

from neurolite_core.ground.errors import ArtifactError
from neurolite_core.hashing.ngrams import NUM_BUCKETS

SHAPE_KIND: Final = 2
LABELS_KIND: Final = 3
FIELDS: Final = 32  # int32 numbers of the part
NO_THRESHOLD: Final = 0x7FC00000  # the bits of a NaN
LANES: Final = 16  # sizes of channels are multiples of it
MOST_BLOCKS: Final = 16
GROUP: Final = 4  # inputs that stand side by side in a product's weights
INT8_TABLE: Final = 8
INT4_TABLE: Final = 4
_WIDEST: Final = 2**14
_WIDEST_VECTOR: Final = 2**12
_MOST_INPUTS: Final = 2**17  # of a product, whose sums then stay in int32
_MOST_RULES: Final = 1_000
_MOST_SPAN_TYPES: Final = 1_024
_MOST_EXPERTS: Final = 64
MIXER: Final = 0  # numbers of backbones; those of others have parts of their own
HYPERMIXER: Final = 1
STATES: Final = 2
RESERVOIR: Final = 3
LIQUID: Final = 4
MEAN: Final = 0  # how words become a text's vector
MAX: Final = 1
LAST: Final = 2  # of generators alone


@dataclass(frozen=True, slots=True, kw_only=True)
class NlmShape:
    """The numbers of the part `shape`, in its order; letters as on the page."""

    projection: int
    hidden: int
    token_hidden: int
    channel_hidden: int
    window: int
    num_hashes: int
    table_size: int
    max_words: int
    max_bytes: int
    num_blocks: int
    num_labels: int
    padded_labels: int
    pooling: int  # ``MEAN``, ``MAX`` or ``LAST``
    table_bits: int
    embedding_shift: int
    embedding_mult: int
    final_eps: int
    bag: int
    bag_mult: int
    unit_mult: int
    wide_rows: int
    wide_lowest: int
    wide_highest: int
    wide_across: int
    wide_symbols: int
    several_labels: int
    threshold: int  # the bits of its float32; ``NO_THRESHOLD`` where there is none
    rules: int = 0  # how many; this and what follows are modules, of which sizes stand in a part of their own
    span_types: int = 0
    memory: int = 0
    experts: int = 0
    backbone: int = MIXER

    @property
    def generation(self) -> int:
        """1 where it says what follows a text's last word, else 0."""
        return int(self.pooling == LAST)

    @property
    def text_size(self) -> int:
        """Width of a text's vector, of which the head makes logits."""
        return self.projection if self.bag else self.hidden

    def to_bytes(self) -> bytes:
        """The content of the part."""
        values = tuple(asdict(self).values())
        return struct.pack(f"<{FIELDS}i", *values, *(0,) * (FIELDS - len(values)))

    @classmethod
    def from_bytes(cls, content: bytes | memoryview, source: str) -> Self:
        """Reads a part that may come from anywhere.

        Raises:
            ArtifactError: it is none that a file may have.
        """
        if len(content) != 4 * FIELDS:
            raise damaged(source)
        values = struct.unpack(f"<{FIELDS}i", content)
        names = [field.name for field in fields(cls)]
        shape = cls(**dict(zip(names, values, strict=False)))
        if any(values[len(names) :]) or not shape.is_possible():
            raise damaged(source)
        return shape

    def is_possible(self) -> bool:
        """Whether all numbers are in their ranges."""
        widths = (self.projection, self.hidden, self.token_hidden, self.channel_hidden)
        widest = max(self.projection, self.hidden)
        lanes = 2 * LANES if self.table_bits == INT4_TABLE else LANES
        return (
            all(0 < width <= _WIDEST and width % LANES == 0 for width in widths)
            and widest <= _WIDEST_VECTOR
            and self.projection % lanes == 0
            and 0 <= self.window <= 8
            and (2 * self.window + 1) * self.projection <= _MOST_INPUTS
            and 1 <= self.num_hashes <= 64
            and 64 <= self.table_size <= 65_536
            and 1 <= self.max_words <= 8_192
            and 64 <= self.max_bytes <= 65_536
            and 1 <= self.num_blocks <= MOST_BLOCKS
            and 0 <= self.num_labels <= self.padded_labels < self.num_labels + LANES
            and self.padded_labels % LANES == 0
            and {self.bag, self.several_labels} <= {0, 1}
            and MEAN <= self.pooling <= LAST
            and self.table_bits in (INT8_TABLE, INT4_TABLE)
            and -15 <= self.embedding_shift <= 15
            and 0 <= self.embedding_mult < 2**15
            and self.final_eps > 0
            and min(self.bag_mult, self.unit_mult) >= 0
            and 0 <= self.rules <= _MOST_RULES
            and 0 <= self.span_types <= _MOST_SPAN_TYPES
            and self.memory in (0, 1)
            and 0 <= self.experts <= _MOST_EXPERTS
            and MIXER <= self.backbone <= LIQUID
            and self._has_possible_ngrams()
            and not (self.generation and self._has_more_than_words())
        )

    def _has_more_than_words(self) -> bool:
        """Whether it has what no generator has: another backbone, no entries, or a module."""
        modules = (self.bag, self.several_labels, self.wide_rows, self.rules, self.span_types)
        return (
            self.backbone not in (STATES, LIQUID)
            or not self.num_labels
            or any((*modules, self.memory, self.experts))
        )

    def _has_possible_ngrams(self) -> bool:
        if not self.wide_rows:
            return not any(
                (self.wide_lowest, self.wide_highest, self.wide_across, self.wide_symbols)
            )
        return (
            0 < self.wide_rows < 2**16
            and self.num_labels > 0
            and 2 <= self.wide_lowest <= self.wide_highest <= 5
            and self.wide_across in (0, 1)
            and 1 <= self.wide_symbols <= 2**17
        )


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part that a shape has.

    Attributes:
        kind: by the page's table.
        name: for programs.
        block: of the backbone.
        dtype: of its numbers.
        dims: their number in each direction, as they stand in the file.
    """

    kind: int
    name: str
    block: int
    dtype: DTypeLike
    dims: tuple[int, ...]


def up(size: int, step: int) -> int:
    """The next multiple of a step."""
    return -(-size // step) * step


def number_parts(shape: NlmShape) -> Iterator[PartRow]:
    """All parts of numbers that files of a shape have behind metadata, shape and labels, in their order."""
    e, h = shape.projection, shape.hidden
    if shape.table_bits == INT4_TABLE:
        yield PartRow(4, "table", 0, np.uint8, (shape.table_size, e // 2))
        yield PartRow(5, "factors", 0, np.uint8, (shape.table_size,))
    else:
        yield PartRow(4, "table", 0, np.int8, (shape.table_size, e))
    yield from product_parts(6, "window", 0, (2 * shape.window + 1) * e, h)
    for block in range(shape.num_blocks):
        yield from _block(shape, block)
    yield PartRow(32, "final_gain", 0, np.int16, (h,))
    yield PartRow(33, "final_offset", 0, np.int16, (h,))
    if shape.bag:
        yield from product_parts(34, "joined", 0, h, e)
    if shape.num_labels and not shape.generation:
        width, labels = shape.text_size, shape.padded_labels
        yield PartRow(38, "head_weights", 0, np.int8, (width // GROUP, labels, GROUP))
        yield PartRow(39, "head_init", 0, np.int32, (labels,))
        yield PartRow(40, "head_scale", 0, np.float32, (labels,))
    if shape.wide_rows:
        columns = shape.num_labels + 1
        yield PartRow(41, "wide_remap", 0, np.uint16, (NUM_BUCKETS,))
        yield PartRow(42, "wide_rows", 0, np.int8, (shape.wide_rows + 1, columns))
        yield PartRow(43, "wide_scales", 0, np.float32, (columns,))


def _block(shape: NlmShape, block: int) -> Iterator[PartRow]:
    h, s, c = shape.hidden, shape.token_hidden, shape.channel_hidden
    words = up(shape.max_words, LANES)
    yield from _norm(10, "word_norm", block, h)
    if shape.backbone == MIXER:
        yield from product_parts(13, "word_expand", block, words, s, dims=(s, words))
        yield from product_parts(17, "word_contract", block, s, words, dims=(words, s))
    if shape.backbone > HYPERMIXER:
        return
    yield from _norm(21, "channel_norm", block, h)
    yield from product_parts(24, "channel_expand", block, h, c)
    yield from product_parts(28, "channel_contract", block, c, h)


def _norm(kind: int, name: str, block: int, width: int) -> Iterator[PartRow]:
    yield PartRow(kind, f"{name}_gain", block, np.int16, (width,))
    yield PartRow(kind + 1, f"{name}_offset", block, np.int16, (width,))
    yield PartRow(kind + 2, f"{name}_eps", block, np.int32, (1,))


def product_parts(
    kind: int, name: str, block: int, inputs: int, outputs: int, dims: tuple[int, ...] | None = None
) -> Iterator[PartRow]:
    """The parts of a product of the page."""
    grouped = (inputs // GROUP, outputs, GROUP)
    yield PartRow(kind, f"{name}_weights", block, np.int8, dims or grouped)
    yield PartRow(kind + 1, f"{name}_init", block, np.int32, (outputs,))
    yield PartRow(kind + 2, f"{name}_mult", block, np.int16, (outputs,))
    yield PartRow(kind + 3, f"{name}_shift", block, np.int32, (1,))


def damaged(source: str) -> ArtifactError:
    """What is said of a file whose parts do not fit together."""
    return ArtifactError(f"{source} is a damaged .nlm file. Export the model again.")


def labels_of(part: memoryview) -> tuple[str, ...]:
    """The names in the part `labels`; empty where it is none that a file may have."""
    return tuple(_names(part))


def has_labels(part: memoryview, labels: Sequence[str]) -> bool:
    """Whether the part `labels` has these names, of which no second copy is made."""
    return all(one == other for one, other in zip_longest(_names(part), labels))


def _names(part: memoryview) -> Iterator[str]:
    first = int.from_bytes(part[:4], "little")
    if first % 4 or not 0 < first <= len(part):
        return
    places = np.frombuffer(part[:first], "<u4").tolist()
    for start, behind in pairwise(places):
        yield bytes(part[start:behind]).decode("utf-8", "replace")


def label_part(labels: tuple[str, ...]) -> bytes:
    """The part `labels`: places of the names in the part, one more than there are names, and the names."""
    names = [label.encode() for label in labels]
    places = np.cumsum([4 * (len(names) + 1), *map(len, names)]).astype("<u4")
    return places.tobytes() + b"".join(names)
