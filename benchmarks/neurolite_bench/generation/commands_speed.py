"""The commands that compare files: how fast they are, what memory they add, and whether they choose alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from neurolite_bench.generation.agreement import BEHIND, compare, groups_of
from neurolite_bench.generation.generator import spread
from neurolite_bench.generation.memory import added
from neurolite_bench.generation.rows import GENERATOR, MEGABYTE
from neurolite_bench.generation.speaking import Speaker, open_speakers
from neurolite_bench.generation.speed import measure_speed
from neurolite_bench.results import RESULTS, write_result
from neurolite_core.artifact.package import FILE_LIMIT, read_content, size_of
from neurolite_core.data.documents import documents
from neurolite_core.ground.command_line import exit_codes
from neurolite_runtimes.native_library import load_library

SPEED: Final = RESULTS / "generation_speed.json"
AGREEMENT: Final = RESULTS / "generation_agreement.json"
_MOST_TEXTS: Final = 200


def speed(
    files: Annotated[
        list[Path],
        typer.Argument(help="Ours in stream form, the first one; others; reference points."),
    ],
    test: Annotated[Path, typer.Option(help="Texts to read words of.")],
    rounds: Annotated[int, typer.Option(min=3, help="All files in turn, so often.")] = 15,
    repeats: Annotated[int, typer.Option(min=1, help="Processes whose memory is read.")] = 5,
    note: Annotated[str, typer.Option(help="To say below the table.")] = "",
    results: Annotated[Path, typer.Option(help="The result.")] = SPEED,
) -> None:
    """Words a second, milliseconds of suggestions, time as a text grows, and memory: one thread, in turn.

    Exit codes: 0 measured; 2 wrong usage or input.
    """
    with exit_codes():
        library = load_library()
        speakers: dict[str, Speaker] = {}
        facts: dict[str, dict[str, Any]] = {}
        for file in files:
            ways = open_speakers(file, library)
            speakers |= {file.name + way: speaker for way, speaker in ways.items()}
            kind = ways[""].kind
            facts[file.name] = {
                "kind": kind,
                "runtime": "onnxruntime" if file.suffix == ".onnx" else "C library",
                "megabytes": size_of(read_content(file, FILE_LIMIT)) / MEGABYTE,
                "memory": added(file, peer=kind != GENERATOR, repeats=repeats),
            }
        some = [text for text, _ in zip(_texts(test), range(_MOST_TEXTS), strict=False)]
        found = measure_speed(speakers, some, rounds)
        write_result(
            results, {"benchmark": "generation_speed", "files": facts, "note": note, **found}
        )
        typer.echo(json.dumps({"files": facts, **found}))


def agreement(
    files: Annotated[
        list[Path],
        typer.Argument(
            help=f"Of one generator; others are compared with the first one. Behind a {BEHIND} another first one stands."
        ),
    ],
    test: Annotated[Path, typer.Option(help="Texts to ask for the words of.")],
    words: Annotated[int, typer.Option(min=1, help="To ask for, about.")] = 5_000,
    results: Annotated[Path, typer.Option(help="The result.")] = AGREEMENT,
) -> None:
    """Share of places at which files of one generator choose the same word, and their perplexity there.

    Exit codes: 0 measured; 2 wrong usage or input.
    """
    with exit_codes():
        groups = groups_of(files)
        found = compare(groups, spread(list(_texts(test)), words))
        result = {"benchmark": "generation_agreement", **found}
        write_result(results, result)
        typer.echo(json.dumps(result))


def _texts(path: Path) -> Iterator[bytes]:
    return (text.encode() for text in documents(path))
