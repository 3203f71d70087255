"""Reads an ExecuTorch file back: what is stored, what XNNPACK takes, and in which types it computes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Final

import numpy as np
from executorch.exir._serialize._program import PTEFile, deserialize_pte_binary
from executorch.exir.schema import DelegateCall, ExecutionPlan, KernelCall, String, Tensor

from neurolite_core.artifact.formats.pte import stage_name
from neurolite_core.artifact.metadata import METADATA_KEY, ArtifactMetadata
from neurolite_core.artifact.outputs import INDICES, NGRAMS, WORDS
from neurolite_core.ground.errors import ArtifactError
from neurolite_core.network.row_packing import PACKED_BITS
from neurolite_export.contents import Contents, Delegation, Port
from neurolite_export.targets.executorch.payload import Graph, Node, read_payload

_LARGEST: Final = "forward"
_PRODUCTS: Final = ("FullyConnected", "Conv2d", "DepthwiseConv2d")
_EMBEDDING: Final = "aten::embedding"
_HASH_COLUMNS: Final = 3
_BYTE: Final = "int8"
_PRODUCT_OF_TWO: Final = "BatchMatrixMultiply"
_NO_VALUE: Final = 2**32 - 1
_NAMES: Final = {
    "fp32": "float32", "fp16": "float16", "qint8": "int8", "quint8": "uint8", "qcint8": "int8",
    "qdint8": "int8", "qint32": "int32", "qcint32": "int32", "int32": "int32",
    "FLOAT": "float32", "HALF": "float16", "BYTE": "uint8", "CHAR": "int8", "INT": "int32",
    "LONG": "int64", "BOOL": "bool",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Program:
    """A file, read.

    Attributes:
        file: ExecuTorch's own reading.
        graphs: those of XNNPACK, by position among the program's delegates.
        data: named data, by key.
    """

    file: PTEFile
    graphs: tuple[Graph, ...]
    data: Mapping[str, bytes]

    def plan(self, name: str) -> ExecutionPlan:
        """A method by name.

        Raises:
            ArtifactError: there is none of that name.
        """
        for plan in self.file.program.execution_plan:
            if plan.name == name:
                return plan
        raise ArtifactError(f"It has no method {name!r}.")


def read_program(content: bytes) -> Program:
    """Parses a file.

    Raises:
        ArtifactError: damaged, or not exported by NeuroLite.
    """
    try:
        file = deserialize_pte_binary(content)
        named = file.named_data
        data = (
            {}
            if named is None
            else {key: named.buffers[entry.buffer_index] for key, entry in named.pte_data.items()}
        )
    except (ValueError, KeyError, IndexError, AssertionError, RuntimeError) as error:
        raise ArtifactError(f"It is a damaged ExecuTorch program: {error}") from error
    graphs = tuple(read_payload(item.data) for item in file.program.backend_delegate_data)
    return Program(file, graphs, data)


def constant_text(program: Program, method: str) -> str | None:
    """What a method without inputs returns, or None where there is no such method or it gives no text."""
    for plan in program.file.program.execution_plan:
        if plan.name == method and len(plan.outputs) == 1:
            value = plan.values[plan.outputs[0]].val
            return value.string_val if isinstance(value, String) else None
    return None


def inspect_program(program: Program) -> Contents:
    """The facts of a file; shapes, products, the hash and delegation are those of the largest bucket."""
    plan = program.plan(_LARGEST)
    taken, outputs = (_tensors(plan, places) for places in (plan.inputs, plan.outputs))
    metadata = ArtifactMetadata.from_json(constant_text(program, METADATA_KEY) or "", "The file")
    inputs = (metadata.input_name, *(spec.name for spec in metadata.state))
    following = (spec.next_name for spec in metadata.state)
    plans = _stages(program, metadata)
    carried = 1 + len(plans[1].inputs) if len(plans) > 1 else 0  # with the gate
    outputs = outputs[: len(outputs) - carried]
    names = (*metadata.outputs, *following, WORDS, INDICES, NGRAMS)[: len(outputs)]
    largest = [graph for stage in plans for graph, _ in _delegates(program, stage)]
    delegated = sum(len(graph.nodes) for graph in largest)
    left = Counter(
        stage.operators[call.op_index].name for stage in plans for call in _kernels(stage)
    )
    return Contents(
        format_version=f"ExecuTorch program, schema {program.file.program.version}",
        inputs=tuple(_port(name, item) for name, item in zip(inputs, taken, strict=True)),
        outputs=tuple(_port(name, item) for name, item in zip(names, outputs, strict=True)),
        weight_values=_weights(program),
        products=dict(sorted(Counter(_products(program, largest)).items())),
        hash_types=tuple(sorted(_hash_types(program, plan, plan.outputs[len(outputs) - 1]))),
        operations=_operations(program),
        delegation=Delegation(
            backend="XNNPACK",
            delegated=delegated,
            total=delegated + left.total(),
            left=dict(sorted(left.items())),
        ),
    )


def _stages(program: Program, metadata: ArtifactMetadata) -> list[ExecutionPlan]:
    """The methods of the largest bucket: one for each layer that may answer."""
    layers = 1 if metadata.exits is None else metadata.exits.layers
    return [program.plan(stage_name(_LARGEST, 1 + each)) for each in range(layers)]


def _tensors(plan: ExecutionPlan, places: list[int]) -> list[Tensor]:
    values = [plan.values[place].val for place in places]
    return [value for value in values if isinstance(value, Tensor)]


def _port(name: str, tensor: Tensor) -> Port:
    return Port(name, _NAMES[tensor.scalar_type.name], tuple(tensor.sizes))


def _delegates(program: Program, plan: ExecutionPlan) -> Iterator[tuple[Graph, list[int]]]:
    """XNNPACK's graphs in the order that a method runs them, and the values that each is given."""
    for chain in plan.chains:
        for instruction in chain.instructions:
            call = instruction.instr_args
            if isinstance(call, DelegateCall):
                reference = plan.delegates[call.delegate_index].processed
                yield program.graphs[reference.index], call.args


def _kernels(plan: ExecutionPlan) -> Iterator[KernelCall]:
    for chain in plan.chains:
        for instruction in chain.instructions:
            if isinstance(instruction.instr_args, KernelCall):
                yield instruction.instr_args


def _is_sum(program: Program, graph: Graph, node: Node) -> bool:
    """Whether a product only adds up: all weights that are not zero are the same."""
    weight = graph.values[node.arguments["filter_id"]]
    if weight.data is None or weight.dtype != "fp32":
        return False
    values = np.frombuffer(program.data[weight.data][: 4 * prod(weight.shape)], np.float32)
    return len(np.unique(values[values != 0])) <= 1


def _chosen(graph: Graph, node: Node) -> str | None:
    """Type in which the weights of a product come that are one row of a table; None of any other product."""
    if node.kind != _PRODUCT_OF_TWO:
        return None
    makers = {item.arguments.get("output_id"): item for item in graph.nodes}
    place = node.arguments["input2_id"]
    while (maker := makers.get(place)) is not None and maker.kind in ("Convert", "StaticReshape"):
        place = maker.arguments["input_id"]
    value = graph.values[place]
    row = maker is None and len(value.shape) == 2 and value.shape[0] == 1
    return _NAMES[value.dtype] if row else None


def _products(program: Program, graphs: list[Graph]) -> Iterator[str]:
    for graph in graphs:
        for node in graph.nodes:
            if (chosen := _chosen(graph, node)) is not None:
                yield f"{chosen} weights" if chosen == _BYTE else chosen
            if node.kind in _PRODUCTS and not _is_sum(program, graph, node):
                weight = _NAMES[graph.values[node.arguments["filter_id"]].dtype]
                taken = _NAMES[graph.values[node.arguments["input1_id"]].dtype]
                yield weight if weight == taken else f"{weight} weights"


def _weights(program: Program) -> dict[str, int]:
    """Stored numbers of layers, of the table and of norms, each counted once however many methods use it."""
    found: dict[object, tuple[str, int]] = {}
    for graph in program.graphs:
        for node in graph.nodes:
            if node.kind not in _PRODUCTS or _is_sum(program, graph, node):
                continue
            for name in ("filter_id", "bias_id"):
                place = node.arguments[name]
                if place != _NO_VALUE and (value := graph.values[place]).data is not None:
                    found[value.data] = (_NAMES[value.dtype], prod(value.shape))
    found |= _tables(program)
    counted: Counter[str] = Counter()
    for dtype, size in found.values():
        counted[dtype] += size
    return dict(sorted(counted.items()))


def _tables(program: Program) -> dict[object, tuple[str, int]]:
    """Type and size of each table of the network, by its place in the file."""
    found: dict[object, tuple[str, int]] = {}
    for plan in program.file.program.execution_plan:
        halved = _halved([graph for graph, _ in _delegates(program, plan)])
        for call in _kernels(plan):
            if plan.operators[call.op_index].name != _EMBEDDING:
                continue
            table, rows = _tensors(plan, [call.args[0], call.args[-1]])
            dtype = _NAMES[table.scalar_type.name]
            # The hash's tables are no bytes and have up to three columns, a projection has at least four.
            if not table.data_buffer_idx or (dtype != _BYTE and table.sizes[-1] <= _HASH_COLUMNS):
                continue
            size = prod(table.sizes)
            packed = tuple(rows.sizes) in halved
            found[table.data_buffer_idx] = (
                (f"int{PACKED_BITS}", size * 8 // PACKED_BITS) if packed else (dtype, size)
            )
    return found


def _halved(graphs: list[Graph]) -> set[tuple[int, ...]]:
    """Shapes of gathered bytes that hold two numbers each: they become floats, which are rounded down."""
    found = set()
    for graph in graphs:
        makers = {node.arguments.get("output_id"): node for node in graph.nodes}
        for node in graph.nodes:
            maker: Node | None = node if node.kind == "Floor" else None
            while maker is not None and maker.kind in ("Floor", "StaticReshape"):
                maker = makers.get(maker.arguments["input_id"])
            if maker is not None and maker.kind == "Convert":
                found.add(graph.values[maker.arguments["input_id"]].shape)
    return found


def _hash_types(program: Program, plan: ExecutionPlan, last: int) -> set[str]:
    """Types of all tensors up to the operation that gives the indices."""
    types = set()
    for chain in plan.chains:
        for instruction in chain.instructions:
            call = instruction.instr_args
            if isinstance(call, DelegateCall):
                reference = plan.delegates[call.delegate_index].processed
                values = program.graphs[reference.index].values.values()
                types |= {_NAMES[value.dtype] for value in values}
            if isinstance(call, KernelCall | DelegateCall):
                types |= {_NAMES[item.scalar_type.name] for item in _tensors(plan, call.args)}
                if last in call.args:
                    return types
    raise ArtifactError("No operation gives the indices.")


def _operations(program: Program) -> dict[str, int]:
    found: Counter[str] = Counter()
    for plan in program.file.program.execution_plan:
        found.update(plan.operators[call.op_index].name for call in _kernels(plan))
        for graph, _ in _delegates(program, plan):
            found.update(f"XNNPACK {node.kind}" for node in graph.nodes)
    return dict(sorted(found.items()))
