"""An empty path is the current folder to the system; to our commands it is an error that names the option."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Annotated, get_args, get_origin

import pytest
import typer
from typer.models import OptionInfo, ParameterInfo
from typer.testing import CliRunner

from neurolite_core.ground.command_line import App
from neurolite_core.ground.places import Place
from neurolite_start import COMMANDS


def paths_of(app: App) -> Iterator[tuple[list[str], str]]:
    """The name of a command, as it is typed, and each of its parameters that is a path."""
    several = len(app.registered_commands) > 1 or app.registered_callback is not None
    for command in app.registered_commands:
        assert command.callback is not None
        name = command.name or command.callback.__name__
        for parameter in inspect.signature(command.callback, eval_str=True).parameters.values():
            if get_origin(parameter.annotation) is not Annotated:
                continue
            hint, *marks = get_args(parameter.annotation)
            info = next((mark for mark in marks if isinstance(mark, ParameterInfo)), None)
            if info is None:
                continue
            if "Path" in str(hint) or any(isinstance(mark, Place) for mark in marks):
                option = (
                    f"--{parameter.name.replace('_', '-')}" if isinstance(info, OptionInfo) else ""
                )
                yield ([name] if several else []), option


def app_of(command: str) -> App:
    app: App = import_module(COMMANDS[command].module).app
    return app


@pytest.mark.parametrize("command", COMMANDS)
def test_every_path_of_every_command_is_checked(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = app_of(command)
    assert isinstance(app, App)
    found = list(paths_of(app))
    assert found
    for typed, option in found:
        arguments = [*typed, f"{option}="] if option else [*typed, ""]
        done = CliRunner().invoke(app, arguments)
        shown = " ".join(done.stderr.replace("│", " ").split())
        assert done.exit_code == 2, (arguments, done.output)
        assert "it is empty; give a path, or '.' for the current folder" in shown, (
            arguments,
            shown,
        )
        assert option in shown
    assert list(tmp_path.iterdir()) == []


def test_other_paths_arrive_as_they_were_typed() -> None:
    app = App(add_completion=False)
    seen: list[object] = []

    @app.command()
    def main(
        one: Annotated[Path, typer.Argument()],
        more: Annotated[list[Path] | None, typer.Option()] = None,
        place: Annotated[str | None, typer.Option(), Place()] = None,
        out: Annotated[Path, typer.Option()] = Path("here"),
    ) -> None:
        seen.extend([one, more, place, out])

    done = CliRunner().invoke(app, ["a/ b", "--more", "x", "--more", "y", "--place", "0.1"])
    assert done.exit_code == 0, done.output
    assert seen == [Path("a/ b"), [Path("x"), Path("y")], "0.1", Path("here")]
