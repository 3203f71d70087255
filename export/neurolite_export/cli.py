"""``neurolite-export``: a checkpoint or preset to verified files for devices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurolite_core.artifact.metadata import PRECISIONS
from neurolite_core.data.hub import offline_unless_named
from neurolite_core.ground.checks import require_choice
from neurolite_core.ground.command_line import EXIT_REFUSED, App, exit_codes, print_version, say
from neurolite_core.ground.errors import GateError, InputError, UnsupportedError
from neurolite_core.ground.home import leave_nothing
from neurolite_core.ground.streams import note_written
from neurolite_core.ground.terminal import SafeConsole, json_text
from neurolite_core.ground.threads import share_processors
from neurolite_core.models.default import DEFAULT_MODEL, MODELS
from neurolite_core.network.settings import BACKBONE_HELP, SET_HELP
from neurolite_export.listing import list_targets
from neurolite_export.planning import Job, plan_jobs
from neurolite_export.probes import built_in_probes, read_probes
from neurolite_export.showing import show_doubts, show_exported, show_inspected, show_notes
from neurolite_export.targets import TARGETS, require_installed

if TYPE_CHECKING:
    from neurolite_export.exporting import Exported
    from neurolite_export.source import Source

DEFAULT_TARGET = "onnx"
DEFAULT_PRECISION = "float32"

app = App(add_completion=False, rich_markup_mode="rich")


@app.command()
def main(
    size: Annotated[
        str | None,
        typer.Option(
            help="Preset with random weights, to try sizes and speed: tiny, small or base (about 1, 3 "
            "and 8 million parameters), english (2 million, most of them in four bits) or micro (0.7 million, likewise, "
            "for microcontrollers)."
        ),
    ] = None,
    backbone: Annotated[str | None, typer.Option(help=f"Of --size: {BACKBONE_HELP}")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help=f"Of --size: {SET_HELP}", metavar="NAME=VALUE"),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(help=f"Format, may be repeated: {', '.join(TARGETS)}, or all."),
    ] = None,
    int8: Annotated[
        bool, typer.Option("--int8", help="Quantize the table and every matrix product.")
    ] = False,
    precision: Annotated[
        list[str] | None,
        typer.Option(
            help=f"Precision, may be repeated: {', '.join(PRECISIONS)}, or all that a target has."
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path(),
    name: Annotated[
        str | None,
        typer.Option(help="Of the model, in its files' names. (default: that of its folder)"),
    ] = None,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace", help="Replace files that another model of this name has left in --out."
        ),
    ] = False,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="Trained model, as neurolite-train writes it. (default: --model)"),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="A model of the package: intents (150 English ones) or english (an encoder, whose vectors say what "
            f"texts mean). (default: {DEFAULT_MODEL})"
        ),
    ] = None,
    probe: Annotated[
        Path | None,
        typer.Option(
            help="Your own texts for the gates: .txt, .csv, .tsv or .jsonl; 'text' and maybe 'label'."
        ),
    ] = None,
    label_separator: Annotated[
        str | None,
        typer.Option(
            help="What stands between labels in --probe, of a model of several labels a text. (default: |)",
            metavar="TEXT",
        ),
    ] = None,
    rename_label: Annotated[
        list[str] | None,
        typer.Option(
            help="Another name for a label in the exported files, may be repeated.",
            metavar="OLD=NEW",
        ),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(
            help="rules.toml: rules to decide beside the network, in place of those of the checkpoint (docs/rules.md).",
            metavar="FILE",
        ),
    ] = None,
    input_type: Annotated[
        str,
        typer.Option(
            "--input",
            help="What the file takes: bytes, or string (onnx only; not stock onnxruntime).",
        ),
    ] = "bytes",
    static: Annotated[
        int | None,
        typer.Option(
            help="Of onnx: a file of this one fixed shape, in standard operators alone, for engines that are not ONNX "
            "Runtime (docs/onnx.md). Texts are cut to so many bytes, and to a fourth as many words; a multiple of 64.",
            metavar="BYTES",
        ),
    ] = None,
    source: Annotated[
        bool,
        typer.Option(
            "--source",
            help="Of c: NAME.c and NAME.h beside the .nlm, for a firmware that has the model in its flash "
            "(docs/c-microcontrollers.md).",
        ),
    ] = False,
    form: Annotated[
        str,
        typer.Option(
            help="Of a generator: window, which reads the last words anew for each, or stream, which goes on from a state "
            "(docs/generation.md)."
        ),
    ] = "window",
    seed: Annotated[int, typer.Option(help="Of the random weights of --size, 0 to 2^63 - 1.")] = 0,
    list_all: Annotated[
        bool,
        typer.Option("--list", help="Show targets, precisions and what is installed, then stop."),
    ] = False,
    inspect: Annotated[
        Path | None,
        typer.Option(help="Show what an exported file really contains, then stop.", metavar="FILE"),
    ] = None,
    unsealed: Annotated[
        bool,
        typer.Option(
            "--unsealed",
            help="Inspect a file that was changed since its export, as by a quantizer.",
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the reports as JSON, nothing else.")
    ] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Export a model: one file that takes UTF-8 bytes and gives the answer.

    Every export is compared with the PyTorch reference on probe texts: yours (--probe), else those in the checkpoint,
    else a built-in multilingual set, which is in any case part of the check of the hash. The numbers go into the
    model's certificate beside the files, as [b].certificate.json[/b] and as a page, [b].certificate.html[/b]. A file
    is refused and not written when its hash differs anywhere, its float32 outputs differ by more than 1e-4, or the
    texts show, by a 95 % interval, that its top answer agrees on fewer than 99 % of all texts or that labelled ones
    lose more than 0.5 point. Where they are too few to tell, the file is written, and the certificate says [b]not
    proven[/b] and how many would do. One refusal does not stop the other files. Files that another model of the same
    name has left in --out are not replaced: give this one a --name, or say --replace.

    Exit codes: 0 exported; 1 refused by a gate; 2 wrong usage or input, or standard output cannot be written;
    130 interrupted, 143 terminated.

    Examples:
      neurolite-export --int8

      neurolite-export --size tiny --target all --int8

      neurolite-export --checkpoint intents/ --target onnx --target litert --precision all --out build/

      neurolite-export --checkpoint intents/ --rename-label alarm=set_alarm --int8

      neurolite-export --model intents --rules rules.toml --int8

      neurolite-export --model english --int8

      neurolite-export --target onnx --static 256

      neurolite-export --list

      neurolite-export --inspect build/neurolite-intents-int8.tflite
    """
    console = SafeConsole(stderr=True)
    with exit_codes():
        offline_unless_named(probe)
        leave_nothing()
        share_processors()
        if list_all:
            list_targets(as_json=as_json)
            return
        if inspect is not None:
            show_inspected(inspect, as_json=as_json, unsealed=unsealed)
            return
        asked = _precisions(precision, int8=int8)
        jobs = plan_jobs(target or [DEFAULT_TARGET], asked, input_type, static, source=source)
        for needed in dict.fromkeys(job.target for job in jobs):
            require_installed(needed)
        with console.status("loading") as status:
            done, refused = _export_all(
                _Request(
                    size,
                    _weights_of(size, checkpoint, model, seed),
                    seed,
                    out,
                    probe,
                    label_separator,
                    name,
                    replace,
                    tuple(rename_label or ()),
                    rules,
                    (backbone, tuple(settings or ())),
                    form,
                ),
                jobs,
                status.update,
            )
        _show(done, as_json=as_json)
        if done:
            show_doubts(console, done)
            show_notes(console, random=size is not None, strings=input_type == "string")
        for message in refused:
            say(f"Refused: {message}")
        if refused:
            raise typer.Exit(EXIT_REFUSED)


def _weights_of(
    size: str | None, checkpoint: Path | None, model: str | None, seed: int
) -> Path | None:
    """The folder of the weights; None for random ones."""
    given = {"--size": size, "--checkpoint": checkpoint, "--model": model}
    first, *more = [name for name, value in given.items() if value is not None] or ["--model"]
    if more:
        raise InputError(
            f"{first} and {more[0]} were both given; each is a model of its own. Leave one of them out."
        )
    if size is not None:
        return None
    if seed:
        raise InputError(
            "--seed is about the random weights of --size; a trained model has its own."
        )
    if checkpoint is not None:
        return checkpoint
    chosen = model or DEFAULT_MODEL
    require_choice("--model", chosen, MODELS)
    return MODELS[chosen]


def _show(done: list[Exported], *, as_json: bool) -> None:
    for item in done:
        for path in (item.path, *item.sources):
            note_written(path)
        note_written(item.certificate)
    if as_json:
        from neurolite_export.certificate import row_of

        typer.echo(json_text([row_of(item.built) for item in done], indent=2, sort_keys=True))
        return
    for item in done:
        show_exported(item, SafeConsole())


def _precisions(precision: list[str] | None, *, int8: bool) -> list[str]:
    asked = [*(precision or []), *(["int8"] if int8 else [])]
    return asked or [DEFAULT_PRECISION]


@dataclass(frozen=True, slots=True)
class _Request:
    """What to export and where to."""

    size: str | None  # random weights; else the checkpoint's
    checkpoint: Path | None
    seed: int
    out: Path
    probe: Path | None
    separator: str | None
    name: str | None
    replace: bool
    renames: tuple[str, ...]
    rules: Path | None = None
    shape: tuple[str | None, tuple[str, ...]] = (
        None,
        (),
    )  # the backbone and settings of random weights
    form: str = "window"


def _source_of(request: _Request) -> Source:
    """The model that is asked for; says where copies beside a checkpoint differ from it."""
    from neurolite_core.artifact.checkpoint import LABELS
    from neurolite_export.names import named
    from neurolite_export.source import checkpoint_source, seeded_source

    if request.checkpoint is None:
        assert request.size is not None  # noqa: S101  # one of the two is given
        source = seeded_source(request.size, request.seed, *request.shape)
        return named(source, Path(source.name), request.name)
    if request.shape != (None, ()):
        raise InputError(
            "--backbone and --set shape the random model of --size; a trained one has its own shape. Leave them out, or "
            "train another: neurolite-train --backbone NAME"
        )
    folder = request.checkpoint
    source = named(checkpoint_source(folder), folder, request.name)
    for copy in source.differing:
        hint = " Labels get other names by --rename-label OLD=NEW." if copy == LABELS else ""
        say(f"Note: {copy} is not what the checkpoint holds; it is a copy, and not read.{hint}")
    return source


def _export_all(
    request: _Request, jobs: list[Job], tell: Callable[[str], None]
) -> tuple[list[Exported], list[str]]:
    """What was exported, and why the rest was refused: one refusal does not stop other targets."""
    from neurolite_core.data.label_cells import separator_of
    from neurolite_export.exporting import export
    from neurolite_export.forms import formed
    from neurolite_export.renaming import read_renames, rename_labels
    from neurolite_export.rule_rows import ruled
    from neurolite_export.span_rows import types_of

    source = _source_of(request)
    source = ruled(source, request.rules)
    labels = source.network.labels
    renames = read_renames(request.renames, labels)
    if request.probe is not None:
        # It may have the new names already.
        known = (*labels, *(new for new in renames.values() if new not in labels))
        separator = separator_of(source.network.task, request.separator, source.name)
        types = types_of(source.network)
        probes = read_probes(request.probe, known, separator=separator, types=types)
    else:
        probes = source.probes or built_in_probes()
    source, probes = rename_labels(source, probes, renames)
    source = formed(source, request.form)
    done: list[Exported] = []
    refused: list[str] = []
    for number, job in enumerate(jobs, 1):

        def progress(step: str, number: int = number) -> None:
            tell(f"{number} of {len(jobs)}: {step}")

        try:
            item = export(
                source,
                job.load(),
                job.precision,
                request.out,
                probes,
                progress=progress,
                replace=request.replace,
                sources=job.sources,
            )
        except GateError as error:
            refused.append(str(error))
            continue
        except UnsupportedError as error:
            if job.by_name:
                raise
            say(f"Left out: {error}")
            continue
        done.append(item)
        if item.aside is not None:  # at once: a later job may fail
            say(f"Note: {item.aside}.")
    return done, refused


if __name__ == "__main__":
    app()
