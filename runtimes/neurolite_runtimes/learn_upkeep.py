"""The parts of ``neurolite-learn`` that keep a store in order: list, remove, merge, forget, fit, rebuild, repair."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from neurolite_core.ground.command_line import App, exit_codes
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.terminal import SafeConsole, json_text
from neurolite_runtimes.learn_options import Options, learner_of, say_done
from neurolite_runtimes.learn_showing import examples_table, labels_table
from neurolite_runtimes.learning import rebuild, repair
from neurolite_runtimes.learning.evidence import evidence_of
from neurolite_runtimes.learning.listing import labels_of
from neurolite_runtimes.learning.store_file import read_store


def remove(
    context: typer.Context,
    number: Annotated[
        int, typer.Argument(help="Id of an example, as list --examples shows.", metavar="ID")
    ],
) -> None:
    """Forget an example; its text is gone from the disk too."""
    with exit_codes(), learner_of(context) as learner:
        learner.remove(number)
        learner.compact()
        say_done(context, {"removed": number}, "example {removed} is gone")


def list_labels(
    context: typer.Context,
    examples: Annotated[
        bool, typer.Option("--examples", help="Show every example in place of the labels.")
    ] = False,
) -> None:
    """Show the labels, or the examples, of a store."""
    options: Options = context.obj
    with exit_codes():
        memory = read_store(options.path()).memory
        trained = options.session().metadata.labels if options.file is not None else ()
        labels = labels_of(memory, trained)
        stored = (
            [evidence_of(memory, row, 1.0) for row in memory.rows().tolist()] if examples else []
        )
        if options.as_json:
            facts: dict[str, Any] = {
                "model_id": memory.header.model_id,
                "encoder": memory.header.encoder,
                "dimension": memory.header.dimension,
                "texts": memory.header.texts,
                "fitted": memory.weights is not None,
                "labels": [asdict(item) for item in labels],
            }
            shown = [
                {"id": e.id, "label": e.label, "text": e.text, "strength": e.strength}
                for e in stored
            ]
            typer.echo(json_text(facts | ({"examples": shown} if examples else {})))
        else:
            SafeConsole().print(examples_table(stored) if examples else labels_table(labels))


def merge(
    context: typer.Context,
    source: Annotated[
        str, typer.Argument(help="A label, or with --from-store another store.", metavar="SOURCE")
    ],
    into: Annotated[
        str | None, typer.Argument(help="The label that its examples get.", metavar="INTO")
    ] = None,
    from_store: Annotated[
        bool,
        typer.Option("--from-store", help="SOURCE is another .nls file, whose examples are added."),
    ] = False,
) -> None:
    """Give a label's examples another label, or take over another store's examples."""
    with exit_codes():
        if from_store == (into is not None):
            raise InputError(
                "Give two labels, SOURCE and INTO; or a store alone: merge --from-store OTHER.nls"
            )
        with learner_of(context) as learner:
            if into is None:
                before = len(learner.memory)
                learner.merge_store(source)
                say_done(context, {"new": len(learner.memory) - before}, "{new:,} examples are new")
            else:
                learner.merge(source, into)
                say_done(context, {"merged": source, "into": into}, "{merged} is {into} now")


def used(
    context: typer.Context,
    numbers: Annotated[list[int], typer.Argument(help="Ids of examples.", metavar="ID...")],
    reward: Annotated[
        float, typer.Option(help="From -1, they misled, to 1, they were of use.")
    ] = 1.0,
) -> None:
    """Say that examples were of use, which makes them stronger; answering alone does not."""
    with exit_codes(), learner_of(context) as learner:
        learner.used(*numbers, reward=reward)
        say_done(context, {"used": numbers}, "noted")


def forget(
    context: typer.Context,
    label: Annotated[
        list[str] | None, typer.Argument(help="Labels, each with all its examples.")
    ] = None,
    keep: Annotated[
        int | None, typer.Option(help="Keep the N strongest examples of all labels.", metavar="N")
    ] = None,
) -> None:
    """Forget labels, or the weakest examples; what is forgotten is gone from the disk too."""
    with exit_codes():
        if (keep is None) == (not label):
            raise InputError(
                "Name labels to forget, or how many examples to keep: forget LABEL..., forget --keep N"
            )
        with learner_of(context) as learner:
            before = len(learner.memory)
            if keep is not None:
                learner.forget_weakest(keep)
            for name in label or ():
                learner.forget(name)
            gone = before - len(learner.memory)
            say_done(
                context,
                {"forgotten": gone, "left": len(learner.memory)},
                "{forgotten:,} examples are gone, {left:,} left",
            )


def fit(context: typer.Context) -> None:
    """Fit logistic regression to the examples: often better than means, and it answers until the examples change."""
    with exit_codes(), learner_of(context) as learner:
        with SafeConsole(stderr=True).status("fitting"):
            learner.fit()
        say_done(context, {"fitted": len(learner.memory)}, "fitted to {fitted:,} examples")


def rebuild_store(
    context: typer.Context,
    encoder: Annotated[
        Path | None,
        typer.Option(help="The exported model from now on; by default FILE.", metavar="FILE"),
    ] = None,
) -> None:
    """Carry a store over to another encoder, or to another --dimension, from the texts that it keeps."""
    options: Options = context.obj
    with exit_codes():
        session = options.session() if encoder is None else options.opened(encoder)
        with SafeConsole(stderr=True).status("embedding"):
            count = rebuild(
                options.path(), session,
                dimension=options.dimension, texts=options.texts is None, patience=options.wait,
            )  # fmt: skip
        facts = {"examples": count, "model_id": session.metadata.model_id}
        say_done(context, facts, "{examples:,} examples are of the encoder {model_id} now")


def repair_store(context: typer.Context) -> None:
    """Keep what stands before the damage in a store; the damaged file stays beside it, as STORE.damaged."""
    options: Options = context.obj
    with exit_codes():
        count, damage = repair(options.path(), patience=options.wait)
        facts = {"examples": count, "damage": damage or "nothing"}
        say_done(context, facts, "{examples:,} examples are whole; wrong was: {damage}")


def register(app: App) -> None:
    """Adds the parts to the command."""
    app.command(name="remove")(remove)
    app.command(name="list")(list_labels)
    app.command(name="merge")(merge)
    app.command(name="used")(used)
    app.command(name="forget")(forget)
    app.command(name="fit")(fit)
    app.command(name="rebuild")(rebuild_store)
    app.command(name="repair")(repair_store)
