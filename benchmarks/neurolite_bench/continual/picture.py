"""Draws docs/continual.svg from the result: ``python -m neurolite_bench.continual.picture``.

The picture has a light and a dark look of its own, so that it can stand in a page as an image.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from neurolite_bench.continual.table import TITLES
from neurolite_bench.report.svg import new_figure, page_style, standing_svg
from neurolite_bench.results import RESULTS
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.extras import require
from neurolite_core.ground.files import read_limited, write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PICTURE: Final = Path("docs/continual.svg")
_LIMIT: Final = 2**26
_TITLE: Final = "Accuracy on what was learned so far, task after task"
_PANELS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "clinc150": ("clinc150, 15 labels a task", "tasks learned"),
        "topic": ("sib200 topics, a language a task", "languages learned"),
    }
)
# Told apart by their dashes too, and lighter or darker than both backgrounds.
_LINES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "fitted": ("#2f6fed", "-"),
        "prototypes": ("#0c9fb0", "-"),
        "episodic": ("#7950f2", ":"),
        "head_replay": ("#f08c00", "--"),
        "head": ("#f08c00", ":"),
        "whole_replay": ("#d6336c", "--"),
        "whole": ("#d6336c", ":"),
    }
)


def so_far(matrix: list[list[float | None]]) -> list[float]:
    """Mean accuracy, after each task, on the tasks up to it, in per cent; empty where it was not measured."""
    rows = [row[: now + 1] for now, row in enumerate(matrix)]
    if any(value is None for row in rows for value in row):
        return []
    return [100 * fmean(value for value in row if value is not None) for row in rows]


def drawn(result: dict[str, Any]) -> str:
    """The picture as an SVG file's text.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    streams = result["streams"]
    with page_style("continual"):
        figure = new_figure(5.6, 3.0 * len(streams) + 1.2)
        panels = figure.subplots(len(streams), 1, squeeze=False)[:, 0]
        for panel, (name, stream) in zip(panels, streams.items(), strict=True):
            _draw(panel, name, stream["methods"])
        handles, names = panels[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside lower center", ncols=2)
        return standing_svg(figure, _TITLE, "continual")


def _draw(panel: Axes, name: str, methods: Mapping[str, list[dict[str, Any]]]) -> None:
    for method, (color, dashes) in _LINES.items():
        runs = [so_far(run["matrix"]) for run in methods.get(method, [])]
        if not runs or not all(runs):
            continue
        means = [fmean(values) for values in zip(*runs, strict=True)]
        places = range(1, len(means) + 1)
        panel.plot(places, means, color=color, linestyle=dashes, label=TITLES[method])
    for method in ("whole_at_once", "head_at_once"):
        if method in methods:
            level = 100 * fmean(run["average"] for run in methods[method])
            panel.axhline(level, color="#868e96", linewidth=0.9, label=TITLES[method])
            break
    title, below = _PANELS[name]
    panel.set(title=title, xlabel=below, ylabel="accuracy, %", ylim=(0, 102))
    panel.xaxis.set_major_locator(
        require("matplotlib.ticker", extra="report").MaxNLocator(integer=True)
    )


def main(
    result: Annotated[Path, typer.Option(help="Of neurolite_bench.continual.")] = RESULTS
    / "continual.json",
    out: Annotated[Path, typer.Option(help="The picture.")] = PICTURE,
) -> None:
    """Draw accuracy on what was learned so far, task after task."""
    with exit_codes():
        write_atomically(out, drawn(json.loads(read_limited(result, _LIMIT))).encode())


if __name__ == "__main__":
    typer.run(main)
