"""An opened artifact on labelled texts: rows in, the report out; what ``neurolite-eval`` prints is made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

import numpy as np

from neurolite_core.answer.look import look_of
from neurolite_core.answer.outputs import TAGS
from neurolite_core.answer.span_decoding import FoundSpan, found_spans
from neurolite_core.answer.tasks import SPANS
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.data.readers import open_source
from neurolite_core.data.rows import Row
from neurolite_core.data.spans import SpanData
from neurolite_core.evaluation.report_files import WrittenReport
from neurolite_core.evaluation.spans.report import build_spans_report
from neurolite_core.ground.errors import InputError
from neurolite_core.text.lines import BadRows
from neurolite_runtimes.eval_spans import Answered, ReadOptions, measured_spans, spans_in
from neurolite_runtimes.measured_tasks import REPORTS, Rows, Second, Turn
from neurolite_runtimes.session import Float32Array, Session, run
from neurolite_runtimes.turn_by_turn import logits_of_turns

_BATCHES: Final = 16  # between two signs of life

Progress = Callable[[int], None]


def read_rows(
    files: Sequence[str],
    out_of_scope: Sequence[str] = (),
    *,
    metadata: ArtifactMetadata | None = None,
    out_of_scope_label: str | None = None,
    text_column: str | None = None,
    label_column: Sequence[str] = (),
    label_separator: str | None = None,
    delimiter: str | None = None,
    conversation: str | None = None,
    merge_into: Sequence[str] = (),
    on_bad: str = "raise",
) -> Rows:
    """Reads files as training does, docs/training-data.md.

    Args:
        files: with texts and labels; of a model of spans alone with spans.
        out_of_scope: of texts that no label fits; labels in them are not read.
        metadata: of the model: where it finds spans, those of files that have some are read too.
        out_of_scope_label: the label by which rows of ``files`` say that no label fits them.
        text_column: of all files; guessed where None.
        label_column: likewise, of ``files``; several are columns of 0 and 1.
        label_separator: what stands between labels, for a model of several labels a text; None for one label a text.
        delimiter: of .csv and .tsv files; seen where None.
        conversation: the column of ``files`` that names each row's conversation; unlabelled rows are then read only.
        merge_into: labels that take the place of others that look like them.
        on_bad: "raise" or "skip" rows that cannot be used.

    Raises:
        InputError: no such file or column, rows that cannot be used, or no labelled row.
        MissingDependencyError: a dataset, and ``datasets`` is not installed.
    """
    rows = Rows()
    options = ReadOptions(
        text_column, label_column, label_separator, delimiter, conversation, on_bad
    )
    add = partial(_added, rows, merge=_merging(merge_into), out_of_scope_label=out_of_scope_label)
    for name in files:
        data = None if metadata is None else spans_in(name, metadata, options)
        if data is None:
            _read_plain(rows, name, options, add)
        else:
            _add_spans(rows, data, add)
    unlabelled = replace(options, label_column=(), label_separator=None, conversation=None)
    for name in out_of_scope:
        _read_plain(rows, name, unlabelled, add, labelled=False)
    if not rows.texts:
        others = f" besides the {len(rows.outside)} out of scope" if rows.outside else ""
        raise InputError(
            f"{', '.join(files)}: there is no labelled row to measure{others}. Give texts with labels."
        )
    return rows


def _read_plain(
    rows: Rows,
    name: str,
    options: ReadOptions,
    add: Callable[[Row], Turn],
    *,
    labelled: bool = True,
) -> None:
    source = open_source(
        name,
        text_column=options.text_column,
        label_column=options.label_column,
        label_separator=options.label_separator,
        labelled=labelled,
        delimiter=options.delimiter,
        conversation_column=options.conversation,
        on_bad=options.on_bad,
    )
    bad = BadRows(source.name, source.on_bad, unit=source.unit)
    rows.sources.append(source.describe())
    for row in source.rows(bad):
        turn = add(row)
        if turn.in_scope and turn.place is not None:
            rows.spans.append(None)
        if row.conversation is not None:
            rows.conversations.setdefault((name, str(row.conversation)), []).append(turn)
    if bad.count:
        rows.skipped[source.name] = bad.count


def _add_spans(rows: Rows, data: SpanData, add: Callable[[Row], Turn]) -> None:
    """Rows of a file with spans; of a model of spans alone they have no labels."""
    rows.sources.append(data.describe())
    for row in data.rows:
        if add(Row(row.text, row.labels or (), row.line)).in_scope:
            rows.spans.append(row)
    if data.skipped:
        rows.skipped[data.name] = data.skipped


def _merging(labels: Sequence[str]) -> Callable[[str], str]:
    """Label as it stands in a file -> one of these that looks like it, else itself."""
    names = set(labels)
    merged = {look_of(label): label for label in labels}
    return lambda label: label if label in names else merged.get(look_of(label), label)


def _added(
    rows: Rows, row: Row, merge: Callable[[str], str], out_of_scope_label: str | None
) -> Turn:
    """Adds a row to the texts that are asked about, or to those out of scope; of a conversation it may be neither."""
    if row.conversation is not None and not row.labels:
        return Turn(row.text)
    if row.labels is None or row.labels == (out_of_scope_label,):
        rows.outside.append(row.text)
        return Turn(row.text, len(rows.outside) - 1, in_scope=False)
    rows.texts.append(row.text)
    rows.labels.append(tuple(dict.fromkeys(map(merge, row.labels))))
    return Turn(row.text, len(rows.texts) - 1)


def answers_to(
    session: Session, texts: Sequence[str], *, batch_size: int, progress: Progress
) -> Answered:
    """What a file says to N texts, in their order; texts of similar length share a batch.

    Args:
        session: a model with labels, or with spans.
        texts: N texts; may be none.
        batch_size: texts in one call of the runtime.
        progress: told now and then how many more are answered.
    """
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    order = sorted(range(len(texts)), key=lambda row: len(encoded[row]))
    logits = np.zeros((len(texts), len(session.metadata.labels)), np.float32)
    facts = session.metadata.spans
    spans: list[list[FoundSpan]] = [[] for _ in texts]
    step = batch_size * _BATCHES
    for first in range(0, len(order), step):
        places = order[first : first + step]
        found = run(session, [encoded[row] for row in places], batch_size=batch_size)
        if session.metadata.labels:
            logits[places] = found.values["logits"]
        if facts is not None:
            decoded = found_spans(found.values[TAGS], found.words, facts.thresholds)
            for place, own in zip(places, decoded, strict=True):
                spans[place] = own
        progress(len(places))
    return Answered(logits, None if facts is None else spans)


def answers_to_rows(
    session: Session, rows: Rows, *, batch_size: int, progress: Progress
) -> tuple[Answered, Float32Array]:
    """Of the N texts, and logits float32 [M, C] of those out of scope, turn by turn where they are turns."""
    if not rows.conversations:
        asked = (rows.texts, rows.outside)
        one, other = (
            answers_to(session, texts, batch_size=batch_size, progress=progress) for texts in asked
        )
        return one, other.logits
    width = len(session.metadata.labels)
    inside = np.zeros((len(rows.texts), width), np.float32)
    outside = np.zeros((len(rows.outside), width), np.float32)
    told = list(rows.conversations.values())
    texts = [[turn.text.encode("utf-8", "surrogatepass") for turn in turns] for turns in told]
    found = logits_of_turns(session, texts, side_by_side=batch_size, progress=progress)
    placed: set[int] = set()
    for turns, logits in zip(told, found, strict=True):
        for turn, row in zip(turns, logits, strict=True):
            if turn.place is not None:
                (inside if turn.in_scope else outside)[turn.place] = row
                placed.update(() if turn.in_scope else (turn.place,))
    # Files of texts out of scope have no conversations.
    alone = [place for place in range(len(rows.outside)) if place not in placed]
    texts_alone = [rows.outside[place] for place in alone]
    answered = answers_to(session, texts_alone, batch_size=batch_size, progress=progress)
    outside[alone] = answered.logits
    return Answered(inside, None), outside


def evaluate(
    session: Session,
    rows: Rows,
    *,
    threshold: float | None,
    other: tuple[str, Session] | None = None,
    measured: Mapping[str, Any],
    batch_size: int,
    progress: Progress,
) -> WrittenReport:
    """Answers all rows and measures the answers.

    Args:
        session: a model with labels, or of spans alone.
        rows: what ``read_rows`` gave.
        threshold: below it the model gives no answer, or with several labels a text does not give a label; None for
            a model that has none.
        other: name and session of a model of the same task to compare with, on the same texts.
        measured: facts for the report.
        batch_size: texts in one call of the runtime.
        progress: told now and then how many more texts are answered.

    Raises:
        InputError: the model's answers cannot be measured.
    """
    metadata = session.metadata
    answered, outside = answers_to_rows(session, rows, batch_size=batch_size, progress=progress)
    second: Second | None = None
    beside: tuple[str, ArtifactMetadata, Answered] | None = None
    if other is not None:
        name, opened = other
        theirs, _ = answers_to_rows(opened, rows, batch_size=batch_size, progress=progress)
        second = Second(name, opened.metadata.labels, theirs.logits, opened.metadata.threshold)
        beside = (name, opened.metadata, theirs)
    part = measured_spans(rows, metadata, answered, threshold, beside)
    if metadata.task == SPANS:
        assert part is not None  # noqa: S101  # all rows are of files with spans
        return build_spans_report(part, len(rows.texts), measured=measured)
    report = REPORTS[metadata.task](
        rows,
        metadata.labels,
        answered.logits,
        threshold,
        second,
        outside if len(outside) else None,
        measured,
    )
    return replace(report, spans=part)


def calls(rows: Rows, *, compared: bool) -> int:
    """How many answers ``evaluate`` asks for."""
    turns = [turn for own in rows.conversations.values() for turn in own]
    of_turns = sum(turn.place is not None and not turn.in_scope for turn in turns)
    texts = (
        len(turns) + len(rows.outside) - of_turns if turns else len(rows.texts) + len(rows.outside)
    )
    return texts * (2 if compared else 1)
