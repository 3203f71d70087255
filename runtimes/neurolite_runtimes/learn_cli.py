"""``neurolite-learn``: teaches a model new labels on this machine, example by example."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Final

import typer

from neurolite_core.data import open_source
from neurolite_core.data.hub import offline_unless_named
from neurolite_core.ground.checks import require_choice, require_range
from neurolite_core.ground.command_line import App, exit_codes, print_version, say
from neurolite_core.ground.streams import require_output
from neurolite_core.ground.terminal import SafeConsole, json_text
from neurolite_core.text.lines import BadRows
from neurolite_runtimes.learn_arguments import NO_FILE, StoreGroup, TakesText
from neurolite_runtimes.learn_options import Options, answered_texts, learner_of, say_done
from neurolite_runtimes.learn_showing import answers_table
from neurolite_runtimes.learn_upkeep import register
from neurolite_runtimes.learning import WAYS
from neurolite_runtimes.learning.logistic import is_enough
from neurolite_runtimes.learning.scoring import PROTOTYPES
from neurolite_runtimes.opening import MAX_THREADS
from neurolite_runtimes.standard_input import typed_bytes

_MOST_WAIT: Final = 3_600

app = App(cls=StoreGroup, add_completion=False, rich_markup_mode="rich", no_args_is_help=True)


@app.callback()
def main(
    context: typer.Context,
    file: Annotated[
        str | None,
        typer.Argument(
            help="An exported model, whose vectors the store holds; [b]list[/b], [b]rebuild[/b] and [b]repair[/b] "
            "do without.",
            metavar="FILE",
        ),
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(
            help="The file of what is learned, .nls; begun where there is none.", metavar="STORE"
        ),
    ] = None,
    no_texts: Annotated[
        bool,
        typer.Option(
            "--no-texts",
            help="A new store keeps vectors alone: evidence then has no text, and no other encoder can take it over.",
        ),
    ] = False,
    dimension: Annotated[
        int | None,
        typer.Option(
            help="A new or rebuilt store keeps the first N numbers of a vector, which makes it smaller.",
            metavar="N",
        ),
    ] = None,
    way: Annotated[
        str,
        typer.Option(
            help=f"How examples answer: {', '.join(WAYS)}; nothing of it is stored.", metavar="NAME"
        ),
    ] = PROTOTYPES,
    wait: Annotated[
        int, typer.Option(help="Seconds to wait for another process that holds the store.")
    ] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, nothing else.")] = False,
    unsealed: Annotated[
        bool,
        typer.Option("--unsealed", help="Open a model that was changed since its export."),
    ] = False,
    threads: Annotated[
        int, typer.Option(help="Threads of the runtime, up to 1,024; 0 takes all cores.")
    ] = 1,
    version: Annotated[
        bool,
        typer.Option("--version", callback=print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Teach a model new labels on this machine: examples go into a store beside it, and the model stays as it is.

    Any exported model with the output [b]embedding[/b] will do. Beside a classifier, what was learned and what was
    trained answer together, and every answer shows both sides. These options may also stand behind the part's name.

    What was added is on the disk when the command ends; a process that is killed loses the last addition at most. The
    format, and how answers come about, are in docs/learning.md.

    Examples:
      neurolite-learn FILE.onnx --store mine.nls add "book a table" restaurant

      neurolite-learn FILE.onnx --store mine.nls import examples.csv

      neurolite-learn FILE.onnx --store mine.nls classify "a table for two" --json

      neurolite-learn rebuild --encoder NEW.onnx --store mine.nls
    """
    with exit_codes():
        require_choice("--way", way, WAYS)
        require_range("--wait", wait, 0, _MOST_WAIT)
        require_range("--threads", threads, 0, MAX_THREADS)
        context.obj = Options(
            file=None if file in (None, NO_FILE) else file,
            store=store,
            texts=False if no_texts else None,
            dimension=dimension,
            way=way,
            wait=wait,
            as_json=as_json,
            unsealed=unsealed,
            threads=threads,
        )


@app.command(cls=TakesText)
def add(
    context: typer.Context,
    text: Annotated[
        str, typer.Argument(help="A text; one that begins with a dash comes behind --")
    ],
    label: Annotated[str, typer.Argument(help="Its label, new or known.")],
) -> None:
    """Store an example, and print its id; the same text is stored once."""
    with exit_codes(), learner_of(context, create=True) as learner:
        say_done(context, {"id": learner.add(label, typed_bytes(text))}, "stored as {id}")


@app.command(name="import")
def import_rows(
    context: typer.Context,
    data: Annotated[
        str,
        typer.Argument(
            help="Labelled texts: .csv, .tsv, .jsonl or .parquet (also .gz), or hf:NAME.",
            metavar="DATA",
        ),
    ],
    text_column: Annotated[str | None, typer.Option(help="Name or number; else guessed.")] = None,
    label_column: Annotated[str | None, typer.Option(help="Name or number; else guessed.")] = None,
    delimiter: Annotated[
        str | None,
        typer.Option(
            help="What separates columns of .csv and .tsv, such as ';' or tab; else seen.",
            metavar="CHARACTER",
        ),
    ] = None,
    skip_bad_rows: Annotated[
        bool,
        typer.Option(
            "--skip-bad-rows",
            help="Leave out rows that cannot be used, and texts without words, instead of stopping.",
        ),
    ] = False,
    fit: Annotated[
        bool,
        typer.Option(help="Fit logistic regression behind it, where there are examples enough."),
    ] = True,
) -> None:
    """Store the rows of a file, read as training reads them; rows that are there already stay once."""
    with exit_codes():
        offline_unless_named(data)
        source = open_source(
            data,
            text_column=text_column,
            label_column=label_column,
            labelled=True,
            delimiter=delimiter,
            on_bad="skip" if skip_bad_rows else "raise",
        )
        bad = BadRows(source.name, source.on_bad, unit=source.unit)
        # All are read before the first is stored: a file with bad rows changes nothing.
        rows = [(row.label or "", row.text) for row in source.rows(bad)]
        with learner_of(context, create=True) as learner:
            say(source.describe())
            before = len(learner.memory)
            ids = learner.add_all(rows, skip_empty=skip_bad_rows)
            fitted = fit and is_enough(learner.memory)
            if fitted and (learner.memory.weights is None or len(learner.memory) > before):
                with SafeConsole(stderr=True).status("fitting"):
                    learner.fit()
            new = len(learner.memory) - before
            facts = {
                "rows": len(rows),
                "new": new,
                "left_out": bad.count + len(rows) - len(ids),
                "fitted": fitted,
            }
            say_done(
                context,
                facts,
                "{new:,} of {rows:,} rows are new; left out: {left_out:,}; fitted: {fitted}",
            )


@app.command(cls=TakesText)
def classify(
    context: typer.Context,
    text: Annotated[
        list[str] | None,
        typer.Argument(
            help="Texts to answer. Without any, every line of standard input is one text."
        ),
    ] = None,
    evidence: Annotated[
        int, typer.Option(help="Nearest examples to give, 0 to 100.", metavar="K")
    ] = 3,
    explain: Annotated[
        bool, typer.Option("--explain", help="JSON with all that led to the answer.")
    ] = False,
) -> None:
    """Answer texts by what was learned and what was trained; writes nothing."""
    options: Options = context.obj
    with exit_codes():
        require_range("--evidence", evidence, 0, 100)
        with options.learner(write=False) as learner:
            unsealed = {} if learner.session.sealed else {"sealed": False}
            for batch in answered_texts(text):
                texts = [item.decode("utf-8", "replace") for item in batch]
                if explain:
                    found = [learner.explain(item, evidence=evidence) for item in batch]
                else:
                    answers = learner.classify_all(batch, evidence=evidence)
                    if not options.as_json:
                        SafeConsole().print(answers_table(texts, answers))
                        require_output()
                        continue
                    found = [asdict(item) for item in answers]
                for item, answer in zip(texts, found, strict=True):
                    typer.echo(json_text({"text": item, **answer} | unsealed))
                require_output()


@app.command(cls=TakesText)
def correct(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="The text that was answered wrongly, or rightly.")],
    label: Annotated[str, typer.Argument(help="The label that it has.")],
) -> None:
    """Say which label a text has; examples near it are strengthened or weakened by that."""
    with exit_codes(), learner_of(context, create=True) as learner:
        say_done(
            context, {"id": learner.correct(typed_bytes(text), label)}, "learned as example {id}"
        )


register(app)

if __name__ == "__main__":
    app()
