"""int8: the projection table and every matrix product of the network, nothing of the hash.

The n-th product of every bucket is the same layer, so weights and activations get one scale for all
buckets, that of the largest: an answer does not depend on the bucket that gave it. Ranges of what
enters and leaves a product are static, or a kernel takes those of each row and gives float32
(``row_by_row.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.ground.errors import NeuroLiteError
from neurolite_export.chosen import is_one_of
from neurolite_export.targets.litert.model import (
    Editor,
    Model,
    Op,
    Operator,
    Subgraph,
    Type,
    code_of,
    constant_of,
    network_of,
    numbers,
)
from neurolite_export.targets.litert.row_by_row import by_row
from neurolite_export.targets.litert.stored import (
    describe,
    gather_stored,
    is_computed,
    is_gathered,
    lookups_of,
    operator_of,
    store,
    twin,
)

_LIMIT: Final = 127
_SMALLEST_SCALE: Final = 1e-8
_INT8: Final = np.dtype(np.int8)


@dataclass(frozen=True, slots=True)
class Range:
    """Smallest and largest value that an activation took, zero included."""

    low: float = 0.0
    high: float = 0.0

    def including(self, values: NDArray[np.float32]) -> Range:
        """The range of these values as well."""
        return Range(min(self.low, float(values.min())), max(self.high, float(values.max())))

    def widened(self, factor: float) -> Range:
        """Room for values that no calibration text had."""
        return Range(self.low * factor, self.high * factor)

    def scale_and_zero(self) -> tuple[np.float32, int]:
        """int8 affine parameters that represent zero exactly."""
        scale = np.float32(max((self.high - self.low) / 255.0, _SMALLEST_SCALE))
        return scale, int(np.clip(np.rint(-128 - self.low / scale), -128, 127))


@dataclass(frozen=True, slots=True)
class Layer:
    """One matrix product: ranges of what goes in and comes out."""

    source: Range
    result: Range


def products_of(model: Model, subgraph: Subgraph) -> list[Operator]:
    """The network's matrix products, in running order.

    Raises:
        NeuroLiteError: one has no constant weight, so int8 would not cover it.
    """
    found = []
    part = network_of(subgraph)
    for operator in part:
        code = code_of(model, operator)
        if code == Op.BATCH_MATMUL and is_gathered(model, subgraph, int(operator.inputs[1])):
            continue  # an expert's weights: bytes where the file's precision says so, in float arithmetic
        if code == Op.BATCH_MATMUL and is_computed(model, part, subgraph, int(operator.inputs[1])):
            continue  # of two computed tensors: nothing is stored that could be rounded
        if code == Op.BATCH_MATMUL or (
            code == Op.FULLY_CONNECTED
            and constant_of(model, subgraph.tensors[operator.inputs[1]]) is None
        ):
            raise NeuroLiteError(
                "int8 does not cover a matrix product: its weight is not a constant [out, in]. "
                "Write the layer with torch.nn.functional.linear."
            )
        if code == Op.FULLY_CONNECTED:
            found.append(operator)
    return found


def quantize(
    model: Model, layers: Sequence[Layer] | None, kept: tuple[NDArray[np.float32], ...] = ()
) -> None:
    """Turns a float32 model into int8, in place.

    Args:
        model: with one subgraph per bucket, the largest last.
        layers: of the products in running order; None where each row has its own range.
        kept: tables that stay as they are.

    Raises:
        NeuroLiteError: a layer's weights are others in one bucket than in the last.
    """
    last = model.subgraphs[-1]
    full = [_weight(model, last, operator) for operator in products_of(model, last)]
    for subgraph in model.subgraphs[:-1]:
        _check_same(model, subgraph, full)
    scales = [_scale(np.abs(weight).max(axis=1)) for weight in full]
    for subgraph in model.subgraphs:
        _Quantizer(model, subgraph, layers, scales, kept).run()


def _check_same(model: Model, subgraph: Subgraph, full: Sequence[NDArray[np.float32]]) -> None:
    """Whether a bucket's n-th product is the last bucket's, or its first rows and columns."""
    own = [_weight(model, subgraph, operator) for operator in products_of(model, subgraph)]
    for number, (weight, whole) in enumerate(zip(own, full, strict=True)):
        rows, columns = weight.shape
        if not np.allclose(weight, whole[:rows, :columns], rtol=1e-4, atol=1e-6):
            raise NeuroLiteError(
                f"int8 has one range for a layer in all buckets, and the converter made other weights of product "
                f"{number} for one of them than for the largest, as it does where it folds a factor into a product. "
                "Fold the factor before the conversion, as folded_norms.py does."
            )


def _weight(model: Model, subgraph: Subgraph, operator: Operator) -> NDArray[np.float32]:
    weight = constant_of(model, subgraph.tensors[operator.inputs[1]])
    assert weight is not None  # noqa: S101  # products_of looked
    return weight


def _scale(peak: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.maximum(peak / _LIMIT, _SMALLEST_SCALE).astype(np.float32)


@dataclass(slots=True)
class _Quantizer:
    model: Model
    subgraph: Subgraph
    layers: Sequence[Layer] | None
    scales: Sequence[NDArray[np.float32]]
    kept: tuple[NDArray[np.float32], ...]
    editor: Editor = field(init=False)
    # float32 tensor -> its int8 twin
    twins: dict[int, int] = field(default_factory=dict)
    # constant tensor -> what it was in float32, as several operators may read one
    floats: dict[int, NDArray[np.float32]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.editor = Editor(self.model, self.subgraph)

    def run(self) -> None:
        positions = {
            id(operator): position
            for position, operator in enumerate(products_of(self.model, self.subgraph))
        }
        lookups = [
            id(operator)
            for operator in lookups_of(self.model, self.subgraph)
            if not is_one_of(_weight(self.model, self.subgraph, operator), self.kept)
        ]
        readers: dict[int, list[Operator]] = {}
        for operator in self.subgraph.operators:
            for number in numbers(operator.inputs):
                readers.setdefault(number, []).append(operator)
        made: list[Operator] = []
        for operator in self.subgraph.operators:
            if id(operator) in lookups:
                made.extend(self._lookup(operator))
            elif id(operator) in positions and self.layers is None:
                weight = self._float(int(operator.inputs[1]))
                made.extend(
                    by_row(self.editor, operator, weight, self.scales[positions[id(operator)]])
                )
            elif id(operator) in positions:
                result = int(operator.outputs[0])
                only_products = bool(readers.get(result)) and all(
                    id(reader) in positions for reader in readers[result]
                )
                made.extend(self._product(operator, positions[id(operator)], only_products))
            else:
                made.append(operator)
        self.subgraph.operators = made

    def _lookup(self, operator: Operator) -> Iterator[Operator]:
        """Gathers int8 rows, then converts those."""
        values = self._float(int(operator.inputs[1]))
        scale = _scale(np.abs(values).max(keepdims=True))[0, 0]
        return gather_stored(self.editor, operator, np.rint(values / scale).astype(np.int8), scale)

    def _product(
        self, operator: Operator, position: int, only_products: bool
    ) -> Iterator[Operator]:
        assert self.layers is not None  # noqa: S101  # of static ranges
        layer, scale = self.layers[position], self.scales[position]
        source, result = int(operator.inputs[0]), int(operator.outputs[0])
        source_scale, zero = layer.source.scale_and_zero()
        if source not in self.twins:
            self.twins[source] = twin(self.editor, source, _INT8, source_scale, zero)
            yield operator_of(self.editor, Op.QUANTIZE, [source], self.twins[source])
        source_scale = self.subgraph.tensors[self.twins[source]].quantization.scale[0]
        values = self._float(int(operator.inputs[1]))
        scale = scale[: len(values)]  # a bucket of fewer words has the first rows
        rounded = np.rint(values / scale[:, None]).astype(np.int8)
        store(self.subgraph.tensors[operator.inputs[1]], self.editor, rounded, scale)
        weight, *rest = numbers(operator.inputs)[1:]
        has_bias = bool(rest) and rest[0] >= 0
        # tflite-runtime's int8 kernel for 32-bit ARM reads the bias even where there is none.
        bias = rest[0] if has_bias else self.editor.constant(np.zeros(len(scale), np.float32))
        bias = self._bias(bias, scale * source_scale)
        self.twins[result] = twin(self.editor, result, _INT8, *layer.result.scale_and_zero())
        operator.inputs = np.array([self.twins[source], weight, bias], np.int32)
        operator.outputs = np.array([self.twins[result]], np.int32)
        yield operator
        if not only_products:
            yield operator_of(self.editor, Op.DEQUANTIZE, [self.twins[result]], result)

    def _bias(self, number: int, scale: NDArray[np.float32]) -> int:
        """Number of the bias in steps of this scale: its own tensor, or a new one where that has another's."""
        values = self._float(number)
        if self.subgraph.tensors[number].type == Type.INT32:
            number = self.editor.constant(values)
        tensor = self.subgraph.tensors[number]
        rounded = np.rint(values.astype(np.float64) / scale)
        limit = np.iinfo(np.int32)
        tensor.type = Type.INT32
        tensor.buffer = self.editor.buffer(np.clip(rounded, limit.min, limit.max).astype(np.int32))
        describe(tensor, scale)
        return number

    def _float(self, number: int) -> NDArray[np.float32]:
        """What a constant was in float32, before the first of its readers made integers of it."""
        if number not in self.floats:
            values = constant_of(self.model, self.subgraph.tensors[number])
            assert values is not None  # noqa: S101  # a parameter
            self.floats[number] = values
        return self.floats[number]
