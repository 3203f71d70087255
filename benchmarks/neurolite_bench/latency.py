"""Text to answer in onnxruntime on one thread, beside BERT-base in the same run.

``python -m neurolite_bench.latency`` exports what it needs into a temporary folder. What is timed
begins with the text as a Python string and ends with the logits: encoding, cutting, packing, hashing and
the network are all inside. BERT's time has no tokenizer in it.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from neurolite_bench.bert import bert_runner, build_bert_base
from neurolite_bench.interleaved import Ratio, Timing, as_result, ratio, show_result, time_in_turn
from neurolite_bench.results import RESULTS, write_result
from neurolite_bench.sessions import session_of
from neurolite_core.command_line import exit_codes
from neurolite_core.config import NeuroLiteConfig
from neurolite_core.dependencies import require
from neurolite_core.text import pack_texts
from neurolite_export.probes import built_in_probes
from neurolite_runtimes import Session, run
from neurolite_runtimes.native_library import library_path
from neurolite_runtimes.onnx_session import FUNCTION_BODY, NATIVE, OnnxSession

ENGLISH_LINES: Final = 14  # the built-in probes begin with English sentences
SHORT, LONG, LONGEST = 12, 256, 1024
TINY_BESIDE: Final = "tiny int8, 256 words, beside BERT"
TINY_FLOAT_BESIDE: Final = "tiny float32, 256 words, beside BERT"
NATIVE_SESSION: Final = "tiny int8, 256 words, native op"
NATIVE_BESIDE: Final = "tiny int8, 256 words, native op, beside BERT"
BERT_INT8: Final = "BERT-base int8, 256 tokens"
BERT_FLOAT: Final = "BERT-base float32, 256 tokens"
_FAST_RUNS: Final = 60
_BERT_RUNS: Final = 2


def sentence(words: int) -> str:
    """English text of exactly so many words to the specification."""
    lines = built_in_probes().texts[:ENGLISH_LINES]
    plain = [word for line in lines for word in line.decode().split() if word.isalnum()]
    return " ".join(plain[number % len(plain)] for number in range(words))


def export_files(folder: Path) -> dict[str, Path]:
    """The files to time: tiny in both precisions, and twins that differ in their word limit."""
    from neurolite_core.model import NeuroLiteForClassification
    from neurolite_export.exporting import Source, export, seeded_source
    from neurolite_export.targets import TARGETS

    torch = require("torch", extra="bench")
    probes = built_in_probes()
    target = TARGETS["onnx"].load()
    tiny = seeded_source("tiny", 0)
    long_config = dataclasses.replace(
        NeuroLiteConfig.tiny(), max_words=LONGEST, max_bytes=16 * LONGEST
    )
    torch.manual_seed(0)
    long_source = Source(NeuroLiteForClassification(long_config).eval(), "tiny-1024", "random")
    return {
        "tiny int8": export(tiny, target, "int8", folder, probes).path,
        "tiny float32": export(tiny, target, "float32", folder, probes).path,
        "tiny-1024 int8": export(long_source, target, "int8", folder, probes).path,
    }


def hash_only() -> Callable[[str], object]:
    """Tiny's hash function without the network behind it."""
    from neurolite_export.targets.onnx.hash_model import hash_model

    session = session_of(hash_model(NeuroLiteConfig.tiny()))
    return lambda text: session.run(None, {"bytes": pack_texts([text.encode()])})


def _open_all(files: dict[str, Path]) -> dict[str, Session]:
    """Sessions on the function body, which is what is published, and one on the native op if built."""

    def opened(path: Path, kernel: str) -> Session:
        return OnnxSession(path, kernel=kernel)

    sessions = {name: opened(path, FUNCTION_BODY) for name, path in files.items()}
    if library_path().is_file():
        sessions[NATIVE_SESSION] = opened(files["tiny int8"], NATIVE)
    return sessions


def measure(folder: Path, rounds: int) -> dict[str, Any]:
    """All timings of one run, and the ratios that the project promises."""
    typer.echo("exporting", err=True)
    files = export_files(folder)
    sessions = _open_all(files)
    only_hash = hash_only()

    def answers(name: str, words: int) -> Callable[[], object]:
        session, text = sessions[name], sentence(words)
        return lambda: run(session, [text])

    long_text = sentence(LONG)
    calls: dict[str, Callable[[], object]] = {
        "tiny int8, 12 words": answers("tiny int8", SHORT),
        "tiny int8, 256 words": answers("tiny int8", LONG),
        "hash alone, 256 words": lambda: only_hash(long_text),
        "tiny float32, 256 words": answers("tiny float32", LONG),
        "tiny-1024 int8, 256 words": answers("tiny-1024 int8", LONG),
        "tiny-1024 int8, 1024 words": answers("tiny-1024 int8", LONGEST),
    }
    if NATIVE_SESSION in sessions:
        calls[NATIVE_SESSION] = answers(NATIVE_SESSION, LONG)
    else:
        typer.echo("no native op to time: neurolite-ops build", err=True)
    typer.echo(f"timing {rounds} rounds of tiny", err=True)
    alone = time_in_turn(calls, rounds=rounds, runs=dict.fromkeys(calls, _FAST_RUNS))

    # Apart from the above: BERT empties the caches, which would be charged to whoever comes next.
    typer.echo("building BERT-base", err=True)
    bert = build_bert_base(folder)
    beside = {
        TINY_BESIDE: calls["tiny int8, 256 words"],
        TINY_FLOAT_BESIDE: calls["tiny float32, 256 words"],
        BERT_INT8: bert_runner(bert["int8"]),
        BERT_FLOAT: bert_runner(bert["float32"]),
    }
    if NATIVE_SESSION in calls:
        beside[NATIVE_BESIDE] = calls[NATIVE_SESSION]
    typer.echo(f"timing {rounds} rounds of tiny and BERT-base", err=True)
    runs = {name: _BERT_RUNS if "BERT-base" in name[:9] else _FAST_RUNS for name in beside}
    return _summary(alone, time_in_turn(beside, rounds=rounds, runs=runs))


def _summary(alone: dict[str, Timing], beside: dict[str, Timing]) -> dict[str, Any]:
    tiny = alone["tiny int8, 256 words"]
    growth = ratio(alone["tiny-1024 int8, 1024 words"], alone["tiny-1024 int8, 256 words"])
    per_word = Ratio(*(value * LONG / LONGEST for value in dataclasses.astuple(growth)))
    ratios = {
        "BERT-base int8 / tiny int8": ratio(beside[BERT_INT8], beside[TINY_BESIDE]),
        "BERT-base float32 / tiny float32": ratio(beside[BERT_FLOAT], beside[TINY_FLOAT_BESIDE]),
        "hash alone / tiny int8": ratio(alone["hash alone, 256 words"], tiny),
        "12 words / 256 words": ratio(alone["tiny int8, 12 words"], tiny),
        "time per word, 1024 / 256 words": per_word,
    }
    if NATIVE_BESIDE in beside:
        ratios["BERT-base int8 / tiny int8 with the native op"] = ratio(
            beside[BERT_INT8], beside[NATIVE_BESIDE]
        )
        ratios["tiny int8 / the same with the native op"] = ratio(tiny, alone[NATIVE_SESSION])
    return as_result(alone | beside, ratios)


def main(
    rounds: Annotated[int, typer.Option(help="How often everything is run in turn.")] = 10,
    out: Annotated[Path, typer.Option(help="JSON to write.")] = RESULTS / "latency.json",
) -> None:
    """Time tiny against BERT-base, short against long texts, and the hash against the whole."""
    with exit_codes():
        with tempfile.TemporaryDirectory() as folder:
            result = measure(Path(folder), rounds)
        write_result(out, {"benchmark": "latency", "threads": 1, "rounds": rounds, **result})
        show_result(result)


if __name__ == "__main__":
    typer.run(main)
