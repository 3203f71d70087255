"""A .tflite as objects that can be changed, and back to bytes.

Letters: a model has subgraphs, one for each signature; a subgraph has tensors and operators in running
order, which name tensors by number; constant tensors name a buffer of the model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from neurolite_core.artifact.formats.tflite import IDENTIFIER
from neurolite_core.artifact.outputs import EXACT

Model = Any  # the generated classes have no types
Subgraph = Any
Operator = Any
Tensor = Any

_ALIGNMENT: Final = 16  # what kernels expect of constants
_BUILDER_SIZE: Final = 1 << 20

Op: Final = schema.BuiltinOperator
Type: Final = schema.TensorType
OP_NAMES: Final = {value: name for name, value in vars(Op).items() if isinstance(value, int)}
DTYPES: Final[Mapping[int, np.dtype[Any]]] = {
    Type.FLOAT32: np.dtype(np.float32),
    Type.INT8: np.dtype(np.int8),
    Type.UINT8: np.dtype(np.uint8),
    Type.INT32: np.dtype(np.int32),
    Type.INT64: np.dtype(np.int64),
    Type.BOOL: np.dtype(np.bool_),
    Type.FLOAT16: np.dtype(np.float16),
    Type.INT16: np.dtype(np.int16),
}
_TYPES: Final = {dtype: code for code, dtype in DTYPES.items()}


class _Builder(flatbuffers.Builder):  # type: ignore[misc]
    """Writes equal vectors once: most shapes and scales stand in every subgraph."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._written: dict[tuple[str, bytes], int] = {}

    def CreateNumpyVector(self, x: NDArray[Any]) -> int:  # noqa: N802
        key = (x.dtype.str, x.tobytes())
        if key not in self._written:
            self._written[key] = super().CreateNumpyVector(x)
        return self._written[key]


class _AlignedBuffer(schema.BufferT):  # type: ignore[misc]
    """The generated writer forgets the schema's alignment of constants."""

    def Pack(self, builder: flatbuffers.Builder) -> int:  # noqa: N802
        vector = None
        if self.data is not None and len(self.data):
            payload = bytes(self.data)
            builder.StartVector(1, len(payload), _ALIGNMENT)
            builder.head = builder.head - len(payload)
            builder.Bytes[builder.head : builder.head + len(payload)] = payload
            builder.vectorNumElems = len(payload)
            vector = builder.EndVector()
        schema.BufferStart(builder)
        if vector is not None:
            schema.BufferAddData(builder, vector)
        packed: int = schema.BufferEnd(builder)
        return packed


def read_model(content: bytes) -> Model:
    """Objects of a file that this project's own steps made."""
    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))


def write_model(model: Model) -> bytes:
    """The bytes; equal models give equal bytes."""
    for buffer in model.buffers:
        buffer.__class__ = _AlignedBuffer
    for subgraph in model.subgraphs:
        for tensor in subgraph.tensors:
            tensor.shape = np.array(numbers(tensor.shape), np.int32)
            quantization = tensor.quantization
            if quantization is not None and quantization.scale is None:
                tensor.quantization = None
    builder = _Builder(_BUILDER_SIZE)
    builder.Finish(model.Pack(builder), IDENTIFIER)
    return bytes(builder.Output())


def code_of(model: Model, operator: Operator) -> int:
    """The operator's kind, one of ``Op``."""
    row = model.operatorCodes[operator.opcodeIndex]
    return int(max(row.builtinCode, row.deprecatedBuiltinCode))


def numbers(vector: Iterable[int] | None) -> list[int]:
    """A vector of tensor numbers or sizes; the format leaves empty ones out."""
    return [] if vector is None else [int(number) for number in vector]


def type_of(dtype: np.dtype[Any]) -> int:
    """The format's number for a type."""
    return _TYPES[np.dtype(dtype)]


def constant_of(model: Model, tensor: Tensor) -> NDArray[Any] | None:
    """A constant tensor's values, or None of any other."""
    data = model.buffers[tensor.buffer].data
    if data is None or not len(data):
        return None
    values = np.frombuffer(bytes(data), DTYPES[tensor.type])
    return values.reshape(numbers(tensor.shape))


@dataclass(frozen=True, slots=True)
class Editor:
    """Adds to one subgraph of a model."""

    model: Model
    subgraph: Subgraph

    def operator(
        self,
        code: int,
        inputs: Iterable[int],
        outputs: Iterable[int],
        *,
        version: int = 1,
        options: tuple[int, Any] | None = None,
    ) -> Operator:
        """A new operator that is in no subgraph yet."""
        made = schema.OperatorT()
        made.opcodeIndex = self.opcode(code, version)
        made.inputs = np.array([*inputs], np.int32)
        made.outputs = np.array([*outputs], np.int32)
        if options is not None:
            made.builtinOptionsType, made.builtinOptions = options
        return made

    def opcode(self, code: int, version: int) -> int:
        """Number of the model's row for a kind and version of operator."""
        for number, row in enumerate(self.model.operatorCodes):
            if (row.builtinCode, row.version) == (code, version):
                return number
        row = schema.OperatorCodeT()
        row.builtinCode, row.deprecatedBuiltinCode, row.version = code, min(code, 127), version
        self.model.operatorCodes.append(row)
        return len(self.model.operatorCodes) - 1

    def tensor(self, shape: Iterable[int], dtype: np.dtype[Any], *, name: str | None = None) -> int:
        """Number of a new tensor that an operator will compute."""
        made = schema.TensorT()
        made.shape = np.array([*shape], np.int32)
        made.type = type_of(dtype)
        made.hasRank, made.name = True, name
        self.subgraph.tensors.append(made)
        return len(self.subgraph.tensors) - 1

    def constant(self, values: NDArray[Any]) -> int:
        """Number of a new constant tensor."""
        number = self.tensor(values.shape, values.dtype)
        self.subgraph.tensors[number].buffer = self.buffer(values)
        return number

    def buffer(self, values: NDArray[Any]) -> int:
        """Number of a new buffer."""
        made = schema.BufferT()
        made.data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
        self.model.buffers.append(made)
        return len(self.model.buffers) - 1


def hash_of(subgraph: Subgraph) -> set[int]:
    """Positions of the operators that compute indices and n-grams, count the words and apply rules to the text."""
    needed = {
        number
        for number, tensor in enumerate(subgraph.tensors)
        if tensor.name is not None and _text(tensor.name) in EXACT
    }
    found: set[int] = set()
    for position in range(len(subgraph.operators) - 1, -1, -1):
        operator = subgraph.operators[position]
        if needed.intersection(numbers(operator.outputs)):
            found.add(position)
            needed.update(numbers(operator.inputs))
    return found


def _text(name: str | bytes) -> str:
    return name if isinstance(name, str) else name.decode()


def network_of(subgraph: Subgraph) -> list[Operator]:
    """The operators behind the hash, in running order."""
    part = hash_of(subgraph)
    return [item for place, item in enumerate(subgraph.operators) if place not in part]
