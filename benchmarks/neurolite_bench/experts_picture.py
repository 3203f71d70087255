"""Draws docs/experts.svg, how a text comes to its expert: ``python -m neurolite_bench.experts_picture``.

The picture has a light and a dark look of its own, so that it can stand in a page as an image.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.files import write_atomically

PICTURE: Final = Path("docs/experts.svg")
_WIDTH: Final = 760
_HEIGHT: Final = 330
_EXPERTS: Final = 8
_CHOSEN: Final = 2
_TITLE: Final = "A text chooses one expert, and only its weights are read"
_STYLE: Final = (
    "svg{color:#24292f;--line:#d0d7de;--soft:#57606a;--mark:#2f6fed;--wash:#ddf4ff;font:13px system-ui,sans-serif}"
    "@media(prefers-color-scheme:dark){svg{color:#e6edf3;--line:#444c56;--soft:#8b949e;--mark:#58a6ff;--wash:#0c2d6b}}"
    "text{fill:currentColor;text-anchor:middle}.soft{fill:var(--soft);font-size:11px}"
    "rect{fill:none;stroke:var(--line);stroke-width:1.2}.chosen{fill:var(--wash);stroke:var(--mark);stroke-width:1.8}"
    "path{fill:none;stroke:var(--soft);stroke-width:1.2;marker-end:url(#tip)}.way{stroke:var(--mark);stroke-width:1.8}"
)
_TIP: Final = (
    '<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0L8 4L0 8z" style="fill:var(--soft);stroke:none;marker-end:none"/></marker>'
)


def _box(x: int, y: int, width: int, lines: tuple[str, ...], kind: str = "") -> str:
    """A box whose first line is its name and whose others are small."""
    height = 24 + 16 * (len(lines) - 1)
    named = f' class="{kind}"' if kind else ""
    made = [f'<rect{named} x="{x}" y="{y}" width="{width}" height="{height}" rx="5"/>']
    for number, line in enumerate(lines):
        small = ' class="soft"' if number else ""
        made.append(f'<text{small} x="{x + width // 2}" y="{y + 16 + 16 * number}">{line}</text>')
    return "".join(made)


def _way(path: str, kind: str = "") -> str:
    return f'<path class="{kind}" d="{path}"/>' if kind else f'<path d="{path}"/>'


def drawn() -> str:
    """The picture as an SVG file's text."""
    parts = [
        _box(10, 140, 110, ("words", "[N, L, D]")),
        _box(160, 40, 150, ("mean, norm", "one vector a text")),
        _box(350, 40, 180, ("router", "a logit for each expert", "float32 always")),
        _box(580, 48, 150, ("one number", "ties: the lowest")),
        _box(160, 140, 150, ("backbone, pooling", "the vector [N, H]")),
        _box(630, 140, 110, ("head", "labels")),
        _way("M65 140V60H158"),
        _way("M310 60H348"),
        _way("M530 66H578"),
        _way("M120 160H158"),
        _way("M310 160H628"),
        '<text class="soft" x="560" y="154">+ what it adds</text>',
    ]
    step = 42
    for number in range(_EXPERTS):
        chosen = number == _CHOSEN
        parts.append(
            _box(350 + step * number - 4, 232, 36, (str(number),), "chosen" if chosen else "")
        )
    middle = 350 + step * _CHOSEN + 14
    parts += [
        _way(f"M655 88V112H{middle}V230", "way"),
        _way("M235 180V244H344"),
        _way("M680 244H706V184"),
        f'<text x="510" y="284">{_EXPERTS} experts</text>',
        '<text class="soft" x="510" y="302">the chosen one is gathered and multiplied;</text>',
        '<text class="soft" x="510" y="317">the others are neither read nor computed</text>',
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{_TITLE}">'
        f"<title>{_TITLE}</title><style>{_STYLE}</style><defs>{_TIP}</defs>{''.join(parts)}</svg>\n"
    )


def main(out: Annotated[Path, typer.Option(help="The picture.")] = PICTURE) -> None:
    """Draw how a text comes to its expert."""
    with exit_codes():
        write_atomically(out, drawn().encode())


if __name__ == "__main__":
    typer.run(main)
