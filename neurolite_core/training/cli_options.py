"""Options of ``neurolite-train`` that have no room in its function: each is a type with its help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurolite_core.training.options import WIDE_MODES, TrainingOptions

_DEFAULTS = TrainingOptions()

VocabSize = Annotated[
    int | None,
    typer.Option(
        help=f"With --task generation: entries to choose from, 259 to 65,536. (default: {_DEFAULTS.vocab_size:,})"
    ),
]
SeqLength = Annotated[
    int | None,
    typer.Option(
        help=f"With --task generation: words that the model reads, 2 to 8,192. (default: {_DEFAULTS.seq_length})"
    ),
]
MaxSamples = Annotated[
    int | None,
    typer.Option(help="With --task generation: documents to learn at most. (default: all)"),
]
HiddenSize = Annotated[
    int | None,
    typer.Option(help="With --task generation: channels of the backbone. (default: the preset's)"),
]
NumLayers = Annotated[
    int | None, typer.Option(help="With --task generation: blocks of the backbone. (default: 2)")
]
WordNoise = Annotated[
    float | None,
    typer.Option(
        help="With --task generation: share of words read as others of the texts while it learns. (default: 0)"
    ),
]
UseMemory = Annotated[
    bool,
    typer.Option(
        "--use-memory",
        help="Not built: generators remember by the state of their backbone; texts with labels by --conversation.",
    ),
]
Exits = Annotated[
    bool,
    typer.Option(
        "--exits",
        help="A classifier behind each layer: the first that is sure answers, and the later layers are not computed where "
        "the file's format allows it.",
    ),
]
ExitLoss = Annotated[
    float | None,
    typer.Option(
        help="With --exits: share of the validation texts that answering early may cost, 0 to 0.5. "
        f"(default: {_DEFAULTS.exit_loss:g})"
    ),
]
Wide = Annotated[
    str,
    typer.Option(
        help=f"{', '.join(WIDE_MODES)}: a linear model of n-grams beside the network; auto keeps it where validation "
        "rows show a clear gain, but with --size micro, which leaves it no room."
    ),
]
Rules = Annotated[
    Path | None,
    typer.Option(
        help="rules.toml: words and phrases that force, forbid or speak for labels, or let the model abstain, whatever "
        "the network says; weights that it does not give are learned (docs/rules.md).",
        metavar="FILE",
    ),
]
