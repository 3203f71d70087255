"""What the commands' helps say is what a terminal shows: words in brackets would be taken for colours and vanish."""

import importlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from neurolite_start import COMMANDS

MODULES = sorted(command.module for command in COMMANDS.values())
TAKEN = re.compile(r"\[(?!/?b\])[a-z#/@][^\[\]]*\]")


def helps(command: Any) -> Iterator[str]:  # noqa: ANN401  # typer keeps its own click
    yield from (item.help for item in command.params if getattr(item, "help", None))
    yield command.help or ""
    for inner in getattr(command, "commands", {}).values():
        yield from helps(inner)


@pytest.mark.parametrize("name", MODULES)
def test_no_word_of_a_help_is_taken_for_markup(name: str) -> None:
    command = typer.main.get_command(importlib.import_module(name).app)
    found = list(helps(command))
    assert len(found) > 2
    assert not [text for text in found if TAKEN.search(text)]
