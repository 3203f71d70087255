"""What a person sees while a model is trained: a live line, or plain lines where there is no terminal."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from neurolite_core.evaluation.abstention import FEWEST_OF_A_LABEL
from neurolite_core.evaluation.report import Report
from neurolite_core.text.markdown import one_line
from neurolite_core.training.fitting.loop import StepReport
from neurolite_core.training.fitting.state import Evaluation

_LABELS: Final = 3


class Display:
    """Stages before the training, and its steps.

    Args:
        console: where to; a quiet one shows nothing.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.percentage:>3.0f}%"),
            TextColumn("{task.fields[figures]}", markup=False),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None
        self._stage = ""
        self._shown = 0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def stage(self, what: str, share: float) -> None:
        """Something before the training is at ``share`` of its work, 0 to 1."""
        self._progress.update(self._enter(what), completed=share, total=1.0, figures="")

    def note(self, text: str) -> None:
        """A line that stays."""
        self.console.print(text, markup=False, highlight=False)

    def step(self, report: StepReport) -> None:
        """A step of the training is done."""
        task = self._enter("training")
        progress = report.progress
        last = progress.history[-1].accuracy if progress.history else float("nan")
        figures = (
            f"loss {report.loss:.3f}  validation {100 * last:.2f} %  "
            f"{report.texts_per_second:,.0f} texts/s"
        )
        self._progress.update(
            task, completed=progress.step, total=progress.total_steps, figures=figures
        )
        for item in progress.history[self._shown :]:
            self._line(item, report)
        self._shown = len(progress.history)

    def _enter(self, what: str) -> TaskID:
        if self._task is not None and what == self._stage:
            return self._task
        if self._task is not None:
            self._progress.remove_task(self._task)
        if not self.console.is_terminal:
            self.console.print(what, markup=False)
        self._task = self._progress.add_task(what, figures="")
        self._stage = what
        return self._task

    def _line(self, item: Evaluation, report: StepReport) -> None:
        best = "  best" if report.progress.best_step == item.step else ""
        self.console.print(
            f"{item.step:>7}/{report.progress.total_steps}  loss {item.loss:.3f}  "
            f"validation {item.validation_loss:.3f}, {100 * item.accuracy:.2f} %  "
            f"{report.texts_per_second:,.0f} texts/s{best}",
            highlight=False,
            markup=False,
        )


def abstention_rows(report: Report) -> list[tuple[str, str]]:
    """What the model answers, of which labels least, and what nobody can promise; names and values."""
    point, chosen = report.abstention, report.training["abstention"]
    if point.threshold is None:
        return [("answers", f"every text, it cannot abstain: {chosen['why_none']}")]
    rows = [
        (
            "answers",
            f"{100 * point.coverage:.2f} % of the texts, {100 * (point.accuracy or 0.0):.2f} % of them "
            "right, and abstains from the others",
        )
    ]
    least = sorted(report.coverage, key=lambda row: (row.coverage, -row.texts))[:_LABELS]
    shown = ", ".join(
        f"{_plain(row.label)} {row.answered:,} of {row.texts:,}"
        for row in least
        if row.coverage < 1
    )
    rows.append(("least answered labels", shown or "every text of every label is answered"))
    if chosen["cross_fitted"]:
        rows.append(
            (
                "threshold",
                f"by validation rows and {chosen['cross_fitted']:,} cross-fitted ones (--folds)",
            )
        )
    if chosen["below"]:
        rows.append(("answered below 90 %", _listed(chosen["below"])))
    if chosen["too_few"]:
        why = f"{_listed(chosen['too_few'])}: fewer than {FEWEST_OF_A_LABEL} rows to choose a threshold by"
        rows.append(("no promise for", why))
    return rows


def _listed(labels: Sequence[str]) -> str:
    shown = ", ".join(_plain(label) for label in labels[:_LABELS])
    return shown if len(labels) <= _LABELS else f"{shown}, ... ({len(labels):,} labels)"


def _plain(label: str) -> str:
    """Labels come from anywhere: no markup, no control characters."""
    return escape(one_line(label))


def summary_table(rows: list[tuple[str, str]]) -> Table:
    """Facts in two columns."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for name, value in rows:
        table.add_row(name, value)
    return table
