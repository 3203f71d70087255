"""The evolution itself, by Optuna's NSGA-II (Deb et al., 2002), kept in a SQLite file that is whole after any end.

Every trial has a sampler of its own, seeded by the search's seed and the trial's number: a search that was killed and
goes on draws what it would have drawn. One process alone holds the file.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from neurolite_bench.searching.space import Choice, Choices, Range
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler
    from optuna.storages import RDBStorage
    from optuna.study import Study
    from optuna.trial import FrozenTrial

EXTRA: Final = "evolution"
_NAME: Final = "neurolite-search"
_POPULATION: Final = 16
_BEYOND: Final = "beyond"


def require_optuna() -> None:
    """What a search draws by.

    Raises:
        MissingDependencyError: it is not installed.
    """
    require("optuna", extra=EXTRA)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A trial that is to be evaluated: its number, and values by the names of the choices."""

    number: int
    values: Mapping[str, Any]


class Evolution:
    """The trials of a search.

    Args:
        study: of Optuna.
        storage: that it is in.
        choices: what is drawn.
        seed: of all that is drawn.
    """

    def __init__(self, study: Study, storage: RDBStorage, choices: Choices, seed: int) -> None:
        self._study, self._storage, self._seed = study, storage, seed
        self._distributions = distributions_of(choices)

    @property
    def is_new(self) -> bool:
        """Whether nothing was drawn yet."""
        return not self._study.get_trials(deepcopy=False)

    def begin_with(self, values: Mapping[str, Any]) -> None:
        """Has some of the values of a trial that is still to come be these."""
        self._study.enqueue_trial(dict(values))

    def open_trials(self) -> list[Drawn]:
        """Those that were drawn and never told, in the order in which they were drawn."""
        from optuna.trial import TrialState

        found = self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        complete = [trial for trial in found if set(trial.params) == set(self._distributions)]
        for trial in found:
            if trial not in complete:  # killed while it was drawn
                self._study.tell(trial.number, state=TrialState.FAIL)
        return [Drawn(trial.number, MappingProxyType(dict(trial.params))) for trial in complete]

    def told(self) -> list[Drawn]:
        """Those whose figures were told, in the order in which they were drawn."""
        from optuna.trial import TrialState

        found = self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        return [Drawn(trial.number, MappingProxyType(dict(trial.params))) for trial in found]

    def draw(self) -> Drawn:
        """A new trial."""
        number = len(self._study.get_trials(deepcopy=False))
        self._study.sampler = self._sampler(number)
        trial = self._study.ask(self._distributions)
        return Drawn(trial.number, MappingProxyType(dict(trial.params)))

    def tell(self, number: int, values: Sequence[float], beyond: Sequence[float]) -> None:
        """What came of a trial.

        Args:
            number: of it.
            values: what is to be small, as many as the study has objectives.
            beyond: by how much each limit is passed; at most 0 where it is not.
        """
        own = self._storage.get_trial_id_from_study_id_trial_number(
            self._storage.get_study_id_from_name(_NAME), number
        )
        self._storage.set_trial_user_attr(own, _BEYOND, list(beyond))
        self._study.sampler = self._sampler(number)
        self._study.tell(number, list(values))

    def _sampler(self, number: int) -> BaseSampler:
        from optuna.exceptions import ExperimentalWarning
        from optuna.samplers import NSGAIISampler

        seed = int(np.random.SeedSequence([self._seed, number]).generate_state(1)[0])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            # From 5.0 on a trial has constraints of its own, which 4.0 does not know.
            warnings.simplefilter("ignore", FutureWarning)
            return NSGAIISampler(
                population_size=_POPULATION, seed=seed, constraints_func=_constraints
            )


def _constraints(trial: FrozenTrial) -> Sequence[float]:
    found: list[float] = trial.user_attrs[_BEYOND]
    return found


@contextlib.contextmanager
def evolution(path: Path, choices: Choices, objectives: int, seed: int) -> Iterator[Evolution]:
    """The trials in a file, which is made where it is not there.

    Args:
        path: of the SQLite file.
        choices: what is drawn.
        objectives: numbers that each trial is told with.
        seed: of what is drawn.

    Raises:
        InputError: the file is damaged, or of another release of Optuna.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    path.parent.mkdir(parents=True, exist_ok=True)
    storage = _storage(path)
    try:
        study = optuna.create_study(
            storage=storage,
            study_name=_NAME,
            directions=["minimize"] * objectives,
            load_if_exists=True,
        )
        yield Evolution(study, storage, choices, seed)
    finally:
        storage.remove_session()
        storage.engine.dispose()


def _storage(path: Path) -> RDBStorage:
    from optuna.storages import RDBStorage
    from sqlalchemy.engine import URL
    from sqlalchemy.exc import SQLAlchemyError

    url = URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)
    try:
        return RDBStorage(url)
    except (SQLAlchemyError, RuntimeError) as error:
        raise InputError(
            f"{path} cannot be used: {str(error).splitlines()[0]}. Remove it, or forget the search: --restart"
        ) from error


def distributions_of(choices: Choices) -> dict[str, BaseDistribution]:
    """The choices as Optuna has them."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    found: dict[str, BaseDistribution] = {}
    for name, one in choices.items():
        if isinstance(one, Choice):
            found[name] = CategoricalDistribution(one.values)
        else:
            assert isinstance(one, Range)  # noqa: S101  # there are no others
            found[name] = FloatDistribution(one.low, one.high, log=one.log)
    return found
