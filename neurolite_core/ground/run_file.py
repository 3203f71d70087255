"""A file of options, TOML 1.0: read against what a command takes, and written so that it can be run again."""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import read_limited
from neurolite_core.ground.options import Option
from neurolite_core.ground.places import placed, relative

SIZE_LIMIT: Final = 2**20
_SHOWN: Final = 80


def read_run_file(path: Path, options: Mapping[str, Option]) -> dict[str, Any]:
    """The options of a file, by parameter, with paths for the working directory.

    Raises:
        InputError: unreadable, larger than ``SIZE_LIMIT``, not TOML; an unknown key, one that stands twice, or a value
            of the wrong type.
    """
    try:
        found = tomllib.loads(read_limited(path, SIZE_LIMIT).decode())
    except InputError:
        raise
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, nested without end
        raise InputError(f"{path} is not TOML: {error}") from error
    values: dict[str, Any] = {}
    for key, value in found.items():
        option = options.get(key) or options.get(key.replace("_", "-"))
        if option is None:
            nearest = difflib.get_close_matches(key.lower(), options, 1, cutoff=0.0)[0]
            raise InputError(
                f"{path}: there is no option {key[:_SHOWN]!r}; the nearest is {nearest!r}. "
                "All of them, without the dashes in front: --help"
            )
        if option.name in values:
            raise InputError(f"{path}: {option.key!r} stands there twice; leave one out.")
        if isinstance(value, dict):
            raise InputError(
                f"{path}: [{key}] is a table; options stand at the top of the file, as: "
                f"{option.key} = {option.allowed}."
            )
        values[option.name] = _value(option, value, path)
    return values


def _value(option: Option, value: object, path: Path) -> Any:  # noqa: ANN401  # of the option's type
    if not option.many:
        return _one(option, value, path)
    return [_one(option, item, path) for item in (value if isinstance(value, list) else [value])]


def _one(option: Option, value: object, path: Path) -> Any:  # noqa: ANN401  # of the option's type
    kind = option.kind
    if kind is bool and isinstance(value, bool):
        return value
    if kind in (int, float) and isinstance(value, kind | int) and not isinstance(value, bool):
        try:
            return kind(value)
        except OverflowError:
            pass  # no number that float64 could hold
    if kind in (str, Path) and isinstance(value, str):
        if "\0" in value:
            raise InputError(f"{path}: {option.key} holds the character U+0000; leave it out.")
        if not value and (kind is Path or option.place is not None):
            raise InputError(f"{path}: {option.key} is empty; give a path, or leave it out.")
        if kind is Path:
            return Path(placed(value, path.parent))
        place = option.place
        return (
            value
            if place is None or value in place.names
            else placed(value, path.parent, place.prefix)
        )
    shown = repr(value)
    shown = shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "..."
    hint = f', such as "{value}"' if kind is str and type(value) in (int, float) else ""
    raise InputError(f"{path}: {option.key} is {shown}; give {option.allowed}{hint}.")


def _version() -> str:
    try:
        return version("neurolite")
    except PackageNotFoundError:  # run from a folder of sources, as on a small device
        return "(not installed)"


def run_text(
    program: str, options: Mapping[str, Option], values: Mapping[str, Any], folder: Path
) -> str:
    """The file, for ``folder``, that gives these values again; what is None stays away.

    Args:
        program: that reads it.
        options: of the program, by key.
        values: by parameter.
        folder: where it will be; paths become relative to it.

    Raises:
        InputError: a path has bytes that are not UTF-8, which TOML cannot hold.
    """
    lines = [
        f"# Written by {program} {_version()}; the same again: {program} --config FILE",
        "# Paths are relative to this file.",
    ]
    for key, option in options.items():
        value = values[option.name]
        if not option.saved or value is None or value == []:
            continue
        if option.many:
            text = "[" + ", ".join(_literal(option, item, folder) for item in value) + "]"
        else:
            text = _literal(option, value, folder)
        lines.append(f"{key} = {text}")
    return "\n".join(lines) + "\n"


def _literal(option: Option, value: Any, folder: Path) -> str:  # noqa: ANN401  # of the option's type
    if option.kind is bool:
        return "true" if value else "false"
    if option.kind in (int, float):
        return repr(value)
    if option.kind is Path:
        value = relative(str(value), folder)
    elif option.place is not None and value not in option.place.names:
        value = relative(value, folder, option.place.prefix)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{option.key} is {value!r}, which TOML cannot hold") from error
    # A basic string of TOML is one of JSON, but for DEL, which it wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
