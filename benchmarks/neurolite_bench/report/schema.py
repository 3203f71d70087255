"""The JSON Schemas of our reports, made from their records and the docstrings of these.

``python -m neurolite_bench.report.schema`` writes them to docs: of a benchmark's report, and of the one that
``neurolite-train`` and ``neurolite-eval`` write.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Union, get_args, get_origin

import typer

from neurolite_bench.report.model import FORMAT, SCHEMA_VERSION, Report
from neurolite_core.answer.tasks import CLASSIFICATION, MULTI_LABEL, SPANS
from neurolite_core.artifact.seal import SEAL_KEY
from neurolite_core.evaluation import report as evaluation
from neurolite_core.evaluation.multi_label.report import MultiLabelReport
from neurolite_core.evaluation.spans.report import SpansReport
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.files import write_atomically

SCHEMA_FILE: Final = Path("docs/bench-report.schema.json")
EVALUATION_FILE: Final = Path("docs/report.schema.json")
_SEAL: Final = {
    "type": "string",
    "pattern": "^[0-9a-f]{64}$",
    "description": "SHA-256 of the file with 64 zeros in its place.",
}
MULTI_LABEL_FILE: Final = Path("docs/report-multi-label.schema.json")
SPANS_FILE: Final = Path("docs/report-spans.schema.json")
_SCALARS: Final = {int: "integer", float: "number", str: "string", bool: "boolean"}


def json_schema() -> dict[str, Any]:
    """The schema of a benchmark's report, draft 2020-12."""
    constants = {"format": FORMAT, "schema_version": SCHEMA_VERSION}
    return _schema(Report, "A report of neurolite-bench", constants)


def evaluation_schema() -> dict[str, Any]:
    """The schema of the report of a training or of ``neurolite-eval``, draft 2020-12."""
    constants = {"schema_version": evaluation.SCHEMA_VERSION, "task": CLASSIFICATION}
    return _schema(evaluation.Report, "A report of neurolite-train or neurolite-eval", constants)


def multi_label_schema() -> dict[str, Any]:
    """The schema of such a report on a model of several labels a text, draft 2020-12."""
    constants = {"schema_version": evaluation.SCHEMA_VERSION, "task": MULTI_LABEL}
    title = "A report of neurolite-train or neurolite-eval on a model of several labels a text"
    return _schema(MultiLabelReport, title, constants)


def spans_schema() -> dict[str, Any]:
    """The schema of such a report on a model that finds spans and has no labels, draft 2020-12."""
    constants = {"schema_version": evaluation.SCHEMA_VERSION, "task": SPANS}
    title = "A report of neurolite-train or neurolite-eval on a model of spans alone"
    return _schema(SpansReport, title, constants)


def _schema(kind: type[Any], title: str, constants: Mapping[str, Any]) -> dict[str, Any]:
    definitions: dict[str, Any] = {}
    _of(kind, definitions)
    top = definitions.pop(kind.__name__)
    for name, value in constants.items():
        top["properties"][name]["const"] = value
    top["properties"] = {SEAL_KEY: _SEAL, **top["properties"]}
    top["required"] = list(
        dict.fromkeys([SEAL_KEY, *top["required"], "schema_version", *constants])
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **top,
        "$defs": dict(sorted(definitions.items())),
    }


def attributes_of(kind: type) -> dict[str, str]:
    """What a record's docstring says of each of its fields, and of those that it derives from."""
    found: dict[str, str] = {}
    for base in kind.__bases__:
        found.update(attributes_of(base) if dataclasses.is_dataclass(base) else {})
    text = inspect.getdoc(kind) or ""
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
    if origin in (dict, Mapping):
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
    """Write the schemas."""
    with exit_codes():
        for path, schema in (
            (SCHEMA_FILE, json_schema()),
            (EVALUATION_FILE, evaluation_schema()),
            (MULTI_LABEL_FILE, multi_label_schema()),
            (SPANS_FILE, spans_schema()),
        ):
            text = json.dumps(schema, indent=2, ensure_ascii=False)
            write_atomically(path, text.encode() + b"\n")


if __name__ == "__main__":
    typer.run(main)
