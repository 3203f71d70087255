"""``python -m neurolite_bench.conversations CHECKPOINT``: writes benchmarks/results/conversations.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any, Final, cast

import typer

from neurolite_bench.conversations.measuring import accuracy, exported
from neurolite_bench.conversations.models import FORGETFUL, WHOLE, without_level, without_memory
from neurolite_bench.interleaved import ratio, time_in_turn
from neurolite_bench.results import RESULTS, write_result
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.errors import InputError
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.network.state_spec import state_bytes
from neurolite_core.training.conversations.reading import read_conversations
from neurolite_core.training.sources import DataFiles
from neurolite_export.source import Source, checkpoint_source
from neurolite_runtimes import Session, open_artifact, run

SEEDS: Final = (0, 1, 2)
_WORDS: Final = 256
_ROUNDS: Final = 15
_RUNS: Final = 20

app = typer.Typer(add_completion=False)


def classifier(folder: Path) -> tuple[Source, NeuroLiteForClassification]:
    """A checkpoint's model of one label a text."""
    source = checkpoint_source(folder)
    if type(source.network) is not NeuroLiteForClassification:
        raise InputError(f"{folder} is a model of another task; give a classifier.")
    return source, source.network


def times(sessions: Mapping[str, Session]) -> dict[str, Any]:
    """Milliseconds of a text of 256 words with the memory and without, in turn, and their ratio."""
    text = " ".join(f"word{number}" for number in range(_WORDS))
    timed = time_in_turn(
        {name: partial(run, own, [text]) for name, own in sessions.items()},
        rounds=_ROUNDS,
        runs=dict.fromkeys(sessions, _RUNS),
    )
    names = list(sessions)
    return {
        "ms": {name: timing.median_ms for name, timing in timed.items()},
        "ratio": asdict(ratio(timed[names[0]], timed[names[1]])),
    }


@app.command()
def main(
    checkpoint: Annotated[Path, typer.Argument(help="Of neurolite-train --conversation.")],
    test: Annotated[Path, typer.Option(help="Conversations to answer.")],
    conversation: Annotated[str, typer.Option(help="Column of their names.")] = "dialogue",
    file: Annotated[
        Path | None, typer.Option(help="The checkpoint's int8 ONNX file; else it is built.")
    ] = None,
    alone: Annotated[
        Path | None, typer.Option(help="Checkpoint of a model that learned turns by themselves.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The result.")] = RESULTS / "conversations.json",
) -> None:
    """Answers conversations with and without what a memory knows, through int8 ONNX files."""
    with exit_codes():
        source, network = classifier(checkpoint)
        probes = source.probes
        if network.memory is None or probes is None:
            raise InputError(
                f"{checkpoint} has no memory; train one: neurolite-train --conversation"
            )
        files = DataFiles(train=(str(test),), conversation=conversation)
        data = read_conversations(files, (str(test),), network.labels)
        found: dict[str, Any] = {}
        with exported(network, probes) as built:
            session = built if file is None else cast("Session", open_artifact(file))
            found[WHOLE] = accuracy(session, data)
            found[FORGETFUL] = accuracy(session, data, remember=False)
            typos = [accuracy(session, data, typos=seed)["accuracy"] for seed in SEEDS]
            found["typos"] = {"accuracy": fmean(typos), "seeds": typos}
            with exported(without_memory(network), probes) as other:
                timed = times({"with": session, "without": other})
        for level in network.memory.levels:
            with exported(without_level(network, level), probes) as session:
                found[f"without {level}"] = accuracy(session, data)
        if alone is not None:
            own, model = classifier(alone)
            given = read_conversations(files, (str(test),), model.labels)
            with exported(model, own.probes or probes) as session:
                found["alone"] = accuracy(session, given)
                typos = [accuracy(session, given, typos=seed)["accuracy"] for seed in SEEDS]
                found["alone, typos"] = {"accuracy": fmean(typos), "seeds": typos}
        write_result(
            out,
            {
                "benchmark": "conversations",
                "checkpoint": source.weights,
                "test": data.facts(),
                "state_bytes": state_bytes(network.state_specs),
                "time": timed,
                "answers": found,
            },
        )
        for name, values in found.items():
            typer.echo(f"{name:24} {100 * values['accuracy']:.2f} %")
        typer.echo(f"time of {_WORDS} words, with / without: {timed['ratio']['median']:.3f}")


if __name__ == "__main__":
    app()
