"""The pictures of a report, each None where there is nothing to draw."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.report.model import CaseResult, Report, SubjectResult
from neurolite_bench.report.pareto import draw_pareto
from neurolite_bench.report.svg import (
    INK,
    LINE,
    log_axis,
    name_rows,
    new_figure,
    page_style,
    short,
    svg_text,
)
from neurolite_bench.report.tables import shown_number
from neurolite_bench.verdicts import added_mb, judged_case
from neurolite_core.ground.extras import require

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MB: Final = 1e6
_WIDTH: Final = 5.6  # inches; narrow, so that its letters can be read on a phone
_ROW: Final = 0.27  # inches
_TARGET: Final = "#e5484d"
_COLORS: Final = {"int8": "#2f6fed", "float16": "#5fa8f5", "float32": "#93c0fb"}
_OWN: Final = "#2f6fed"
_PEER: Final = "#9aa3af"
_LINES: Final = (
    "#2f6fed", "#f08c00", "#2b9e5f", "#d6336c", "#7950f2", "#0c9fb0", "#a07050", "#868e96",
)  # fmt: skip
_LABEL: Final = 0.15  # of a picture's width
_MOST_ROUNDS: Final = 2_000
_MARKERS: Final = "os^D"
_DRIFT: Final = 0.1
_SHADES: Final = 20  # few enough that all stays lines and areas


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture for the page.

    Attributes:
        title: without a full stop.
        note: how to read it.
        svg: an SVG element; every text in it is escaped.
    """

    title: str
    note: str
    svg: str


def pictures_of(report: Report) -> tuple[Picture, ...]:
    """All pictures that have something to show.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    return tuple(_pictures(report))


def _pictures(report: Report) -> Iterator[Picture]:
    draws: list[tuple[str, str, Callable[[Report], Figure | None]]] = [
        *_length_classes(report),
        (
            "Time over length",
            "Median of a call, one thread; both axes are logarithmic. Along the dotted line twice the words take twice "
            "the time.",
            _draw_sweep,
        ),
        (
            "Memory that the model adds",
            "Private memory that was written to, over the process with the runtime imported (dark), and resident "
            "memory at the peak (pale). Red: the preset's target.",
            _draw_memory,
        ),
        *draw_pareto(report),
        (
            "How the times of a call spread",
            "256 words, one thread: the calls of each subject around its median. Marks: p90 and p99.",
            _draw_spread,
        ),
        (
            "Drift over the run",
            "256 words, one thread: the median of each round against the subject's own; fresh processes are set apart. "
            "A stripe from top to bottom is the machine's doing.",
            _draw_drift,
        ),
    ]
    for number, (title, note, draw) in enumerate(draws):
        salt = f"p{number}"
        with page_style(salt):
            figure = draw(report)
            if figure is not None:
                yield Picture(title, note, svg_text(figure, title, salt))


def _length_classes(
    report: Report,
) -> Iterator[tuple[str, str, Callable[[Report], Figure | None]]]:
    names: dict[str, None] = {}
    for subject in report.subjects:
        for result in subject.cases:
            if result.case.group == "length":
                names[result.case.name] = None
    for name in names:
        note = "Median of a call from text to answer, with its 95 % interval."
        if any(_target(report, subject, name) for subject in report.subjects):
            note += " Red: the preset's target."
        yield f"Text to answer: {name}", note, lambda report, name=name: _draw_length(report, name)  # type: ignore[misc]


def _draw_length(report: Report, name: str) -> Figure | None:
    found = [
        (subject, result)
        for subject in report.subjects
        for result in subject.cases
        if result.case.name == name
    ]
    values = [result.summary.p50_ms for _, result in found]
    low = [result.summary.p50_ms - result.summary.interval_ms[0] for _, result in found]
    high = [result.summary.interval_ms[1] - result.summary.p50_ms for _, result in found]
    figure, panel = _rows(len(found))
    panel.barh(
        range(len(found)), values, 0.68, color=[_color(subject) for subject, _ in found],
        xerr=np.clip([low, high], 0, None), error_kw={"ecolor": INK, "elinewidth": 1},
    )  # fmt: skip
    targets = [_target(report, subject, name) for subject, _ in found]
    ends = [result.summary.interval_ms[1] for _, result in found]
    _finish_bars(panel, [subject.name for subject, _ in found], values, targets, "ms", ends)
    return figure


def _draw_memory(report: Report) -> Figure | None:
    found = [
        (s, value) for s in report.subjects if (value := added_mb(s)) is not None and value > 0
    ]
    if not found:
        return None
    figure, panel = _rows(len(found))
    values = [value for _, value in found]
    peaks = [_peak_mb(subject) or value for subject, value in found]
    colors = [_color(subject) for subject, _ in found]
    panel.barh(range(len(found)), peaks, 0.68, color=colors, alpha=0.3)
    panel.barh(range(len(found)), values, 0.68, color=colors)
    targets = [_wanted(report, subject, "RAM") for subject, _ in found]
    _finish_bars(panel, [s.name for s, _ in found], values, targets, "MB", peaks)
    return figure


def _draw_sweep(report: Report) -> Figure | None:
    lines = []
    for subject in report.subjects:
        points = [
            (r.case.words, r.summary.p50_ms) for r in subject.cases if r.case.group == "sweep"
        ]
        points = sorted(point for point in points if point[0] > 0)
        if len(points) > 1:
            lines.append((subject, points))
    if not lines:
        return None
    rows = -(-len(lines) // 2)
    figure = new_figure(_WIDTH, 3.4 + 0.2 * rows)
    panel = figure.add_subplot()
    panel.set(xscale="log", yscale="log", xlabel="words", ylabel="ms")
    for number, (subject, points) in enumerate(lines):
        panel.plot(
            *zip(*points, strict=True), label=short(subject.name), marker=_MARKERS[number // len(_LINES) % len(_MARKERS)], markersize=3.5,
            color=_LINES[number % len(_LINES)], linewidth=1.8 if subject.role != "peer" else 1.2,
            linestyle="-" if subject.role != "peer" else "--",
        )  # fmt: skip
    xs = sorted({x for _, points in lines for x, _ in points})
    ys = [y for _, points in lines for _, y in points]
    start = min(ys)
    panel.plot(
        [xs[0], xs[-1]], [start, start * xs[-1] / xs[0]], color=INK, linestyle=":", alpha=0.6
    )
    panel.set_ylim(min(ys) / 1.3, max(ys) * 1.3)
    log_axis(panel.yaxis, ys)
    panel.set_xticks(xs, [str(x) for x in xs])
    panel.minorticks_off()
    figure.legend(loc="outside lower center", ncols=2, fontsize=8)
    return figure


def _draw_spread(report: Report) -> Figure | None:
    found = [
        (subject, pooled / np.median(pooled) - 1)
        for subject, result in _judged(report)
        if (pooled := _pooled(result)).size > 1
    ]
    if not found:
        return None
    figure, panel = _rows(len(found), row=0.36)
    reach = max(float(np.percentile(np.abs(values), 99)) for _, values in found)
    reach = min(max(reach * 1.1, 0.02), 1.0)
    edges = np.linspace(-min(reach, 0.5), reach, 91)
    middles = (edges[:-1] + edges[1:]) / 2
    for row, (subject, values) in enumerate(found):
        counts, _ = np.histogram(values, edges)
        heights = 0.85 * counts / max(int(counts.max()), 1)
        panel.fill_between(
            middles, row + 0.4 - heights, row + 0.4, color=_color(subject), step="mid", linewidth=0
        )
        for percentile, size in ((90, 5), (99, 9)):
            at = min(float(np.percentile(values, percentile)), reach)
            panel.plot([at], [row + 0.25], marker="|", markersize=size, color=INK)
    panel.axvline(0, color=LINE, linewidth=1)
    name_rows(panel, [subject.name for subject, _ in found])
    panel.set_ylim(len(found) - 0.4, -0.7)
    panel.set_xlim(edges[0], edges[-1])
    panel.xaxis.set_major_formatter(lambda value, _: f"{value:+.0%}")
    panel.set_xlabel("difference from the median")
    return figure


def _draw_drift(report: Report) -> Figure | None:
    found = _judged(report)
    repeats = max((len(result.samples_ns) for _, result in found), default=0)
    rounds = max((len(repeat) for _, r in found for repeat in r.samples_ns), default=0)
    if not 2 <= repeats * rounds <= _MOST_ROUNDS:
        return None
    figure, panel = _rows(len(found))
    grid = np.full((len(found), repeats, rounds + 1), np.nan)  # a gap after each process
    for row, (_, result) in enumerate(found):
        for repeat, samples in enumerate(result.samples_ns):
            for number, round_ in enumerate(samples):
                if round_:
                    at = float(np.median(round_)) / 1e6 / result.summary.p50_ms - 1
                    grid[row, repeat, number] = at
    drawn = panel.pcolormesh(
        np.arange(repeats * (rounds + 1) + 1), np.arange(len(found) + 1) - 0.5,
        np.ma.masked_invalid(grid.reshape(len(found), -1)),
        cmap=require("matplotlib", extra="report").colormaps["RdBu_r"].resampled(_SHADES), vmin=-_DRIFT, vmax=_DRIFT,
    )  # fmt: skip
    bar = figure.colorbar(
        drawn,
        ax=panel,
        pad=0.01,
        aspect=30,
        extend="both",
        ticks=[-_DRIFT, 0, _DRIFT],
        format=lambda v, _: f"{v:+.0%}",
    )
    bar.outline.set_visible(False)
    name_rows(panel, [subject.name for subject, _ in found])
    middles = [(rounds + 1) * repeat + rounds / 2 for repeat in range(repeats)]
    panel.set_xticks(middles, [f"{repeat + 1}" for repeat in range(repeats)])
    panel.set_xlabel("fresh process, and its rounds in order")
    panel.grid(visible=False)
    return figure


def _rows(count: int, row: float = _ROW) -> tuple[Figure, Axes]:
    """A figure with a row for each subject."""
    figure = new_figure(_WIDTH, 0.75 + row * max(count, 2))
    return figure, figure.add_subplot()


def _finish_bars(
    panel: Axes,
    names: Sequence[str],
    values: Sequence[float],
    targets: Sequence[float | None],
    unit: str,
    ends: Sequence[float],
) -> None:
    """Names, values beyond what is drawn (``ends``) and targets; the axis starts at nothing or is logarithmic."""
    known = [target for target in targets if target]
    highest = max([*values, *known, *ends])
    lowest = min([*values, *known])
    for row, target in enumerate(targets):
        if target:
            panel.plot([target, target], [row - 0.42, row + 0.42], color=_TARGET, linewidth=2)
    if highest / lowest > 25:
        panel.set_xscale("log")
        panel.set_xlim(lowest / 2, highest * 2.2)
        log_axis(panel.xaxis, [lowest, highest])
    else:
        panel.set_xlim(0, highest * 1.16)
    share = panel.transData + panel.transAxes.inverted()
    for row, (value, target) in enumerate(zip(values, targets, strict=True)):
        at = max(value, ends[row])
        if (
            target
            and 0 < share.transform((target, row))[0] - share.transform((at, row))[0] < _LABEL
        ):
            at = target  # no room before it
        panel.annotate(
            shown_number(value), (at, row), xytext=(5, 0), textcoords="offset points", va="center",
            fontsize=8,
        )  # fmt: skip
    name_rows(panel, names)
    panel.set_xlabel(unit)


def _judged(report: Report) -> list[tuple[SubjectResult, CaseResult]]:
    found = ((subject, judged_case(subject)) for subject in report.subjects)
    return [(subject, result) for subject, result in found if result is not None]


def _pooled(result: CaseResult) -> NDArray[np.float64]:
    rounds = [round_ for repeat in result.samples_ns for round_ in repeat]
    return np.concatenate([np.asarray(round_, dtype=np.float64) for round_ in rounds])


def _target(report: Report, subject: SubjectResult, case: str) -> float | None:
    """The latency that is wanted, where this is the case that it is about."""
    judged = judged_case(subject)
    if judged is None or judged.case.name != case:
        return None
    return _wanted(report, subject, "latency")


def _wanted(report: Report, subject: SubjectResult, quantity: str) -> float | None:
    found = (v for v in report.verdicts if v.subject == subject.name and v.quantity == quantity)
    return next((verdict.wanted for verdict in found), None)


def _peak_mb(subject: SubjectResult) -> float | None:
    found = [use.added_peak for use in subject.memory if use.added_peak is not None]
    return median(found) / _MB if found else None


def _color(subject: SubjectResult) -> str:
    return _PEER if subject.role == "peer" else _COLORS.get(subject.precision or "", _OWN)
