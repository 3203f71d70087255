"""What a choice between experts costs: eight of them beside one of the same width and none, in one interleaved run.

``python -m neurolite_bench.experts`` exports ``tiny`` four times for each runtime, with seeded weights and the shapes
of the longest text alone, and times a text of 256 words. Nothing of it depends on what weights say.
"""

from __future__ import annotations

import dataclasses
import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import torch
import typer

from neurolite_bench.interleaved import Timing, ratio, time_in_turn
from neurolite_bench.results import RESULTS, write_result
from neurolite_core.artifact.package import digest_of, size_of, write_content
from neurolite_core.ground.checks import require_choice, require_range
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.files import read_limited
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.experts_options import ExpertsOptions
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.text.markdown import filled_prose
from neurolite_core.text.words import pack_texts
from neurolite_export.exporting import metadata_of
from neurolite_export.probes import Probes, built_in_probes
from neurolite_export.source import Source
from neurolite_export.target import ExportJob
from neurolite_export.targets import TARGETS
from neurolite_runtimes.opening import open_artifact

_LABELS: Final = 150
_SEED: Final = 0
_WORDS: Final = 256
_BYTES: Final = 1_536
_CALIBRATION: Final = 40
# Core ML has no runtime here whose time means anything.
_RUNTIMES: Final = ("onnx", "litert", "executorch")
_MODELS: Final[Mapping[str, ExpertsOptions | None]] = {
    "none": None,
    "one": ExpertsOptions(count=1),
    "eight": ExpertsOptions(count=8),
    "eight, two a text": ExpertsOptions(count=8, top=2),
}
_LIMIT: Final = 1.2
_JSON_LIMIT: Final = 2**24


def _source(name: str, experts: ExpertsOptions | None) -> Source:
    config = dataclasses.replace(NeuroLiteConfig.tiny(), max_bytes=_BYTES, experts=experts)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        network = NeuroLiteForClassification(config, _LABELS)
    return Source(network.eval(), name, f"random, seed {_SEED}: not trained")


def _text() -> bytes:
    """256 words of five letters, in the longest bucket."""
    words = [f"w{number:04d}" for number in range(_WORDS)]
    return " ".join(words).encode()


def _exported(source: Source, target_name: str, precision: str, folder: Path) -> Path:
    """A file with the longest bucket alone; parity is what ``neurolite_bench.parity`` and the tests are about."""
    target = TARGETS[target_name].load()
    metadata = metadata_of(source, target, precision)
    metadata = dataclasses.replace(metadata, buckets=metadata.buckets[-1:])
    texts = Probes("benchmark", (*built_in_probes().texts[:_CALIBRATION], _text()))
    content = target.build(ExportJob(source.network, metadata, texts))
    path = (
        folder / f"{target_name}-{source.name.replace(', ', '-').replace(' ', '-')}{target.suffix}"
    )
    write_content(path, content)
    typer.echo(f"{path.name}: {size_of(content):,} bytes, {digest_of(content)[:12]}", err=True)
    return path


def _call(path: Path) -> Callable[[], object]:
    session, packed = open_artifact(path, threads=1), pack_texts([_text()])
    return lambda: session.run_bytes(packed)


def measure(name: str, precision: str, rounds: int, runs: int, folder: Path) -> dict[str, Any]:
    """The record of a runtime: sizes, times and ratios of all models."""
    paths = {
        model: _exported(_source(model, experts), name, precision, folder)
        for model, experts in _MODELS.items()
    }
    calls = {model: _call(path) for model, path in paths.items()}
    timings = time_in_turn(calls, rounds=rounds, runs=dict.fromkeys(calls, runs))
    return {
        "target": name,
        "precision": precision,
        "words": _WORDS,
        "rounds": rounds,
        "bytes": {model: path.stat().st_size for model, path in paths.items()},
        "milliseconds": {model: _figures(each) for model, each in timings.items()},
        "of_one": {model: _ratios(each, timings["one"]) for model, each in timings.items()},
    }


def _figures(timing: Timing) -> dict[str, float]:
    return {"median": timing.median_ms, "least": min(timing.rounds_ms)}


def _ratios(timing: Timing, one: Timing) -> dict[str, float]:
    """Of the medians of rounds, and of the least rounds, which others on the machine disturb least."""
    found = ratio(timing, one)
    return {
        "median": found.median,
        "lowest": found.lowest,
        "highest": found.highest,
        "of_least": min(timing.rounds_ms) / min(one.rounds_ms),
    }


def _line(record: dict[str, Any]) -> str:
    times = ", ".join(
        f"{model} {each['least']:.2f} ms ({record['of_one'][model]['of_least']:.2f} of one)"
        for model, each in record["milliseconds"].items()
    )
    kept = record["of_one"]["eight"]["of_least"] <= _LIMIT
    return f"{record['target']} {record['precision']}: {times}: {'within' if kept else 'ABOVE'} {_LIMIT:g}"


def times_table(result: dict[str, Any]) -> str:
    """A row per runtime: least times of the longest text, and what they are of one expert's."""
    lines = [
        f"| {_WORDS} words | precision | without experts, ms | one expert, ms | eight, ms | of one | two of eight, ms | of one |",
        "|" + "---|" * 8,
    ]
    for row in result["rows"]:
        times, shares = row["milliseconds"], row["of_one"]
        cells = [row["target"], row["precision"]]
        cells += [f"{times[name]['least']:.2f}" for name in ("none", "one")]
        for name in ("eight", "eight, two a text"):
            cells += [f"{times[name]['least']:.2f}", f"{shares[name]['of_least']:.2f}"]
        lines.append(f"| {' | '.join(cells)} |")
    environment = result["environment"]
    rounds = min(row["rounds"] for row in result["rows"])
    text = (
        f"One thread; all models of a runtime in turn, {rounds:,} rounds or more; the least time of each, and what that "
        f"is of one expert's; {environment['processor']}, {environment['measured_at'][:10]}. At most {result['limit']:g} of one is wanted."
    )
    return "\n".join([*lines, "", filled_prose(text)])


def _others(out: Path, runtimes: tuple[str, ...]) -> list[dict[str, Any]]:
    """Rows of a result that stay: each runtime is compared with itself alone."""
    rows = json.loads(read_limited(out, _JSON_LIMIT))["rows"] if out.is_file() else []
    return [row for row in rows if row["target"] not in runtimes]


def main(
    out: Annotated[
        Path, typer.Option(help="JSON to write; its rows of other runtimes stay.")
    ] = RESULTS / "experts.json",
    target: Annotated[
        list[str] | None, typer.Option(help=f"May be repeated: {', '.join(_RUNTIMES)}.")
    ] = None,
    precision: Annotated[str, typer.Option(help="float32 or int8.")] = "int8",
    rounds: Annotated[int, typer.Option(help="Times that all are run in turn, 1 to 10,000.")] = 600,
    runs: Annotated[int, typer.Option(help="Of each model in a round, 1 to 10,000.")] = 1,
) -> None:
    """Time a text of 256 words through one expert, eight, and two of eight."""
    with exit_codes():
        runtimes = tuple(target or _RUNTIMES)
        for name in runtimes:
            require_choice("--target", name, _RUNTIMES)
        require_choice("--precision", precision, ("float32", "int8"))
        require_range("--rounds", rounds, 1, 10_000)
        require_range("--runs", runs, 1, 10_000)
        records = _others(out, runtimes)
        for name in runtimes:
            with tempfile.TemporaryDirectory() as folder:
                records.append(measure(name, precision, rounds, runs, Path(folder)))
            typer.echo(_line(records[-1]))
            records.sort(key=lambda record: _RUNTIMES.index(record["target"]))
            found = {"benchmark": "experts", "limit": _LIMIT, "seed": _SEED, "rows": records}
            write_result(out, found)  # each as it is there: an export takes minutes


if __name__ == "__main__":
    typer.run(main)
