"""The wide path of a training: fitted beside a network that has learned, and kept where that clearly gains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from neurolite_core.ground.errors import InputError
from neurolite_core.network.widening import with_wide
from neurolite_core.training.cross_fitting import Scored, deal, folds_of
from neurolite_core.training.finishing import out_of_scope_rows
from neurolite_core.training.fitting.predict import predict
from neurolite_core.training.wide.joining import SHARES, Joined, Logits, facts_of, join
from neurolite_core.training.wide.learning import MOST_TO_CHOOSE, MOST_WORK, Lessons
from neurolite_core.training.wide.ngram_model import Labelled, fit_ngrams
from neurolite_core.training.wide.packing import FittedWide, most_rows, wide_bytes
from neurolite_core.training.wide.settings import FOLDS, Tried, choose_ngrams

if TYPE_CHECKING:
    from neurolite_core.network.model import NeuroLiteForClassification
    from neurolite_core.network.wide_options import WideOptions
    from neurolite_core.training.fitting.task import Task
    from neurolite_core.training.sources import Sources

AUTO: Final = "auto"
ON: Final = "on"
ALONE: Final = "alone"
OFF: Final = "off"
_OTHERWISE: Final = MappingProxyType({AUTO: (0.0,), ON: SHARES[1:], ALONE: (1.0,)})
MOST_ROWS: Final = 16_384
FEWEST_ROWS: Final = 1_024  # with fewer it is not worth its remap table
MOST_BYTES: Final = 2**20  # where nobody said how many
_SEED: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a training asks for.

    Attributes:
        mode: "auto"; "on" to keep a wide path even where it does not clearly gain; or "alone" for nothing but that.
        room: bytes that it may add to a file; None for ``MOST_BYTES``.
        crossed: answers of networks to rows that they did not learn, where there are some already.
        cross: makes them, where it can and the validation rows turn out too few to tell; it takes long.
        agree: makes several processes, whose sums may differ in the last bits, decide alike.
        ngrams: what was found to say most of these rows beside another network; empty where nobody asked yet.
        most: rows of the wide path.
    """

    mode: str
    room: int | None = None
    crossed: Scored | None = None
    cross: Callable[[], Scored] | None = None
    agree: Callable[[Joined], Joined] = lambda joined: joined
    ngrams: tuple[Tried, ...] = ()
    most: int = MOST_ROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Widened:
    """What became of it.

    Attributes:
        network: a copy with the wide path, or as it was.
        crossed: cross-fitted answers of that, None without any.
        score: of its answers to the validation rows, without any to the cross-fitted ones; None where no wide path
            was kept.
        mix: puts the wide path's answers to cross-fitted answers of the network alone.
        facts: for the report, and for ``telling.wide_line``.
        ngrams: the settings that were tried, the best first; empty where there was no room.
    """

    network: NeuroLiteForClassification
    crossed: Scored | None
    score: float | None
    mix: Callable[[Scored], Scored]
    facts: Mapping[str, Any]
    ngrams: tuple[Tried, ...] = ()


def fit_wide(
    network: NeuroLiteForClassification,
    task: Task,
    sources: Sources,
    wanted: Wanted,
    device: torch.device,
    report: Callable[[str, float], None],
) -> Widened:
    """Fits a wide path to the rows that a network learned, and joins both where validation rows want it.

    Args:
        network: as it will be stored, with no wide path; it stays as it is.
        task: what it learned.
        sources: of that; the validation rows decide.
        wanted: see there.
        device: where the network is.
        report: told each stage and its share.

    Raises:
        InputError: with "on", where the room is too small for it.
    """
    labels = len(network.labels)
    room = MOST_BYTES if wanted.room is None else wanted.room
    most = min(wanted.most, most_rows(room, labels))
    if most < FEWEST_ROWS:
        why = _no_room(labels, room, wanted.mode)
        return _without(network, wanted.crossed, {"kept": False, "why": why})
    outside = np.zeros(0, np.int64)
    if sources.out_of_scope is not None:
        outside, _ = out_of_scope_rows(sources.out_of_scope)
    lessons = Lessons(task, sources, outside)
    tried = wanted.ngrams or _settings(
        lessons, most, lambda share: report("choosing n-grams", share)
    )
    pairs = _Pairs(lessons, tried[0].options, most)
    texts = lessons.labelled(lessons.sampled(MOST_WORK), tried[0].options)
    fitted = fit_ngrams(texts, most, lambda share: report("fitting the wide path", share))
    pairs.add_validation(predict(network, *_held(sources), device), fitted)
    crossed = wanted.crossed
    if crossed is not None:
        pairs.add_crossed(crossed)
    joined = wanted.agree(pairs.join(wanted.mode))
    if crossed is None and wanted.cross is not None and joined.open:
        crossed = wanted.cross()
        pairs.add_crossed(crossed)
        joined = wanted.agree(pairs.join(wanted.mode))
    rows = len(fitted.table.rows) - 1
    facts = {
        "kept": joined.share > 0,
        "tried": [_described(each) for each in tried],
        "rows": rows,
        "bytes": wide_bytes(rows, labels),
        **facts_of(joined),
    }
    if joined.share == 0:
        return _without(network, crossed, facts, tried)
    return Widened(
        network=_joined(network, replace(tried[0].options, num_rows=rows), fitted, joined),
        crossed=None if crossed is None else pairs.mixed(crossed, joined),
        score=pairs.score(joined),
        mix=lambda more: pairs.mixed(more, joined),
        facts=facts,
        ngrams=tried,
    )


def _no_room(labels: int, room: int, mode: str) -> str:
    """Why there is no wide path; with "on" that is an error."""
    needed = wide_bytes(FEWEST_ROWS, labels)
    why = (
        f"{labels:,} labels take {needed:,} bytes or more, and {max(0, room):,} are left (--max-mb)"
    )
    if mode == ON:
        raise InputError(f"There is no room for a wide path (--wide on): {why}.")
    return why


def _without(
    network: NeuroLiteForClassification,
    crossed: Scored | None,
    facts: Mapping[str, Any],
    ngrams: tuple[Tried, ...] = (),
) -> Widened:
    return Widened(
        network=network,
        crossed=crossed,
        score=None,
        mix=lambda same: same,
        facts=facts,
        ngrams=ngrams,
    )


def _described(tried: Tried) -> dict[str, Any]:
    options = tried.options
    return {
        "lowest": options.lowest,
        "highest": options.highest,
        "across_words": options.across_words,
        "score": tried.score,
    }


def _held(sources: Sources) -> tuple[Any, NDArray[np.int64]]:
    return sources.validation.store, sources.validation.rows


class _Pairs:
    """Answers of both paths to rows that neither learned: validation rows first, then cross-fitted ones."""

    def __init__(self, lessons: Lessons, options: WideOptions, most: int) -> None:
        self.lessons, self.options, self.most = lessons, options, most
        self.deep: list[Logits] = []
        self.wide: list[Logits] = []
        self.truths: list[NDArray[Any]] = []

    def add_validation(self, deep: Logits, fitted: FittedWide) -> None:
        """Answers of the network and of the wide path to the validation rows, if there are any."""
        store, rows = _held(self.lessons.sources)
        if len(rows):
            wide = fitted.logits(self.lessons.read(store, rows, self.options))
            self._add(deep, wide, self.lessons.sources.validation.truths(deep.shape[1]))

    def add_crossed(self, crossed: Scored) -> None:
        """Training rows, answered by wide paths that learned the same rows as the networks did."""
        self._add(crossed.logits, self._of_folds, crossed.truths)

    def join(self, mode: str) -> Joined:
        """The mixture that all rows so far want."""
        return join(
            np.concatenate(self.deep),
            np.concatenate(self.wide),
            np.concatenate(self.truths),
            self.lessons.network.task,
            otherwise=_OTHERWISE[mode],
        )

    def mixed(self, crossed: Scored, joined: Joined) -> Scored:
        """The mixture's answers to cross-fitted rows."""
        return replace(crossed, logits=joined.logits(crossed.logits, self._of_folds))

    def score(self, joined: Joined) -> float:
        """The mixture's score on the first rows."""
        logits = joined.logits(self.deep[0], self.wide[0])
        return self.lessons.task.objective.score(logits, self.truths[0])

    @cached_property
    def _of_folds(self) -> Logits:
        store = self.lessons.sources.train
        wide = []
        for fold in folds_of(self.lessons.task):
            fitted = fit_ngrams(self.lessons.labelled(fold.learned, self.options), self.most)
            bags = self.lessons.read(store, fold.held, self.options)
            wide.append(fitted.logits(bags))
        return np.concatenate(wide)

    def _add(self, deep: Logits, wide: Logits, truths: NDArray[Any]) -> None:
        self.deep.append(deep)
        self.wide.append(wide)
        self.truths.append(truths)


def _settings(lessons: Lessons, most: int, report: Callable[[float], None]) -> tuple[Tried, ...]:
    """Which n-grams, by rows of the training that models of the others answer."""
    store, rows = lessons.sources.train, lessons.sampled(MOST_TO_CHOOSE)
    objective, labels = lessons.task.objective, len(lessons.network.labels)
    fold_of = deal(store.label_ids[rows], store.keys[rows], FOLDS, _SEED)

    def read(options: WideOptions) -> Labelled:
        texts = lessons.labelled(rows, options)
        return texts.some(np.arange(len(rows)))

    def score(logits: Logits, places: NDArray[np.int64]) -> float:
        return objective.score(logits, objective.truths(store, rows[places], labels))

    return choose_ngrams(read, fold_of, score, most, report)


@torch.no_grad()
def _joined(
    network: NeuroLiteForClassification, options: WideOptions, fitted: FittedWide, joined: Joined
) -> NeuroLiteForClassification:
    """The factors are folded into the head and the scales, the wide path's biases into the head's."""
    widened = with_wide(network, options, fitted.table)
    head = widened.head.linear
    head.weight.mul_(joined.deep_factor)
    biases = torch.from_numpy(fitted.biases).to(head.bias)
    head.bias.mul_(joined.deep_factor).add_(biases, alpha=joined.wide_factor)
    assert widened.wide is not None  # noqa: S101  # the config has one
    widened.wide.divide(1 / joined.wide_factor)
    return widened
