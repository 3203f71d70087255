"""``python -m neurolite_core.models.take``: takes a trained checkpoint into the package, its weights as float16."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from neurolite_core.artifact.checkpoint import WEIGHTS, load_checkpoint, save_checkpoint
from neurolite_core.ground.checks import require_choice
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import read_limited
from neurolite_core.models.default import MODELS

_LIMIT = 2**22
_BYTES_PER_WORD = 16


def read_rows(
    path: Path, labels: tuple[str, ...]
) -> tuple[list[tuple[str, str | None]], list[int]]:
    """Texts of a .jsonl file, with their labels where the model has them.

    Returns:
        The rows, and of which conversation each is the next turn; of none where no row says so.

    Raises:
        InputError: a line that is not {"text": ...} with a string, or that alone has a conversation or has none.
    """
    rows: list[tuple[str, str | None]] = []
    conversations: list[int] = []
    for number, line in enumerate(read_limited(path, _LIMIT).decode("utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            text, label = row["text"], row.get("label")
            conversations += [int(row["conversation"])] if "conversation" in row else []
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f'{path}, line {number} is not {{"text": ...}}; give one such object a line.'
            ) from error
        rows.append((text, label if label in labels else None))
        if len(conversations) not in (0, len(rows)):
            raise InputError(
                f'{path}, line {number}: "conversation" stands in all rows or in none.'
            )
    return rows, conversations


def main(
    checkpoint: Annotated[Path, typer.Argument(help="As neurolite-train writes it.")],
    name: Annotated[str, typer.Argument(help=f"Of the package's model: {', '.join(MODELS)}.")],
    probes: Annotated[
        Path,
        typer.Option(help="Texts that exports are checked on, written for the package: .jsonl."),
    ],
    max_words: Annotated[
        int | None,
        typer.Option(help="Words that it reads of a text, in place of the checkpoint's.", min=1),
    ] = None,
) -> None:
    """Put a checkpoint into the package. Its card, beside it, is written by hand."""
    with exit_codes():
        require_choice("NAME", name, MODELS)
        network = load_checkpoint(checkpoint)
        if max_words is not None:
            read = replace(
                network.config, max_words=max_words, max_bytes=_BYTES_PER_WORD * max_words
            )
            network.config = network.model.config = read
        rows, conversations = read_rows(probes, network.labels)
        folder = save_checkpoint(
            network, MODELS[name], probes=rows, conversations=conversations, half=True
        )
        typer.echo(f"{folder / WEIGHTS}  {(folder / WEIGHTS).stat().st_size:,} bytes")


if __name__ == "__main__":
    typer.run(main)
