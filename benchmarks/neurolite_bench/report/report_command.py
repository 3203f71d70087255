"""``neurolite-bench report``: a report shown again, from its JSON alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurolite_bench.report.files import read_report
from neurolite_bench.report.markdown import markdown_of
from neurolite_bench.report.model import Report
from neurolite_bench.report.page import render_page
from neurolite_bench.report.terminal import print_report
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.errors import MissingDependencyError
from neurolite_core.ground.files import write_atomically
from neurolite_core.ground.terminal import SafeConsole


def show_report(
    file: Annotated[Path, typer.Argument(help="report.json of a run.")],
    markdown: Annotated[
        Path | None, typer.Option(help="Markdown to write. (default: beside FILE, as .md)")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Page to write. (default: beside FILE, as .html)")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print no tables.")] = False,
    all_warnings: Annotated[
        bool, typer.Option("--warnings", help="Print every warning, not one line for all.")
    ] = False,
    unsealed: Annotated[
        bool,
        typer.Option(
            "--unsealed",
            help="Read a report that was changed since it was written; a warning says so everywhere.",
        ),
    ] = False,
) -> None:
    """Show a report: tables here, a Markdown file, and a page with pictures that opens offline.

    The page needs the extra 'report'; without it, and without --html, it is left out.

    Examples:
      neurolite-bench report bench/report.json

      neurolite-bench report bench/report.json --html page.html --quiet
    """
    with exit_codes():
        report = read_report(file, unsealed=unsealed)
        if not quiet:
            print_report(report, SafeConsole(), all_warnings=all_warnings)
        write_views(report, file, markdown=markdown, html=html)


def write_views(
    report: Report, file: Path, *, markdown: Path | None = None, html: Path | None = None
) -> None:
    """Writes Markdown and page of a report, and says so on standard error.

    Args:
        report: what to show.
        file: its JSON, beside which they lie where no other place is given.
        markdown: where to write Markdown.
        html: where to write the page.

    Raises:
        InputError: a file cannot be written.
        MissingDependencyError: a place for the page was given, and it cannot be made; else it is left out.
    """
    written = [markdown or file.with_suffix(".md")]
    write_atomically(written[0], markdown_of(report).encode())
    try:
        page = render_page(report)
    except MissingDependencyError as error:
        if html is not None:
            raise
        typer.echo(f"No page: {error}", err=True)
    else:
        written.append(html or file.with_suffix(".html"))
        write_atomically(written[-1], page.encode())
    typer.echo(f"Wrote {' and '.join(map(str, written))}", err=True)
