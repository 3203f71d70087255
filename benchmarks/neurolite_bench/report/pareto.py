"""What is to be had for what: accuracy, size and latency against each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from neurolite_bench.report.model import Report, SubjectResult
from neurolite_bench.report.svg import INK, log_axis, new_figure, short
from neurolite_bench.verdicts import judged_case

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MB: Final = 1e6
_OWN, _PEER = "#2f6fed", "#9aa3af"
_SIZE: Final = (5.6, 4.2)
_CROWD: Final = 12  # of more points, ours are named where they are on the line
_LINE_HEIGHT: Final = 0.042  # of the picture
_LABEL_WIDTH: Final = 0.36


def draw_pareto(report: Report) -> Iterator[tuple[str, str, Callable[[Report], Figure | None]]]:
    """Title, note and how to draw it: accuracy where two have any, else latency over size."""
    note = (
        "Nothing measured is better in both than what the line joins. Blue: ours; where there are many, only "
        "those on the line are named."
    )
    if sum(subject.accuracy is not None for subject in report.subjects) > 1:
        yield (
            "Accuracy and size", note,
            lambda report: _draw(report, _megabytes, "MB on disk", _percent, "accuracy, %", -1),
        )  # fmt: skip
        yield (
            "Accuracy and latency", note,
            lambda report: _draw(
                report, _milliseconds, "ms for 256 words", _percent, "accuracy, %", -1
            ),
        )  # fmt: skip
    else:
        yield (
            "Latency and size", note,
            lambda report: _draw(report, _megabytes, "MB on disk", _milliseconds, "ms for 256 words", 1),
        )  # fmt: skip


def frontier(points: list[tuple[float, float]]) -> list[int]:
    """Places of the points that no other is below in both, from left to right."""
    best: list[int] = []
    lowest = float("inf")
    for place in sorted(range(len(points)), key=points.__getitem__):
        if points[place][1] < lowest:
            best.append(place)
            lowest = points[place][1]
    return best


def _draw(
    report: Report,
    x_of: Callable[[SubjectResult], float | None],
    x_name: str,
    y_of: Callable[[SubjectResult], float | None],
    y_name: str,
    better: int,
) -> Figure | None:
    """``better`` is 1 where less of y is better, -1 where more is."""
    found = []
    for subject in report.subjects:
        x, y = x_of(subject), y_of(subject)
        if x is not None and y is not None and x > 0 and subject.role != "growth":
            found.append((subject, x, y))
    if len(found) < 2:
        return None
    figure = new_figure(*_SIZE)
    panel = figure.add_subplot()
    xs, ys = [x for _, x, _ in found], [y for _, _, y in found]
    panel.set(xscale="log", xlabel=x_name, ylabel=y_name)
    panel.set_xlim(min(xs) / 1.5, max(xs) * 6)
    log_axis(panel.xaxis, xs)
    if better > 0:
        panel.set_yscale("log")
        panel.set_ylim(min(ys) / 1.6, max(ys) * 1.8)
        log_axis(panel.yaxis, ys)
    else:
        room = max(0.12 * (max(ys) - min(ys)), 0.5)
        panel.set_ylim(min(ys) - room, max(ys) + room)
    line = frontier([(x, better * y) for _, x, y in found])
    panel.plot(
        [xs[i] for i in line], [ys[i] for i in line], color=INK, linewidth=1, linestyle=":",
        drawstyle="steps-post",
    )  # fmt: skip
    for own, color in ((True, _OWN), (False, _PEER)):
        part = [(x, y) for subject, x, y in found if (subject.role == "artifact") == own]
        if part:
            panel.scatter([x for x, _ in part], [y for _, y in part], s=42, color=color, zorder=3)
    crowded = len(found) > _CROWD
    _label(
        panel,
        [
            (subject.name, x, y)
            for place, (subject, x, y) in enumerate(found)
            if not crowded or place in line or subject.role == "peer"
        ],
    )
    return figure


def _label(panel: Axes, points: list[tuple[str, float, float]]) -> None:
    """Names to the right of points, moved down where they would cover each other."""
    to_share = panel.transData + panel.transAxes.inverted()
    placed: list[tuple[float, float]] = []
    for name, x, y in sorted(points, key=lambda point: -point[2]):
        at_x, at_y = (float(value) for value in to_share.transform((x, y)))
        wanted = at_y + _LINE_HEIGHT / 2  # above a line that leaves to the right
        near = sorted(
            (other for left, other in placed if abs(left - at_x) < _LABEL_WIDTH), reverse=True
        )
        for other in near:
            if abs(other - wanted) < _LINE_HEIGHT:
                wanted = other - _LINE_HEIGHT
        placed.append((at_x, wanted))
        moved = at_y - wanted > _LINE_HEIGHT
        panel.annotate(
            short(name), (x, y), xytext=(at_x + 0.018, wanted), textcoords="axes fraction",
            va="center", fontsize=7.5, annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.4, "alpha": 0.5} if moved else None,
        )  # fmt: skip


def _megabytes(subject: SubjectResult) -> float | None:
    return subject.size_bytes / _MB


def _milliseconds(subject: SubjectResult) -> float | None:
    found = judged_case(subject)
    return None if found is None else found.summary.p50_ms


def _percent(subject: SubjectResult) -> float | None:
    return None if subject.accuracy is None else 100 * subject.accuracy
