"""The same model in every runtime that really runs here, side by side in one run.

``python -m neurolite_bench.runtimes`` exports tiny in each target and times text to answer on one thread:
encoding, cutting, packing, hashing and the network are all inside. Core ML is left out where only its
reference evaluator can run: a numpy evaluator's time says nothing about Core ML.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from neurolite_bench.interleaved import Ratio, Timing, as_result, ratio, show_result, time_in_turn
from neurolite_bench.latency import sentence
from neurolite_bench.measuring.hash_alone import HASHES
from neurolite_bench.results import RESULTS, write_result
from neurolite_core.command_line import exit_codes
from neurolite_core.config import NeuroLiteConfig
from neurolite_export.exporting import export, seeded_source
from neurolite_export.probes import built_in_probes
from neurolite_export.targets import TARGETS
from neurolite_runtimes import Session, open_artifact, run
from neurolite_runtimes.onnx_session import FUNCTION_BODY, OnnxSession

SHORT: Final = 12
LONG: Final = 256
BASELINE: Final = "onnx"
TIMED_PRECISIONS: Final = ("float32", "int8")
_RUNS: Final = 40


def open_all(folder: Path) -> dict[tuple[str, str], Session]:
    """Tiny in every target and precision that can be timed here, (target, precision) -> session."""
    source = seeded_source("tiny", 0)
    sessions: dict[tuple[str, str], Session] = {}
    for name, row in TARGETS.items():
        for precision in TIMED_PRECISIONS:
            typer.echo(f"exporting {name} {precision}", err=True)
            path = export(source, row.load(), precision, folder, built_in_probes()).path
            session = _opened(path)
            if session.is_reference:
                typer.echo(f"not timed: {session.runtime}", err=True)
            else:
                sessions[name, precision] = session
    return sessions


def _opened(path: Path) -> Session:
    """Stock onnxruntime without the native op; the others have nothing to choose."""
    if path.suffix == TARGETS[BASELINE].suffix:
        return OnnxSession(path, kernel=FUNCTION_BODY)
    return open_artifact(path)


def measure(folder: Path, rounds: int) -> dict[str, Any]:
    """All timings of one run, and the ratios between runtimes."""
    sessions = open_all(folder)
    calls: dict[str, Callable[[], object]] = {}
    for (name, precision), session in sessions.items():
        for words in (SHORT, LONG):
            calls[_answer(name, precision, words)] = _call(session, sentence(words))
    config = NeuroLiteConfig.tiny()
    text = sentence(LONG).encode()
    for name in dict.fromkeys(name for name, _ in sessions):
        calls[_hash(name)] = HASHES[name](config, text)
    typer.echo(f"timing {rounds} rounds of {len(calls)} calls", err=True)
    timings = time_in_turn(calls, rounds=rounds, runs=dict.fromkeys(calls, _RUNS))
    return {
        "runtimes": {f"{name} {kind}": item.runtime for (name, kind), item in sessions.items()},
        **as_result(timings, _ratios(sessions, timings)),
    }


def _ratios(
    sessions: dict[tuple[str, str], Session], timings: dict[str, Timing]
) -> dict[str, Ratio]:
    found: dict[str, Ratio] = {}
    for name, precision in sessions:
        long = timings[_answer(name, precision, LONG)]
        if name != BASELINE:
            beside = timings[_answer(BASELINE, precision, LONG)]
            found[f"{name} / {BASELINE}, {precision}, {LONG} words"] = ratio(long, beside)
        found[f"{name} {precision}, {SHORT} words / {LONG} words"] = ratio(
            timings[_answer(name, precision, SHORT)], long
        )
        found[f"{name}: hash alone / {precision}, {LONG} words"] = ratio(timings[_hash(name)], long)
    return found


def _answer(name: str, precision: str, words: int) -> str:
    return f"{name} {precision}, {words} words"


def _hash(name: str) -> str:
    return f"{name}: hash alone, {LONG} words"


def _call(session: Session, text: str) -> Callable[[], object]:
    return lambda: run(session, [text])


def main(
    rounds: Annotated[int, typer.Option(help="How often everything is run in turn.")] = 25,
    out: Annotated[Path, typer.Option(help="JSON to write.")] = RESULTS / "runtimes.json",
) -> None:
    """Time tiny in every runtime, beside onnxruntime without the native op."""
    with exit_codes():
        with tempfile.TemporaryDirectory() as folder:
            result = measure(Path(folder), rounds)
        write_result(out, {"benchmark": "runtimes", "threads": 1, "rounds": rounds, **result})
        show_result(result)


if __name__ == "__main__":
    typer.run(main)
