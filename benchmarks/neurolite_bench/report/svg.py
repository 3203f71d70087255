"""Pictures as SVG inside a page: in its colours by day and by night, with nothing from outside."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from neurolite_core.ground.extras import require
from neurolite_core.text.markdown import one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Stand-ins, which the page's own colours take the place of.
INK: Final = "#010203"
LINE: Final = "#0a0b0c"
_PAGE_COLORS: Final = {INK: "currentColor", LINE: "var(--line)"}
_NAME_LENGTH: Final = 34
_STYLE: Final = {
    "axes.axisbelow": True,
    "axes.edgecolor": LINE,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 10,
    "figure.facecolor": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "hatch.color": INK,
    "legend.frameon": False,
    "svg.fonttype": "none",  # text stays text: sharp, found by a search, read aloud
    "text.color": INK,
    "text.parse_math": False,  # names come from outside: a dollar sign is a dollar sign
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.major.size": 0,
}
_LOOK: Final = (
    "<style>svg{color:#24292f;--line:#d0d7de;font-family:system-ui,sans-serif}"
    "@media(prefers-color-scheme:dark){svg{color:#e6edf3;--line:#444c56}}</style>"
)


@contextmanager
def page_style(salt: str) -> Iterator[None]:
    """What is drawn inside looks like the page; ``salt`` keeps names of shapes apart.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    matplotlib = require("matplotlib", extra="report")
    with matplotlib.rc_context({**_STYLE, "svg.hashsalt": salt}), warnings.catch_warnings():
        # The font that comes with matplotlib has no Chinese, say; the reader's browser has.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")
        yield


def new_figure(width: float, height: float) -> Figure:
    """A figure of its own, in inches; pyplot's state and the user's backend are left alone."""
    require("matplotlib", extra="report")
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def svg_text(figure: Figure, title: str, salt: str) -> str:
    """An SVG element for HTML, as wide as there is room.

    Args:
        figure: drawn in ``page_style``.
        title: what it shows, for those who cannot see it.
        salt: of this picture alone, as names in a page must be.
    """
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    head, _, body = text.partition(">")
    size = re.search(r'viewBox="[\d. -]+"', head)
    if size is None:
        raise AssertionError("matplotlib wrote an SVG without a viewBox")
    for stand_in, color in _PAGE_COLORS.items():
        body = body.replace(stand_in, color)
    label = one_line(title).replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return f'<svg {size[0]} role="img" aria-label="{label}">{_own_names(body, salt)}'.strip()


def standing_svg(figure: Figure, title: str, salt: str) -> str:
    """An SVG file's text, with a light and a dark look of its own; arguments as of ``svg_text``."""
    head, end, rest = svg_text(figure, title, salt).partition(">")
    return f'{head} xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"{end}{_LOOK}{rest}\n'


def short(name: str) -> str:
    """A name that fits beside a picture."""
    line = one_line(name)
    return line if len(line) <= _NAME_LENGTH else line[: _NAME_LENGTH - 1] + "…"


def log_axis(axis: Any, values: Sequence[float]) -> None:  # noqa: ANN401  # an x or y axis
    """Plain numbers on a logarithmic axis: 1, 2, 5, 10 where there is room, else powers of ten."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

    near = max(values) / min(values) < 300
    axis.set_major_locator(LogLocator(10, subs=(1.0, 2.0, 5.0) if near else (1.0,), numticks=12))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axis.set_minor_formatter(NullFormatter())


def name_rows(panel: Axes, names: Sequence[str]) -> None:
    """A row for each name, the first one on top."""
    panel.set_yticks(range(len(names)), [short(name) for name in names])
    panel.set_ylim(len(names) - 0.4, -0.6)
    panel.grid(visible=False, axis="y")
    panel.spines["left"].set_visible(False)


def _own_names(body: str, salt: str) -> str:
    """Names that something refers to get the salt; the rest would only stand twice in a page."""
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', body))
    body = re.sub(r' id="([^"]*)"', lambda m: f' id="{salt}-{m[1]}"' if m[1] in used else "", body)
    return re.sub(r'((?:href="|url\()#)', rf"\g<1>{salt}-", body)
