"""A training of the command line from its request to what is said at the end."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import typer

from neurolite_core.answer.tasks import EMBEDDING, GENERATION, SPANS
from neurolite_core.data.showing import show_report
from neurolite_core.ground.configurable import Effective
from neurolite_core.ground.streams import note_written
from neurolite_core.ground.terminal import SafeConsole, json_text
from neurolite_core.training.conversations.run import train_conversations
from neurolite_core.training.display import Display
from neurolite_core.training.generation.run import train_generator
from neurolite_core.training.generation.telling import generator_rows, perplexity_of
from neurolite_core.training.kinds import CONVERSATIONS, TEXTS
from neurolite_core.training.pretraining.run import pretrain
from neurolite_core.training.request import Request, Trained
from neurolite_core.training.run import train
from neurolite_core.training.spans.run import train_spans
from neurolite_core.training.summary import SUMMARIES, encoder_rows, summary_table, tried_rows

if TYPE_CHECKING:
    from lightning_fabric import Fabric


def run_training(request: Request, fabric: Fabric, effective: Effective, *, as_json: bool) -> None:
    """Trains a classifier, and shows what came out."""
    console = SafeConsole(stderr=True, quiet=not fabric.is_global_zero)
    with Display(console) as display:
        trained = train(request, fabric, display, lambda report: show_report(report, console))
    if fabric.is_global_zero:
        _show(trained, effective, as_json=as_json)


def run_spans(request: Request, fabric: Fabric, effective: Effective, *, as_json: bool) -> None:
    """Trains a network that finds spans, beside labels or alone, and shows what came out."""
    console = SafeConsole(stderr=True)
    with Display(console) as display:
        trained = train_spans(request, fabric, display, lambda report: show_report(report, console))
    _show(trained, effective, as_json=as_json)


def run_conversations(
    request: Request, fabric: Fabric, effective: Effective, *, as_json: bool
) -> None:
    """Trains a classifier with a memory on conversations, and shows what came out."""
    with Display(SafeConsole(stderr=True)) as display:
        trained = train_conversations(request, fabric, display)
    _show(trained, effective, as_json=as_json)


def _show(trained: Trained, effective: Effective, *, as_json: bool) -> None:
    report = trained.report
    rows = [*SUMMARIES[report.task](report), *tried_rows(report)]
    lines = (f"report  {trained.folder / 'report.html'}", "")
    _say(trained.folder, trained.figures(), rows, effective, as_json=as_json, lines=lines)


def _say(
    folder: Path,
    figures: Mapping[str, object],
    rows: list[tuple[str, str]],
    effective: Effective,
    *,
    as_json: bool,
    lines: Sequence[str] = (),
) -> None:
    """Keeps the options beside the checkpoint, and says its figures, or its rows, some lines and what comes next."""
    effective.save(folder)
    note_written(folder)
    if as_json:
        typer.echo(json_text(figures, indent=2, sort_keys=True))
        return
    out = SafeConsole()
    out.print(summary_table(rows), highlight=False)
    for line in (*lines, f"Next: neurolite-export --checkpoint {shlex.quote(str(folder))} --int8"):
        out.print(line, soft_wrap=True)  # a line that is to be pasted


def run_pretraining(
    request: Request, fabric: Fabric, effective: Effective, *, as_json: bool
) -> None:
    """Trains an encoder, and shows what came out."""
    with Display(SafeConsole(stderr=True)) as display:
        encoded = pretrain(request, fabric, display)
    _say(encoded.folder, encoded.figures(), encoder_rows(encoded), effective, as_json=as_json)


def run_generation(
    request: Request, fabric: Fabric, effective: Effective, *, as_json: bool
) -> None:
    """Trains a generator, and shows what came out."""
    with Display(SafeConsole(stderr=True), perplexity_of) as display:
        generated = train_generator(request, fabric, display)
    _say(
        generated.folder, generated.figures(), generator_rows(generated), effective, as_json=as_json
    )


RUNS: Final[Mapping[str, Callable[..., None]]] = MappingProxyType(
    {
        TEXTS: run_training,
        SPANS: run_spans,
        CONVERSATIONS: run_conversations,
        EMBEDDING: run_pretraining,
        GENERATION: run_generation,
    }
)
"""What trains, by the kind of training that is asked for (``kinds.kind_of``)."""
