"""What is worth having: the front, each of it trained with the whole budget, exported and measured.

Megabytes are those of the exported file then, and milliseconds those of all the front's files, timed in turn.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from neurolite_bench.searching.evaluating import (
    MEGABYTE,
    Ground,
    Step,
    checkpoint_path,
    figures_path,
)
from neurolite_bench.searching.halving import Costs, front_of
from neurolite_bench.searching.places import name_of
from neurolite_bench.searching.run import Search, Trial, costs_of, trained_trials
from neurolite_bench.searching.timing import PRECISION, TARGET, times_of
from neurolite_bench.searching.workers import Workers
from neurolite_core.ground.errors import GateError, InputError

_DIGITS: Final = (
    2  # of megabytes behind the point, and of milliseconds in all: what is nearer is equal
)
_EXPORT: Final = "export"
_WORK: Final = "work"


def front_trials(search: Search) -> list[Trial]:
    """Those within the limits that no other is better than in all that counts, the smallest first."""
    fitting = [
        trial
        for trial in trained_trials(search.found)
        if trial.figures.fits(search.ground) and not trial.figures.refused
    ]
    costs = [_rounded(costs_of(search.ground, trial.figures, trial.budget)) for trial in fitting]
    found: dict[Costs, Trial] = {}
    for place in front_of(costs):
        found.setdefault(costs[place], fitting[place])
    return sorted(found.values(), key=lambda trial: (trial.figures.megabytes, trial.number))


def settle(search: Search, workers: Workers, *, exports: bool) -> list[Trial]:
    """The front, when all of it was trained with the whole budget and, where it is wanted, exported and timed.

    What then is larger or slower than it seemed gives way, and others come in, which are trained in their turn.

    Raises:
        InputError: nothing that was trained is within the limits.
    """
    while True:
        front = front_trials(search)
        if not front:
            raise InputError(_nothing(search))
        young = [trial for trial in front if trial.budget < search.most]
        raw = [trial for trial in front if exports and not trial.figures.exported]
        if not young and not raw:
            return front
        what = "training of the front" if young else "exporting and timing of the front"
        search.listener.finishing(what, [trial.config_name for trial in young or raw])
        if young:
            _train(search, workers, young)
        else:
            _export(search.ground, search.most, raw)
            _time(search.ground, [trial for trial in front if not trial.figures.refused])


def _rounded(costs: Costs) -> Costs:
    wrong, megabytes, *times = costs
    return (wrong, round(megabytes, _DIGITS), *(float(f"{time:.{_DIGITS}g}") for time in times))


def _nothing(search: Search) -> str:
    limits = (("--max-mb", search.ground.max_mb), ("--max-ms", search.ground.max_ms))
    given = " and ".join(f"{name} {most:g}" for name, most in limits if most is not None)
    why = "" if not given else f" Nothing that was drawn is within {given}: give more."
    return f"No trial was trained: {search.refused:,} were drawn.{why}"


def _train(search: Search, workers: Workers, young: Sequence[Trial]) -> None:
    left = list(young)
    by_name = {name_of(trial.config): trial for trial in young}
    while left or workers.busy:
        while left and workers.free:
            workers.begin(Step(-1, left.pop(0).config, search.most))
        step, figures = workers.done()
        by_name[name_of(step.config)].figures = figures


def _export(ground: Ground, most: int, raw: Sequence[Trial]) -> None:
    from neurolite_export.exporting import export
    from neurolite_export.names import named
    from neurolite_export.probes import built_in_probes
    from neurolite_export.source import checkpoint_source
    from neurolite_export.targets import TARGETS

    target = TARGETS[TARGET].load()
    for trial in raw:
        folder = checkpoint_path(ground.places, trial.config, most)
        source = checkpoint_source(folder)
        probes = source.probes or built_in_probes()
        out = exported_path(ground, trial.config_name)
        figures = trial.figures
        try:
            done = export(
                named(source, Path(trial.config_name)), target, PRECISION, out, probes, replace=True
            )
            figures.megabytes = done.path.stat().st_size / MEGABYTE
        except GateError as error:
            figures.refused = str(error)
        figures.exported = True
        figures.write(figures_path(ground.places, trial.config))


def exported_path(ground: Ground, name: str) -> Path:
    """Folder of a configuration's exported file and its certificate."""
    return ground.places.trial(name) / _EXPORT


def _time(ground: Ground, front: Sequence[Trial]) -> None:
    """All of them anew, so that they are compared as they ran beside each other."""
    files = {
        name: next(exported_path(ground, name).glob("*.onnx"))
        for name in (trial.config_name for trial in front if trial.figures.exported)
    }
    if ground.timed and files:
        times = times_of(files)
        for trial in front:
            if trial.config_name in times:
                trial.figures.milliseconds = times[trial.config_name]
                trial.figures.write(figures_path(ground.places, trial.config))


def write_front(search: Search, front: Sequence[Trial]) -> None:
    """The checkpoints, with their exported files, in place of those of an earlier front."""
    places = search.ground.places
    made = places.work / "front"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    for trial in front:
        name = trial.config_name
        checkpoint = checkpoint_path(places, trial.config, search.most)
        ignore = shutil.ignore_patterns(_WORK, ".*")
        shutil.copytree(checkpoint, made / name, ignore=ignore)
        if (exported := exported_path(search.ground, name)).exists():
            shutil.copytree(exported, made / name / _EXPORT, ignore=ignore)
    shutil.rmtree(places.front, ignore_errors=True)
    made.replace(places.front)
