"""``neurolite-eval``: an exported file on labelled texts, to figures with intervals."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from neurolite_core.answer.tasks import CLASSIFICATION, EMBEDDING, GENERATION, SPANS
from neurolite_core.artifact.package import FILE_LIMIT, digest_of, read_content
from neurolite_core.data.hub import offline_unless_named
from neurolite_core.data.label_cells import separator_of
from neurolite_core.evaluation.report_files import (
    WrittenReport,
    as_json,
    report_values,
    write_report,
)
from neurolite_core.ground.checks import require_fraction, require_range
from neurolite_core.ground.command_line import App, exit_codes, print_version, say
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require
from neurolite_core.ground.files import require_writable
from neurolite_core.ground.home import leave_nothing
from neurolite_core.ground.streams import note_written
from neurolite_core.ground.terminal import SafeConsole
from neurolite_runtimes.eval_several import show_report
from neurolite_runtimes.eval_showing import unseen_line
from neurolite_runtimes.evaluating import calls, evaluate, read_rows
from neurolite_runtimes.measured_tasks import Rows
from neurolite_runtimes.opening import MAX_THREADS, open_artifact
from neurolite_runtimes.session import Session
from neurolite_runtimes.showing import must_be_said

# What else a row that no label fits is called in public data; said only where such a label is there.
_USUAL_NAMES: Final = frozenset({"oos", "ood", "out_of_scope", "out-of-scope", "none", "unknown"})

app = App(add_completion=False, rich_markup_mode="rich")


@app.command()
def main(
    file: Annotated[
        Path,
        typer.Argument(
            help="An exported model: .onnx, .tflite, .pte, .mlpackage, .aimodel or .nlm.",
            metavar="FILE",
        ),
    ],
    data: Annotated[
        list[str],
        typer.Argument(
            help="Labelled texts: .csv, .tsv, .jsonl or .parquet (also .gz), or hf:NAME.",
            metavar="DATA...",
        ),
    ],
    against: Annotated[
        Path | None,
        typer.Option(
            help="A second exported model, answered on the same texts and compared.", metavar="FILE"
        ),
    ] = None,
    out_of_scope: Annotated[
        list[str] | None,
        typer.Option(help="Texts that have none of the labels; repeatable.", metavar="FILE"),
    ] = None,
    out_of_scope_label: Annotated[
        str | None,
        typer.Option(
            help="Rows of DATA with this label have none of the model's, such as oos.",
            metavar="NAME",
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            help="Abstain below this, in place of the file's own threshold; 0 never abstains. With several labels a "
            "text: give labels from this score on.",
            show_default=False,
        ),
    ] = None,
    text_column: Annotated[str | None, typer.Option(help="Name or number; else guessed.")] = None,
    label_column: Annotated[
        list[str] | None,
        typer.Option(
            help="Name or number; else guessed. For several labels a text, columns of 0 and 1 are repeated.",
            metavar="TEXT",
        ),
    ] = None,
    label_separator: Annotated[
        str | None,
        typer.Option(
            help="What stands between labels, for a model of several labels a text. (default: |)",
            metavar="TEXT",
        ),
    ] = None,
    delimiter: Annotated[
        str | None,
        typer.Option(
            help="What separates columns of .csv and .tsv, such as ';' or tab; else seen.",
            metavar="CHARACTER",
        ),
    ] = None,
    conversation: Annotated[
        str | None,
        typer.Option(
            help="Column that names each row's conversation: rows are its turns, in their order, and those without a "
            "label are read and not asked about. For models that remember.",
            metavar="COLUMN",
        ),
    ] = None,
    merge_labels: Annotated[
        bool,
        typer.Option(
            "--merge-labels",
            help="Labels that look like one of the model's (case, spaces, width) are that one.",
        ),
    ] = False,
    skip_bad_rows: Annotated[
        bool,
        typer.Option(
            "--skip-bad-rows", help="Leave out rows that cannot be used, instead of stopping."
        ),
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            help="Write report.html, report.md, report.json and pictures, as training does.",
            metavar="FOLDER",
        ),
    ] = None,
    pictures: Annotated[
        bool,
        typer.Option(help="Draw those of --report; without, matplotlib is not needed."),
    ] = True,
    show: Annotated[
        int, typer.Option(help="Labels, confusions and texts to show of each kind; 0 for all.")
    ] = 10,
    as_json_text: Annotated[
        bool, typer.Option("--json", help="Print the whole report as JSON, nothing else.")
    ] = False,
    unsealed: Annotated[
        bool,
        typer.Option(
            "--unsealed",
            help="Open files that were changed since their export, as by a quantizer; the report says so.",
        ),
    ] = False,
    batch_size: Annotated[
        int, typer.Option(help="Texts in one call of the runtime, 1 to 4,096.")
    ] = 32,
    threads: Annotated[
        int, typer.Option(help="Threads of the runtime, up to 1,024; 0 takes all cores.")
    ] = 1,
    version: Annotated[
        bool,
        typer.Option("--version", callback=print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Measure an exported model on labelled texts, in the runtime that its users will have.

    Accuracy, macro-F1, every label, confusions, calibration, and what the threshold refuses, with 95 % intervals
    that hold for six texts as well. Rows whose label the model does not have count as wrong, and are named.
    Files are read as [b]neurolite-train[/b] reads them. PyTorch is needed for .pte only. Of a model of several labels a
    text: micro-F1, macro-F1, every label, and the texts that get exactly their labels; rows are read as with its
    option --multi-label. Of a model with spans, on files that have some: their F1, every type, and the texts that get
    exactly their spans, and their label.

    With [b]--against[/b], an exact test (McNemar) says whether one of two models is better on these texts, and the
    texts on which they differ are shown.

    Exit codes: 0 measured, 2 wrong usage or input, 130 interrupted.

    Examples:
      neurolite-eval intents-int8.onnx test.csv

      neurolite-eval intents-int8.onnx test.csv --out-of-scope chatter.txt --threshold 0.4

      neurolite-eval intents-int8.onnx test.csv --against intents-float32.onnx

      neurolite-eval dialogues-int8.onnx test.csv --conversation dialogue

      neurolite-eval intents-int8.onnx test.csv --report measured/ --json > figures.json
    """
    with exit_codes():
        offline_unless_named(*data, *(out_of_scope or ()))
        leave_nothing()
        require_range("--batch-size", batch_size, 1, 4096)
        require_range("--threads", threads, 0, MAX_THREADS)
        require_range("--show", show, 0, 1_000_000)
        if threshold is not None:
            require_fraction("--threshold", threshold)
        _check_report(report, pictures=pictures)
        session = _open(file, threads, unsealed)
        other = None if against is None else _open(against, threads, unsealed)
        _check_models(file, session, against, other)
        _check_spans(file, session, threshold, out_of_scope)
        _check_columns(file, session, out_of_scope_label, conversation)
        rows = read_rows(
            data,
            out_of_scope or (),
            metadata=session.metadata,
            out_of_scope_label=out_of_scope_label,
            text_column=text_column,
            label_column=label_column or (),
            label_separator=separator_of(session.metadata.task, label_separator, str(file)),
            delimiter=delimiter,
            conversation=conversation,
            merge_into=session.metadata.labels if merge_labels else (),
            on_bad="skip" if skip_bad_rows else "raise",
        )
        _say_rows(rows, session, out_of_scope_label)
        _say_state(file, session, conversation)
        limit = session.metadata.threshold if threshold is None else threshold
        with _progress() as progress:
            task = progress.add_task("texts", total=calls(rows, compared=other is not None))
            found = evaluate(
                session,
                rows,
                threshold=limit,
                other=None if other is None else (str(against), other),
                measured=_measured(file, session, rows, against, other),
                batch_size=batch_size,
                progress=lambda texts: progress.advance(task, texts),
            )
        if report is not None:
            write_report(found, report, pictures=pictures)
            note_written(report)
        _print(found, file, report, as_json_text=as_json_text, show=show)


def _open(path: Path, threads: int, unsealed: bool) -> Session:
    session = open_artifact(path, threads=threads, unsealed=unsealed)
    if not session.sealed:
        say(f"{path}: not as it was exported.")
    if must_be_said(session):
        say(f"{path}: {session.runtime}")
    if session.metadata.task == EMBEDDING:
        raise InputError(
            f"{path} is an embedding model without labels; there is nothing to be right or wrong."
        )
    if session.metadata.task == GENERATION:
        raise InputError(
            f"{path} is a generator, whose labels are the words of any text; there are no labelled rows of it to measure."
        )
    return session


def _check_models(
    file: Path, session: Session, against: Path | None, other: Session | None
) -> None:
    if other is not None and other.metadata.task != session.metadata.task:
        raise InputError(
            f"{file} is of the task {session.metadata.task} and {against} of {other.metadata.task}; they do not answer the "
            "same question. Compare models of one task."
        )


def _check_spans(
    file: Path, session: Session, threshold: float | None, out_of_scope: list[str] | None
) -> None:
    if session.metadata.task == SPANS and (threshold is not None or out_of_scope):
        unused = "--threshold" if threshold is not None else "--out-of-scope"
        raise InputError(f"{unused} is about labels, and {file} finds spans alone; leave it out.")


def _check_columns(
    file: Path, session: Session, out_of_scope_label: str | None, conversation: str | None
) -> None:
    if out_of_scope_label in session.metadata.labels:
        raise InputError(
            f"--out-of-scope-label is {out_of_scope_label!r}, which is a label of {file}; "
            "leave it out, and these rows are measured like all others."
        )
    if conversation is not None and session.metadata.task != CLASSIFICATION:
        raise InputError(
            f"--conversation is {conversation!r}, and {file} is of the task {session.metadata.task}; turns are measured "
            "of models that give one label. Leave it out."
        )


def _say_state(file: Path, session: Session, conversation: str | None) -> None:
    if session.metadata.state and conversation is None:
        say(
            f"{file} remembers, and each row is answered by itself; turns of conversations: --conversation COLUMN"
        )


def _check_report(folder: Path | None, *, pictures: bool) -> None:
    """What writing it needs, before the texts are answered."""
    if folder is not None:
        require("jinja2", extra="report")
        if pictures:
            require("matplotlib", extra="report")
        require_writable(folder)


def _say_rows(rows: Rows, session: Session, out_of_scope_label: str | None) -> None:
    """How the files were read, what was left out, and which labels the model has not; on standard error."""
    for described in rows.sources:
        say(described)
    for name, count in rows.skipped.items():
        say(f"{name}: {count:,} rows that cannot be used were left out.")
    line = unseen_line(rows.labels, session.metadata.labels)
    if line is not None:
        usual = sorted(
            label
            for label in {name for own in rows.labels for name in own}
            - set(session.metadata.labels)
            if label.casefold() in _USUAL_NAMES
        )
        hint = (
            f" If these are texts that no label fits: --out-of-scope-label {usual[0]}"
            if usual and out_of_scope_label is None
            else ""
        )
        say(line + hint)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=SafeConsole(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )


def _measured(
    file: Path, session: Session, rows: Rows, against: Path | None, other: Session | None
) -> dict[str, Any]:
    facts = {"model": _facts(file, session), "data": rows.sources, "skipped_rows": rows.skipped}
    if against is not None and other is not None:
        facts["other_model"] = _facts(against, other)
    return facts


def _facts(path: Path, session: Session) -> dict[str, Any]:
    return {
        "file": str(path),
        "sha256": digest_of(read_content(path, FILE_LIMIT)),
        "name": session.metadata.name,
        "weights": session.metadata.weights,
        "target": session.metadata.target,
        "precision": session.metadata.precision,
        "runtime": session.runtime,
        "is_reference": session.is_reference,
        "sealed": session.sealed,
        "settings": dict(session.settings),
    }


def _print(
    found: WrittenReport, file: Path, folder: Path | None, *, as_json_text: bool, show: int
) -> None:
    if as_json_text:
        sys.stdout.buffer.write(as_json(report_values(found)))
        sys.stdout.buffer.flush()
        return
    console = SafeConsole()
    show_report(found, str(file), console, limit=show or None)
    if folder is not None:
        console.print()
        console.print(f"Report: {folder / 'report.html'}", soft_wrap=True)


if __name__ == "__main__":
    app()
