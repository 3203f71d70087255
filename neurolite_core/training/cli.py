"""``neurolite-train``: labelled texts to a checkpoint that is worth deploying."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurolite_core.answer.tasks import CLASSIFICATION, EMBEDDING, GENERATION, SPANS
from neurolite_core.data.hub import HUB, offline_unless_named
from neurolite_core.data.spans.reading import AUTO as AUTO_SPANS
from neurolite_core.ground.checks import require_choice
from neurolite_core.ground.command_line import App, exit_codes, print_version
from neurolite_core.ground.configurable import Effective, configurable
from neurolite_core.ground.extras import require
from neurolite_core.ground.home import leave_nothing
from neurolite_core.ground.options import OneCall
from neurolite_core.ground.places import Place
from neurolite_core.ground.threads import share_processors
from neurolite_core.models.encoders import ENCODERS
from neurolite_core.network.config import PRESETS
from neurolite_core.network.experts_options import MOST_EXPERTS
from neurolite_core.network.settings import BACKBONE_HELP, SET_HELP
from neurolite_core.training import cli_options
from neurolite_core.training.choosing.candidates import (
    AUTO,
    DEFAULT_MOST,
    DEFAULT_MOST_WITH_SPANS,
    START_NAMES,
)
from neurolite_core.training.closed_form.run import is_wanted, run_closed_form
from neurolite_core.training.kinds import SPANS_GIVEN, kind_of
from neurolite_core.training.options import TrainingOptions
from neurolite_core.training.requesting import DEFAULT_SIZE, of_kinds, request_of
from neurolite_core.training.requirements import (
    ACCELERATORS,
    MOST_WORKERS,
    PRECISIONS,
    require_together,
)

_DEFAULTS = TrainingOptions()
TASKS = (CLASSIFICATION, SPANS, EMBEDDING, GENERATION)
_DATA = Place(HUB)

app = App(add_completion=False, rich_markup_mode="rich")


@app.command()
@configurable("neurolite-train")
def main(
    effective: Effective,
    data: Annotated[
        list[str],
        typer.Argument(
            help="Labelled texts: .csv, .tsv, .jsonl or .parquet (also .gz), or hf:NAME; texts with spans: .conll or .jsonl; "
            "with --task embedding texts, also .txt; with --task generation a folder with train, valid and test, or .txt.",
            metavar="DATA...",
        ),
        _DATA,
    ],
    out: Annotated[Path, typer.Option(help="Folder for the checkpoint and the report.")],
    task: Annotated[
        str,
        typer.Option(
            help="classification, with the data's spans if it has some; spans alone, whatever the texts' labels; embedding: "
            "an encoder that learns the vectors of a --teacher from texts; or generation: the next word of texts."
        ),
    ] = CLASSIFICATION,
    size: Annotated[
        str | None,
        typer.Option(help=f"Preset: {', '.join(PRESETS)}. (default: {DEFAULT_SIZE})"),
    ] = None,
    model_config: Annotated[
        Path | None,
        typer.Option(help="A model's config.json in place of a preset.", metavar="FILE"),
    ] = None,
    backbone: Annotated[str | None, typer.Option(help=f"Of the preset: {BACKBONE_HELP}")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help=SET_HELP, metavar="NAME=VALUE")
    ] = None,
    experts: Annotated[
        int | None,
        typer.Option(
            help=f"Networks behind the backbone, of which each text chooses, 1 to {MOST_EXPERTS}. (default: none, or as in "
            "--model-config)",
            metavar="N",
        ),
    ] = None,
    experts_top: Annotated[
        int | None, typer.Option(help="Experts that a text uses, 1 or 2. (default: 1)")
    ] = None,
    start: Annotated[
        str,
        typer.Option(
            help=f"Begin with an encoder, whose shape the model gets: {', '.join(ENCODERS)} of the package, or a checkpoint's "
            "folder; none; or auto, where no option shapes the model: train with and without, and validation rows pick.",
            metavar="FOLDER",
        ),
        Place(names=START_NAMES),
    ] = AUTO,
    max_mb: Annotated[
        float | None,
        typer.Option(
            help="Megabytes (10^6 bytes) that the int8 ONNX file may take; larger models are not trained. "
            f"(default: {DEFAULT_MOST:g}, {DEFAULT_MOST_WITH_SPANS:g} with spans; none with --start or what shapes the model)"
        ),
    ] = None,
    validation: Annotated[
        str | None,
        typer.Option(
            help="File, or share of DATA, that decides which weights are kept. (default: 0.1)"
        ),
        _DATA,
    ] = None,
    test: Annotated[
        str | None, typer.Option(help="File for the report; else the validation rows."), _DATA
    ] = None,
    teacher: Annotated[
        list[Path] | None,
        typer.Option(
            help="Distil from this model: a transformers or sentence-transformers folder, or a checkpoint; "
            "repeat for an ensemble. With spans one transformer; so with a reservoir in closed form, which learns its layers.",
            metavar="FOLDER",
        ),
    ] = None,
    unlabelled: Annotated[
        list[str] | None,
        typer.Option(help="More texts for the teacher to answer: .txt or as DATA.", metavar="FILE"),
        _DATA,
    ] = None,
    out_of_scope: Annotated[
        list[str] | None,
        typer.Option(
            help="Texts that have none of the labels: half are learned, half set the threshold.",
            metavar="FILE",
        ),
        _DATA,
    ] = None,
    labelled: Annotated[
        list[str] | None,
        typer.Option(
            help="With --task embedding: texts with labels, on which it is measured what cosines of vectors mean.",
            metavar="FILE",
        ),
        _DATA,
    ] = None,
    text_column: Annotated[str | None, typer.Option(help="Name or number; else guessed.")] = None,
    label_column: Annotated[
        list[str] | None,
        typer.Option(
            help="Name or number; else guessed. With --multi-label, columns of 0 and 1 are repeated.",
            metavar="TEXT",
        ),
    ] = None,
    conversation: Annotated[
        str | None,
        typer.Option(
            help="Column that names each row's conversation: a model with a memory learns the turns in their order; rows "
            "without a label are read and remembered, but not asked about.",
            metavar="COLUMN",
        ),
    ] = None,
    spans: Annotated[
        str,
        typer.Option(
            help=f"How spans are written in DATA: {', '.join(SPANS_GIVEN)}; auto tells by the ending and the field 'spans' of "
            ".jsonl; none reads texts and labels alone.",
        ),
    ] = AUTO_SPANS,
    multi_label: Annotated[
        bool,
        typer.Option(
            "--multi-label",
            help="A text has any number of labels, or none: separated, JSON lists, or columns of 0 and 1.",
        ),
    ] = False,
    label_separator: Annotated[
        str | None,
        typer.Option(
            help="What stands between labels, with --multi-label. (default: |)", metavar="TEXT"
        ),
    ] = None,
    delimiter: Annotated[
        str | None,
        typer.Option(
            help="What separates columns of .csv and .tsv, such as ';' or tab; else seen.",
            metavar="CHARACTER",
        ),
    ] = None,
    merge_labels: Annotated[
        bool,
        typer.Option(
            "--merge-labels",
            help="Labels that look alike (case, spaces, invisible characters, width) are one.",
        ),
    ] = False,
    skip_bad_rows: Annotated[
        bool, typer.Option(help="Leave out rows that cannot be used, instead of stopping.")
    ] = False,
    conflicts: Annotated[
        str, typer.Option(help="Texts with several labels: keep, majority or drop.")
    ] = "keep",
    keep_duplicates: Annotated[
        bool, typer.Option(help="Use rows that say the same more than once.")
    ] = False,
    epochs: Annotated[
        int | None,
        typer.Option(
            help="Passes over DATA. 1 to 10,000. (default: as many as see 400,000 texts, 200,000 after --start; of few "
            "rows 40; 0 solves a reservoir in closed form, as where PyTorch is not installed)"
        ),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(help="Time for the training in place of epochs, up to 43,200 (30 days)."),
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(
            help="Stop after so many evaluations (of 20) without a better accuracy, 1 to 10,000."
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(help="Of weights, order, distortion and dropout, 0 to 2^31 - 1.")
    ] = _DEFAULTS.seed,
    batch_size: Annotated[
        int | None,
        typer.Option(
            help=f"Texts per step, over all processes, 1 to 65,536. ({of_kinds('batch_size')})"
        ),
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(
            help=f"Highest of the schedule, above 0, up to 10. ({of_kinds('learning_rate')})"
        ),
    ] = None,
    table_rate: Annotated[
        float | None,
        typer.Option(
            help="The projection table's learning rate, as a share of that. "
            f"({of_kinds('table_rate')})"
        ),
    ] = None,
    weight_decay: Annotated[
        float | None, typer.Option(help=f"Of AdamW. ({of_kinds('weight_decay')})")
    ] = None,
    label_smoothing: Annotated[
        float, typer.Option(help="Without a teacher.")
    ] = _DEFAULTS.label_smoothing,
    typos: Annotated[
        float,
        typer.Option(
            help="Share of words edited, in every second text (with spans in nine of ten)."
        ),
    ] = _DEFAULTS.typos,
    word_dropout: Annotated[
        float | None,
        typer.Option(help=f"Share of words left out, likewise. ({of_kinds('word_dropout')})"),
    ] = None,
    class_weights: Annotated[
        str, typer.Option(help="none, or balanced for rare classes to count more.")
    ] = _DEFAULTS.class_weights,
    teacher_weight: Annotated[
        float | None,
        typer.Option(
            help="Of the teacher's answer against a row's label, 0 to 1. "
            f"({of_kinds('teacher_weight')})"
        ),
    ] = None,
    teacher_head: Annotated[
        str,
        typer.Option(
            help="tuned: a transformer learns the labelled rows; solved: it stays as it is, and logistic regression on its "
            "vectors answers, in a fraction of the time."
        ),
    ] = _DEFAULTS.teacher_head,
    variants: Annotated[
        int | None,
        typer.Option(
            help="Changed copies of each text that the teacher answers, 0 to 100. "
            f"({of_kinds('variants')})"
        ),
    ] = None,
    folds: Annotated[
        int,
        typer.Option(
            help="Where validation rows are too few to choose a threshold (60 to 2,000 rows in all): parts in which "
            "rows are answered by models that did not learn them; takes so many times as long; 0 for none."
        ),
    ] = _DEFAULTS.folds,
    turns: Annotated[
        int,
        typer.Option(
            help="With --conversation: turns through which the loss is traced back, 1 to 1,000."
        ),
    ] = _DEFAULTS.turns,
    spans_weight: Annotated[
        float, typer.Option(help="Of spans against the label, above 0, up to 100.")
    ] = _DEFAULTS.spans_weight,
    exits: cli_options.Exits = False,
    exit_loss: cli_options.ExitLoss = None,
    wide: cli_options.Wide = _DEFAULTS.wide,
    rules: cli_options.Rules = None,
    vocab_size: cli_options.VocabSize = None,
    seq_length: cli_options.SeqLength = None,
    max_samples: cli_options.MaxSamples = None,
    hidden_size: cli_options.HiddenSize = None,
    num_layers: cli_options.NumLayers = None,
    word_noise: cli_options.WordNoise = None,
    use_memory: cli_options.UseMemory = False,
    work: Annotated[
        Path | None,
        typer.Option(
            help="Folder for what can be made again, to be shared or removed. (default: OUT/work)"
        ),
    ] = None,
    pictures: Annotated[
        bool,
        typer.Option(help="Draw the report's; without, matplotlib is not needed."),
    ] = True,
    restart: Annotated[
        bool, typer.Option("--restart", help="Forget an interrupted training."), OneCall()
    ] = False,
    accelerator: Annotated[str, typer.Option(help=f"{', '.join(ACCELERATORS)}.")] = "auto",
    devices: Annotated[
        int, typer.Option(help="Processes per machine, one GPU each, 1 to 4,096.")
    ] = 1,
    nodes: Annotated[int, typer.Option(help="Machines, 1 to 65,536; see docs/training.md.")] = 1,
    precision: Annotated[str, typer.Option(help=f"{', '.join(PRECISIONS)}.")] = "auto",
    workers: Annotated[
        int | None,
        typer.Option(
            help=f"Processes that prepare batches, 0 to {MOST_WORKERS}. (default: by the processor)"
        ),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print the report's figures as JSON, nothing else."),
        OneCall(),
    ] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Train a text classifier: a file of texts and labels to a checkpoint, with a report.

    The checkpoint keeps the weights with the best validation accuracy, calibrated, with a threshold
    below which it abstains, and validation texts on which [b]neurolite-export --checkpoint[/b] checks every
    file. Run the same command again after an interruption, and it goes on to the same result.

    All options may stand in a TOML file, [b]--config run.toml[/b], paths in it relative to it; what was in effect is
    saved beside the checkpoint as [b]run.toml[/b], and trains the same again.

    Exit codes: 0 trained; 2 wrong usage or input, or standard output cannot be written; 130 interrupted,
    143 terminated.

    Examples:
      neurolite-train intents.csv --out intents/

      neurolite-train train.csv --validation dev.csv --test test.csv --teacher all-MiniLM-L6-v2/ --out intents/

      neurolite-train tagged.csv --multi-label --label-separator ";" --out tags/

      neurolite-train train.jsonl --out-of-scope chatter.txt --minutes 5 --out intents/

      neurolite-train texts.txt --task embedding --teacher all-MiniLM-L6-v2/ --size english --out english/

      neurolite-train few.csv --start english/ --out intents/

      neurolite-train train.conll --validation valid.conll --test test.conll --out slots/

      neurolite-train dialogues.csv --conversation dialogue --out dialogues/

      neurolite-train corpus/ --task generation --vocab-size 10000 --out words/

      neurolite-train --config intents/run.toml --seed 1 --out second/
    """
    with exit_codes():
        more = (*(unlabelled or ()), *(out_of_scope or ()), *(labelled or ()))
        offline_unless_named(*data, validation, test, *more)
        leave_nothing()
        share_processors(devices)
        if is_wanted(effective):
            run_closed_form(effective, as_json=as_json)
            return
        require("torch", extra="train")
        from neurolite_core.training.launching import launch
        from neurolite_core.training.running import RUNS

        require_choice("--task", task, TASKS)
        require_choice("--size", size or DEFAULT_SIZE, PRESETS)
        kind = kind_of(effective)
        require_together(effective, kind)
        request, saved = request_of(effective, kind)
        RUNS[kind](request, launch(request.machine), saved, as_json=as_json)
