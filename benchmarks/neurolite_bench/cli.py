"""``neurolite-bench``: measures files and peers, compares and shows reports."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from typer.core import TyperGroup

from neurolite_bench.measuring.benchmark import run_benchmark
from neurolite_bench.measuring.request import Request, check, prepare
from neurolite_bench.report.compare_command import compare_reports
from neurolite_bench.report.files import as_json, write_report
from neurolite_bench.report.model import Report
from neurolite_bench.report.report_command import show_report, write_views
from neurolite_bench.report.terminal import print_report
from neurolite_core.data.hub import offline_unless_named
from neurolite_core.ground.command_line import (
    EXIT_INTERRUPTED,
    EXIT_REFUSED,
    App,
    exit_codes,
    print_version,
)
from neurolite_core.ground.configurable import Effective, configurable
from neurolite_core.ground.home import leave_nothing
from neurolite_core.ground.options import OneCall
from neurolite_core.ground.streams import note_written
from neurolite_core.ground.terminal import SafeConsole
from neurolite_core.ground.threads import share_processors

DEFAULT: Final = "measure"
REPORT: Final = "report.json"


class DefaultToMeasure(TyperGroup):
    """``neurolite-bench FILE`` is ``neurolite-bench measure FILE``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  # click's own
        """Puts the default command first where none is named."""
        if args and args[0] not in (*self.commands, "--help", "--version"):
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)


app = App(
    cls=DefaultToMeasure,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="rich",
)
app.command("compare")(compare_reports)
app.command("report")(show_report)


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Measure models from text to answer, and show it in a report that others can check.

    [b]neurolite-bench FILE...[/b] is short for [b]neurolite-bench measure FILE...[/b]; all options are in
    [b]neurolite-bench measure --help[/b].

    Examples:
      neurolite-bench neurolite-intents-int8.onnx

      neurolite-bench --size tiny --target all --peers all --out bench/

      neurolite-bench compare bench/report.json later/report.json

      neurolite-bench report bench/report.json --html page.html
    """


@app.command(DEFAULT)
@configurable("neurolite-bench")
def measure_command(
    effective: Effective,
    file: Annotated[
        list[Path] | None,
        typer.Argument(help="Exported models, each with its certificate beside it."),
    ] = None,
    size: Annotated[
        list[str] | None,
        typer.Option(
            help="Export and measure this preset: tiny, small, base, english or micro. May be repeated."
        ),
    ] = None,
    checkpoint: Annotated[
        list[Path] | None, typer.Option(help="Export and measure this trained model.")
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(
            help="Of --size and --checkpoint: onnx, litert, executorch, coreml, coreai, c or all. (default: onnx)"
        ),
    ] = None,
    precision: Annotated[
        list[str] | None,
        typer.Option(
            help="Of --size and --checkpoint: float32, float16, int8. (default: float32 and int8)"
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            help="Whose targets apply to all files: tiny, small or base. (default: by each file's name)",
        ),
    ] = None,
    kernel: Annotated[
        str,
        typer.Option(
            help="Hash in onnxruntime: auto takes what an app would get; all measures the native op "
            "and the function body, if the op was built."
        ),
    ] = "auto",
    peers: Annotated[
        list[str] | None,
        typer.Option(
            help="Measure this beside them: all, transformers, classic, or one by name. May be repeated."
        ),
    ] = None,
    labelled: Annotated[
        Path | None,
        typer.Option(
            help="Rows with text and label: --size and the peers learn from them with default "
            "settings, and everything with these labels is asked for the test rows. One label a text."
        ),
    ] = None,
    test: Annotated[
        Path | None, typer.Option(help="Test rows. (default: a fifth of --labelled)")
    ] = None,
    teacher: Annotated[
        Path | None,
        typer.Option(help="Folder of a sentence encoder: gives peers its vocabulary, and teaches."),
    ] = None,
    texts: Annotated[
        Path | None,
        typer.Option(help="Your own texts (.txt, .csv, .tsv, .jsonl), timed as one more class."),
    ] = None,
    repeats: Annotated[int, typer.Option(help="Fresh processes of each subject, 1 to 1,000.")] = 5,
    rounds: Annotated[
        int,
        typer.Option(help="Rounds in each repeat, in which all subjects run in turn, 1 to 10,000."),
    ] = 10,
    runs: Annotated[
        int, typer.Option(help="Calls of each class of texts, at least; 1 to 1,000,000.")
    ] = 1000,
    seconds: Annotated[
        float,
        typer.Option(
            help="Time of each class of texts, at least, 0 to 3600; slow subjects get 20 times this at most."
        ),
    ] = 0.5,
    hash_share: Annotated[
        bool,
        typer.Option(help="Measure how much of the time is hashing (needs the export extras)."),
    ] = True,
    reuse: Annotated[
        bool,
        typer.Option(
            "--reuse",
            help="Take files that an earlier run exported to --out from the same weights, to measure again.",
        ),
    ] = False,
    seed: Annotated[int, typer.Option(help="Of trainings and splits, 0 to 2^31 - 1.")] = 0,
    unsealed: Annotated[
        bool,
        typer.Option(
            "--unsealed",
            help="Measure files, and take certificates, that were changed since they were written; the report says so.",
        ),
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder for the report and what is exported.")] = Path(
        "bench"
    ),
    check_targets: Annotated[
        bool,
        typer.Option("--check", help="Exit 1 if a target was missed or not measured."),
        OneCall(),
    ] = False,
    json_out: Annotated[
        bool, typer.Option("--json", help="Print the report as JSON, nothing else."), OneCall()
    ] = False,
) -> None:
    """Measure exported files, and peers beside them; text in, answer out, one thread.

    Each subject runs in fresh processes: cold load, first answer, memory that the model adds, then classes
    of real sentences, a sweep over length and batches, on one thread and on all. All processes of a repeat run
    in turn, in alternating order. A file is timed only if the certificate beside it shows its parity with
    the reference. With [b]--unsealed[/b] one that was changed since its export, as by a quantizer, is timed without.

    Writes [b]report.json[/b] with all samples, [b]report.md[/b] and, with the extra 'report',
    [b]report.html[/b] to --out. After Ctrl-C the report holds what was measured until then.

    All options may stand in a TOML file, [b]--config run.toml[/b], paths in it relative to it; what was in effect
    is saved beside the report as [b]run.toml[/b].

    Exit codes: 0 measured; 1 a file was refused or failed, or --check found a target missed; 2 wrong usage
    or input; 130 interrupted.

    Examples:
      neurolite-bench build/neurolite-intents-int8.onnx --check

      neurolite-bench build/*.onnx build/*.tflite --texts queries.txt --repeats 3

      neurolite-bench --size tiny --peers classic --labelled train.csv --test test.csv

      neurolite-bench --config bench/run.toml --out later/
    """
    with exit_codes():
        offline_unless_named(labelled, test, texts)
        leave_nothing()
        share_processors()  # of exports and trainings; what is timed has its own rules
        request = Request(
            files=tuple(file or ()),
            sizes=tuple(dict.fromkeys(size or ())),
            checkpoints=tuple(checkpoint or ()),
            targets=tuple(target or ("onnx",)),
            precisions=tuple(precision or ("float32", "int8")),
            preset=preset,
            kernel=kernel,
            peers=tuple(peers or ()),
            labelled=labelled,
            test=test,
            teacher=teacher,
            texts=texts,
            repeats=repeats,
            rounds=rounds,
            runs=runs,
            seconds=seconds,
            hash_share=hash_share,
            seed=seed,
            reuse=reuse,
            unsealed=unsealed,
            out=out,
            command=(Path(sys.argv[0]).name, *sys.argv[1:]),
        )
        check(request)
        with _progress() as tell:
            report = run_benchmark(prepare(request, tell), tell)
        path = write_report(report, out / REPORT)
        note_written(path)
        effective.save(out)
        write_views(report, path)
        if json_out:
            typer.echo(as_json(report), nl=False)
        else:
            print_report(report, SafeConsole())
        raise typer.Exit(exit_code(report, check_targets=check_targets))


def exit_code(report: Report, *, check_targets: bool) -> int:
    """What the command says of a report to a program."""
    if report.interrupted:
        return EXIT_INTERRUPTED
    missed = check_targets and any(verdict.met is not True for verdict in report.verdicts)
    failed = any(subject.failure for subject in report.subjects)
    return EXIT_REFUSED if missed or failed or report.refusals else 0


@contextmanager
def _progress() -> Iterator[Callable[[str, float], None]]:
    """A bar on standard error; on something else than a terminal, nothing."""
    console = SafeConsole(stderr=True)
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=1.0)
        yield lambda what, done: bar.update(task, description=what, completed=done)


if __name__ == "__main__":
    app()
