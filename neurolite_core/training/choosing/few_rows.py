"""Where validation would hold fewer than two rows a label, all rows choose, as models that did not learn them answer.

75 rows of 150 labels tell nothing of one setting against another. So rows are dealt into folds, each way to a model
answers each fold after it learned the others, and the way with the most right answers is taken, on all rows. What the
report says of a model then are these answers too: no row is left that it did not learn. With so few rows the encoder
itself stays as it is, and its head is solved for: training on made it worse (docs/training.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from neurolite_core.answer.tasks import CLASSIFICATION
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.training.cross_fitting import (
    CROSS_FITTED,
    MOST_ROWS,
    Scored,
    answered_folds,
    folds_of,
    joined_scores,
)
from neurolite_core.training.fitting.loop import fit_to_the_end
from neurolite_core.training.fitting.predict import text_vectors
from neurolite_core.training.fitting.task import Task, Validation
from neurolite_core.training.options import TrainingOptions
from neurolite_core.training.sources import DataFiles, Sources
from neurolite_core.training.starting.heads import merit, solve_heads, ways_of
from neurolite_core.training.starting.rewarded import learn_readout

if TYPE_CHECKING:
    from lightning_fabric import Fabric

ROWS_A_LABEL: Final = 2
FOLDS: Final = 5
"""At least: of five rows a label a model then learns four, which is nearest to what all will give."""

_CLEAR: Final = 3.0  # standard errors
_NEAR: Final = 2.0  # likewise, the best of a dozen is mostly the luckiest
_STEPS: Final = 50  # of a search that only compares: as good as 500 on clinc150, where the minimum is not reached

Report = Callable[[str, float], None]


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """How the weights of a network were found on all rows; the network has them, unless it was given up.

    Attributes:
        how: for people.
        crossed: cross-fitted answers to the rows; None where they were clearly worse than another's.
        merit: score and negative loss of these answers, to be compared; None likewise.
        steps: of the loop; 0 for a head that was solved for.
    """

    how: str
    crossed: Scored | None
    merit: tuple[float, float] | None
    steps: int


def are_few(sources: Sources, files: DataFiles, options: TrainingOptions) -> bool:
    """Whether validation rows are too few to choose by, and all rows may be learned.

    They may where nobody named validation rows and ``options.folds`` is not 0, and where there are at most 2,000.
    """
    held, learned = len(sources.validation.rows), len(sources.rows)
    return (
        files.validation is None
        and options.folds > 0
        and held < ROWS_A_LABEL * len(sources.train.labels)
        and held + learned <= MOST_ROWS
    )


def with_folds(options: TrainingOptions) -> TrainingOptions:
    """The same with as many folds as few rows take."""
    return replace(options, folds=max(FOLDS, options.folds))


def with_all_rows(sources: Sources) -> Sources:
    """The same with the validation rows among those that are learned."""
    rows = np.sort(np.concatenate([sources.rows, sources.validation.rows]))
    return replace(sources, rows=rows, validation=Validation(sources.train, rows[:0]))


def reported_on(sources: Sources, crossed: Scored) -> Sources:
    """The same, reporting on cross-fitted rows where there are no test rows."""
    if sources.split == "test" or crossed.rows is None:
        return sources
    return replace(sources, split=CROSS_FITTED, reported=Validation(sources.train, crossed.rows))


def settle(
    fabric: Fabric,
    task: Task,
    total_steps: int,
    other: Settled | None,
    report: Report,
) -> Settled:
    """Finds the weights of a network on all rows, in place.

    With an encoder these are those of its head. Else the network is trained, if its cross-fitted answers are not worse
    than another's, for as many steps as it was given.

    Args:
        fabric: launched.
        task: its network is a classifier; its labelled part are all rows.
        total_steps: of a network that is trained.
        other: what it has to be better than; None for nothing.
        report: told how far it is.
    """
    if task.starts_trained:
        return _settle_head(task, report)
    initial = {name: value.detach().clone() for name, value in task.network.state_dict().items()}
    against = None if other is None else other.crossed
    parts: list[Scored] = []
    for part in answered_folds(fabric, task, initial, total_steps, report):
        parts.append(part)
        if against is not None and is_clearly_worse(task, joined_scores(parts), against):
            rows = sum(len(each.truths) for each in parts)
            return Settled(
                f"given up as clearly worse on {rows:,} cross-fitted rows", None, None, 0
            )
    crossed = joined_scores(parts)
    found, _ = merit(task.network.task, crossed.logits, crossed.truths)
    if other is None or other.merit is None or found[0] >= other.merit[0]:  # else nobody takes it
        fit_to_the_end(fabric, task, total_steps, lambda share: report("training", share))
        learn_readout(task)
    return Settled("trained on all rows, by cross-fitting", crossed, found, total_steps)


def _settle_head(task: Task, report: Report) -> Settled:
    """The head with the best cross-fitted answers, solved for on all rows."""
    network, part = task.network, task.parts[0]
    assert isinstance(network, NeuroLiteForClassification)  # noqa: S101  # what classifiers' tasks have
    device = network.head.linear.weight.device
    vectors = text_vectors(network, part.store, part.rows, device)
    truths = task.objective.truths(part.store, part.rows, task.width)
    folds, ways = [*folds_of(task)], ways_of(network.task)
    answers: dict[str, list[Scored]] = {}
    for fold in folds:
        learned = np.isin(part.rows, fold.learned)
        held = np.searchsorted(part.rows, fold.held)
        heads = solve_heads(
            network.task, vectors[learned], truths[learned], task.width, steps=_STEPS
        )
        for way, head in enumerate(heads):
            found = Scored(head.logits(vectors[held]), truths[held], fold.held)
            answers.setdefault(head.name, []).append(found)
            share = (fold.number + (way + 1) / ways) / len(folds)
            report("choosing a head by cross-fitting", share)
    crossed = {name: joined_scores(parts) for name, parts in answers.items()}
    best, worth = _best_head(task, crossed)
    whole = solve_heads(network.task, vectors, truths, task.width)
    next(head for head in whole if head.name == best).put_into(network)
    how = f"the encoder as it is, {best}, by cross-fitting"
    return Settled(how, crossed[best], worth, 0)


def _best_head(task: Task, crossed: Mapping[str, Scored]) -> tuple[str, tuple[float, float]]:
    """The likeliest of those that have about as many right answers as the one that has most, and its merit.

    About: within two standard errors of the difference (Breiman et al. 1984, "Classification and regression trees",
    section 3.4.3). Right answers of some hundred rows alone would mostly tell noise.
    """
    merits = {
        name: merit(task.network.task, each.logits, each.truths)[0]
        for name, each in crossed.items()
    }
    first = max(merits, key=lambda name: merits[name])
    near = [
        name
        for name, answers in crossed.items()
        if not is_clearly_worse(task, answers, crossed[first], errors=_NEAR)
    ]
    best = max(near, key=lambda name: merits[name][1])
    return best, merits[best]


def is_clearly_worse(task: Task, answers: Scored, other: Scored, *, errors: float = _CLEAR) -> bool:
    """Whether, of the rows on which exactly one of two is right, the other's are more by some standard errors.

    A race that ends before all rows were run: Maron and Moore 1993, "Hoeffding races: accelerating model selection
    search for classification and function approximation".

    Args:
        task: says what right is.
        answers: to some rows.
        other: to these and more.
        errors: how many, of the sum of as many signs.
    """
    mine, others = _right(task, answers), _right(task, other)
    apart = [good - others[row] for row, good in mine.items() if row in others]
    return -sum(apart) > errors * math.sqrt(sum(map(abs, apart)))


def _right(task: Task, answers: Scored) -> dict[int, float]:
    """For each row whether it is answered rightly, 0 or 1; of several labels a text the share that is."""
    assert answers.rows is not None  # noqa: S101  # cross-fitted ones have them
    if task.network.task == CLASSIFICATION:
        good = (answers.logits.argmax(axis=1) == answers.truths).astype(float)
    else:
        good = ((answers.logits > 0) == (answers.truths > 0)).mean(axis=1)
    return dict(zip(answers.rows.tolist(), good.tolist(), strict=True))
