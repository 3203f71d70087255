"""All methods on a stream, for one seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from neurolite_bench.continual.fine_tuned import FineTuned, Tuning
from neurolite_bench.continual.measures import Matrix, figures
from neurolite_bench.continual.method import Method, run_at_once, run_through
from neurolite_bench.continual.streams import Step, Stream
from neurolite_bench.continual.taught import Embedded, Taught
from neurolite_runtimes.learning.scoring import EPISODIC, PROTOTYPES, SPIKING

KEPT: Final = 20  # examples a label, of a store that forgets
# One guess each, not a search.
HEAD: Final[Mapping[str, Tuning]] = MappingProxyType(
    {"clinc150": Tuning(20, 1e-2), "topic": Tuning(20, 1e-2)}
)
WHOLE: Final[Mapping[str, Tuning]] = MappingProxyType(
    {"clinc150": Tuning(5, 1e-3)}  # texts of topics are long: an hour of a core
)
FITTED: Final = "fitted"
FITTED_FEW: Final = "fitted_few"
LEARNERS: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        PROTOTYPES: {"way": PROTOTYPES},
        EPISODIC: {"way": EPISODIC},
        SPIKING: {"way": SPIKING},
        FITTED: {"fit": True},
        FITTED_FEW: {"fit": True, "keep": KEPT},
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """What methods work with.

    Attributes:
        stream: embedded.
        session: with its vectors.
        checkpoint: of the encoder; None leaves out what trains the whole network, which is done on clinc150.
        folder: for stores.
    """

    stream: Stream
    session: Embedded
    checkpoint: Path | None
    folder: Path


def measured(setting: Setting, seed: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each method's name and figures, the learner's first: replay gets as many bytes as its store has."""
    steps = setting.stream.steps(seed)
    budgets: list[int] = []
    for name, options in LEARNERS.items():
        path = setting.folder / f"{setting.stream.name}-{seed}-{name}.nls"
        method = Taught(setting.stream, setting.session, path, **options)
        try:
            found, own, kept = run_through(method, setting.stream, steps)
        finally:
            method.close()
        path.unlink()
        if name == FITTED:
            budgets = kept
        yield name, _values(setting.stream, found, own, kept)
    for name, make in _trained(setting, seed, budgets).items():
        yield name, _one(setting.stream, steps, name, make())


def _trained(
    setting: Setting, seed: int, budgets: Sequence[int]
) -> Mapping[str, Callable[[], Method]]:
    stream, checkpoint = setting.stream, setting.checkpoint
    labels, dimension = len(stream.labels), stream.train.vectors.shape[1]

    def head(kept: Sequence[int] = ()) -> Callable[[], Method]:
        return lambda: FineTuned(labels, dimension, HEAD[stream.name], seed, budgets=kept)

    def whole(kept: Sequence[int] = ()) -> Callable[[], Method]:
        tuning = WHOLE[stream.name]
        return lambda: FineTuned(
            labels, dimension, tuning, seed, checkpoint=checkpoint, budgets=kept
        )

    rows = {"head": head(), "head_replay": head(budgets), "head_at_once": head()}
    if checkpoint is not None and stream.name in WHOLE:
        rows |= {"whole": whole(), "whole_replay": whole(budgets), "whole_at_once": whole()}
    return rows


def _one(stream: Stream, steps: Sequence[Step], name: str, method: Method) -> dict[str, Any]:
    if name.endswith("_at_once"):
        return _values(stream, *run_at_once(method, steps), [])
    return _values(stream, *run_through(method, stream, steps))


def _values(stream: Stream, matrix: Matrix, own: Matrix, kept: Sequence[int]) -> dict[str, Any]:
    among = figures(own, 0.0)
    return {
        **figures(matrix, stream.chance).as_values(),
        "forgetting_among_own": None if among.forgetting is None else round(among.forgetting, 5),
        "kept_bytes": list(kept),
        "matrix": _rounded(matrix),
    }


def _rounded(matrix: Matrix) -> list[list[float | None]]:
    return [[None if np.isnan(x) else round(float(x), 4) for x in row] for row in matrix]
