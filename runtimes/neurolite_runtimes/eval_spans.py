"""Spans of labelled texts: read for ``neurolite-eval``, and held against what a file finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.span_decoding import FoundSpan
from neurolite_core.answer.tasks import ANSWERINGS, SPANS
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.data.spans import SpanData, holds_spans, read_span_data, word_spans
from neurolite_core.evaluation.spans.comparison import FoundByOther
from neurolite_core.evaluation.spans.part import SpansPart, build_spans_part
from neurolite_core.ground.errors import InputError
from neurolite_runtimes.measured_tasks import Rows
from neurolite_runtimes.session import Float32Array


@dataclass(frozen=True, slots=True)
class Answered:
    """What a file says to N texts.

    Attributes:
        logits: float32 [N, C], C 0 without labels.
        spans: of each text; None of a file that finds none.
    """

    logits: Float32Array
    spans: list[list[FoundSpan]] | None


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How files are read; arguments of ``evaluating.read_rows``."""

    text_column: str | None
    label_column: Sequence[str]
    label_separator: str | None
    delimiter: str | None
    conversation: str | None
    on_bad: str


def spans_in(name: str, metadata: ArtifactMetadata, options: ReadOptions) -> SpanData | None:
    """A file's texts with their spans, and with labels where the model has some; None of a file without spans.

    Args:
        name: the file.
        metadata: of the model; the file's types must be its own.
        options: as for other files.

    Raises:
        InputError: rows that cannot be used; the message has their lines. Or a file without spans, where the model
            finds nothing else.
    """
    alone = metadata.task == SPANS
    if metadata.spans is None or options.conversation is not None or not holds_spans(name):
        if alone:
            raise InputError(
                f"{name} has no spans, and {metadata.name} finds nothing else. Give .conll, or .jsonl with "
                '"spans": [[start, end, "type"]].'
            )
        return None
    return read_span_data(
        name,
        text_column=options.text_column,
        label_column=options.label_column or None,
        labelled=not alone,
        delimiter=options.delimiter,
        label_separator=options.label_separator,
        types=metadata.spans.types,
        on_bad=options.on_bad,
    )


def measured_spans(
    rows: Rows,
    metadata: ArtifactMetadata,
    answered: Answered,
    threshold: float | None,
    other: tuple[str, ArtifactMetadata, Answered] | None,
) -> SpansPart | None:
    """How well spans are found in the texts whose spans are known; None where there are none.

    Args:
        rows: N texts with labels and spans.
        metadata: of the file.
        answered: what it says to the texts.
        threshold: of labels, that is in force.
        other: name, metadata and answers of another model; it is compared where it finds spans, too.
    """
    places = [place for place, row in enumerate(rows.spans) if row is not None]
    if metadata.spans is None or answered.spans is None or not places:
        return None
    known = [row for row in rows.spans if row is not None]
    types = metadata.spans.types
    on_words = word_spans(known, types, metadata.max_words)
    own = [answered.spans[place] for place in places]
    return build_spans_part(
        on_words.spans,
        [[each.span for each in found] for found in own],
        [[each.score for each in found] for found in own],
        [row.text for row in known],
        types,
        thresholds=metadata.spans.thresholds,
        lost=on_words.lost,
        snapping=on_words.report,
        labels_right=None
        if metadata.task == SPANS
        else _labels_right(rows, metadata, answered.logits, threshold)[places],
        other=None if other is None else _found_by(*other, places),
    )


def _found_by(
    name: str, metadata: ArtifactMetadata, answered: Answered, places: Sequence[int]
) -> FoundByOther | None:
    if metadata.spans is None or answered.spans is None:
        return None
    spans = [[each.span for each in answered.spans[place]] for place in places]
    return FoundByOther(name, metadata.spans.types, spans)


def _labels_right(
    rows: Rows, metadata: ArtifactMetadata, logits: Float32Array, threshold: float | None
) -> NDArray[np.bool_]:
    """Of each text whether it got exactly its label or labels, whatever the model would rather not answer."""
    given = ANSWERINGS[metadata.task].given(logits, threshold)
    places = {label: place for place, label in enumerate(metadata.labels)}
    return np.array(
        [
            {*np.flatnonzero(own).tolist()} == {places.get(label, -1) for label in truth}
            for own, truth in zip(given, rows.labels, strict=True)
        ],
        np.bool_,
    )
