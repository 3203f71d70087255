"""int8 by QDQ: the projection table and every matrix product, static ranges, nothing of the hash.

Weights are symmetric int8, one scale per output channel where the graph allows it. Those of
matrix products use 7 bits (-64..63): x86 processors without VNNI add pairs of uint8 x int8 products
in saturating int16, and 7 bits keep that exact, so every processor gives the same integers. The
table has no product and uses all 8 bits. Activations are uint8 with ranges measured on the
calibration texts: ranges taken at run time would let one text of a batch change another's answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from neurolite_core.artifact.outputs import EXACT
from neurolite_core.ground.errors import NeuroLiteError
from neurolite_export.chosen import is_one_of

_PRODUCTS: Final = ("Gemm", "MatMul")
_MOVES: Final = ("Reshape", "Transpose", "Slice", "Squeeze", "Unsqueeze")  # values stay as they are
RULES_TABLES: Final = "rules."  # begins the names of their tables
_PRODUCT_LIMIT: Final = 63
_TABLE_LIMIT: Final = 127
_SMALLEST_SCALE: Final = 1e-8


@dataclass(frozen=True, slots=True)
class Range:
    """Smallest and largest value that an activation took, zero included."""

    low: float
    high: float

    def scale_and_zero(self) -> tuple[np.float32, np.uint8]:
        """uint8 affine parameters that represent zero exactly."""
        scale = np.float32(max((self.high - self.low) / 255.0, _SMALLEST_SCALE))
        zero = np.uint8(np.clip(np.rint(-self.low / scale), 0, 255))
        return scale, zero


def exact_values(graph: onnx.GraphProto) -> set[str]:
    """All that the hash is computed from, in graphs that compute it in operators of their own."""
    needed = set(EXACT)
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            needed.update(node.input)
    return needed


def is_of_rules(node: onnx.NodeProto) -> bool:
    """Whether a node computes with a table of rules, which stay as they are."""
    return any(name.startswith(RULES_TABLES) for name in node.input)


def rounded_products(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """Products that int8 rounds: all but those of the hash, those of rules, and those of two computed tensors."""
    producers = {name: node for node in graph.node for name in node.output}
    stored = {tensor.name for tensor in graph.initializer}
    exact = exact_values(graph)
    return [
        node
        for node in graph.node
        if node.op_type in _PRODUCTS
        and node.output[0] not in exact
        and not is_of_rules(node)
        and _is_stored(node.input[1], producers, stored)
    ]


def _is_stored(name: str, producers: Mapping[str, onnx.NodeProto], stored: set[str]) -> bool:
    """Whether a tensor is a constant, or rows of one, whatever moved them."""
    while name not in stored:
        node = producers.get(name)
        if node is None or node.op_type not in (*_MOVES, "Gather", "DequantizeLinear"):
            return False
        name = node.input[0]
    return True


def product_inputs(model: onnx.ModelProto) -> list[str]:
    """The activations that enter the products that int8 rounds."""
    return sorted({node.input[0] for node in rounded_products(model.graph)})


def measure_ranges(
    model: onnx.ModelProto, feeds: Iterable[Mapping[str, NDArray[Any]]]
) -> dict[str, Range]:
    """Ranges of all product inputs over calibration batches, by running the float model."""
    names = product_inputs(model)
    probed = onnx.ModelProto()
    probed.CopyFrom(model)
    del probed.graph.output[:]
    probed.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        probed.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    low = dict.fromkeys(names, 0.0)
    high = dict.fromkeys(names, 0.0)
    for feed in feeds:
        for name, value in zip(names, session.run(names, dict(feed)), strict=True):
            low[name] = min(low[name], float(value.min(initial=0.0)))
            high[name] = max(high[name], float(value.max(initial=0.0)))
    return {name: Range(low[name], high[name]) for name in names}


def quantize(
    model: onnx.ModelProto,
    ranges: Mapping[str, Range],
    kept: tuple[NDArray[np.float32], ...] = (),
    *,
    early: bool = True,
) -> onnx.ModelProto:
    """The int8 twin of a captured network.

    Args:
        model: the network in float32.
        ranges: of what enters its products.
        kept: tables that stay as they are.
        early: quantize activations before they are moved, which then moves a quarter; not every engine joins uint8.

    Raises:
        NeuroLiteError: a matrix product has no constant weight, so int8 would not cover it.
    """
    return _Quantizer(model, ranges, kept, early).run()


@dataclass(slots=True)
class _Quantizer:
    model: onnx.ModelProto
    ranges: Mapping[str, Range]
    kept: tuple[NDArray[np.float32], ...]
    early: bool
    weights: dict[str, NDArray[np.float32]] = field(init=False)
    producers: dict[str, onnx.NodeProto] = field(init=False)
    shared: frozenset[str] = field(init=False)
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    tensors: list[onnx.TensorProto] = field(default_factory=list)
    made: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        graph = self.model.graph
        self.weights = {
            tensor.name: numpy_helper.to_array(tensor)
            for tensor in graph.initializer
            if tensor.data_type == onnx.TensorProto.FLOAT
        }
        self.producers = {name: node for node in graph.node for name in node.output}
        self.shared = _shared_products(graph)

    def run(self) -> onnx.ModelProto:
        products = {node.output[0] for node in rounded_products(self.model.graph)}
        exact = exact_values(self.model.graph)
        for node in self.model.graph.node:
            if node.output[0] in products:
                self._product(node)
            elif node.output[0] in exact:
                self.nodes.append(node)
            elif node.op_type == "Gather" and self._is_rounded(node.input[0]):
                self._table(node)
            else:
                self.nodes.append(node)
        result = onnx.ModelProto()
        result.CopyFrom(self.model)
        del result.graph.node[:]
        result.graph.node.extend(self.nodes)
        result.graph.initializer.extend(self.tensors)
        remove_unused(result.graph)
        return result

    def _is_rounded(self, name: str) -> bool:
        return name in self.weights and not is_one_of(self.weights[name], self.kept)

    def _constant(self, name: str, value: NDArray[np.generic] | np.generic) -> str:
        if name not in self.made:
            self.made.add(name)
            self.tensors.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def _node(self, kind: str, inputs: list[str], output: str, *, axis: int | None = None) -> str:
        if output not in self.made:
            self.made.add(output)
            node = helper.make_node(kind, inputs, [output])  # known by its output; a name is bytes
            if axis is not None:
                node.attribute.append(helper.make_attribute("axis", axis))
            self.nodes.append(node)
        return output

    def _product(self, node: onnx.NodeProto) -> None:
        """A -> Q -> DQ, W int8 -> DQ, bias int32 -> DQ: runtimes fuse the three into an integer kernel."""
        scale, zero = self.ranges[node.input[0]].scale_and_zero()
        prefix = f"{node.input[0]}:"
        scale_name = self._constant(f"{prefix}scale", scale)
        zero_name = self._constant(f"{prefix}zero", zero)
        quantized = self._activation(node.input[0], scale_name, zero_name, zero)
        operand = self._node(
            "DequantizeLinear", [quantized, scale_name, zero_name], f"{prefix}dequantized"
        )
        if (chosen := self._chosen(node)) is not None:
            made = onnx.NodeProto()
            made.CopyFrom(node)
            made.input[:] = [operand, chosen]
            self.nodes.append(made)
            return
        weight, weight_scale = self._weight(node)
        inputs = [operand, weight]
        if len(node.input) > 2:
            inputs.append(self._bias(node.input[2], scale, weight_scale))
        replaced = onnx.NodeProto()
        replaced.CopyFrom(node)
        replaced.input[:] = inputs
        self.nodes.append(replaced)

    def _activation(self, name: str, scale: str, zero: str, zero_value: np.uint8) -> str:
        """The uint8 twin of a tensor."""
        node = self.producers.get(name)
        output = f"{name}:{scale}:uint8"
        if output in self.made:
            return output
        if node is None or not self._moves(node):
            return self._node("QuantizeLinear", [name, scale, zero], output)
        moved = onnx.NodeProto()
        moved.CopyFrom(node)
        moved.name, moved.output[0] = output, output
        sources = len(node.input) if node.op_type == "Concat" else 1
        for position in range(sources):
            moved.input[position] = self._activation(node.input[position], scale, zero, zero_value)
        if node.op_type == "Pad":
            moved.input[2:3] = [zero]  # the padding value 0.0
        self.made.add(output)
        self.nodes.append(moved)
        return output

    def _moves(self, node: onnx.NodeProto) -> bool:
        """Whether a tensor is quantized before it is moved.

        Not before what makes the output of a product one that is read in float32, too: onnxruntime then takes no
        integer kernel for the product, and makes its weights float32 in every call.
        """
        known = self.early and node.op_type in (*_MOVES, "Concat", "Pad")
        return known and self.shared.isdisjoint(node.input)

    def _weight(self, node: onnx.NodeProto) -> tuple[str, NDArray[np.float32]]:
        """int8 weight of a product, [out, in], and its scale.

        One scale per row, except for a weight sliced to the text's length: onnxruntime has no integer
        kernel for rows of their own scale in a weight that is only known at run time.
        """
        source, slicer = self._source(node.input[1])
        transposed = any(a.name == "transB" and a.i == 1 for a in node.attribute)
        if source not in self.weights or not transposed:
            raise NeuroLiteError(
                f"int8 does not cover the matrix product {node.name!r}: its weight is not a "
                "constant [out, in]. Write the layer with torch.nn.functional.linear."
            )
        per_row = slicer is None
        values = self.weights[source]
        peak = np.abs(values).max(axis=1) if per_row else np.abs(values).max()
        scale = np.maximum(peak / _PRODUCT_LIMIT, _SMALLEST_SCALE).astype(np.float32)
        rounded = np.rint(values / (scale[:, None] if per_row else scale)).astype(np.int8)
        return self._dequantized(node.input[1], source, slicer, rounded, scale), scale

    def _chosen(self, node: onnx.NodeProto) -> str | None:
        """The int8 weight that is gathered for each text, None of any other product.

        One scale for all: an expert's rows are stored with their own factors beside them (``chosen.py``).
        """
        reshape = self.producers.get(node.input[1])
        if reshape is None or reshape.op_type != "Reshape":
            return None
        gather = self.producers.get(reshape.input[0])
        if gather is None or gather.op_type != "Gather" or gather.input[0] not in self.weights:
            return None
        source = gather.input[0]
        scale = np.float32(1 / _PRODUCT_LIMIT)
        rounded = np.rint(self.weights[source] / scale).astype(np.int8)
        table = self._constant(f"{source}:int8", rounded)
        # Names are of what is gathered: each of two experts a text has its own rows of one table.
        rows = self._node("Gather", [table, gather.input[1]], f"{gather.output[0]}:int8", axis=0)
        shaped = self._node("Reshape", [rows, reshape.input[1]], f"{reshape.output[0]}:int8")
        inputs = [
            shaped,
            self._constant(f"{source}:scale", scale),
            self._constant(f"{source}:zero", np.int8(0)),
        ]
        return self._node("DequantizeLinear", inputs, f"{reshape.output[0]}:weight")

    def _bias(self, name: str, scale: np.float32, weight_scale: NDArray[np.float32]) -> str:
        source, slicer = self._source(name)
        values = self.weights[source].astype(np.float64)
        bias_scale = (scale * weight_scale).astype(np.float32)
        limit = np.iinfo(np.int32).max
        rounded = np.clip(np.rint(values / bias_scale), -limit, limit).astype(np.int32)
        return self._dequantized(name, source, slicer, rounded, bias_scale)

    def _source(self, name: str) -> tuple[str, onnx.NodeProto | None]:
        """The weight behind a tensor and the slice between them, if any."""
        node = self.producers.get(name)
        if node is not None and node.op_type == "Slice":
            return node.input[0], node
        return name, None

    def _dequantized(
        self,
        name: str,
        source: str,
        slicer: onnx.NodeProto | None,
        rounded: NDArray[np.int8] | NDArray[np.int32],
        scale: NDArray[np.float32],
    ) -> str:
        """Constant -> slice, where the float graph had one -> DequantizeLinear.

        A bias has no zero point, which is 0 then, and 4 bytes for each number less; without that of a weight
        onnxruntime takes no integer kernel.
        """
        stored = self._constant(f"{source}:{rounded.dtype}", rounded)
        inputs = [stored, self._constant(f"{source}:scale", scale)]
        if rounded.dtype == np.int8:
            inputs.append(self._constant(f"{source}:zero", np.zeros(scale.shape, rounded.dtype)))
        if slicer is not None:
            inputs[0] = self._node("Slice", [stored, *slicer.input[1:]], f"{name}:{rounded.dtype}")
        return self._node("DequantizeLinear", inputs, f"{name}:dequantized", axis=0)

    def _table(self, node: onnx.NodeProto) -> None:
        """Rows are gathered as int8; one scale for all, because runtimes vectorise only that."""
        source = node.input[0]
        values = self.weights[source]
        scale = np.float32(max(np.abs(values).max() / _TABLE_LIMIT, _SMALLEST_SCALE))
        rounded = np.rint(values / scale).astype(np.int8)
        table = self._constant(f"{source}:int8", rounded)
        rows = self._node("Gather", [table, node.input[1]], f"{node.output[0]}:int8", axis=0)
        inputs = [
            rows,
            self._constant(f"{source}:scale", scale),
            self._constant(f"{source}:zero", np.int8(0)),
        ]
        self._node("DequantizeLinear", inputs, node.output[0])


def _shared_products(graph: onnx.GraphProto) -> frozenset[str]:
    """Outputs of products, moved or not, that more than one node reads."""
    readers = Counter(name for node in graph.node for name in node.input)
    products: set[str] = set()
    shared: set[str] = set()
    for node in graph.node:
        moved = node.op_type in _MOVES and node.input[0] in products
        if node.op_type not in _PRODUCTS and not moved:
            continue
        products.add(node.output[0])
        if readers[node.output[0]] > 1 or (moved and node.input[0] in shared):
            shared.add(node.output[0])
    return frozenset(shared)


def remove_unused(graph: onnx.GraphProto) -> None:
    """Drops nodes and initializers that no output needs."""
    needed = {value.name for value in graph.output}
    kept: list[onnx.NodeProto] = []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(node.input)
    tensors = [tensor for tensor in graph.initializer if tensor.name in needed]
    nodes = list(reversed(kept))
    del graph.node[:]
    del graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(tensors)
