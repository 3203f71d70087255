"""What comes from outside reaches a terminal as text."""

from __future__ import annotations

import io
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import RenderableType
from rich.table import Table

from neurolite_core.ground.command_line import say
from neurolite_core.ground.terminal import SafeConsole, json_text, shown

HOSTILE = "[/] [bold]b[/bold] :smile: \x1b[31mred\x07 \x9b1m \u202egnp.exe \ud800 \x7f"


def is_harmless(text: str) -> bool:
    turning = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x2028, 0x2029}
    return all(
        character == "\n"
        or (unicodedata.category(character) not in ("Cc", "Cs") and ord(character) not in turning)
        for character in text
    )


@given(st.text(st.characters(categories=("Cc", "Cf", "Cs", "Zl", "Zp", "Lu", "Lo", "Mn"))))
def test_no_text_holds_a_command(text: str) -> None:
    found = shown(text)
    assert is_harmless(found)
    assert len(found) == len(text)
    found.encode()


def printed(*things: RenderableType) -> str:
    console = SafeConsole()
    console.file = stream = io.StringIO()
    for thing in things:
        console.print(thing)
    return stream.getvalue()


def test_a_console_shows_markup_and_commands_as_they_are() -> None:
    table = Table("[b]name[/b]", title="[/title]", caption=HOSTILE)
    table.add_row(HOSTILE)
    for text in (printed(HOSTILE), printed(table)):
        assert is_harmless(text)
        assert "[bold]b[/bold]" in text
        assert ":smile:" in text
        text.encode()
    assert "[/title]" in printed(table)


@given(st.recursive(st.text() | st.integers() | st.none(), lambda inner: st.lists(inner)))
def test_json_says_the_same_without_commands(value: object) -> None:
    text = json_text(value, indent=2)
    assert json.loads(text) == value
    assert is_harmless(text)
    text.encode()


def test_json_has_no_nan() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        json_text(float("nan"))


def test_a_line_of_an_error_is_harmless_and_short(capsys: pytest.CaptureFixture[str]) -> None:
    say(f"Error: {HOSTILE} is no file.\nSecond line.")
    text = capsys.readouterr().err
    assert is_harmless(text)
    assert text.count("\n") == 2
    say("x" * 10_000_000)
    text = capsys.readouterr().err
    assert len(text) < 5000
    assert " ... " in text
