"""``neurolite-run``: texts in, JSON lines out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from neurolite_core.answer.tasks import EMBEDDING, SPANS
from neurolite_core.ground.checks import require_fraction, require_range
from neurolite_core.ground.command_line import App, exit_codes, print_version, say
from neurolite_core.ground.dashes import TakesTexts
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.streams import require_output
from neurolite_core.ground.terminal import SafeConsole, json_text
from neurolite_runtimes.following import answers_with
from neurolite_runtimes.guarded import Guarded
from neurolite_runtimes.isolated import run_isolated
from neurolite_runtimes.opening import MAX_THREADS, open_artifact
from neurolite_runtimes.records import Asked, records_of
from neurolite_runtimes.showing import must_be_said, table_of
from neurolite_runtimes.standard_input import lines_in, typed_bytes

app = App(add_completion=False, rich_markup_mode="rich")


@app.command(cls=TakesTexts)
def main(
    file: Annotated[
        Path, typer.Argument(help="An exported model, such as neurolite-tiny-int8.onnx.")
    ],
    text: Annotated[
        list[str] | None,
        typer.Argument(
            help="Texts to answer. Without any, every line of standard input is one text. "
            "One that begins with a dash comes behind --"
        ),
    ] = None,
    top: Annotated[
        int | None,
        typer.Option(
            help="Give the K best labels; with several labels a text beside those that it is given. (default: 1)",
            metavar="K",
        ),
    ] = None,
    embed: Annotated[
        bool, typer.Option("--embed", help="Give the text's vector, not its label.")
    ] = False,
    threshold: Annotated[
        float | None,
        typer.Option(
            help="Abstain where in_scope is below this, in place of the file's own threshold; "
            "0 never abstains. With several labels a text: give labels from this score on.",
            show_default=False,
        ),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Say which of the file's rules fired, what they do and why."
        ),
    ] = False,
    table: Annotated[
        bool, typer.Option("--table", help="A table for people in place of JSON lines.")
    ] = False,
    follow: Annotated[
        bool,
        typer.Option(
            "--follow",
            help="Each text is the next turn of one conversation, answered in the light of those before it.",
        ),
    ] = False,
    state: Annotated[
        Path | None,
        typer.Option(
            help="Go on with the conversation of this file; with --follow it is written again after the texts, or begun.",
            metavar="FILE",
        ),
    ] = None,
    batch_size: Annotated[
        int, typer.Option(help="Texts in one call of the runtime, 1 to 4,096.")
    ] = 32,
    threads: Annotated[
        int, typer.Option(help="Threads of the runtime, up to 1,024; 0 takes all cores.")
    ] = 1,
    unsealed: Annotated[
        bool,
        typer.Option(
            "--unsealed",
            help="Open a file that was changed since its export, as by a quantizer; every answer says so.",
        ),
    ] = False,
    isolated: Annotated[
        bool,
        typer.Option(
            "--isolated",
            help="Answer from a process of its own, which a hostile file may end but nothing else.",
        ),
    ] = False,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", help="Say on standard error what runs the model and the hash."),
    ] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Run an exported model on texts; one JSON object a text, in the order of the input.

    A text may hold any bytes: invalid UTF-8 and NUL have a defined answer, and a text longer than
    the model's limits is cut at a word border and marked [b]"truncated": true[/b].

    Fields: [b]text[/b] as it was read, [b]label[/b] and [b]score[/b] (softmax), [b]abstained[/b] (in_scope is below
    the threshold: better not act on the label; null where the file has no threshold), [b]words[/b] found,
    [b]truncated[/b]; with --top 2 or more, [b]top[/b]; with --embed, [b]embedding[/b] in place of the label;
    [b]expert[/b], the number that the text chose, or two, where a model has experts;
    [b]sealed[/b], false, where the file is not as it was exported (--unsealed); [b]turn[/b], with --follow; with
    --explain, [b]rules[/b], a list of name, what it does, reason and whether a stronger rule overruled it, of each rule
    that fired.

    A model of several labels a text gives [b]labels[/b], a list of label and score (sigmoid), best first, of those
    that reach the threshold, maybe none, in place of label, score, in_scope and abstained.

    A model with spans gives [b]spans[/b] as well, a list of type, start and end (characters of text), start_byte and
    end_byte, text and score, maybe empty; the file has a threshold for each type. A model of spans alone gives no
    label.

    Examples:
      neurolite-run neurolite-tiny-int8.onnx "book a table for two"

      neurolite-run neurolite-tiny-int8.onnx --table --threshold 0.7 "book a table for two"

      neurolite-run neurolite-tiny-int8.onnx --top 3 < questions.txt > answers.jsonl

      neurolite-run neurolite-tiny-int8.onnx -- "-5 degrees outside"

      neurolite-run neurolite-dialogues-int8.onnx --follow --state alice.nlstate "book a table" "for two"
    """
    with exit_codes():
        require_range("--batch-size", batch_size, 1, 4096)
        require_range("--threads", threads, 0, MAX_THREADS)
        if top is not None:
            require_range("--top", top, 1, 65_536)
        if isolated:
            raise typer.Exit(run_isolated("neurolite_runtimes.cli", "--isolated", file))
        session = open_artifact(file, threads=threads, unsealed=unsealed)
        if verbose or must_be_said(session):
            say(f"{file}: {session.runtime}")
        _check_request(session, file, top=top, embed=embed, table=table, threshold=threshold)
        _check_rules(session, file, explain=explain)
        limit = session.metadata.threshold if threshold is None else threshold
        answers, turns = answers_with(session, state, follow=follow, batch_size=batch_size)
        output = _BytesOut()
        if text:
            batches: Iterator[list[bytes]] = iter([[typed_bytes(item) for item in text]])
        else:
            batches = lines_in()
        progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.completed:,} texts"),
            TimeElapsedColumn(),
            console=SafeConsole(stderr=True),
            # Progress and answers on one terminal would run into each other.
            disable=bool(text) or not sys.stderr.isatty() or sys.stdout.isatty(),
        )
        with progress:
            task = progress.add_task("run", total=None)
            for batch in batches:
                outputs = answers(batch)
                first = None if turns is None else turns.turns - len(batch)
                asked = Asked(top=top, embed=embed, threshold=limit, explain=explain, before=first)
                records = records_of(session, batch, outputs, asked)
                if table:
                    SafeConsole().print(table_of(session, list(records), limit))
                else:
                    output.lines(records)
                require_output()
                progress.advance(task, len(batch))


def _check_request(
    session: Guarded,
    file: Path,
    *,
    top: int | None,
    embed: bool,
    table: bool,
    threshold: float | None,
) -> None:
    metadata = session.metadata
    if threshold is not None:
        require_fraction("--threshold", threshold)
    if metadata.task == SPANS and (top is not None or threshold is not None):
        unused = "--top" if threshold is None else "--threshold"
        raise InputError(f"{unused} is about labels, and {file} finds spans alone; leave it out.")
    if embed:
        if table or threshold is not None:
            unused = "--table" if table else "--threshold"
            raise InputError(f"{unused} is about labels and --embed gives none; leave one out.")
        if "embedding" not in metadata.outputs:
            raise InputError(
                f"{file} has no 'embedding' output; it has {', '.join(metadata.outputs)}."
            )
    elif metadata.task == EMBEDDING:
        raise InputError(
            f"{file} is an embedding model without labels. Ask for its vectors: --embed"
        )
    elif top is not None and top > len(metadata.labels):
        raise InputError(f"--top is {top}, but {file} has {len(metadata.labels)} labels.")


def _check_rules(session: Guarded, file: Path, *, explain: bool) -> None:
    if explain and not session.metadata.rules:
        raise InputError(
            f"{file} has no rules to explain; neurolite-export --rules rules.toml puts them in."
        )


class _BytesOut:
    """JSON lines to standard output as UTF-8, whatever the terminal's locale."""

    def __init__(self) -> None:
        self._stream = sys.stdout.buffer

    def lines(self, records: Iterable[dict[str, Any]]) -> None:
        for record in records:
            self._stream.write(json_text(record).encode() + b"\n")
        self._stream.flush()


if __name__ == "__main__":
    app()
