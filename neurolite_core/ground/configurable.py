"""``--config FILE`` for a command: options in a file, the command line over it, and what came of both saved."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, get_args, get_origin

import typer
from typer.models import ParameterInfo

from neurolite_core.ground.command_line import exit_codes, say
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import write_atomically
from neurolite_core.ground.options import Option, options_of
from neurolite_core.ground.run_file import read_run_file, run_text

RUN_FILE: Final = "run.toml"
_CONTEXT: Final = "context_of_the_call"
_CONFIG: Final = "config"
_HELP: Final = "TOML file of these options by their long names; what is typed goes before it."


@dataclass(frozen=True, slots=True)
class Effective:
    """The options of a call, from the command line, a file and defaults.

    Attributes:
        program: the command.
        options: that it has, by key.
        values: by parameter.
    """

    program: str
    options: Mapping[str, Option]
    values: Mapping[str, Any]

    def save(self, folder: Path) -> None:
        """Writes ``run.toml``, atomically; where TOML cannot hold a path, says so on standard error.

        Raises:
            InputError: the folder cannot be written.
        """
        try:
            text = run_text(self.program, self.options, self.values, folder)
        except InputError as error:
            say(f"{folder / RUN_FILE} was not written: {error}.")
            return
        write_atomically(folder / RUN_FILE, text.encode())


def configurable(program: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a command's function the option ``--config``; put it under ``app.command()``.

    What the function requires may then come from either. A parameter named ``effective`` is not shown to
    typer, and gets an ``Effective``. All the rest, the types in a file included, is what the function declares.

    Args:
        program: name of the command.
    """

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        options = options_of(function)
        declared = inspect.signature(function, eval_str=True)

        @functools.wraps(function)
        def command(**given: Any) -> None:  # noqa: ANN401  # whatever the function takes
            context = given.pop(_CONTEXT)
            path: Path | None = given.pop(_CONFIG)
            with exit_codes():
                found = {} if path is None else read_run_file(path, options)
                for name, value in found.items():
                    source = context.get_parameter_source(name)
                    if source is None or source.name != "COMMANDLINE":
                        given[name] = value
                _require(options, given)
            if "effective" in declared.parameters:
                given["effective"] = Effective(program, options, {**given})
            function(**given)

        command.__signature__ = _shown(declared)  # type: ignore[attr-defined]
        return command

    return decorate


def _require(options: Mapping[str, Option], given: Mapping[str, Any]) -> None:
    missing = [
        option.key
        for option in options.values()
        if option.required and (given[option.name] is None or given[option.name] == [])
    ]
    if missing:
        raise InputError(
            f"Missing: {', '.join(missing)}. Give it on the command line, or in a file with --config; see --help."
        )


def _shown(declared: inspect.Signature) -> inspect.Signature:
    """The signature for typer: nothing is required, as a file may hold it, and ``--config`` stands behind what is."""
    context = inspect.Parameter(_CONTEXT, inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    config = inspect.Parameter(
        _CONFIG,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[Path | None, typer.Option("--config", metavar="FILE", help=_HELP)],
    )
    parameters = [
        _optional(item) for name, item in declared.parameters.items() if name != "effective"
    ]
    required = [
        place
        for place, item in enumerate(declared.parameters.values())
        if item.default is inspect.Parameter.empty and item.name != "effective"
    ]
    parameters.insert(max(required, default=0) + 1, config)
    return declared.replace(parameters=[context, *parameters])


def _optional(parameter: inspect.Parameter) -> inspect.Parameter:
    parameter = parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
    if parameter.default is not inspect.Parameter.empty:
        return parameter
    if get_origin(parameter.annotation) is not Annotated:
        return parameter
    hint, *marks = get_args(parameter.annotation)
    places = [place for place, mark in enumerate(marks) if isinstance(mark, ParameterInfo)]
    info = copy(marks[places[0]])
    info.help = f"{info.help or ''} Required, here or in --config.".strip()
    marks[places[0]] = info
    return parameter.replace(default=None, annotation=Annotated[hint, *marks])
