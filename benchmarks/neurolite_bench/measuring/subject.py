"""What can be measured: anything that takes texts and gives answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Subject(Protocol):
    """An opened artifact or peer. Everything from the text to the answer is inside ``answer``."""

    @property
    def runtime(self) -> str:
        """Name and version of what runs it, and the kernels where there is a choice."""

    @property
    def settings(self) -> Mapping[str, str]:
        """How it was opened: threads, arena, delegates."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes; empty where its answers mean nothing, as those of random weights."""

    def answer(self, texts: Sequence[str]) -> object:
        """Runs a batch; what it returns was computed."""

    def predict(self, texts: Sequence[str]) -> list[str]:
        """The best of ``labels`` for each text."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How subjects of a kind are measured.

    Attributes:
        modules: what is imported before anything is opened, so that it counts as the runtime and not
            as the model; where several do the same, the first that is installed is separated by ``|``.
        start: what a runtime does before its first model, whatever that holds; None for those that do all at
            their import.
        open: a path and a number of threads (0 for all cores) to a subject; may raise InputError and
            MissingDependencyError.
        open_unsealed: the same for a file that was changed since its export; None where nothing is sealed.
        doubt: why its times may not be those that a reader has in mind, as a sentence's end; None where they are.
    """

    modules: tuple[str, ...]
    open: Callable[[Path, int], Subject]
    start: Callable[[], object] | None = None
    open_unsealed: Callable[[Path, int], Subject] | None = None
    doubt: str | None = None
