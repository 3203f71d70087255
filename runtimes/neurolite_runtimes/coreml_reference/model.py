"""A saved Core ML package as plain data: the program's operations, its ports and its metadata."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.package import Package
from neurolite_core.ground.errors import ArtifactError
from neurolite_runtimes.coreml_reference.blobs import read_blob
from neurolite_runtimes.coreml_reference.wire import Message, decode

MANIFEST: Final = "Manifest.json"
_DATA: Final = "Data"
_MODEL_PATH: Final = "@model_path/"
_LARGEST: Final = 2**31

# Numbers of MIL's and of the interface's types.
_DTYPES: Final[Mapping[int, np.dtype[Any]]] = {
    1: np.dtype(np.bool_),
    10: np.dtype(np.float16),
    11: np.dtype(np.float32),
    21: np.dtype(np.int8),
    22: np.dtype(np.int16),
    23: np.dtype(np.int32),
    31: np.dtype(np.uint8),
    32: np.dtype(np.uint16),
    33: np.dtype(np.uint32),
}
_STRING: Final = 2
_PORT_DTYPES: Final = {65568: "float32", 131104: "int32", 65552: "float16"}

Constant = NDArray[Any] | str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Name:
    """A reference to a value that an earlier operation computes."""

    name: str


@dataclass(frozen=True, slots=True)
class TensorType:
    """Element type, None for strings and dictionaries, and the shape, None where it is free."""

    dtype: np.dtype[Any] | None
    shape: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One step of the program.

    Attributes:
        type: such as ``matmul``.
        inputs: by parameter; a list where the parameter takes several.
        outputs: name and type of each result.
    """

    type: str
    inputs: Mapping[str, Name | Constant | list[Name | Constant]]
    outputs: tuple[tuple[str, TensorType], ...]


@dataclass(frozen=True, slots=True)
class InterfacePort:
    """An input or output as an app sees it.

    Attributes:
        name: of the feature.
        dtype: ``string`` and ``dictionary`` for those of classifiers.
        shapes: all that are allowed; the first is the default.
    """

    name: str
    dtype: str
    shapes: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreMLModel:
    """What a package has.

    Attributes:
        version: of the specification; 8 is iOS 17.
        opset: of the program.
        inputs, outputs: the interface.
        user: the user-defined metadata.
        operations: of the main function, in order of computation.
        results: names that it returns.
    """

    version: int
    opset: str
    inputs: tuple[InterfacePort, ...]
    outputs: tuple[InterfacePort, ...]
    user: Mapping[str, str]
    operations: tuple[Operation, ...]
    results: tuple[str, ...]


def read_model(package: Package) -> CoreMLModel:
    """Reads a package.

    Raises:
        ArtifactError: damaged, or not an ML program with one function.
    """
    files, root = _data_files(package)
    model = decode(files[root], "Model")
    description = model.get("description", {})
    functions = {item.get("key"): item.get("value", {}) for item in _program(model)}
    if list(functions) != ["main"]:
        raise ArtifactError(
            f"it has the functions {sorted(map(str, functions))}; one is read, main"
        )
    main = functions["main"]
    opset = str(main.get("opset", ""))
    blocks = {item.get("key"): item.get("value", {}) for item in main.get("blocks", [])}
    if opset not in blocks:
        raise ArtifactError(f"its program has no block for its opset {opset!r}")
    user = description.get("metadata", {}).get("user", [])
    folder = PurePosixPath(root).parent
    return CoreMLModel(
        version=int(model.get("version", 0)),
        opset=opset,
        inputs=tuple(_port(item) for item in description.get("inputs", [])),
        outputs=tuple(_port(item) for item in description.get("outputs", [])),
        user={item.get("key", ""): item.get("value", "") for item in user},
        operations=tuple(
            _operation(item, files, folder) for item in blocks[opset].get("operations", [])
        ),
        results=tuple(blocks[opset].get("outputs", [])),
    )


def _program(model: Message) -> list[Message]:
    if "program" not in model:
        raise ArtifactError("it is not an ML program")
    functions: list[Message] = model["program"].get("functions", [])
    return functions


def _data_files(package: Package) -> tuple[Mapping[str, bytes], str]:
    """The files under ``Data`` by path, and which of them the manifest names as the model."""
    try:
        manifest = json.loads(package.files[MANIFEST])
        root = manifest["itemInfoEntries"][manifest["rootModelIdentifier"]]["path"]
        path = f"{_DATA}/{root}"
        known = path in package.files
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ArtifactError(f"its {MANIFEST} is damaged") from error
    if not known:
        raise ArtifactError(f"its {MANIFEST} names a model {root!r}, which is missing")
    return package.files, path


def _port(feature: Message) -> InterfacePort:
    name, kind = feature.get("name", ""), feature.get("type", {})
    if "array" not in kind:
        return InterfacePort(name, "string" if "string" in kind else "dictionary", ((1,),))
    array = kind["array"]
    dtype = _PORT_DTYPES.get(array.get("type", 0))
    if dtype is None or "range" in array:
        raise ArtifactError(f"its port {name!r} is not of enumerated shapes and a known type")
    default = tuple(array.get("shape", ()))
    listed = [
        tuple(item.get("shape", ())) for item in array.get("enumerated", {}).get("shapes", [])
    ]
    return InterfacePort(name, dtype, (default, *(shape for shape in listed if shape != default)))


def _operation(item: Message, files: Mapping[str, bytes], folder: PurePosixPath) -> Operation:
    kind = str(item.get("type", ""))
    if item.get("blocks"):
        raise ArtifactError(f"its operation {kind!r} has blocks of its own, which are not read")
    inputs: dict[str, Name | Constant | list[Name | Constant]] = {}
    # Constants have their values in attributes, every other operation has only its name there.
    for attribute in item.get("attributes", []):
        if attribute.get("key") != "name":
            inputs[attribute.get("key", "")] = _value(attribute.get("value", {}), files, folder)
    for entry in item.get("inputs", []):
        bindings = [
            Name(binding["name"])
            if "name" in binding
            else _value(binding.get("value", {}), files, folder)
            for binding in entry.get("value", {}).get("bindings", [])
        ]
        several = len(bindings) != 1 or entry.get("key") == "values"
        inputs[entry.get("key", "")] = bindings if several else bindings[0]
    outputs = tuple(
        (out.get("name", ""), _type(out.get("type", {}))) for out in item.get("outputs", [])
    )
    return Operation(kind, inputs, outputs)


def _type(kind: Message) -> TensorType:
    if "tensor" not in kind:
        return TensorType(None, ())
    tensor = kind["tensor"]
    number = tensor.get("type", 0)
    if number not in _DTYPES and number != _STRING:
        raise ArtifactError(f"its program has values of type number {number}, which is not read")
    sizes = [
        item["constant"].get("size", 0) if "constant" in item else None
        for item in tensor.get("dimensions", [])
    ]
    if any(size is not None and not 0 <= size < _LARGEST for size in sizes):
        raise ArtifactError(f"its program has a tensor of shape {sizes}")
    return TensorType(_DTYPES.get(number), tuple(sizes))


def _value(value: Message, files: Mapping[str, bytes], folder: PurePosixPath) -> Constant:
    kind = _type(value.get("type", {}))
    immediate = value.get("immediate", {})
    if "list" in immediate:
        texts = [_value(item, files, folder) for item in immediate["list"].get("values", [])]
        if not all(isinstance(text, str) for text in texts):
            raise ArtifactError("its program has a list of other things than texts")
        return tuple(text for text in texts if isinstance(text, str))
    if None in kind.shape:
        raise ArtifactError("its program has a constant of unknown shape")
    shape = tuple(size for size in kind.shape if size is not None)
    count = math.prod(shape)
    if "file" in value:
        return _from_file(value["file"], files, folder, kind, count).reshape(shape)
    return _immediate(immediate.get("tensor", {}), kind, shape, count)


def _from_file(
    place: Message, files: Mapping[str, bytes], folder: PurePosixPath, kind: TensorType, count: int
) -> NDArray[Any]:
    name = str(place.get("name", ""))
    path = str(folder / name.removeprefix(_MODEL_PATH))
    if not name.startswith(_MODEL_PATH) or path not in files or kind.dtype is None:
        raise ArtifactError(f"its program has a weight in {name!r}, which is not in the package")
    return read_blob(files[path], int(place.get("offset", 0)), kind.dtype, count)


def _immediate(
    tensor: Message, kind: TensorType, shape: tuple[int, ...], count: int
) -> NDArray[Any] | str:
    if "strings" in tensor:
        texts = tensor["strings"].get("values", [])
        if len(texts) != 1 or shape:
            raise ArtifactError("its program has a tensor of texts")
        return str(texts[0])
    if kind.dtype is None:
        return ""
    try:
        if "bytes" in tensor:
            flat = np.frombuffer(tensor["bytes"].get("values", b""), kind.dtype)
        else:
            field: Message = next(iter(tensor.values()), {})
            flat = np.array(field.get("values", []), kind.dtype)
    except (ValueError, OverflowError) as error:
        raise ArtifactError(f"its program has a constant that is not of {kind.dtype}") from error
    if flat.size != count:
        raise ArtifactError(f"its program has a constant of {flat.size} values in shape {shape}")
    return flat.reshape(shape)
