"""``neurolite-demo``: a page, or a terminal, in which an exported model answers what is typed."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from neurolite_core.ground.checks import require_range
from neurolite_core.ground.command_line import App, exit_codes, print_version, say
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.streams import note_written
from neurolite_core.ground.terminal import SafeConsole, shown
from neurolite_runtimes.demo.artifacts import models_of, open_artifacts
from neurolite_runtimes.demo.onnxruntime_web import fetch
from neurolite_runtimes.demo.packaged import packaged_files
from neurolite_runtimes.demo.server import DemoServer
from neurolite_runtimes.demo.site import Site, site_of, write_site
from neurolite_runtimes.demo.terminal import talk

app = App(add_completion=False, rich_markup_mode="rich")


@app.command()
def main(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="Exported models of any target; several of one model are shown side by side. "
            "(default: the package's own model, exported now)",
        ),
    ] = None,
    terminal: Annotated[
        bool, typer.Option("--terminal", help="Answer lines here, without a browser.")
    ] = False,
    store: Annotated[
        Path | None,
        typer.Option(
            help="With --terminal: keep what is taught in this file, .nls.", metavar="STORE"
        ),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address and open nothing.")
    ] = False,
    port: Annotated[int, typer.Option(help="Of 127.0.0.1; 0 takes a free one.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write the page to this folder, for any server of files.", metavar="FOLDER"
        ),
    ] = None,
    fetch_onnxruntime_web: Annotated[
        bool,
        typer.Option(
            "--fetch-onnxruntime-web",
            help="Get what runs .onnx files in a page from npm, 14 MB, once; then go on where FILE is named.",
        ),
    ] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Try an exported model: type, and see what it answers.

    Opens a page that this machine serves to itself alone (127.0.0.1). A .nlm file runs in the page by the C runtime as
    WebAssembly, an .onnx file by ONNX Runtime Web where it was fetched; any other file, and those where these are
    missing, are answered by this command. Nothing that is typed leaves the machine.

    The page answers as you type, remembers a conversation where the model has a memory, learns labels, and measures
    how fast it is. With --terminal the same without a browser: lines are answered as they come, also through a pipe.

    Examples:
      neurolite-demo

      neurolite-demo neurolite-intents-int8.nlm neurolite-intents-int8.onnx

      neurolite-demo --terminal neurolite-dialogues-int8.nlm

      neurolite-demo --out site neurolite-intents-int8.nlm
    """
    with exit_codes():
        require_range("--port", port, 0, 65_535)
        _check(terminal=terminal, store=store, out=out)
        if fetch_onnxruntime_web:
            _fetch()
            if not files:
                return
        artifacts = open_artifacts(files or packaged_files())
        if terminal:
            if files is not None and len(files) > 1:
                raise InputError(f"--terminal is about one file, not {len(files)}; name one.")
            talk(artifacts[-1], store)
            return
        with SafeConsole(stderr=True).status("preparing the page"):
            site = site_of(models_of(artifacts))
        if site.missing:
            say(site.missing)
        if out is None:
            _serve(site, port, opens=not no_browser)
        else:
            _write(site, out)


def _check(*, terminal: bool, store: Path | None, out: Path | None) -> None:
    if store is not None and not terminal:
        raise InputError("--store is for --terminal: the page keeps what is taught in the browser.")
    if terminal and out is not None:
        raise InputError("--out writes the page, and --terminal has none; leave one out.")


def _fetch() -> None:
    with SafeConsole(stderr=True).status("npm"):
        paths = fetch()
    for path in paths:
        note_written(path)
        typer.echo(shown(f"{path} ({path.stat().st_size:,} bytes)"))


def _write(site: Site, folder: Path) -> None:
    for path in write_site(site, folder):
        note_written(path)
    typer.echo(shown(f"{folder}: python -m http.server --bind 127.0.0.1 --directory {folder}"))


def _serve(site: Site, port: int, *, opens: bool) -> None:
    with DemoServer(site, port) as server:
        typer.echo(f"{server.address} (Ctrl-C ends it)")
        if opens:
            webbrowser.open(server.address)
        server.serve_forever()


if __name__ == "__main__":
    app()
