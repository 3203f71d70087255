"""A transformer learns the tags and labels of the data, and is measured on validation rows."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from neurolite_core.answer.span_decoding import found_spans
from neurolite_core.answer.spans import WordSpan
from neurolite_core.training.fitting.length_order import cut_by_length
from neurolite_core.training.fitting.objectives import OBJECTIVES
from neurolite_core.training.fitting.schedule import learning_rate_factor
from neurolite_core.training.spans.answering import PADDING, padded_tags
from neurolite_core.training.spans.placing import place_rows
from neurolite_core.training.spans.reading import SpanSources
from neurolite_core.training.spans.teaching.tagger import Tagger
from neurolite_core.training.teaching.teachers.teacher import Report

_BATCH: Final = 32
_LABEL_WEIGHT: Final = 0.3
_LARGEST_GRADIENT: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """How a teacher is tuned; chosen on validation texts of one set.

    Attributes:
        encoder_rate, heads_rate: highest learning rates of AdamW.
        texts: that are seen, in at least ``fewest`` and at most ``most`` epochs.
        fewest, most: epochs.
    """

    encoder_rate: float = 1e-4
    heads_rate: float = 1e-3
    texts: int = 40_000
    fewest: int = 3
    most: int = 30


def tune(
    tagger: Tagger,
    found: SpanSources,
    limits: tuple[int, int],
    report: Report,
    how: Tuning = Tuning(),
) -> None:
    """Fine-tunes on all rows that are learned; equal data gives equal weights on equal machines.

    Args:
        tagger: as it came.
        found: the data.
        limits: bytes and words that are read of a text.
        report: told how far it is.
        how: by which rates, how long.
    """
    torch.manual_seed(0)
    network = tagger.with_heads(found.types, _labels(found))
    rows = np.concatenate([found.sources.rows, found.unlabelled])
    epochs = max(how.fewest, min(how.most, round(how.texts / len(rows))))
    batches = [batch for epoch in range(epochs) for batch in _plan(found, rows, epoch)]
    optimizer = torch.optim.AdamW(
        [
            {"params": network.encoder.parameters(), "rate": how.encoder_rate},
            {"params": network.heads.parameters(), "rate": how.heads_rate},
        ],
        weight_decay=0.01,
        fused=True,
    )
    network.train()
    for step, batch in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = group["rate"] * learning_rate_factor(step, len(batches))
        loss = _loss(tagger, found, batch, limits)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), _LARGEST_GRADIENT)
        optimizer.step()
        report(f"teacher learns, {epochs} epochs", (step + 1) / len(batches))
    network.eval()


def measure(
    tagger: Tagger, found: SpanSources, limits: tuple[int, int], report: Report
) -> dict[str, Any]:
    """F1 of the teacher's spans on the validation rows, and its label's score by name.

    Spans behind the last word that it reads are missed.
    """
    held, tagged = found.sources.validation, found.validation
    texts = place_rows(tagged, held.rows, *limits)
    given: list[list[WordSpan]] = [[] for _ in texts]
    logits = np.zeros((len(texts), len(tagger.labels)), np.float32)
    for own in tagger.answers(texts, partial(report, "teacher answers the validation rows")):
        logits[own.places] = own.labels
        for place, spans in zip(own.places.tolist(), found_spans(own.tags, own.words), strict=True):
            given[place] = [one.span for one in spans]
    figures: dict[str, Any] = {"texts": len(texts), "span_f1": tagged.f1(held.rows, given)}
    if tagger.labels:
        objective = OBJECTIVES[found.sources.train.task]
        truths = held.truths(len(tagger.labels))
        figures[objective.score_name.replace(" ", "_")] = float(objective.score(logits, truths))
    return figures


def tuned_and_measured(
    tagger: Tagger, found: SpanSources, limits: tuple[int, int], report: Report
) -> dict[str, Any]:
    """Tunes it unless it is, and says what it reaches, and in how many seconds."""
    began = time.perf_counter()
    if tagger.network is None:
        tune(tagger, found, limits, report)
    seconds = time.perf_counter() - began
    return {**measure(tagger, found, limits, report), "seconds": seconds}


def _labels(found: SpanSources) -> tuple[str, ...]:
    return tuple(found.sources.train.labels) if found.labelled else ()


def _plan(found: SpanSources, rows: NDArray[np.int64], epoch: int) -> list[NDArray[np.int64]]:
    """Batches of about equal length, in random order."""
    order = np.random.default_rng([0, epoch]).permutation(rows)
    batches = cut_by_length(order, found.train.store.byte_lengths, _BATCH)
    random.Random(epoch).shuffle(batches)  # noqa: S311  # no secret
    return batches


def _loss(
    tagger: Tagger, found: SpanSources, rows: NDArray[np.int64], limits: tuple[int, int]
) -> Tensor:
    """Mean cross-entropy of the words that are read, and of the labels of texts that have one."""
    texts = place_rows(found.train, rows, *limits)
    tokens, first, words = tagger.encode(texts)
    with tagger.body.mixed():
        tags, logits = tagger.ready(tokens, first)
    wanted = padded_tags(
        [text.tags[:read] for text, read in zip(texts, words.tolist(), strict=True)], first.shape[1]
    )
    device = tagger.body.device
    total = functional.cross_entropy(
        tags.flatten(0, 1),
        torch.from_numpy(wanted).flatten().to(device),
        ignore_index=PADDING,
        reduction="sum",
    )
    loss: Tensor = total / max(
        1, int(words.sum())
    )  # of texts without words there is nothing to learn
    labelled = np.flatnonzero(found.train.store.label_ids[rows] >= 0)
    if not tagger.labels or not len(labelled):
        return loss
    objective = OBJECTIVES[found.sources.train.task]
    own = logits[torch.from_numpy(labelled).to(device)]
    truths = objective.truths(found.train.store, rows[labelled], len(tagger.labels))
    return loss + _LABEL_WEIGHT * objective.loss(
        own, torch.from_numpy(truths).to(device), torch.zeros_like(own), own.new_zeros(len(own))
    )
