"""The parts of a .nlm as arrays, each checked before anything is computed with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.formats.nlm import read_metadata, read_parts
from neurolite_core.artifact.formats.nlm_backbones import FINER_BITS, BackboneSizes
from neurolite_core.artifact.formats.nlm_generation import GenerationSizes
from neurolite_core.artifact.formats.nlm_module_table import (
    Modules,
    all_keys,
    all_numbers,
    read_modules,
)
from neurolite_core.artifact.formats.nlm_rules import RuleSizes
from neurolite_core.artifact.formats.nlm_shape import (
    GROUP,
    LABELS_KIND,
    SHAPE_KIND,
    NlmShape,
    PartRow,
    damaged,
    has_labels,
)
from neurolite_core.artifact.formats.protobuf import Bytes
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_runtimes.nlm_reference.rule_checks import rules_fit

_LARGEST_WEIGHT = 63

Numbers = Mapping[tuple[str, int], NDArray[np.integer[Any]]]


@dataclass(frozen=True, slots=True, eq=False)
class NlmModel:
    """A file's content, read.

    Attributes:
        metadata: what it says of itself.
        shape: its sizes and single numbers.
        numbers: name and block -> whole numbers, in the type and shape in which they stand in the file.
        scales: name -> float32, of logits, and tables of modules; thresholds of spans are float64.
        modules: field of the shape -> sizes of a module that it has.
    """

    metadata: ArtifactMetadata
    shape: NlmShape
    numbers: Numbers
    scales: Mapping[str, NDArray[Any]]
    modules: Modules

    def widened(self) -> Mapping[tuple[str, int], NDArray[np.int64]]:
        """All numbers as int64: the table [M, E] (a 4-bit one multiplied out), weights of products [n, k]."""
        found = {
            (name, block): _plain(numbers.astype(np.int64), name)
            for (name, block), numbers in self.numbers.items()
        }
        if ("factors", 0) in found:
            found["table", 0] = _multiplied_out(found["table", 0], found["factors", 0])
        return found


def read_model(content: Bytes, source: str) -> NlmModel:
    """Reads a file that may come from anywhere.

    Raises:
        ArtifactError: it is damaged, or of a newer version.
    """
    metadata = ArtifactMetadata.from_json(read_metadata(content, source), source)
    parts = read_parts(content, source)
    shape = NlmShape.from_bytes(parts.get((SHAPE_KIND, 0), b""), source)
    if not has_labels(parts.get((LABELS_KIND, 0), memoryview(b"")), metadata.labels):
        raise damaged(source)
    modules = read_modules(parts, shape, source)
    if all_keys(shape, modules) != list(parts) or not _agree(shape, metadata):
        raise damaged(source)
    if not _states_agree(shape, modules, metadata):
        raise damaged(source)
    rows = all_numbers(shape, modules)
    values: dict[tuple[str, int], NDArray[np.integer[Any]]] = {}
    scales: dict[str, NDArray[Any]] = {}
    for row in rows:
        found = _numbers(parts[row.kind, row.block], row, source)
        if np.dtype(row.dtype).kind == "f":
            scales[row.name] = found
        else:
            values[row.name, row.block] = found
    finite = all(np.isfinite(scale).all() for scale in scales.values())
    if (
        not finite
        or not _states_last(scales)
        or not _in_range(values)
        or not _wide_fits(shape, values)
        or not _second_products_fit(modules, values)
    ):
        raise damaged(source)
    rules = modules.get("rules")
    if isinstance(rules, RuleSizes) and not rules_fit(rules, scales):
        raise damaged(source)
    return NlmModel(metadata, shape, values, scales, modules)


def _numbers(part: memoryview, row: PartRow, source: str) -> NDArray[Any]:
    dtype = np.dtype(row.dtype).newbyteorder("<")
    if len(part) != dtype.itemsize * int(np.prod(row.dims)):
        raise damaged(source)
    return np.frombuffer(part, dtype).reshape(row.dims)


def _plain(values: NDArray[np.int64], name: str) -> NDArray[np.int64]:
    """Weights as [n, k]: those of channels stand as [k / 4, n, 4]."""
    if name.endswith("_weights") and values.ndim == 3:
        return values.transpose(1, 0, 2).reshape(values.shape[1], values.shape[0] * GROUP)
    return values


def _multiplied_out(pairs: NDArray[np.int64], factors: NDArray[np.int64]) -> NDArray[np.int64]:
    numbers = np.concatenate([pairs % 16, pairs // 16], axis=1) - 8
    return numbers * factors[:, None]


def _agree(shape: NlmShape, metadata: ArtifactMetadata) -> bool:
    return (
        shape.num_labels == len(metadata.labels)
        and shape.num_hashes == metadata.num_hashes
        and shape.table_size == metadata.table_size
        and shape.max_words == metadata.max_words
        and shape.max_bytes == metadata.max_bytes
        and shape.text_size == metadata.embedding_size
        and shape.rules == len(metadata.rules)
        and shape.span_types == (0 if metadata.spans is None else len(metadata.spans.types))
    )


def _states_agree(shape: NlmShape, modules: Modules, metadata: ArtifactMetadata) -> bool:
    """Whether a generator goes one way, and its state is the one that the metadata name."""
    generation, backbone = modules.get("generation"), modules.get("backbone")
    if not isinstance(generation, GenerationSizes):
        return True
    assert isinstance(backbone, BackboneSizes)  # noqa: S101  # which every generator has
    kept = generation.state_numbers(shape, backbone)
    return backbone.ways == 1 and tuple(spec.values for spec in metadata.state) == kept


def _in_range(values: Numbers) -> bool:
    limits = {
        "weights": (-_LARGEST_WEIGHT, _LARGEST_WEIGHT),
        "mult": (0, 2**15 - 1),
        "shift": (0, 31),
    }
    limits |= dict.fromkeys(("gain", "offset"), (1 - 2**15, 2**15 - 1))
    limits |= {"eps": (1, 2**31 - 1), "init": (-(2**30), 2**30), "places": (0, 127)}
    for (name, _), found in values.items():
        low, high = limits.get(name.rpartition("_")[2], (-(2**31), 2**31))
        if found.size and not low <= found.min() <= found.max() <= high:
            return False
    return True


def _states_last(scales: Mapping[str, NDArray[Any]]) -> bool:
    """Whether no state of a backbone grows by itself."""
    for name, found in scales.items():
        largest = {"decay": 0.0, "kept": 1.0}.get(name.rpartition("_")[2])
        if largest is not None and found.max(initial=-1.0) > largest:
            return False
        if name.endswith("_kept") and found.min(initial=0.0) < -1:
            return False
    return True


def _second_products_fit(modules: Modules, values: Numbers) -> bool:
    """Whether the shifts of second products, which are larger, are ones of int32."""
    backbone = modules.get("backbone")
    if not isinstance(backbone, BackboneSizes) or not backbone.finer:
        return True
    most = {f"{name}_shift": 31 - bits for name, bits in FINER_BITS.items()}
    return all(
        found.max() <= most.get(name.partition("_")[2], 31)
        for (name, _), found in values.items()
        if name.endswith("_shift")
    )


def _wide_fits(shape: NlmShape, values: Numbers) -> bool:
    """Whether all rows that n-grams name are there, and none takes a share of the length away."""
    if not shape.wide_rows:
        return True
    rows = values["wide_rows", 0]
    return bool(values["wide_remap", 0].max() <= shape.wide_rows and rows[:, -1].min() >= 0)
