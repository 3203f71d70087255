"""``python -m neurolite_bench.generation.neural``: makes the reference points of the bench of next words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurolite_bench.generation.neural.checkpoint import load
from neurolite_bench.generation.neural.graphs import FLOAT32, INT8, float_model
from neurolite_bench.generation.neural.quantized import quantize
from neurolite_bench.generation.neural.settings import CHOSEN, read_settings
from neurolite_bench.generation.neural.training import read_texts, row_of, train
from neurolite_bench.generation.rows import keep
from neurolite_core.ground.checks import require_choice
from neurolite_core.ground.command_line import App, exit_codes
from neurolite_core.ground.files import write_atomically

app = App(add_completion=False)


@app.callback()
def neural() -> None:
    """An LSTM or a transformer beside a generator."""


@app.command("train")
def train_command(
    texts: Annotated[Path, typer.Argument(help="Texts to learn, plain or gzip.")],
    names: Annotated[list[str], typer.Argument(help="Tables of the settings.")],
    out: Annotated[Path, typer.Option(help="Folder of NAME.safetensors.")],
    validation: Annotated[
        Path | None, typer.Option(help="Texts that choose weights; else each twentieth document.")
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Learn all documents and keep the last weights.")
    ] = False,
    test: Annotated[
        Path | None, typer.Option(help="Texts to measure the kept weights on, in float32.")
    ] = None,
    vocab_size: Annotated[int, typer.Option(help="Entries, of the texts.")] = 10_000,
    minutes: Annotated[
        float | None, typer.Option(help="Of each at most, in place of the settings'.")
    ] = None,
    name: Annotated[str, typer.Option(help="The rows' name of the texts.")] = "",
    results: Annotated[
        Path | None, typer.Option(help="JSON that keeps a row of what each reaches on validation.")
    ] = None,
    settings: Annotated[Path, typer.Option(help="TOML with a table for each name.")] = CHOSEN,
) -> None:
    """Train an LSTM or a transformer on the entries of a generator, by named settings.

    Exit codes: 0 trained; 2 wrong usage or input.
    """
    with exit_codes():
        known = read_settings(settings)
        for each in names:
            require_choice("name", each, tuple(known))
        read = read_texts(texts, validation, vocab_size, whole=whole, test=test)
        for each in names:
            peer = train(read, known[each], out / f"{each}.safetensors", typer.echo, minutes)
            typer.echo(f"{each}: {peer.facts['perplexity']} on validation")
            if results is not None:
                keep(results, row_of(peer, name))


@app.command("export")
def export_command(
    file: Annotated[Path, typer.Argument(help="What train wrote.")],
    out: Annotated[Path, typer.Option(help="Folder of NAME-float32.onnx and NAME-int8.onnx.")],
) -> None:
    """Write a reference point as ONNX: float32, and int8 by onnxruntime's dynamic quantization.

    Exit codes: 0 written; 2 wrong usage or input.
    """
    with exit_codes():
        peer = load(file)
        model = float_model(peer)
        for precision, made in ((FLOAT32, model), (INT8, quantize(model))):
            path = out / f"{peer.name}-{precision}.onnx"
            content = made.SerializeToString()
            write_atomically(path, content)
            typer.echo(f"{path}: {len(content):,} bytes")


if __name__ == "__main__":
    app()
