"""The JSON Schema of a report, made from its records and their docstrings.

``python -m neurolite_bench.report.schema`` writes it to docs/bench-report.schema.json.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import types
import typing
from pathlib import Path
from typing import Any, Final, Union, get_args, get_origin

import typer

from neurolite_bench.report.model import FORMAT, SCHEMA_VERSION, Report
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.files import write_atomically

SCHEMA_FILE: Final = Path("docs/bench-report.schema.json")
_SCALARS: Final = {int: "integer", float: "number", str: "string", bool: "boolean"}


def json_schema() -> dict[str, Any]:
    """The schema, draft 2020-12."""
    definitions: dict[str, Any] = {}
    _of(Report, definitions)
    top = definitions.pop(Report.__name__)
    top["properties"]["format"]["const"] = FORMAT
    top["properties"]["schema_version"]["const"] = SCHEMA_VERSION
    top["required"] += ["schema_version", "format"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A report of neurolite-bench",
        **top,
        "$defs": dict(sorted(definitions.items())),
    }


def attributes_of(kind: type) -> dict[str, str]:
    """What a record's docstring says of each of its fields."""
    text = inspect.getdoc(kind) or ""
    found: dict[str, str] = {}
    names: list[str] = []
    for line in text.partition("Attributes:\n")[2].splitlines():
        if match := re.match(r" {4}(\w+(?:, \w+)*): (.*)", line):
            names = match[1].split(", ")
            found.update(dict.fromkeys(names, match[2]))
        elif line.strip():
            for name in names:
                found[name] += " " + line.strip()
    return found


def _of(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401  # a type
    if hint is Any:
        return {}
    if dataclasses.is_dataclass(hint):
        kind = typing.cast("type[Any]", hint)
        if kind.__name__ not in definitions:
            definitions[kind.__name__] = {}
            definitions[kind.__name__] = _record(kind, definitions)
        return {"$ref": f"#/$defs/{kind.__name__}"}
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        (inner,) = (part for part in parts if part is not types.NoneType)
        return {"anyOf": [_of(inner, definitions), {"type": "null"}]}
    if origin is tuple and parts[-1] is Ellipsis:
        return {"type": "array", "items": _of(parts[0], definitions)}
    if origin is tuple:
        each = [_of(part, definitions) for part in parts]
        return {"type": "array", "prefixItems": each, "items": False, "minItems": len(each)}
    if origin is dict:
        inner = _of(parts[1], definitions)
        return {"type": "object", **({"additionalProperties": inner} if inner else {})}
    return {"type": _SCALARS[hint]}


def _record(kind: type[Any], definitions: dict[str, Any]) -> dict[str, Any]:
    hints, texts = typing.get_type_hints(kind), attributes_of(kind)
    missing = dataclasses.MISSING
    fields = dataclasses.fields(kind)
    return {
        "type": "object",
        "description": (inspect.getdoc(kind) or "").partition("\n")[0],
        "properties": {
            field.name: {**_of(hints[field.name], definitions), "description": texts[field.name]}
            for field in fields
        },
        "required": [
            field.name
            for field in fields
            if field.default is missing and field.default_factory is missing
        ],
        "additionalProperties": False,
    }


def main() -> None:
    """Write the schema."""
    with exit_codes():
        text = json.dumps(json_schema(), indent=2, ensure_ascii=False)
        write_atomically(SCHEMA_FILE, text.encode() + b"\n")


if __name__ == "__main__":
    typer.run(main)
