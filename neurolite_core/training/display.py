"""What a person sees while a model is trained: a live line, or plain lines where there is no terminal."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from neurolite_core.training.fitting.loop import StepReport
from neurolite_core.training.fitting.state import Evaluation


def percent_of(item: Evaluation) -> str:
    """The score in percent."""
    return f"{100 * item.score:.2f} %"


class Display:
    """Stages before the training, and its steps.

    Args:
        console: where to; a quiet one shows nothing.
        tell: the score of an evaluation, for people.
    """

    def __init__(self, console: Console, tell: Callable[[Evaluation], str] = percent_of) -> None:
        self.console, self._tell = console, tell
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

    def begin(self, text: str) -> None:
        """A line that stays, before another model is trained."""
        self._shown = 0
        self.note(text)

    def step(self, report: StepReport) -> None:
        """A step of the training is done."""
        task = self._enter("training")
        progress = report.progress
        last = self._tell(progress.history[-1]) if progress.history else "-"
        figures = (
            f"loss {report.loss:.3f}  validation {last}  {report.texts_per_second:,.0f} texts/s"
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
            f"validation {item.validation_loss:.3f}, {self._tell(item)}{_parts(item)}  "
            f"{report.texts_per_second:,.0f} texts/s{best}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )


def _parts(item: Evaluation) -> str:
    """Of what the score is made, where it is made of several."""
    found = ", ".join(
        f"{name.replace('_', ' ').replace('f1', 'F1')} {100 * value:.2f}"
        for name, value in item.parts.items()
    )
    return f" ({found})" if len(item.parts) > 1 else ""
