"""A search from its first trial to its front: who is drawn, who is trained on, and when it is enough."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

from neurolite_bench.searching.evaluating import Figures, Ground, Step, figures_path, size_of
from neurolite_bench.searching.halving import Costs, budgets_of, goes_on
from neurolite_bench.searching.places import name_of
from neurolite_bench.searching.space import Space, config_of, first_draws
from neurolite_bench.searching.study import Drawn, Evolution
from neurolite_bench.searching.workers import Workers
from neurolite_core.ground.errors import InputError
from neurolite_core.network.config import NeuroLiteConfig

_DRAWS: Final = 20
"""Times the trials that are wanted: so many may be drawn in vain, as they are too large or too slow."""
_WORST: Final = 1.0


@dataclass(slots=True)
class Trial:
    """A configuration that was evaluated.

    Attributes:
        number: of the trial.
        config: of the model.
        figures: what is known of it.
    """

    number: int
    config: NeuroLiteConfig
    figures: Figures

    @property
    def config_name(self) -> str:
        """Of the configuration, for people and folders."""
        return name_of(self.config)

    @property
    def budget(self) -> int:
        """The largest that it was trained with; 0 where it was not."""
        return max(self.figures.accuracy, default=0)

    @property
    def accuracy(self) -> float:
        """With that budget; 0 where it was not trained."""
        return self.figures.accuracy.get(self.budget, 0.0)


class Listener(Protocol):
    """Is told what goes on."""

    def trial(self, trial: Trial, trained: int, refused: int) -> None:
        """A trial ended; so many were trained so far, and so many were too large or too slow."""

    def finishing(self, what: str, names: list[str]) -> None:
        """Something is done with some configurations of the front."""


@dataclass(slots=True, kw_only=True)
class Search:
    """The loop over trials.

    Attributes:
        ground: what all steps share.
        space: what is drawn.
        most: the whole budget: epochs, or ninths of the texts.
        trials: how many are to be trained.
        until: moment of ``time.monotonic`` after which none is drawn but the first; None for no end.
        listener: is told what goes on.
        found: all that ended, by name; equal configurations are one.
        refused: trials that were too large or too slow.
    """

    ground: Ground
    space: Space
    most: int
    trials: int
    until: float | None
    listener: Listener
    found: dict[str, Trial] = field(default_factory=dict)
    refused: int = 0
    _running: dict[int, Drawn] = field(default_factory=dict)
    _levels: dict[int, dict[str, Costs]] = field(default_factory=dict)
    _trained: int = 0

    @property
    def budgets(self) -> tuple[int, ...]:
        """Of the levels of successive halving."""
        return budgets_of(self.most)

    def run(self, evolution: Evolution, workers: Workers) -> None:
        """Draws and evaluates, until there are enough trials or no time is left.

        Raises:
            InputError: a training refuses the data, or nothing that can be drawn is within the limits.
        """
        if evolution.is_new:
            self._begin(evolution)
        for drawn in evolution.told():
            self._remember(drawn)
        waiting = deque(self._first_step(drawn) for drawn in evolution.open_trials())
        while True:
            while workers.free:
                step = waiting.popleft() if waiting else self._next(evolution)
                if step is None:
                    break
                workers.begin(step)
            if not workers.busy:
                return
            step, figures = workers.done()
            following = self._after(evolution, step, figures)
            if following is not None:
                waiting.appendleft(following)

    def _begin(self, evolution: Evolution) -> None:
        """The presets come first: of each backbone the one with the largest table that the limit lets it have."""
        begun = set[str]()
        for values in first_draws(self.space):
            backbone = str(values.get("backbone", self.space.backbones[0]))
            config = config_of(self.space, values)
            if backbone not in begun and Figures(size_of(self.ground, config)).fits(self.ground):
                begun.add(backbone)
                evolution.begin_with(values)

    def _next(self, evolution: Evolution) -> Step | None:
        """The first step of a new trial; None where there are enough, or it is too late."""
        while True:
            running = self._trained + len(self._running)
            late = running > 0 and self.until is not None and time.monotonic() >= self.until
            if running >= self.trials or late or self.refused >= _DRAWS * self.trials:
                return None
            drawn = evolution.draw()
            step = self._first_step(drawn)
            figures = Figures(size_of(self.ground, step.config))
            if figures.fits(self.ground):
                return step
            self._tell(evolution, drawn, step.config, figures)  # which takes no worker

    def _first_step(self, drawn: Drawn) -> Step:
        self._running[drawn.number] = drawn
        return Step(drawn.number, config_of(self.space, drawn.values), self.budgets[0])

    def _after(self, evolution: Evolution, step: Step, figures: Figures) -> Step | None:
        """The next step of a trial that goes on; None where it has ended, which is told."""
        if figures.fits(self.ground):
            name, level = name_of(step.config), self._levels.setdefault(step.budget, {})
            own = level[name] = costs_of(self.ground, figures, step.budget)
            later = [budget for budget in self.budgets if budget > step.budget]
            if later and (later[0] in figures.accuracy or goes_on(own, sorted(level.values()))):
                return Step(step.number, step.config, later[0])
        self._tell(evolution, self._running[step.number], step.config, figures)
        return None

    def _tell(
        self, evolution: Evolution, drawn: Drawn, config: NeuroLiteConfig, figures: Figures
    ) -> None:
        del self._running[drawn.number]
        trial = self._count(drawn, config, figures)
        values = costs_of(self.ground, figures, trial.budget)
        evolution.tell(drawn.number, values, figures.beyond(self.ground))
        self.listener.trial(trial, self._trained, self.refused)

    def _count(self, drawn: Drawn, config: NeuroLiteConfig, figures: Figures) -> Trial:
        trial = Trial(drawn.number, config, figures)
        if figures.accuracy:
            self._trained += 1
            self.found.setdefault(name_of(config), trial).figures = figures
        else:
            self.refused += 1
        return trial

    def _remember(self, drawn: Drawn) -> None:
        """A trial that ended before this search was started again."""
        config = config_of(self.space, drawn.values)
        figures = Figures.read(figures_path(self.ground.places, config))
        if figures is None:  # too large, which takes no file
            figures = Figures(size_of(self.ground, config))
            if figures.fits(self.ground):
                raise InputError(
                    f"{figures_path(self.ground.places, config)} is missing. Forget the search: --restart"
                )
        self._count(drawn, config, figures)
        for budget in figures.accuracy:
            level = self._levels.setdefault(budget, {})
            level[name_of(config)] = costs_of(self.ground, figures, budget)


def costs_of(ground: Ground, figures: Figures, budget: int) -> Costs:
    """What is to be small: the share of wrong answers with a budget, megabytes, and milliseconds where they count."""
    wrong = 1.0 - figures.accuracy[budget] if budget in figures.accuracy else _WORST
    found = [wrong, figures.megabytes]
    if ground.timed:
        found.append(0.0 if figures.milliseconds is None else figures.milliseconds)
    return tuple(found)


def trained_trials(found: dict[str, Trial]) -> Iterator[Trial]:
    """In the order of their numbers."""
    yield from sorted(found.values(), key=lambda trial: trial.number)
