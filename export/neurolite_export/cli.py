"""``neurolite-export``: a checkpoint or preset to verified files for devices."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from neurolite_core.command_line import EXIT_REFUSED, exit_codes, print_version
from neurolite_core.dependencies import require
from neurolite_core.errors import GateError, InputError
from neurolite_core.validation import require_choice
from neurolite_export.probes import built_in_probes, read_probes
from neurolite_export.targets import TARGETS

if TYPE_CHECKING:
    from neurolite_export.exporting import Exported
    from neurolite_export.target import Target

DEFAULT_SIZE = "tiny"
INPUT_TYPES = ("bytes", "string")

app = typer.Typer(add_completion=False, rich_markup_mode="rich")


@app.command()
def main(
    size: Annotated[
        str | None,
        typer.Option(help="Preset: tiny, small or base (about 1, 3 and 8 million parameters)."),
    ] = None,
    target: Annotated[
        list[str] | None, typer.Option(help=f"Format, may be repeated: {', '.join(TARGETS)}.")
    ] = None,
    int8: Annotated[
        bool, typer.Option("--int8", help="Quantize the table and every matrix product.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path(),
    checkpoint: Annotated[
        Path | None, typer.Option(help="Trained model: a folder of safetensors, config and labels.")
    ] = None,
    probe: Annotated[
        Path | None,
        typer.Option(
            help="Your own texts for the gates: .txt, .csv, .tsv or .jsonl; 'text' and maybe 'label'."
        ),
    ] = None,
    input_type: Annotated[
        str,
        typer.Option(
            "--input",
            help="What the file takes: bytes, or string (onnx only; not stock onnxruntime).",
        ),
    ] = "bytes",
    seed: Annotated[int, typer.Option(help="Of the random weights, without a checkpoint.")] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the reports as JSON, nothing else.")
    ] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Export a model: one file that takes UTF-8 bytes and gives the answer.

    Every export is compared with the PyTorch reference on probe texts: yours (--probe), else those in
    the checkpoint, else a built-in multilingual set, which is in any case part of the check of the
    hash. Beside the file lies its parity report, [b]FILE.parity.json[/b]. A file is refused, and nothing written, when its hash
    differs anywhere, its float32 outputs differ by more than 1e-4, its top answer agrees on fewer
    than 99 % of the texts, or labelled texts lose more than 0.5 point.

    Exit codes: 0 exported, 1 refused by a gate, 2 wrong usage or input.

    Examples:
      neurolite-export --size tiny --target onnx --int8

      neurolite-export --checkpoint intents/ --int8 --probe test.csv --out build/
    """
    console = Console(stderr=True)
    with exit_codes():
        names = list(dict.fromkeys(target or ["onnx"]))
        targets = _targets(input_type)
        for name in names:
            require_choice("--target", name, targets)
        if checkpoint is not None and size is not None:
            raise InputError(
                "--size and --checkpoint were both given; a checkpoint has its own size."
            )
        # Late: --help and a wrong option need not wait for these.
        for module in ("torch", "onnxscript", "onnxruntime"):
            require(module, extra="export")
        with console.status("loading") as status:
            done, refused = _export_all(
                size,
                checkpoint,
                seed,
                [targets[name] for name in names],
                int8,
                out,
                probe,
                status.update,
            )
        if as_json:
            typer.echo(json.dumps([item.to_dict() for item in done], indent=2, sort_keys=True))
        for item in done if not as_json else []:
            _show(item, Console())
        if done:
            _note(console, random=checkpoint is None, strings=input_type == "string")
        for message in refused:
            typer.echo(f"Refused: {message}", err=True)
        if refused:
            raise typer.Exit(EXIT_REFUSED)


def _targets(input_type: str) -> Mapping[str, Callable[[], Target]]:
    """The targets that can take this input."""
    require_choice("--input", input_type, INPUT_TYPES)
    return TARGETS if input_type == "bytes" else {"onnx": _string_onnx}


def _string_onnx() -> Target:
    from neurolite_export.targets.onnx.target import StringOnnxTarget

    return StringOnnxTarget()


def _note(console: Console, *, random: bool, strings: bool) -> None:
    if random:
        console.print(
            "[yellow]The weights are random[/yellow]: size, speed and parity are real, the answers "
            "mean nothing. Export a trained model with --checkpoint."
        )
    if strings:
        console.print(
            "String input needs the native op ([b]neurolite-ops build[/b]) or onnxruntime-extensions "
            "wherever the file is opened; stock onnxruntime cannot read a string's bytes."
        )


def _export_all(
    size: str | None,
    checkpoint: Path | None,
    seed: int,
    targets: list[Callable[[], Target]],
    int8: bool,
    out: Path,
    probe: Path | None,
    tell: Callable[[str], None],
) -> tuple[list[Exported], list[str]]:
    """What was exported, and why the rest was refused: one refusal does not stop other targets."""
    from neurolite_core.checkpoint import PROBES
    from neurolite_export.exporting import checkpoint_source, export, seeded_source

    if checkpoint is None:
        source = seeded_source(size or DEFAULT_SIZE, seed)
    else:
        source = checkpoint_source(checkpoint)
    if probe is None and checkpoint is not None and (checkpoint / PROBES).is_file():
        probe = checkpoint / PROBES
    labels = source.network.labels
    probes = built_in_probes() if probe is None else read_probes(probe, labels)
    precision = "int8" if int8 else "float32"
    done: list[Exported] = []
    refused: list[str] = []
    for target in targets:
        try:
            done.append(export(source, target(), precision, out, probes, progress=tell))
        except GateError as error:
            refused.append(str(error))
    return done, refused


def _show(item: Exported, console: Console) -> None:
    table = Table(title=str(item.path), title_justify="left", title_style="bold")
    table.add_column("measured")
    table.add_column("found", justify="right")
    table.add_column("allowed")
    table.add_column("", justify="center")
    for gate in item.gates:
        table.add_row(gate.gate, gate.found, gate.allowed, "ok" if gate.passed else "FAILED")
    table.add_section()
    parity = item.parity
    table.add_row(f"max {parity.output} error", f"{parity.max_abs_error:.3g}", "", "")
    table.add_row("SQNR", f"{parity.sqnr_db:.1f} dB", "", "")
    table.add_row("size", f"{item.size_bytes:,} bytes", "", "")
    table.add_row("parameters", f"{item.metadata.parameters:,}", "", "")
    for kind, count in item.contents.weight_values.items():
        table.add_row(f"stored as {kind}", f"{count:,}", "", "")
    console.print(table)
    console.print(
        f"probes: {parity.probes}; worst text: {parity.worst_text!r}", markup=False, highlight=False
    )
    console.print(f"report: {item.report_path}", markup=False, highlight=False)


if __name__ == "__main__":
    app()
