"""What comes from data, files or paths reaches a terminal as text: no markup of ours, no commands of the terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Final

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

# Controls (ESC among them), what turns the direction of all that follows, line separators, lone surrogates.
_COMMANDS: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]"
)
_PICTURES: Final = 0x2400  # ␀ and on, one for each control below the space
_DELETE: Final = 0x7F


def shown(text: str) -> str:
    """A text of any origin for a terminal, in one line: each command as one visible character."""
    return _COMMANDS.sub(_visible, text)


def shown_lines(text: str) -> str:
    """The same for a text whose line breaks are ours."""
    return "\n".join(shown(line) for line in text.split("\n"))


def json_text(value: Any, *, indent: int | None = None, sort_keys: bool = False) -> str:  # noqa: ANN401  # any JSON
    """JSON as UTF-8 text, in which what a terminal could take for a command is escaped; any text can be written."""
    text = json.dumps(
        value, indent=indent, sort_keys=sort_keys, ensure_ascii=False, allow_nan=False
    )
    return _COMMANDS.sub(
        lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", text
    )


def _visible(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(_PICTURES + code)
    return "\u2421" if code == _DELETE else "\ufffd"


class SafeConsole(Console):
    """A console to which brackets, colons and commands in a text are just text; styles are given as objects."""

    def __init__(self, *, stderr: bool = False, quiet: bool = False) -> None:
        super().__init__(stderr=stderr, quiet=quiet, markup=False, emoji=False, highlight=False)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """As rich does, each text without commands; rich's own (a moving cursor) are marked as such."""
        for segment in super().render(renderable, options):
            if segment.control or segment.text == "\n":
                yield segment
            else:
                yield Segment(shown_lines(segment.text), segment.style)
