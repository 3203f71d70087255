"""What the native op gains, all in one run: ``python -m neurolite_bench.native_op``.

Times are medians of interleaved repeats on one thread, so that a change of the machine's speed
meets every variant alike. The result is a JSON file in ``benchmarks/results``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper

from neurolite_bench.native_sizes import sizes
from neurolite_bench.results import RESULTS, write_result
from neurolite_core.config import PRESETS
from neurolite_core.errors import InputError
from neurolite_core.hashing import hash_words
from neurolite_export.exporting import export, seeded_source
from neurolite_export.probes import built_in_probes
from neurolite_export.targets import TARGETS
from neurolite_export.targets.onnx.hash_function import (
    DOMAIN,
    DOMAIN_VERSION,
    hash_function,
    hash_node,
)
from neurolite_export.targets.onnx.target import IR_VERSION, OPSET
from neurolite_runtimes.native_library import NativeLibrary, load_library
from neurolite_runtimes.session import pack

WORDS: Final = 256
WARM_UP: Final = 20
THROUGHPUT_BYTES: Final = 1 << 20
VOCABULARY: Final = "the quick brown fox jumps over lazy dogs near river banks while seven wizards quietly boxed magic"


Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Timing:
    """Microseconds of one variant: median, and the 10th and 90th percentile as its spread."""

    median_us: float
    p10_us: float
    p90_us: float
    repeats: int


def interleaved(variants: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, Samples]:
    """Times all variants in turn, once each round: microseconds, float64 [repeats] each."""
    for call in variants.values():
        for _ in range(WARM_UP):
            call()
    samples: dict[str, list[int]] = {name: [] for name in variants}
    for _ in range(repeats):
        for name, call in variants.items():
            begun = time.perf_counter_ns()
            call()
            samples[name].append(time.perf_counter_ns() - begun)
    return {name: np.array(values) / 1e3 for name, values in samples.items()}


def summary(samples: Samples) -> Timing:
    """Median and spread."""
    low, middle, high = (round(float(np.percentile(samples, p)), 2) for p in (10, 50, 90))
    return Timing(middle, low, high, len(samples))


def sample_text() -> bytes:
    """256 English words, about 1.5 kB."""
    words = VOCABULARY.split()
    rng = np.random.default_rng(1)
    return " ".join(words[i] for i in rng.integers(len(words), size=WORDS)).encode()


def hash_model() -> bytes:
    """An ONNX file of tiny's hash alone."""
    config = PRESETS["tiny"]()
    graph = helper.make_graph(
        [hash_node(config, input_name="bytes", indices="indices", words="words")],
        "hash",
        [helper.make_tensor_value_info("bytes", TensorProto.UINT8, ["N", "T"])],
        [
            helper.make_tensor_value_info("indices", TensorProto.INT32, ["N", "L", "K"]),
            helper.make_tensor_value_info("words", TensorProto.INT32, ["N"]),
        ],
    )
    imports = [helper.make_opsetid("", OPSET), helper.make_opsetid(DOMAIN, DOMAIN_VERSION)]
    model = helper.make_model(
        graph,
        opset_imports=imports,
        functions=[hash_function(config, OPSET)],
        ir_version=IR_VERSION,
    )
    content: bytes = model.SerializeToString()
    return content


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


def session_of(content: bytes, library: NativeLibrary | None, profile: Path | None = None) -> Any:  # noqa: ANN401  # onnxruntime ships no types
    """A session on one thread, with the native op where a library is given."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    if library is not None:
        options.register_custom_ops_library(str(library.path.resolve()))
    if profile is not None:
        options.enable_profiling = True
        options.profile_file_prefix = str(profile)
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def profiled(
    content: bytes, library: NativeLibrary | None, text: bytes, runs: int
) -> dict[str, float]:
    """Microseconds a run of each kind of node, the largest first, as onnxruntime's profiler has it."""
    with tempfile.TemporaryDirectory() as folder:
        session = session_of(content, library, Path(folder) / "profile")
        feed = {"bytes": pack([text])}
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


def throughput(library: NativeLibrary, repeats: int) -> dict[str, dict[str, float]]:
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
        timings = interleaved(variants, repeats)
        found[kind] = {
            name: round(len(long) / float(np.median(t)), 1) for name, t in timings.items()
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
        indices = session_of(content, native).run(["indices"], {"bytes": pack([text])})[0]
        if not np.array_equal(indices[0], expected.indices):
            raise InputError(
                "The hash differs from the reference; build again: neurolite-ops build"
            )


def _calls(
    sessions: Mapping[str, Any], feed: Mapping[str, NDArray[np.uint8]]
) -> dict[str, Callable[[], object]]:
    return {name: partial(session.run, None, feed) for name, session in sessions.items()}


def ratios(timings: Mapping[str, Samples]) -> dict[str, float]:
    """What the issue asks for, from medians; differences are taken round by round."""
    median = {name: float(np.median(samples)) for name, samples in timings.items()}
    call = timings["onnxruntime call alone"]
    body = float(np.median(timings["hash by function body"] - call))
    native = float(np.median(timings["hash by native op"] - call))
    whole = median["tiny int8, native op"]
    return {
        "hash, body to C ABI": round(median["hash by function body"] / median["hash by C ABI"], 1),
        "hash, body to op, with onnxruntime's call": round(
            median["hash by function body"] / median["hash by native op"], 1
        ),
        "hash, body to op, without that call": round(body / native, 1),
        "op's share of tiny int8, percent": round(100 * native / whole, 2),
        "tiny int8, body to native": round(median["tiny int8, function body"] / whole, 2),
    }


def measure(repeats: int, *, with_sizes: bool) -> dict[str, Any]:
    """Everything, as the JSON has it.

    Raises:
        InputError: there is no native library on this machine.
    """
    library = load_library()
    config = PRESETS["tiny"]()
    text = sample_text()
    packed = {"bytes": pack([text])}
    alone = hash_model()
    check_first(library, alone, text)
    with tempfile.TemporaryDirectory() as folder:
        source, target = seeded_source("tiny", 0), TARGETS["onnx"]()
        tiny = export(source, target, "int8", Path(folder), built_in_probes()).path.read_bytes()
    room = np.zeros((config.max_words, config.num_hashes), np.int32)
    hashing = {
        "onnxruntime call alone": session_of(identity_model(), None),
        "hash by native op": session_of(alone, library),
        "hash by function body": session_of(alone, None),
    }
    models = {
        "tiny int8, function body": session_of(tiny, None),
        "tiny int8, native op": session_of(tiny, library),
    }
    by_abi = library.prepare(text, room, table_size=config.table_size)
    timings = interleaved({"hash by C ABI": by_abi} | _calls(hashing, packed), repeats)
    timings |= interleaved(_calls(models, packed), repeats)
    return {
        "command": "python -m neurolite_bench.native_op",
        "load_average": [round(value, 2) for value in os.getloadavg()],
        "text": {"words": WORDS, "bytes": len(text)},
        "instruction_set": library.instruction_set,
        "timings": {name: asdict(summary(samples)) for name, samples in timings.items()},
        "ratios": ratios(timings),
        "throughput_mb_per_s": throughput(library, max(5, repeats // 20)),
        "profile_us": profiled(tiny, library, text, repeats),
        "library_bytes": sizes() if with_sizes else {},
    }


def main(arguments: list[str] | None = None) -> int:
    """The command; 2 for wrong usage or a missing library."""
    parser = argparse.ArgumentParser(
        prog="python -m neurolite_bench.native_op", description=__doc__
    )
    parser.add_argument("--repeats", type=int, default=500, help="rounds, from 20 on")
    parser.add_argument("--out", type=Path, default=RESULTS / "native_op.json")
    parser.add_argument("--no-sizes", action="store_true", help="build for no other machine")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.repeats < WARM_UP:
            raise InputError(f"--repeats is {chosen.repeats}; give a number from {WARM_UP}.")
        result = measure(chosen.repeats, with_sizes=not chosen.no_sizes)
        write_result(chosen.out, result)
    except InputError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 2
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
