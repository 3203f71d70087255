"""A network's parts in whole numbers, in the order of the page's table."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.tasks import MULTI_LABEL
from neurolite_core.artifact.formats.nlm import METADATA_KIND, Part, write_parts
from neurolite_core.artifact.formats.nlm_module_table import ModuleRow, filled_parts, modules_of
from neurolite_core.artifact.formats.nlm_shape import (
    INT4_TABLE,
    INT8_TABLE,
    LABELS_KIND,
    LANES,
    LAST,
    MAX,
    MEAN,
    NO_THRESHOLD,
    SHAPE_KIND,
    NlmShape,
    PartRow,
    label_part,
    number_parts,
    up,
)
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.network.heads import LENGTH
from neurolite_core.network.model import TextNetwork
from neurolite_core.network.projection import PackedProjection
from neurolite_core.network.row_packing import LARGEST, MOST
from neurolite_export.targets.c.backbone_ranges import into_stream
from neurolite_export.targets.c.backbones import build_backbone, widths_of
from neurolite_export.targets.c.built_module import (
    BuiltModule,
    by_groups,
    floats,
    product_numbers,
)
from neurolite_export.targets.c.calibrate import WORD_SUMS, WORDS, Ranges
from neurolite_export.targets.c.experts import build_experts
from neurolite_export.targets.c.generation import build_generation
from neurolite_export.targets.c.memory import build_memory
from neurolite_export.targets.c.quantize import (
    POSITIVE,
    SIGNED,
    STREAM,
    WEIGHT,
    ZERO,
    Norm,
    Product,
    Scales,
    quantize_head,
    quantize_norm,
    quantize_product,
)
from neurolite_export.targets.c.rules import build_rules
from neurolite_export.targets.c.spans import build_spans

_INT8: Final = 127
_INT16: Final = 32_767
_POOLED: Final = 4  # times the mean
_UNIT_BITS: Final = 16
_POOLINGS: Final = MappingProxyType({"mean": MEAN, "max": MAX, "last": LAST})

# Of each module, by its field of the shape.
BUILDERS: Final[Mapping[str, Callable[[TextNetwork, Ranges], BuiltModule]]] = MappingProxyType(
    {
        "rules": build_rules,
        "span_types": build_spans,
        "memory": build_memory,
        "experts": build_experts,
        "backbone": build_backbone,
        "generation": build_generation,
    }
)

Numbers = dict[tuple[str, int], NDArray[Any]]


def to_blob(network: TextNetwork, metadata: ArtifactMetadata, ranges: Ranges) -> bytes:
    """A sealed file; equal arguments give equal bytes."""
    builder = _Builder(network, ranges)
    shape = builder.build()
    parts = [
        Part(METADATA_KIND, 0, metadata.to_json().encode()),
        Part(SHAPE_KIND, 0, shape.to_bytes()),
        Part(LABELS_KIND, 0, label_part(metadata.labels)),
    ]
    parts += [_part(row, builder.numbers[row.name, row.block]) for row in number_parts(shape)]
    known = {**builder.ranges, WORD_SUMS: builder.word_step, WORDS: builder.words}
    for row in modules_of(shape):
        parts += _module_parts(row, BUILDERS[row.field](network, known), shape)
    return write_parts(parts)


def _part(row: PartRow, numbers: NDArray[Any]) -> Part:
    dtype = np.dtype(row.dtype).newbyteorder("<")
    return Part(row.kind, row.block, numbers.reshape(row.dims).astype(dtype).tobytes())


def _module_parts(row: ModuleRow, built: BuiltModule, shape: NlmShape) -> Iterator[Part]:
    yield Part(row.kind, 0, built.sizes.to_bytes())
    if row.texts:
        yield Part(row.kind + 1, 0, label_part(built.texts))
    for part in filled_parts(built.sizes, shape):
        yield _part(part, built.numbers[part.name])


class _Builder:
    """Fills ``numbers``, name and block -> numbers, from a network.

    Attributes:
        numbers: of the network's parts.
        word_step: what a step of a word's sums stands for, once built.
        words: what one of its activations stands for, likewise.
    """

    def __init__(self, network: TextNetwork, ranges: Ranges) -> None:
        self.numbers: Numbers = {}
        self._network: Any = network
        self._config = network.config
        self._ranges = ranges
        self._stream = self._stream_step()
        # Of modules and blocks, which look for it there.
        self._ranges = {**ranges, "stream": self._stream * STREAM}
        self.word_step = self.words = 0.0

    def build(self) -> NlmShape:
        network, config = self._network, self._config
        table = self._table()
        self.word_step, self.words = table["e16"], table["words"]
        scales = Scales(table["words"], self._stream)
        window = network.model.window.linear
        weight = floats(window.weight)
        # Of a window that does not read ahead, words behind weigh nothing.
        room = (2 * config.window + 1) * config.projection_size - weight.shape[1]
        weight = np.pad(weight, ((0, 0), (0, room)))
        self._store("window", 0, quantize_product(weight, floats(window.bias), scales))
        for number, block in enumerate(network.model.backbone.blocks):
            self._block(number, block)
        final = self._scale("final")
        norm = _quantized(network.norm, Scales(self._stream / _POOLED, final))
        self.numbers["final_gain", 0], self.numbers["final_offset", 0] = norm.gain, norm.offset
        if config.experts is not None:
            final = self._scale("routed")
        bag_mult = unit_mult = 0
        given = final
        if config.bag:
            text, given = self._ranges["text"] / STREAM, self._scale("unit")
            self._product("joined", 0, network.joined.linear, Scales(final, text))
            bag_mult = round(table["e16"] / text * 2**_UNIT_BITS)
            unit_mult = round(LENGTH / given * 2**_UNIT_BITS)
        if network.memory is not None:
            given = self._scale("remembered")
        labels = len(network.labels)
        if labels and config.generation is None:
            self._head(network.head.linear, given, up(labels, LANES))
        wide = config.wide
        widths = widths_of(config.backbone_options)
        if wide is not None:
            known = network.wide.table()
            self.numbers["wide_remap", 0], self.numbers["wide_rows", 0] = known.remap, known.rows
            self.numbers["wide_scales", 0] = known.scales
        return NlmShape(
            projection=config.projection_size,
            hidden=config.hidden_size,
            token_hidden=widths.token_hidden,
            channel_hidden=widths.channel_hidden,
            window=config.window,
            num_hashes=config.num_hashes,
            table_size=config.table_size,
            max_words=config.max_words,
            max_bytes=config.max_bytes,
            num_blocks=len(network.model.backbone.blocks),
            num_labels=labels,
            padded_labels=up(labels, LANES),
            pooling=_POOLINGS[config.pooling],
            table_bits=INT4_TABLE if self._packed else INT8_TABLE,
            embedding_shift=int(table["shift"]),
            embedding_mult=int(table["mult"]),
            final_eps=norm.eps,
            bag=int(config.bag),
            bag_mult=bag_mult,
            unit_mult=unit_mult,
            wide_rows=0 if wide is None else wide.num_rows,
            wide_lowest=0 if wide is None else wide.lowest,
            wide_highest=0 if wide is None else wide.highest,
            wide_across=0 if wide is None else int(wide.across_words),
            wide_symbols=0 if wide is None else wide.max_symbols,
            several_labels=int(network.task == MULTI_LABEL),
            threshold=_bits(network.threshold),
            rules=0 if network.rules is None else network.rules.count,
            experts=0 if config.experts is None else config.experts.count,
            memory=int(network.memory is not None),
            backbone=widths.backbone,
            span_types=0 if config.spans is None else len(config.spans.types),
        )

    @property
    def ranges(self) -> Ranges:
        """The ranges by which all is built."""
        return self._ranges

    def _stream_step(self) -> float:
        """What a step of the residual stream stands for: not less than one of any sum that is added to it."""
        model = self._network.model
        sums: list[tuple[Any, str, float]] = [(model.window.linear.weight, "words", SIGNED)]
        for number, block in enumerate(model.backbone.blocks):
            sums += into_stream(block, number)
        steps = [
            float(weight.detach().abs().max()) / WEIGHT * self._ranges[name] / levels
            for weight, name, levels in sums
        ]
        return max(self._ranges["stream"] / STREAM, *steps)

    @property
    def _packed(self) -> bool:
        return isinstance(self._network.model.projection, PackedProjection)

    def _scale(self, name: str) -> float:
        return self._ranges[name] / SIGNED

    def _table(self) -> Mapping[str, float]:
        """Stores the table; the shift and factor of a word's sums, and what steps they then have."""
        projection = self._network.model.projection
        if self._packed:
            unit, largest = float(projection.unit), LARGEST * MOST
            self.numbers["table", 0] = projection.rows.cpu().numpy()
            self.numbers["factors", 0] = projection.factors.cpu().numpy()
        else:
            table = floats(projection.table)
            unit, largest = float(np.abs(table).max()) / _INT8, _INT8
            self.numbers["table", 0] = np.rint(table / unit)
        shift = math.floor(math.log2(_INT16 / (largest * self._config.num_hashes)))
        e16 = unit / 2.0**shift
        mult = min(_INT16, max(1, round(e16 / self._scale("words") * 2**15)))
        return {"shift": shift, "mult": mult, "e16": e16, "words": e16 * 2**15 / mult}

    def _block(self, number: int, block: Any) -> None:  # noqa: ANN401  # a module's children are untyped
        """What stands by block beside the parts of other backbones: ``backbones``."""
        first = block.norm if hasattr(block, "norm") else block.word_norm
        self._norm("word_norm", number, first, self._scale(f"norm {number}"))
        if hasattr(block, "word_mixing"):
            self._mix_words(number, block.word_mixing)
        if hasattr(block, "channel_mixing"):
            self._mix_channels(number, block)

    def _mix_words(self, number: int, mixing: Any) -> None:  # noqa: ANN401
        norm, token = self._scale(f"norm {number}"), self._ranges[f"token {number}"] / POSITIVE
        words = up(self._config.max_words, LANES)
        room = words - self._config.max_words
        weight = np.pad(floats(mixing.expand.weight), ((0, 0), (0, room)))
        bias = floats(mixing.expand.bias)
        expand = quantize_product(weight, bias, Scales(norm, token), zero=0, narrow=True)
        self._store("word_expand", number, expand, grouped=False)
        weight = np.pad(floats(mixing.contract.weight), ((0, room), (0, 0)))
        bias = np.pad(floats(mixing.contract.bias), (0, room))
        contract = quantize_product(weight, bias, Scales(token, self._stream), zero=0)
        self._store("word_contract", number, contract, grouped=False)

    def _mix_channels(self, number: int, block: Any) -> None:  # noqa: ANN401
        channel = self._ranges[f"channel {number}"] / POSITIVE
        norm = self._scale(f"channel norm {number}")
        self._norm("channel_norm", number, block.channel_norm, norm)
        expand, contract = block.channel_mixing.expand, block.channel_mixing.contract
        self._product("channel_expand", number, expand, Scales(norm, channel), narrow=True)
        self._product("channel_contract", number, contract, Scales(channel, self._stream), zero=0)

    def _norm(self, name: str, block: int, norm: Any, to_scale: float) -> None:  # noqa: ANN401
        found = _quantized(norm, Scales(self._stream, to_scale))
        self.numbers[f"{name}_gain", block] = found.gain
        self.numbers[f"{name}_offset", block] = found.offset
        self.numbers[f"{name}_eps", block] = np.array([found.eps])

    def _product(
        self,
        name: str,
        block: int,
        linear: Any,  # noqa: ANN401
        scales: Scales,
        *,
        zero: int = ZERO,
        narrow: bool = False,
    ) -> None:
        weight, bias = floats(linear.weight), floats(linear.bias)
        self._store(name, block, quantize_product(weight, bias, scales, zero=zero, narrow=narrow))

    def _store(self, name: str, block: int, product: Product, *, grouped: bool = True) -> None:
        found = product_numbers(name, product, grouped=grouped)
        self.numbers |= {(key, block): numbers for key, numbers in found.items()}

    def _head(self, linear: Any, from_scale: float, padded: int) -> None:  # noqa: ANN401
        found = quantize_head(floats(linear.weight), floats(linear.bias), from_scale, padded)
        self.numbers["head_weights", 0] = by_groups(found[0])
        self.numbers["head_init", 0], self.numbers["head_scale", 0] = found[1], found[2]


def _quantized(norm: Any, scales: Scales) -> Norm:  # noqa: ANN401
    return quantize_norm(floats(norm.weight), floats(norm.bias), norm.eps, scales)


def _bits(threshold: float | None) -> int:
    return NO_THRESHOLD if threshold is None else int(np.float32(threshold).view(np.int32))
