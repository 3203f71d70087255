"""An opened artifact on labelled texts: rows in, the report out; what ``neurolite-eval`` prints is made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from neurolite_core.answer.look import look_of
from neurolite_core.data.readers import open_source
from neurolite_core.data.rows import Row
from neurolite_core.evaluation.report_files import AnyReport
from neurolite_core.ground.errors import InputError
from neurolite_core.text.lines import BadRows
from neurolite_runtimes.measured_tasks import REPORTS, Rows, Second, Turn
from neurolite_runtimes.session import Float32Array, Session, run
from neurolite_runtimes.turn_by_turn import logits_of_turns

_BATCHES: Final = 16  # between two signs of life

Progress = Callable[[int], None]


def read_rows(
    files: Sequence[str],
    out_of_scope: Sequence[str] = (),
    *,
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
        files: with texts and labels.
        out_of_scope: of texts that no label fits; labels in them are not read.
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
    merge = _merging(merge_into)
    for name, labelled in [*((file, True) for file in files), *((f, False) for f in out_of_scope)]:
        source = open_source(
            name,
            text_column=text_column,
            label_column=label_column if labelled else (),
            label_separator=label_separator if labelled else None,
            labelled=labelled,
            delimiter=delimiter,
            conversation_column=conversation if labelled else None,
            on_bad=on_bad,
        )
        bad = BadRows(source.name, source.on_bad, unit=source.unit)
        rows.sources.append(source.describe())
        for row in source.rows(bad):
            turn = _added(rows, row, merge, out_of_scope_label)
            if row.conversation is not None:
                rows.conversations.setdefault((name, str(row.conversation)), []).append(turn)
        if bad.count:
            rows.skipped[source.name] = bad.count
    if not rows.texts:
        others = f" besides the {len(rows.outside)} out of scope" if rows.outside else ""
        raise InputError(
            f"{', '.join(files)}: there is no labelled row to measure{others}. Give texts with labels."
        )
    return rows


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


def logits_of(
    session: Session, texts: Sequence[str], *, batch_size: int, progress: Progress
) -> Float32Array:
    """Logits float32 [N, C] of N texts in their order; texts of similar length share a batch.

    Args:
        session: a classifier.
        texts: N texts; may be none.
        batch_size: texts in one call of the runtime.
        progress: told now and then how many more are answered.
    """
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    order = sorted(range(len(texts)), key=lambda row: len(encoded[row]))
    logits = np.zeros((len(texts), len(session.metadata.labels)), np.float32)
    step = batch_size * _BATCHES
    for first in range(0, len(order), step):
        places = order[first : first + step]
        found = run(session, [encoded[row] for row in places], batch_size=batch_size)
        logits[places] = found.values["logits"]
        progress(len(places))
    return logits


def logits_of_rows(
    session: Session, rows: Rows, *, batch_size: int, progress: Progress
) -> tuple[Float32Array, Float32Array]:
    """Logits float32 [N, C] of the texts and [M, C] of those out of scope, turn by turn where they are turns."""
    if not rows.conversations:
        asked = (rows.texts, rows.outside)
        one, other = (
            logits_of(session, texts, batch_size=batch_size, progress=progress) for texts in asked
        )
        return one, other
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
    outside[alone] = logits_of(
        session, [rows.outside[place] for place in alone], batch_size=batch_size, progress=progress
    )
    return inside, outside


def evaluate(
    session: Session,
    rows: Rows,
    *,
    threshold: float | None,
    other: tuple[str, Session] | None = None,
    measured: Mapping[str, Any],
    batch_size: int,
    progress: Progress,
) -> AnyReport:
    """Answers all rows and measures the answers.

    Args:
        session: a model with labels.
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
    logits, outside = logits_of_rows(session, rows, batch_size=batch_size, progress=progress)
    second: Second | None = None
    if other is not None:
        name, opened = other
        theirs, _ = logits_of_rows(opened, rows, batch_size=batch_size, progress=progress)
        second = Second(name, opened.metadata.labels, theirs, opened.metadata.threshold)
    return REPORTS[session.metadata.task](
        rows,
        session.metadata.labels,
        logits,
        threshold,
        second,
        outside if len(outside) else None,
        measured,
    )


def calls(rows: Rows, *, compared: bool) -> int:
    """How many answers ``evaluate`` asks for."""
    turns = [turn for own in rows.conversations.values() for turn in own]
    of_turns = sum(turn.place is not None and not turn.in_scope for turn in turns)
    texts = (
        len(turns) + len(rows.outside) - of_turns if turns else len(rows.texts) + len(rows.outside)
    )
    return texts * (2 if compared else 1)
