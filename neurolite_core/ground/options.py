"""The options of a command, as its function declares them: what a file of options may hold."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Union, get_args, get_origin

import typer
from typer.models import OptionInfo, ParameterInfo

from neurolite_core.ground.places import Place

KINDS: Final = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a string",
    Path: "a path as a string",
}


class OneCall:
    """Marks an option that is about one call, so that it does not belong into the file that is saved."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option or argument.

    Attributes:
        name: of the function's parameter.
        key: in a file: the long name on the command line, without its dashes.
        kind: one of ``KINDS``.
        many: whether it takes several values.
        required: whether it has no default.
        saved: whether the file that is saved holds it.
        place: for a ``str`` that is a path.
    """

    name: str
    key: str
    kind: type
    many: bool
    required: bool
    saved: bool
    place: Place | None

    @property
    def allowed(self) -> str:
        """What may stand in a file, for an error."""
        return f"{KINDS[self.kind]}, or a list of them" if self.many else KINDS[self.kind]


def options_of(function: Callable[..., Any]) -> dict[str, Option]:
    """The options of a command's function by key, in its order, without the eager ones (``--version``)."""
    found = {}
    for parameter in inspect.signature(function, eval_str=True).parameters.values():
        if get_origin(parameter.annotation) is not Annotated:
            continue
        hint, *marks = get_args(parameter.annotation)
        info = next(mark for mark in marks if isinstance(mark, ParameterInfo))
        if info.is_eager:
            continue
        kind, many = _kind(hint)
        key = _key(parameter.name, info)
        found[key] = Option(
            name=parameter.name,
            key=key,
            kind=kind,
            many=many,
            required=parameter.default is inspect.Parameter.empty,
            saved=not any(isinstance(mark, OneCall) for mark in marks),
            place=next((mark for mark in marks if isinstance(mark, Place)), None),
        )
    return found


def path(text: str) -> Path:
    """A path as it is typed, of all options and arguments that are one.

    Raises:
        typer.BadParameter: it is empty, which the system would take for the current folder.
    """
    return Path(place(text))


def place(text: str) -> str:
    """The same for what may be a path or something else, see ``Place``.

    Raises:
        typer.BadParameter: it is empty.
    """
    if not text:
        raise typer.BadParameter("it is empty; give a path, or '.' for the current folder.")
    return text


def without_empty_paths(function: Callable[..., Any]) -> None:
    """Has typer read every parameter of a command that is a path by ``path``, and every ``Place`` by ``place``."""
    signature = inspect.signature(function, eval_str=True)
    for parameter in signature.parameters.values():
        if get_origin(parameter.annotation) is not Annotated:
            continue
        hint, *marks = get_args(parameter.annotation)
        info = next((mark for mark in marks if isinstance(mark, ParameterInfo)), None)
        if info is None or info.parser is not None:
            continue
        if _innermost(hint) is Path:
            info.parser = path
        elif any(isinstance(mark, Place) for mark in marks):
            info.parser = place
    # Typer would evaluate the annotations anew, and not see what was changed in them.
    function.__signature__ = signature  # type: ignore[attr-defined]


def _innermost(hint: Any) -> Any:  # noqa: ANN401  # any annotation
    while get_args(hint):
        hint = next(item for item in get_args(hint) if item is not type(None))
    return hint


def _key(name: str, info: ParameterInfo) -> str:
    # Where Annotated holds typer.Option("--json"), the first name is kept as its default.
    names = [info.default, *(info.param_decls or ())] if isinstance(info, OptionInfo) else []
    long = [item for item in names if isinstance(item, str) and item.startswith("--")]
    return long[0].partition("/")[0].removeprefix("--") if long else name.replace("_", "-")


def _kind(hint: Any) -> tuple[type, bool]:  # noqa: ANN401  # any annotation
    """Type of one value, and whether there are several; ``| None`` says only that it may be left out."""
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = (item for item in get_args(hint) if item is not type(None))
    many = get_origin(hint) is list
    kind = get_args(hint)[0] if many else hint
    if kind not in KINDS:
        raise TypeError(f"an option of type {kind} cannot stand in a file; add it to KINDS")
    return kind, many
