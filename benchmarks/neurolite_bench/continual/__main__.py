"""``python -m neurolite_bench.continual --encoder FILE.onnx``: see the package."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer
from numpy.typing import NDArray

from neurolite_bench.continual.measuring import Setting, measured
from neurolite_bench.continual.streams import STREAMS, TEST, VALIDATION, raw_bytes
from neurolite_bench.continual.taught import Embedded
from neurolite_bench.quality_sets import data_folder
from neurolite_bench.results import RESULTS, write_result
from neurolite_core.answer.similarity import cut
from neurolite_core.ground.checks import require_choice
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown
from neurolite_runtimes import Session, open_artifact, run

RESULT: Final = RESULTS / "continual.json"


def main(  # a command's options
    encoder: Annotated[Path, typer.Option(help="An exported file that gives embeddings.")],
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="Its checkpoint, to fine-tune the whole network as well."),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the data sets. [default: $NEUROLITE_DATA]")
    ] = None,
    split: Annotated[
        str, typer.Option(help="validation or test: on which rows methods are judged.")
    ] = VALIDATION,
    sets: Annotated[str, typer.Option(help="Which, with commas.")] = ",".join(STREAMS),
    seeds: Annotated[str, typer.Option(help="Of the orders of tasks, with commas.")] = "0,1,2",
    out: Annotated[Path, typer.Option(help="Where the result goes.")] = RESULT,
) -> None:
    """Teach labels and languages task after task, in every way, and measure what is left."""
    with exit_codes(), tempfile.TemporaryDirectory() as scratch:
        require_choice("--split", split, (VALIDATION, TEST))
        names = sets.split(",")
        for name in names:
            require_choice("--sets", name, STREAMS)
        numbers = _numbers(seeds)
        session = open_artifact(encoder)
        if "embedding" not in session.metadata.outputs:
            raise InputError(f"{encoder} gives no embeddings; give an encoder's file.")
        found: dict[str, Any] = {
            "benchmark": "continual",
            "split": split,
            "encoder": session.metadata.name,
            "precision": session.metadata.precision,
            "model_id": session.metadata.model_id,
            "encoder_bytes": encoder.stat().st_size,
            "dimension": session.metadata.embedding_size,
            "seeds": numbers,
        }
        found["streams"] = {
            name: _measured(name, data_folder(data), split, session, checkpoint, numbers, scratch)
            for name in names
        }
        write_result(out, found)


def _measured(  # all of a stream
    name: str,
    data: Path,
    split: str,
    session: Session,
    checkpoint: Path | None,
    seeds: Sequence[int],
    scratch: str,
) -> dict[str, Any]:
    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        return cut(run(session, texts).values["embedding"], session.metadata.embedding_size)

    stream = STREAMS[name](data, split).embedded(embed)
    known = Embedded(session.metadata, session.runtime)
    known.remember(stream.train)
    setting = Setting(stream, known, checkpoint, Path(scratch))
    methods: dict[str, list[dict[str, Any]]] = {}
    for seed in seeds:
        begun = time.process_time()
        for method, values in measured(setting, seed):
            seconds = round(time.process_time() - begun, 1)
            methods.setdefault(method, []).append({"seed": seed, "seconds": seconds, **values})
            typer.echo(
                f"{name}, seed {seed}, {method}: {100 * values['average']:.1f} % at the end, "
                f"{seconds:.0f} s"
            )
            begun = time.process_time()
    return {
        "tasks": stream.tasks,
        "labels": len(stream.labels),
        "rows": len(stream.train),
        "judged_rows": len(stream.judged),
        "raw_bytes": raw_bytes(stream.train),
        "methods": methods,
    }


def _numbers(seeds: str) -> list[int]:
    try:
        return [int(seed) for seed in seeds.split(",")]
    except ValueError as error:
        raise InputError(f"--seeds is {shown(seeds)}; give whole numbers, as 0,1,2.") from error


if __name__ == "__main__":
    typer.run(main)
