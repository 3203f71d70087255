"""What early exits save: a text that the first layer answers, one that no exit answers, and a model without exits.

``python -m neurolite_bench.early_exit`` exports ``tiny`` with more layers three times for each runtime, with seeded
weights, and times a short and a long text in turn. Nothing of it depends on what weights say: exits are opened for
every text, or closed. How many texts exit where says the report of a training. Times are the processor's, of one
thread: alone on a machine as long as the wall clock's, and not longer on a busy one.
"""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import torch
import typer

from neurolite_bench.interleaved import Timing, ratio, time_in_turn
from neurolite_bench.results import RESULTS, write_result
from neurolite_core.artifact.package import size_of, write_content
from neurolite_core.ground.checks import require_choice, require_range
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.network.backbones.table import BACKBONES
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.exits import opened
from neurolite_core.network.exits_options import ExitsOptions
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.network.settings import with_backbone, with_settings
from neurolite_core.text.markdown import filled_prose
from neurolite_core.text.words import pack_texts
from neurolite_export.exporting import metadata_of
from neurolite_export.probes import Probes, built_in_probes
from neurolite_export.source import Source
from neurolite_export.target import ExportJob
from neurolite_export.targets import TARGETS
from neurolite_runtimes.opening import open_artifact
from neurolite_runtimes.session import run

_LABELS: Final = 150
_CALIBRATION: Final = 40
_BYTES: Final = 1_536
_NAMES: Final = {"onnx": "ONNX Runtime", "litert": "LiteRT", "executorch": "ExecuTorch"}
_RUNTIMES: Final = tuple(_NAMES)
WITHOUT: Final = "without exits"
FIRST: Final = "first layer answers"
LAST: Final = "last layer answers"
_TEXTS: Final[Mapping[str, bytes]] = {
    "12 words": b" ".join(b"w%03d" % number for number in range(12)),
    "256 words": b" ".join(b"w%04d" % number for number in range(256)),
}


def source_of(kind: str, backbone: str, layers: int) -> Source:
    """Seeded weights; exits that answer every text, none, or no exits.

    Args:
        kind: ``FIRST``, ``LAST`` or ``WITHOUT``.
        backbone: key of ``BACKBONES``.
        layers: of it.
    """
    config = with_backbone(NeuroLiteConfig.tiny(), backbone).replace(max_bytes=_BYTES)
    config = with_settings(config, [f"num_layers={layers}"])
    if kind != WITHOUT:
        config = config.replace(exits=ExitsOptions())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = NeuroLiteForClassification(config, _LABELS)
    if kind == FIRST:
        assert network.exits is not None  # noqa: S101  # just asked for
        opened(network.exits, [1 / (2 * _LABELS)] * (layers - 1))  # below any highest probability
    return Source(network.eval(), kind.replace(" ", "-"), "random, seed 0: not trained")


def measure(
    name: str, precision: str, backbone: str, layers: int, rounds: int, folder: Path
) -> dict[str, Any]:
    """The record of a runtime: bytes and times of all three."""
    target = TARGETS[name].load()
    sizes: dict[str, int] = {}
    calls: dict[tuple[str, str], Callable[[], object]] = {}
    for kind in (WITHOUT, FIRST, LAST):
        source = source_of(kind, backbone, layers)
        metadata = metadata_of(source, target, precision)
        kept = (*metadata.buckets[:1], *metadata.buckets[-1:])
        metadata = dataclasses.replace(metadata, buckets=kept)
        texts = Probes("benchmark", (*built_in_probes().texts[:_CALIBRATION], *_TEXTS.values()))
        content = target.build(ExportJob(source.network, metadata, texts))
        path = folder / f"{name}-{source.name}{target.suffix}"
        write_content(path, content)
        sizes[kind] = size_of(content)
        calls |= {(kind, words): _call(path, text, kind, layers) for words, text in _TEXTS.items()}
    times: dict[str, dict[str, Any]] = {}
    for words in _TEXTS:
        mine = {kind: call for (kind, each), call in calls.items() if each == words}
        found = time_in_turn(
            mine, rounds=rounds, runs=dict.fromkeys(mine, 5), clock=time.process_time_ns
        )
        times[words] = {kind: _figures(each, found[WITHOUT]) for kind, each in found.items()}
    return {
        "target": name,
        "precision": precision,
        "backbone": backbone,
        "layers": layers,
        "rounds": rounds,
        "bytes": sizes,
        "milliseconds": times,
    }


def _call(path: Path, text: bytes, kind: str, layers: int) -> Callable[[], object]:
    session, packed = open_artifact(path, threads=1), pack_texts([text])
    if kind != WITHOUT:
        depth = run(session, [text]).values["depth"].tolist()
        assert depth == [1 if kind == FIRST else layers]  # noqa: S101  # what is timed is what is said
    return lambda: session.run_bytes(packed)


def _figures(timing: Timing, without: Timing) -> dict[str, float]:
    return {
        "median": round(timing.median_ms, 4),
        "least": round(min(timing.rounds_ms), 4),
        "of_without": round(ratio(timing, without).median, 3),
    }


def times_table(result: Mapping[str, Any]) -> str:
    """A row per runtime and length: least times, and what they are of those of the model without exits."""
    rows = result["rows"]
    lines = [
        f"| {rows[0]['precision']}, {rows[0]['layers']} layers | without exits, ms | the first layer answers, ms | of "
        "that | the last layer answers, ms | of that | exits' bytes |",
        "|" + "---|" * 7,
    ]
    for row in rows:
        more = row["bytes"][LAST] - row["bytes"][WITHOUT]
        for words, times in row["milliseconds"].items():
            cells = [f"{_NAMES[row['target']]}, {words}", f"{times[WITHOUT]['least']:.3f}"]
            for kind in (FIRST, LAST):
                cells += [f"{times[kind]['least']:.3f}", f"{times[kind]['of_without']:.2f}"]
            lines.append(f"| {' | '.join([*cells, f'{more:,}'])} |")
    rounds, environment = min(row["rounds"] for row in rows), result["environment"]
    text = (
        f"The processor's time of one thread; all three in turn, {rounds:,} rounds: the least of each, and the median of "
        f"the rounds' quotients; {environment['processor']}, {environment['measured_at'][:10]}."
    )
    return "\n".join([*lines, "", filled_prose(text)])


def main(
    out: Annotated[Path, typer.Option(help="JSON to write.")] = RESULTS / "early_exit.json",
    target: Annotated[
        list[str] | None, typer.Option(help=f"May be repeated: {', '.join(_RUNTIMES)}.")
    ] = None,
    precision: Annotated[str, typer.Option(help="float32 or int8.")] = "int8",
    backbone: Annotated[str, typer.Option(help=f"{', '.join(BACKBONES)}.")] = "mixer",
    layers: Annotated[int, typer.Option(help="Of the backbone, 2 to 64.")] = 4,
    rounds: Annotated[int, typer.Option(help="Times that all run in turn, 1 to 10,000.")] = 60,
) -> None:
    """Time texts that the first layer answers, and texts that the last one does."""
    with exit_codes():
        runtimes = tuple(target or _RUNTIMES)
        for name in runtimes:
            require_choice("--target", name, _RUNTIMES)
        require_choice("--precision", precision, ("float32", "int8"))
        require_choice("--backbone", backbone, BACKBONES)
        require_range("--layers", layers, 2, 64)
        require_range("--rounds", rounds, 1, 10_000)
        records = []
        for name in runtimes:
            with tempfile.TemporaryDirectory() as folder:
                records.append(measure(name, precision, backbone, layers, rounds, Path(folder)))
            for words, times in records[-1]["milliseconds"].items():
                cells = ", ".join(f"{kind} {each['least']:.3f} ms" for kind, each in times.items())
                typer.echo(f"{name} {precision}, {layers} layers, {words}: {cells}")
        write_result(out, {"benchmark": "early_exit", "rows": records})


if __name__ == "__main__":
    typer.run(main)
