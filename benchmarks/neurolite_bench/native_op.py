"""What the native op gains, all in one run: ``python -m neurolite_bench.native_op``.

Everything is timed in turn on one thread, and ratios are taken round by round, so that a change of
the machine's speed meets every variant alike.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer
from onnx import TensorProto, helper

from neurolite_bench.interleaved import Timing, ratio, spread, time_in_turn
from neurolite_bench.native_sizes import sizes
from neurolite_bench.results import RESULTS, write_result
from neurolite_bench.sessions import session_of
from neurolite_core.ground.checks import require_range
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.errors import InputError
from neurolite_core.hashing.words import hash_words
from neurolite_core.network.config import PRESETS
from neurolite_core.text.words import pack_texts
from neurolite_export.exporting import export
from neurolite_export.probes import built_in_probes
from neurolite_export.source import seeded_source
from neurolite_export.targets import TARGETS
from neurolite_export.targets.onnx.hash_model import hash_model
from neurolite_export.targets.onnx.target import IR_VERSION, OPSET
from neurolite_runtimes.native_library import NativeLibrary, load_library

WORDS: Final = 256
WARM_UP: Final = 20
RUNS: Final = 40  # of each variant in a round
THROUGHPUT_BYTES: Final = 1 << 20
app = typer.Typer(add_completion=False)

VOCABULARY: Final = "the quick brown fox jumps over lazy dogs near river banks while seven wizards quietly boxed magic"


def sample_text() -> bytes:
    """256 English words, about 1.5 kB."""
    words = VOCABULARY.split()
    rng = np.random.default_rng(1)
    return " ".join(words[i] for i in rng.integers(len(words), size=WORDS)).encode()


def identity_model() -> bytes:
    """A file that does nothing with the same input: what calling onnxruntime costs by itself."""
    value = helper.make_tensor_value_info("bytes", TensorProto.UINT8, ["N", "T"])
    out = helper.make_tensor_value_info("out", TensorProto.UINT8, ["N", "T"])
    node = helper.make_node("Identity", ["bytes"], ["out"])
    graph = helper.make_graph([node], "identity", [value], [out])
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )
    content: bytes = model.SerializeToString()
    return content


def profiled(
    content: bytes, library: NativeLibrary | None, text: bytes, runs: int
) -> dict[str, float]:
    """Microseconds a run of each kind of node, the largest first, as onnxruntime's profiler has it."""
    with tempfile.TemporaryDirectory() as folder:
        session = session_of(content, library, Path(folder) / "profile")
        feed = {"bytes": pack_texts([text])}
        for _ in range(WARM_UP + runs):
            session.run(None, feed)
        events = json.loads(Path(session.end_profiling()).read_text())
    kernels = [e for e in events if e["cat"] == "Node" and e["name"].endswith("_kernel_time")]
    begins = sorted(e["ts"] for e in events if e["name"] == "model_run")
    totals: Counter[str] = Counter()
    for event in kernels:
        if event["ts"] >= begins[WARM_UP]:
            totals[event["args"]["op_name"]] += event["dur"]
    return {kind: round(total / runs, 2) for kind, total in totals.most_common()}


def throughput(library: NativeLibrary, rounds: int) -> dict[str, dict[str, float]]:
    """MB (10^6 bytes) a second of each way to compute, on English and on the multilingual probes."""
    config = PRESETS["tiny"]()
    multilingual = b"\n".join(built_in_probes().texts)
    texts = {
        "english": sample_text() + b" ",
        "multilingual": multilingual,
    }
    found: dict[str, dict[str, float]] = {}
    for kind, text in texts.items():
        long = (text * (THROUGHPUT_BYTES // len(text) + 1))[:THROUGHPUT_BYTES]
        room = np.zeros((library.count_words(long), config.num_hashes), np.int32)
        variants = {
            name: library.prepare(long, room, table_size=config.table_size, path=path)
            for path, name in library.paths.items()
        }
        timings = time_in_turn(variants, rounds=rounds, runs=dict.fromkeys(variants, 1))
        found[kind] = {
            name: round(len(long) / timing.median_ms / 1e3, 1) for name, timing in timings.items()
        }
    return found


def check_first(library: NativeLibrary, content: bytes, text: bytes) -> None:
    """Nothing is timed that does not give the reference's indices.

    Raises:
        InputError: something differs.
    """
    config = PRESETS["tiny"]()
    expected = hash_words([text], num_hashes=config.num_hashes, table_size=config.table_size)
    for native in (None, library):
        indices = session_of(content, native).run(["indices"], {"bytes": pack_texts([text])})[0]
        if not np.array_equal(indices[0], expected.indices):
            raise InputError(
                "The hash differs from the reference; build again: neurolite-ops build"
            )


def figures(timings: Mapping[str, Timing]) -> dict[str, Any]:
    """What is promised of the op: ratios with their range over rounds, shares in percent."""
    body, abi = timings["hash by function body"], timings["hash by C ABI"]
    whole = timings["tiny int8, native op"]
    return {
        "hash: body to C ABI": asdict(ratio(body, abi)),
        "hash: body to op, onnxruntime's call in both": asdict(
            ratio(body, timings["hash by native op"])
        ),
        "tiny int8: body to native op": asdict(ratio(timings["tiny int8, function body"], whole)),
        "hash by C ABI in tiny int8 with native op, percent": round(
            100 * ratio(abi, whole).median, 2
        ),
    }


def measure(rounds: int, *, with_sizes: bool) -> dict[str, Any]:
    """Everything, as the JSON has it.

    Raises:
        InputError: there is no native library on this machine.
    """
    library = load_library()
    config = PRESETS["tiny"]()
    text = sample_text()
    packed = {"bytes": pack_texts([text])}
    alone = hash_model(config)
    check_first(library, alone, text)
    with tempfile.TemporaryDirectory() as folder:
        source, target = seeded_source("tiny", 0), TARGETS["onnx"].load()
        tiny = export(source, target, "int8", Path(folder), built_in_probes()).path.read_bytes()
    room = np.zeros((config.max_words, config.num_hashes), np.int32)
    sessions = {
        "onnxruntime call alone": session_of(identity_model()),
        "hash by native op": session_of(alone, library),
        "hash by function body": session_of(alone),
        "tiny int8, function body": session_of(tiny),
        "tiny int8, native op": session_of(tiny, library),
    }
    calls: dict[str, Callable[[], object]] = {
        name: partial(session.run, None, packed) for name, session in sessions.items()
    }
    calls["hash by C ABI"] = library.prepare(text, room, table_size=config.table_size)
    timings = time_in_turn(calls, rounds=rounds, runs=dict.fromkeys(calls, RUNS), warm_up=WARM_UP)
    return {
        "command": "python -m neurolite_bench.native_op",
        "load_average": [round(value, 2) for value in os.getloadavg()],
        "text": {"words": WORDS, "bytes": len(text)},
        "instruction_set": library.instruction_set,
        "rounds": rounds,
        "runs_per_round": RUNS,
        "microseconds": {
            name: {
                "median": round(timing.median_ms * 1e3, 2),
                "spread": round(spread(timing.rounds_ms), 3),
            }
            for name, timing in timings.items()
        },
        "figures": figures(timings),
        "throughput_mb_per_s": throughput(library, rounds),
        "profile_us": profiled(tiny, library, text, rounds * RUNS),
        "library_bytes": sizes() if with_sizes else {},
    }


@app.command()
def main(
    rounds: Annotated[int, typer.Option(help="How often all are timed in turn.")] = 20,
    out: Annotated[Path, typer.Option(help="The JSON file.")] = RESULTS / "native_op.json",
    build_sizes: Annotated[
        bool, typer.Option("--sizes/--no-sizes", help="Build for other machines too.")
    ] = True,
) -> None:
    """Measure the native op; needs the library: neurolite-ops build."""
    with exit_codes():
        require_range("--rounds", rounds, 1, 10_000)
        result = measure(rounds, with_sizes=build_sizes)
        write_result(out, result)
        typer.echo(json.dumps(result, indent=2))


if __name__ == "__main__":
    app()
