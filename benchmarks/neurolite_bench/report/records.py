"""Records from JSON of unknown origin: every value is what the record's type says, or is refused."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from functools import cache
from typing import Any, Final, TypeVar, Union, get_args, get_origin

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown

_MAX_INT: Final = 2**53  # larger ones are not the same in every reader of JSON
_MAX_DEPTH: Final = 20
_NAMES: Final = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}

Record = TypeVar("Record")


def record_of(kind: type[Record], value: object, where: str = "") -> Record:
    """A record, with the records inside it.

    Args:
        kind: a dataclass; its fields are numbers, texts, truths, tuples, mappings with texts as keys,
            and records.
        value: what JSON gave.
        where: of the value, for messages.

    Raises:
        InputError: something is missing, unknown, or of another type; the message says where.
    """
    given = _mapping(value, where)
    hints = _hints(typing.cast("Any", kind))
    if unknown := sorted(set(given) - set(hints)):
        raise InputError(f"{where or 'the top'} has an unknown field {shown(unknown[0])}")
    values: dict[str, Any] = {}
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]  # a dataclass, by contract
        place = f"{where}.{field.name}" if where else field.name
        if field.name in given:
            values[field.name] = _value(hints[field.name], given[field.name], place)
        elif _is_required(field):
            raise InputError(f"{place} is missing")
    return kind(**values)


@cache
def _hints(kind: Any) -> dict[str, Any]:  # noqa: ANN401  # a type
    return typing.get_type_hints(kind)


def _is_required(field: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return field.default is missing and field.default_factory is missing


def _value(hint: Any, value: object, where: str) -> Any:  # noqa: ANN401  # a type, and what it makes
    if hint is Any:
        return _free(value, where, 0)
    if dataclasses.is_dataclass(hint):
        return record_of(typing.cast("type[Any]", hint), value, where)
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        (inner,) = (part for part in get_args(hint) if part is not types.NoneType)
        return None if value is None else _value(inner, value, where)
    if origin is tuple:
        return _tuple(get_args(hint), value, where)
    if origin is dict:
        inner = get_args(hint)[1]
        found = _mapping(value, where)
        return {key: _value(inner, item, f"{where}.{key}") for key, item in found.items()}
    return _scalar(hint, value, where)


def _tuple(parts: tuple[Any, ...], value: object, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise InputError(f"{where} is {shown(value)}, not a list")
    if parts[-1] is not Ellipsis:
        if len(value) != len(parts):
            raise InputError(f"{where} has {len(value)} entries, not {len(parts)}")
        pairs = zip(parts, value, strict=True)
        return tuple(_value(part, item, f"{where}[{i}]") for i, (part, item) in enumerate(pairs))
    # Samples are most of a report, and quicker looked at together.
    if parts[0] is int and set(map(type, value)) <= {int}:
        if value and not (max(value) <= _MAX_INT and min(value) >= -_MAX_INT):
            raise InputError(f"{where} holds a number beyond 2^53")
        return tuple(value)
    return tuple(_value(parts[0], item, f"{where}[{i}]") for i, item in enumerate(value))


def _scalar(kind: type, value: object, where: str) -> object:
    if kind is float and type(value) is int:
        value = float(value) if abs(value) <= _MAX_INT else math.inf
    if type(value) is not kind:
        raise InputError(f"{where} is {shown(value)}, not {_NAMES[kind]}")
    if kind is int and abs(typing.cast("int", value)) > _MAX_INT:
        raise InputError(f"{where} is {shown(value)}, beyond 2^53")
    if kind is float and not math.isfinite(typing.cast("float", value)):
        raise InputError(f"{where} is not a finite number")
    if kind is str:
        _check_text(typing.cast("str", value), where)
    return value


def _mapping(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError(f"{where or 'the top'} is {shown(value)}, not an object")
    for key in value:
        _check_text(key, where or "the top")
    return value


def _free(value: object, where: str, depth: int) -> object:
    """Anything that JSON has, of moderate depth."""
    if depth > _MAX_DEPTH:
        raise InputError(f"{where} is nested more than {_MAX_DEPTH} deep")
    if isinstance(value, dict):
        items = _mapping(value, where).items()
        return {key: _free(item, f"{where}.{key}", depth + 1) for key, item in items}
    if isinstance(value, list):
        return [_free(item, f"{where}[{i}]", depth + 1) for i, item in enumerate(value)]
    return None if value is None else _scalar(type(value), value, where)


def _check_text(value: str, where: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{where} holds half a character: {shown(value)}") from error
