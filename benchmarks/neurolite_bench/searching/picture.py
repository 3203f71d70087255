"""The front as a picture: accuracy over size, and over time where it was measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from neurolite_bench.report.pareto import frontier
from neurolite_bench.report.svg import INK, log_axis, new_figure, page_style, standing_svg
from neurolite_bench.searching.run import Search, Trial, trained_trials
from neurolite_bench.searching.timing import WORDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TITLE: Final = "Accuracy on validation texts over size and time: all that was trained, and what is worth having"
_FRONT, _OTHERS = "#2f6fed", "#9aa3af"
_AXES: Final[tuple[tuple[str, Callable[[Trial], float | None]], ...]] = (
    ("MB of the int8 ONNX file", lambda trial: trial.figures.megabytes),
    (f"ms for {WORDS} words, one thread", lambda trial: trial.figures.milliseconds),
)


def drawn(search: Search, front: Sequence[Trial]) -> str:
    """An SVG file's text, with a light and a dark look.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    axes = _AXES if search.ground.timed else _AXES[:1]
    others = [trial for trial in trained_trials(search.found) if trial not in front]
    with page_style("search"):
        figure = new_figure(4.2 * len(axes) + 0.6, 3.8)
        panels = figure.subplots(1, len(axes), squeeze=False, sharey=True)[0]
        for panel, (name, value) in zip(panels, axes, strict=True):
            _draw(panel, name, _points(others, value), _points(front, value))
        panels[0].set_ylabel("validation accuracy, %")
        return standing_svg(figure, _TITLE, "search")


def _points(
    trials: Sequence[Trial], value: Callable[[Trial], float | None]
) -> list[tuple[float, float]]:
    found = [(value(trial), 100 * trial.accuracy) for trial in trials]
    return [(x, y) for x, y in found if x is not None]


def _draw(
    panel: Axes, name: str, others: list[tuple[float, float]], front: list[tuple[float, float]]
) -> None:
    panel.set(xscale="log", xlabel=name)
    log_axis(panel.xaxis, [x for x, _ in (*others, *front)])
    for points, color, size in ((others, _OTHERS, 14), (front, _FRONT, 36)):
        panel.scatter([x for x, _ in points], [y for _, y in points], s=size, color=color, zorder=3)
    line = [front[place] for place in frontier([(x, -y) for x, y in front])]
    xs, ys = [x for x, _ in line], [y for _, y in line]
    panel.plot(xs, ys, color=INK, linewidth=1, linestyle=":", drawstyle="steps-post")
