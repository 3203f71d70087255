"""``neurolite-ops``: builds the native op library for this machine and says what is in use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from neurolite_core.ground.command_line import App, exit_codes, print_version
from neurolite_core.ground.errors import InputError, NeuroLiteError
from neurolite_core.ground.streams import note_written
from neurolite_core.ground.terminal import SafeConsole, json_text, shown
from neurolite_runtimes.native_build import build_library, source_folder
from neurolite_runtimes.native_library import NativeLibrary, library_path, load_library
from neurolite_runtimes.source_layouts import LAYOUTS, write_layout
from neurolite_runtimes.wasm_build import build_wasm

EXIT_ABSENT = 1

app = App(add_completion=False, rich_markup_mode="rich", no_args_is_help=True)


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """The native hash op: models run without it, and faster with it.

    It is compiled once, for this machine, into the user's cache folder or [b]$NEUROLITE_OPS_DIR[/b];
    [b]neurolite-run[/b] and [b]open_artifact[/b] then use it by themselves.
    """


@app.command()
def build(
    headers: Annotated[
        Path | None,
        typer.Option(
            help="Folder with onnxruntime_c_api.h, where CMake does not find it.", metavar="DIR"
        ),
    ] = None,
    fetch_headers: Annotated[
        bool, typer.Option("--fetch-headers", help="Take the header from Debian's package, by apt.")
    ] = False,
    wasm: Annotated[
        bool,
        typer.Option(
            "--wasm", help="Make the module for pages and node instead; needs clang and lld."
        ),
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="With --wasm: where it goes.", metavar="DIR")
    ] = None,
) -> None:
    """Compile and install the library; needs CMake, a C compiler and ONNX Runtime's C header.

    Examples:
      neurolite-ops build --fetch-headers

      NEUROLITE_ORT_INCLUDE=~/onnxruntime/include neurolite-ops build

      neurolite-ops build --wasm --out site/neurolite
    """
    with exit_codes():
        if wasm or out is not None:
            _build_wasm(out, asked=wasm, others=headers is not None or fetch_headers)
            return
        if headers is not None and not (headers / "onnxruntime_c_api.h").is_file():
            raise InputError(f"--headers: {headers} has no onnxruntime_c_api.h. Give its folder.")
        with SafeConsole(stderr=True).status("compiling"):
            library = build_library(headers=headers, fetch_headers=fetch_headers)
        _show(library)


def _build_wasm(out: Path | None, *, asked: bool, others: bool) -> None:
    if not asked or out is None:
        raise InputError("--wasm and --out go together: neurolite-ops build --wasm --out DIR")
    if others:
        raise InputError("--headers and --fetch-headers are not for --wasm; leave them out.")
    with SafeConsole(stderr=True).status("compiling"):
        files = build_wasm(out)
    for file in files:
        note_written(file)
        typer.echo(shown(f"{file} ({file.stat().st_size:,} bytes)"))


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, nothing else.")] = False,
) -> None:
    """Say whether the library is there, fits, and with which instruction set; exit 1 if not."""
    with exit_codes():
        _status(as_json=as_json)


@app.command()
def sources(
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    layout: Annotated[str, typer.Option(help=f"Of the folder: {', '.join(LAYOUTS)}.")] = "plain",
) -> None:
    """Write the C library of models as one source and its header, for firmware and other C projects.

    A model for it is what [b]neurolite-export --target c --int8 --source[/b] writes (docs/c-microcontrollers.md).

    Examples:
      neurolite-ops sources --out firmware/neurolite

      neurolite-ops sources --layout arduino --out ~/Arduino/libraries/NeuroLite

      neurolite-ops sources --layout esp-idf --out components/neurolite
    """
    with exit_codes():
        for path in write_layout(layout, source_folder(), out):
            note_written(path)
            typer.echo(shown(str(path)))


def _status(*, as_json: bool) -> None:
    try:
        library = load_library()
    except NeuroLiteError as error:
        if as_json:
            typer.echo(json_text({"path": _place(), "usable": False, "why": str(error)}))
        else:
            typer.echo(shown(f"not in use: {error}"))
        raise typer.Exit(EXIT_ABSENT) from error
    if as_json:
        typer.echo(json_text({"usable": True, **_facts(library)}))
    else:
        _show(library)


def _place() -> str | None:
    """Where the library would be; None without a home."""
    try:
        return str(library_path())
    except NeuroLiteError:
        return None


def _facts(library: NativeLibrary) -> dict[str, Any]:
    return {
        "path": str(library.path),
        "size_bytes": library.path.stat().st_size,
        "instruction_set": library.instruction_set,
        "instruction_sets": [library.paths[number] for number in sorted(library.paths)],
    }


def _show(library: NativeLibrary) -> None:
    facts = _facts(library)
    others = ", ".join(facts["instruction_sets"])
    typer.echo(shown(f"in use: {facts['path']} ({facts['size_bytes']:,} bytes)"))
    typer.echo(f"instruction set: {facts['instruction_set']} (has {others})")


if __name__ == "__main__":
    app()
