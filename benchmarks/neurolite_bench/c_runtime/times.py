"""Text to answer in turn: the C library from C and from Python, onnxruntime with the native op, fastText."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from neurolite_bench.c_runtime.direct import Asked, Direct
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require
from neurolite_runtimes.opening import open_artifact
from neurolite_runtimes.session import Session
from neurolite_runtimes.session import run as run_texts

WORDS: Final = (8, 12, 32, 256)
DIRECT: Final = "C library, from C"
SESSION: Final = "C library, Python session"
ONNX: Final = "onnxruntime with the native op, Python session"
FASTTEXT: Final = "fastText, Python call"
FASTTEXT_DIRECT: Final = "fastText, direct call"
_SENTENCE: Final = "please book a table for two at seven tomorrow evening near the station and tell me what weather"
_RUNS: Final = {8: 40, 12: 40, 32: 20, 256: 5}  # of each in a round
_OP: Final = "hash by native"


@dataclass(frozen=True, slots=True)
class Measured:
    """Microseconds: the least and the median of all answers."""

    least: float
    median: float


def sample(words: int) -> str:
    """English words, the same for every call."""
    known = _SENTENCE.split()
    return " ".join(known[(7 * i + i // len(known)) % len(known)] for i in range(words))


def measure_times(
    program: Path, model: Path, onnx: Path, fasttext_file: Path, rounds: int
) -> tuple[dict[int, dict[str, Measured]], dict[str, str]]:
    """By number of words each way's times; and what ran.

    Args:
        program: ``build_driver``'s.
        model: the .nlm.
        onnx: the same model's int8 .onnx.
        fasttext_file: a quantized fastText classifier.
        rounds: how often all ways are timed in turn.

    Raises:
        InputError: a library was not built: numpy or function bodies would be timed.
    """
    c_session, onnx_session = open_artifact(model), open_artifact(onnx)
    if c_session.is_reference or _OP not in onnx_session.runtime:
        raise InputError("The native libraries are not built. Build them: neurolite-ops build")
    fasttext = require("fasttext", extra="baselines").load_model(str(fasttext_file))
    found: dict[int, dict[str, Measured]] = {}
    with Direct(program, model) as direct:
        for words in WORDS:
            text, runs = sample(words), _RUNS[words]
            ways: dict[str, Callable[[], Asked]] = {
                DIRECT: partial(direct.ask, text, runs),
                SESSION: partial(_timed, partial(_answer, c_session, text), runs),
                ONNX: partial(_timed, partial(_answer, onnx_session, text), runs),
                FASTTEXT: partial(_timed, partial(fasttext.predict, [text]), runs),
                FASTTEXT_DIRECT: partial(
                    _timed, partial(fasttext.f.predict, text + "\n", 1, 0.0, "strict"), runs
                ),
            }
            found[words] = in_turn(ways, rounds)
    ran = {SESSION: c_session.runtime, ONNX: onnx_session.runtime, DIRECT: direct.path}
    return found, ran


def in_turn(ways: Mapping[str, Callable[[], Asked]], rounds: int) -> dict[str, Measured]:
    """Each way's times; all are asked in turn so many times, forwards and backwards."""
    answers: dict[str, list[Asked]] = {name: [] for name in ways}
    for number in range(rounds + 1):  # the first warms up
        names = list(ways) if number % 2 == 0 else list(ways)[::-1]
        for name in names:
            asked = ways[name]()
            if number > 0:
                answers[name].append(asked)
    return {
        name: Measured(min(one.least for one in own), statistics.median(one.median for one in own))
        for name, own in answers.items()
    }


def _answer(session: Session, text: str) -> object:
    return run_texts(session, [text])


def _timed(call: Callable[[], object], runs: int) -> Asked:
    times = []
    for _ in range(runs):
        start = time.perf_counter_ns()
        call()
        times.append((time.perf_counter_ns() - start) / 1e3)
    return Asked(min(times), statistics.median(times), 0)
