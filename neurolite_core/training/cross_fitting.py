"""Answers to training rows by models that did not learn them, where validation rows are too few for a threshold.

The rows are dealt into folds, and each fold is answered by a model that was trained, as the model itself was, on the
others. Together with the validation rows these answers choose temperature and threshold, as in cross-conformal
prediction (Vovk 2015, "Cross-conformal predictors", arXiv:1208.0806). A model of fewer rows is less sure, so the
threshold is rather too low than too high.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from neurolite_core.evaluation.abstention import FEWEST_OF_A_LABEL, FEWEST_TEXTS
from neurolite_core.training.fitting.batches import batches_per_epoch
from neurolite_core.training.fitting.loop import fit_to_the_end
from neurolite_core.training.fitting.objectives import Truths
from neurolite_core.training.fitting.predict import predict
from neurolite_core.training.fitting.task import Task
from neurolite_core.training.options import TrainingOptions
from neurolite_core.training.sources import Sources
from neurolite_core.training.starting.heads import fit_head
from neurolite_core.training.starting.rewarded import learn_readout

if TYPE_CHECKING:
    from lightning_fabric import Fabric

FEWEST_ROWS: Final = 60  # with fewer, models of two thirds of them say nothing of one of all
MOST_ROWS: Final = 2_000  # with more it takes too long to be done unasked
CROSS_FITTED: Final = "cross-fitted rows"
"""The split of a report on rows that the model learned, by answers of models that did not."""
_RARE: Final = 0.2  # of the rows that a label has on average


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Rows with answers of models that did not learn them.

    Attributes:
        logits: float32 [R, C].
        truths: of the rows, as the objective has them.
        rows: int64 [R], of the store of the labelled rows; None where nobody asks.
    """

    logits: NDArray[np.float32]
    truths: Truths
    rows: NDArray[np.int64] | None = None


def joined_scores(parts: Sequence[Scored]) -> Scored:
    """Of all parts, in their order; each has its rows."""
    return Scored(
        np.concatenate([part.logits for part in parts]),
        np.concatenate([part.truths for part in parts]),
        np.concatenate([part.rows for part in parts if part.rows is not None]),
    )


def is_wanted(sources: Sources, options: TrainingOptions) -> bool:
    """Whether validation rows are too few to choose a threshold by, and cross-fitting is within reach.

    They are where they are fewer than 20 in all, or fewer than 10 of a label that has 10 rows or more and is rare.
    """
    if not is_within_reach(sources, options):
        return False
    if len(sources.validation.rows) < FEWEST_TEXTS:
        return True
    count = len(sources.train.labels)
    held = sources.validation.store.rows_per_label(sources.validation.rows)[:count]
    rows = held + sources.train.rows_per_label(sources.rows)
    few = (held < FEWEST_OF_A_LABEL) & (rows >= FEWEST_OF_A_LABEL)
    return bool((few & (rows < _RARE * rows.mean())).any())


def is_within_reach(sources: Sources, options: TrainingOptions) -> bool:
    """Whether there are enough rows for cross-fitting, and not too many to do it unasked."""
    total = len(sources.rows) + len(sources.validation.rows)
    return options.folds > 0 and FEWEST_ROWS <= total <= MOST_ROWS


def deal(
    label_ids: NDArray[np.integer], keys: NDArray[np.uint64], folds: int, seed: int
) -> NDArray[np.int64]:
    """The fold of each row, int64 [N]: every label in proportion, rows that say the same in one fold.

    Args:
        label_ids: int [N]; of several labels a text numbers of their sets.
        keys: uint64 [N], equal where rows say the same.
        folds: how many.
        seed: of the order in which they are dealt.
    """
    texts, first, place = np.unique(keys, return_index=True, return_inverse=True)
    order = np.lexsort((np.random.default_rng(seed).random(len(texts)), label_ids[first]))
    fold = np.empty(len(texts), np.int64)
    fold[order] = np.arange(len(texts)) % folds
    return fold[place]


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """Rows of the labelled part, int64: those that a model learns, and those that it then answers."""

    number: int
    learned: NDArray[np.int64]
    held: NDArray[np.int64]


def folds_of(task: Task) -> Iterator[Fold]:
    """The labelled part in ``options.folds`` folds; held rows are those whose labels are in another fold too."""
    labelled, options = task.parts[0], task.options
    store, rows = labelled.store, labelled.rows
    fold_of = deal(store.label_ids[rows], store.keys[rows], options.folds, options.seed)
    for number in range(options.folds):
        mine, held = rows[fold_of != number], rows[fold_of == number]
        known = store.label_sets.within(store.rows_per_label(mine) > 0)
        yield Fold(number, mine, held[known[store.label_ids[held]]])


def cross_fit(
    fabric: Fabric,
    task: Task,
    initial: Mapping[str, Tensor],
    total_steps: int,
    report: Callable[[str, float], None],
) -> Scored:
    """Trains a model for each fold and answers the fold's rows with it; arguments as of ``answered_folds``.

    Returns:
        The rows whose labels are in another fold too, in the order of the folds.
    """
    return joined_scores([*answered_folds(fabric, task, initial, total_steps, report)])


def answered_folds(
    fabric: Fabric,
    task: Task,
    initial: Mapping[str, Tensor],
    total_steps: int,
    report: Callable[[str, float], None],
) -> Iterator[Scored]:
    """One fold's answers after the other; each is trained when it is asked for.

    Args:
        fabric: launched.
        task: as the model itself was trained; its labelled part is dealt.
        initial: weights that it began with.
        total_steps: that it was given; models of fewer rows get fewer.
        report: told each stage and its share.
    """
    labelled, options = task.parts[0], task.options
    store = labelled.store
    per_epoch = batches_per_epoch(task.parts, options.batch_size)
    for fold in folds_of(task):
        network = task.empty_network()
        network.load_state_dict(initial)
        parts = (replace(labelled, rows=fold.learned), *task.parts[1:])
        mine_alone = replace(task, network=network, parts=parts)
        if task.starts_trained:  # a head that was fitted to all rows has seen the held ones
            fit_head(mine_alone, lambda _: None)
        steps = max(
            1, round(total_steps * batches_per_epoch(parts, options.batch_size) / per_epoch)
        )
        stage = f"cross-fitting {fold.number + 1} of {options.folds}"
        fit_to_the_end(
            fabric,
            mine_alone,
            steps,
            lambda share, stage=stage: report(stage, share),  # type: ignore[misc]
        )
        learn_readout(mine_alone)
        yield Scored(
            predict(network, store, fold.held, fabric.device),
            task.objective.truths(store, fold.held, len(network.labels)),
            fold.held,
        )
