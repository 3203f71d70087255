"""A text that begins with a dash: an error that says where it goes, and there it is a text."""

from __future__ import annotations

from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from neurolite_core.ground.command_line import App
from neurolite_core.ground.dashes import TakesTexts

app = App(add_completion=False, rich_markup_mode="rich")


@app.command(cls=TakesTexts)
def answer(
    file: str,
    text: Annotated[list[str] | None, typer.Argument()] = None,
    table: Annotated[bool, typer.Option("--table")] = False,
) -> None:
    """Prints what it was given."""
    typer.echo(f"{file} {text} {table}")


def said(*arguments: str) -> tuple[int, str]:
    """Exit code, and both streams without a panel's borders and line breaks."""
    done = CliRunner().invoke(app, arguments)
    return done.exit_code, " ".join(done.output.replace("│", " ").split())


@pytest.mark.parametrize("text", ["-5 degrees outside", "-x", "--hello there", "-5"])
def test_it_is_told_where_it_goes(text: str) -> None:
    code, message = said("model", text)
    assert code == 2
    assert "A text that begins with a dash comes behind --, as in: answer FILE -- TEXT" in message
    assert said("model", "--", text) == (0, f"model ['{text}'] False")


def test_an_option_with_a_typing_error_is_told_of_the_right_one() -> None:
    code, message = said("model", "--tabel", "hello")
    assert code == 2
    assert "--table" in message
    assert "begins with a dash" not in message
