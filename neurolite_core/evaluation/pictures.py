"""The report's pictures as PNG, with matplotlib's Agg: no display, and equal reports give equal bytes."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from neurolite_core.evaluation.calibration import Calibration
from neurolite_core.evaluation.report import Report
from neurolite_core.ground.extras import require

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

_DPI: Final = 110
_ALL_LABELS: Final = 40  # more would be too small to read
_NUMBERS: Final = 12  # more labels leave no room for counts in the cells
_WORST: Final = 25
_WHOLE: Final = 1_000  # labels; a larger picture than that has cells below a pixel
_LABEL_LENGTH: Final = 24
_BLUE, _GREY = "#1f6feb", "#8c959f"


class HasTraining(Protocol):
    """A report of any task."""

    @property
    def training(self) -> Mapping[str, Any]:
        """What the training wrote."""


def draw_confusion(report: Report) -> bytes:
    """How each label (row) is answered (column), as shares of the row.

    Up to 40 labels are all named. Of more, the 25 worst are shown by name with the answers that they got, beside the
    whole matrix.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    count = len(report.names)
    if count <= _ALL_LABELS:
        side = 3.5 + 0.25 * max(count, 4)
        figure = _figure(side + 1, side)
        everything = list(range(count))
        _draw_matrix(figure.add_subplot(), report, everything, everything)
        return _png(figure)
    rows = _worst_rows(report)
    columns = _answers_to(report, rows)
    whole = count <= _WHOLE
    figure = _figure(19.0 if whole else 11.0, 9.0)
    grid = figure.add_gridspec(1, 2 if whole else 1)
    if whole:
        overview = figure.add_subplot(grid[0, 0])
        _shade(overview, _shares(report, range(count), range(count)))
        overview.set_title(f"all {count} labels, rows as shares")
        overview.set_xlabel("answer (number of the label)")
        overview.set_ylabel("truth (number of the label)")
    named = figure.add_subplot(grid[0, -1])
    _draw_matrix(named, report, rows, columns)
    named.set_title(f"the {len(rows)} labels with the lowest recall, of {count}")
    return _png(figure)


def draw_calibration(report: Report) -> bytes:
    """Accuracy by score before and after the temperature, above how many texts have which score.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    stages: list[tuple[str, Calibration]] = [("as exported", report.calibrated)]
    if report.temperature != 1:
        stages.insert(0, ("before the temperature", report.uncalibrated))
    figure = _figure(5.2 * len(stages), 6.0)
    panels = figure.subplots(2, len(stages), squeeze=False, sharex=True, height_ratios=(3, 1))
    for column, (name, found) in enumerate(stages):
        upper, lower = panels[0][column], panels[1][column]
        middles = [(row.low + row.high) / 2 for row in found.bins]
        width = found.bins[0].high * 0.92
        upper.bar(middles, [row.accuracy or 0 for row in found.bins], width, color=_BLUE)
        upper.plot([0, 1], [0, 1], color=_GREY, linestyle="--")
        upper.set(xlim=(0, 1), ylim=(0, 1.02), title=f"{name}: ECE {found.ece:.3f}")
        lower.bar(middles, [row.count for row in found.bins], width, color=_GREY)
        lower.set_xlabel("score (highest probability)")
    panels[0][0].set_ylabel("accuracy")
    panels[1][0].set_ylabel("texts")
    return _png(figure)


def draw_learning(report: HasTraining) -> bytes | None:
    """Losses, accuracies and F1 by epoch, from ``training["history"]``; None where it has none.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    history = report.training.get("history")
    rows = [row for row in history if isinstance(row, Mapping)] if isinstance(history, list) else []
    kinds = [(kind, _series(rows, kind)) for kind in ("loss", "accuracy", "f1")]
    kinds = [(kind, series) for kind, series in kinds if series]
    if not kinds:
        return None
    figure = _figure(5.5 * len(kinds), 4.2)
    for panel, (kind, series) in zip(
        figure.subplots(1, len(kinds), squeeze=False)[0], kinds, strict=True
    ):
        for name, (epochs, values) in series.items():
            panel.plot(epochs, values, marker="o", markersize=3, label=name.replace("_", " "))
        panel.set(xlabel="epoch", ylabel=kind)
        panel.xaxis.get_major_locator().set_params(integer=True)
        panel.grid(alpha=0.3)
        panel.legend(frameon=False)
    return _png(figure)


def _shade(panel: Axes, shares: NDArray[np.float64]) -> AxesImage:
    from matplotlib.colors import PowerNorm

    # By the square root, because the mistakes that are looked for are a few hundredths of a row.
    shades = PowerNorm(0.5, vmin=0, vmax=1)
    return panel.imshow(shares, cmap="Blues", norm=shades, aspect="auto", interpolation="nearest")


def _draw_matrix(panel: Axes, report: Report, rows: list[int], columns: list[int]) -> None:
    shares = _shares(report, rows, columns)
    colors = _shade(panel, shares)
    panel.figure.colorbar(colors, ax=panel, fraction=0.04, label="share of the truth's texts")
    names = [_readable(label) for label in report.names]
    # Labels come from outside: a dollar sign is a dollar sign.
    panel.set_xticks(
        range(len(columns)), [names[c] for c in columns], rotation=90, fontsize=8, parse_math=False
    )
    panel.set_yticks(range(len(rows)), [names[r] for r in rows], fontsize=8, parse_math=False)
    panel.set_xlabel("answer")
    panel.set_ylabel("truth")
    if len(columns) > _NUMBERS:
        return
    counts = {(truth, answer): count for truth, answer, count in report.confusion}
    for y, truth in enumerate(rows):
        for x, answer in enumerate(columns):
            if count := counts.get((truth, answer)):
                color = "white" if shares[y, x] > 0.3 else "black"
                panel.text(x, y, f"{count:,}", ha="center", va="center", color=color, fontsize=8)


def _shares(report: Report, rows: Sequence[int], columns: Sequence[int]) -> NDArray[np.float64]:
    """Shares of the rows' texts, float64 [R, K]; a label without texts has a row of 0."""
    places = {truth: place for place, truth in enumerate(rows)}
    across = {answer: place for place, answer in enumerate(columns)}
    shares = np.zeros((len(rows), len(columns)))
    for truth, answer, count in report.confusion:
        if truth in places and answer in across:
            shares[places[truth], across[answer]] = count / report.classes[truth].support
    return shares


def _worst_rows(report: Report) -> list[int]:
    """Labels with texts by recall, lowest first, then with the most texts."""
    rows = [row for row, figures in enumerate(report.classes) if figures.support]
    rows.sort(key=lambda row: (report.classes[row].recall, -report.classes[row].support))
    return rows[:_WORST]


def _answers_to(report: Report, rows: list[int]) -> list[int]:
    """The rows' own labels first, then the answers that most of their texts got, as many again."""
    wanted = set(rows)
    others: dict[int, int] = {}
    for truth, answer, count in report.confusion:
        if truth in wanted and answer not in wanted:
            others[answer] = others.get(answer, 0) + count
    return rows + sorted(others, key=lambda answer: (-others[answer], answer))[:_WORST]


def _series(
    rows: Sequence[Mapping[str, Any]], kind: str
) -> dict[str, tuple[list[float], list[float]]]:
    """Epochs and values of every number whose name holds ``kind``."""
    found: dict[str, tuple[list[float], list[float]]] = {}
    for place, row in enumerate(rows, start=1):
        epoch = row.get("epoch", place)
        for name, value in row.items():
            if kind in name and _is_number(value) and _is_number(epoch):
                epochs, values = found.setdefault(name, ([], []))
                epochs.append(float(epoch))
                values.append(float(value))
    return found


def _is_number(value: object) -> bool:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and bool(np.isfinite(value))
    )


def _readable(label: str) -> str:
    line = "".join(c if c.isprintable() else " " for c in label)
    return line if len(line) <= _LABEL_LENGTH else line[: _LABEL_LENGTH - 1] + "…"


def _figure(width: float, height: float) -> Figure:
    """A figure of its own, in inches; pyplot's state and the user's backend are left alone."""
    require("matplotlib", extra="report")
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=_DPI, layout="constrained")


def _png(figure: Figure) -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings():
        # The font that comes with matplotlib has no Chinese, say: boxes, not a warning for each.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from font")
        figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()
