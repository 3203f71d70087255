"""Reads protobuf messages of Core ML's model format; needs no package but the standard library.

The field numbers are those of ``Model.proto``, ``FeatureTypes.proto`` and ``MIL.proto`` of
coremltools 9.0. Fields that are not listed are skipped, as protobuf demands.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from neurolite_core.artifact.formats.protobuf import LENGTH, VARINT, fields, signed, varints
from neurolite_core.ground.errors import ArtifactError

Message = Mapping[str, Any]

_DEEPEST: Final = 64
_INTEGERS: Final = ("int", "bool")
_FORMATS: Final = {"float": "<f", "double": "<d"}


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    kind: str
    repeated: bool = False


def _fields(text: str) -> dict[int, _Field]:
    """From ``number name kind`` lines; ``kind*`` is repeated, ``kind`` a scalar or a message."""
    rows = [line.split() for line in text.strip().splitlines()]
    return {int(n): _Field(name, kind.rstrip("*"), kind.endswith("*")) for n, name, kind in rows}


_SCHEMA: Final = {
    name: _fields(text)
    for name, text in {
        "Model": "1 version int\n2 description Description\n502 program Program",
        "Description": """1 inputs Feature*\n10 outputs Feature*\n11 label_name string
            12 probabilities_name string\n100 metadata Metadata""",
        "Metadata": """1 short_description string\n2 version string\n3 author string
            4 license string\n100 user Text*""",
        "Text": "1 key string\n2 value string",
        "Feature": "1 name string\n2 short_description string\n3 type FeatureType",
        "FeatureType": "3 string Empty\n5 array Array\n6 dictionary Empty",
        "Empty": "",
        "Array": "1 shape int*\n2 type int\n21 enumerated Shapes\n31 range Empty",
        "Shapes": "1 shapes Shape*",
        "Shape": "1 shape int*",
        "Program": "1 version int\n2 functions Functions*",
        "Functions": "1 key string\n2 value Function",
        "Function": "1 inputs Named*\n2 opset string\n3 blocks Blocks*",
        "Blocks": "1 key string\n2 value Block",
        "Block": "1 inputs Named*\n2 outputs string*\n3 operations Operation*",
        "Named": "1 name string\n2 type ValueType",
        "Operation": """1 type string\n2 inputs Inputs*\n3 outputs Named*\n4 blocks Block*
            5 attributes Attributes*""",
        "Inputs": "1 key string\n2 value Argument",
        "Attributes": "1 key string\n2 value Value",
        "Argument": "1 bindings Binding*",
        "Binding": "1 name string\n2 value Value",
        "ValueType": "1 tensor TensorType\n2 list Empty\n4 dictionary Empty",
        "TensorType": "1 type int\n2 rank int\n3 dimensions Dimension*",
        "Dimension": "1 constant Constant\n2 unknown Empty",
        "Constant": "1 size int",
        "Value": "2 type ValueType\n3 immediate Immediate\n5 file FileValue",
        "FileValue": "1 name string\n2 offset int",
        "Immediate": "1 tensor Tensor\n3 list List",
        "Tensor": """1 floats Floats\n2 ints Ints\n3 bools Bools\n4 strings Strings
            5 longs Ints\n7 bytes Bytes""",
        "Floats": "1 values float*",
        "Ints": "1 values int*",
        "Bools": "1 values bool*",
        "Strings": "1 values string*",
        "Bytes": "1 values bytes",
        "List": "1 values Value*",
    }.items()
}


def decode(data: bytes, message: str) -> Message:
    """A message's fields by name; what is absent is left out, repeated fields are lists.

    Args:
        data: the encoded message.
        message: its name in the schema above.

    Raises:
        ArtifactError: the bytes are no such message.
    """
    return _decode(data, range(len(data)), _SCHEMA[message], 0)


def _decode(data: bytes, place: range, schema: Mapping[int, _Field], depth: int) -> dict[str, Any]:
    if depth > _DEEPEST:
        raise ArtifactError("the model description is nested too deeply")
    found: dict[str, Any] = {}
    for number, wire, start, stop in fields(data, place.start, place.stop):
        field = schema.get(number)
        if field is None:
            continue
        values: list[Any]
        if wire == LENGTH:
            values = _values(data, range(start, stop), field, depth)
        else:
            values = [_scalar(field, start if wire == VARINT else data[start:stop])]
        if field.repeated:
            found.setdefault(field.name, []).extend(values)
        elif values:
            found[field.name] = values[-1]
    return found


def _values(data: bytes, place: range, field: _Field, depth: int) -> list[Any]:
    """Of a field with a length."""
    if field.kind in _SCHEMA:
        return [_decode(data, place, _SCHEMA[field.kind], depth + 1)]
    content = data[place.start : place.stop]
    if field.kind == "bytes":
        return [content]
    if field.kind == "string":
        try:
            return [content.decode()]
        except UnicodeDecodeError as error:
            raise ArtifactError("the model description has a text that is not UTF-8") from error
    return _packed(field, content)


def _scalar(field: _Field, value: int | bytes) -> int | float | bool:
    if isinstance(value, int):
        if field.kind in _INTEGERS:
            return bool(value) if field.kind == "bool" else signed(value)
    elif field.kind in _FORMATS and struct.calcsize(_FORMATS[field.kind]) == len(value):
        number: float = struct.unpack(_FORMATS[field.kind], value)[0]
        return number
    raise ArtifactError(f"the model description has no valid {field.name!r}")


def _packed(field: _Field, data: bytes) -> list[Any]:
    if field.kind in _FORMATS:
        layout = _FORMATS[field.kind]
        if len(data) % struct.calcsize(layout):
            raise ArtifactError(f"the model description has no valid {field.name!r}")
        return [row[0] for row in struct.iter_unpack(layout, data)]
    return [_scalar(field, value) for value in varints(data, 0, len(data))]
