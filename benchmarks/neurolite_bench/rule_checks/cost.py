"""What 200 rules over 2,000 words cost of the time of a 256-word text, in each runtime, in turn with no rules."""

from __future__ import annotations

import dataclasses
import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from neurolite_bench.rule_checks.made import KINDS, made_rules, ruled_model
from neurolite_core.artifact.buckets import Bucket
from neurolite_core.artifact.package import size_of, write_content
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.text.words import pack_texts
from neurolite_export.exporting import metadata_of
from neurolite_export.probes import built_in_probes
from neurolite_export.source import Source
from neurolite_export.target import ExportJob
from neurolite_export.targets import TARGETS
from neurolite_runtimes.onnx_session import FUNCTION_BODY, NATIVE, OnnxSession
from neurolite_runtimes.opening import open_artifact

NO_RULES: Final = "no rules"
WORDS_OF_TEXT: Final = 256
_WARM_UP: Final = 20
BYTES: Final = 1_536  # of the one bucket that is built
# Runtime as tables have it -> target and what computes the hash.
RUNTIMES: Final[Mapping[str, tuple[str, str | None]]] = {
    "ONNX Runtime, native op": ("onnx", NATIVE),
    "ONNX Runtime, function body": ("onnx", FUNCTION_BODY),
    "LiteRT": ("litert", None),
    "ExecuTorch": ("executorch", None),
}


def measure_cost(
    words: Sequence[str],
    folder: Path,
    targets: Sequence[str],
    rounds: int,
    tell: Callable[[str], None],
) -> dict[str, Any]:
    """Ratios of times, round by round, and bytes of the int8 files of tiny.

    In each round every file runs once, in an order that is drawn: a machine that does other work may be twice as slow
    for a second, and who comes second in a row finds more in the caches. Quartiles of so many rounds tell more than the
    lowest and the highest.

    Args:
        words: at least 2,000.
        folder: for files.
        targets: of ``TARGETS``; those without a row in ``RUNTIMES`` are left out.
        rounds: how often all files are run in turn.
        tell: told each step.
    """
    config = dataclasses.replace(NeuroLiteConfig.tiny(), max_bytes=BYTES)
    text = _text(words)
    found: dict[str, Any] = {}
    timed = dict.fromkeys(name for name, _ in RUNTIMES.values())
    for target in (name for name in timed if name in targets):
        files, sizes = {}, {}
        for kind in (NO_RULES, *KINDS):
            tell(f"{target}: {kind}")
            rules = None if kind == NO_RULES else made_rules(words, kind)
            source = Source(ruled_model(config, rules), "rules", "random, seed 0: not trained")
            path = (
                folder
                / f"{kind.replace(' ', '-').replace(',', '')}-{target}{TARGETS[target].suffix}"
            )
            content = TARGETS[target].load().build(job_of(source, target, "int8", BYTES))
            write_content(path, content)
            files[kind], sizes[kind] = path, size_of(content)
        for name, (own, kernel) in RUNTIMES.items():
            if own == target:
                tell(f"{name}: timing")
                found[name] = _timed(files, sizes, kernel, text, rounds)
    return found


def job_of(source: Source, target: str, precision: str, num_bytes: int) -> ExportJob:
    """A job of one bucket of so many bytes."""
    metadata = metadata_of(source, TARGETS[target].load(), precision)
    if metadata.buckets:
        bucket = Bucket(num_bytes, min(num_bytes // 4, metadata.max_words))
        metadata = dataclasses.replace(metadata, buckets=(bucket,))
    return ExportJob(source.network, metadata, built_in_probes())


def _text(words: Sequence[str]) -> bytes:
    """256 words of those of the rules and of others, in the bytes of the bucket."""
    rng = random.Random(1)  # noqa: S311  # no secret
    short = [word for word in words if word.isascii() and len(word) < 8]
    return " ".join(rng.choices(short, k=WORDS_OF_TEXT)).encode()[:BYTES]


def _timed(
    files: Mapping[str, Path],
    sizes: Mapping[str, int],
    kernel: str | None,
    text: bytes,
    rounds: int,
) -> dict[str, Any]:
    sessions = {kind: opened(path, kernel) for kind, path in files.items()}
    packed = pack_texts([text])
    times: dict[str, list[float]] = {kind: [] for kind in sessions}
    order, rng = list(sessions), random.Random(2)  # noqa: S311  # no secret
    for number in range(_WARM_UP + rounds):
        rng.shuffle(order)
        for kind in order:
            start = time.perf_counter_ns()
            sessions[kind].run_bytes(packed)
            if number >= _WARM_UP:
                times[kind].append((time.perf_counter_ns() - start) / 1e6)
    found: dict[str, Any] = {"runtime": next(iter(sessions.values())).runtime, "kinds": {}}
    for kind, own in times.items():
        ratios = [mine / other for mine, other in zip(own, times[NO_RULES], strict=True)]
        low, median, high = statistics.quantiles(ratios, n=4)
        found["kinds"][kind] = {
            "milliseconds": statistics.median(own),
            "ratio": {"lower": low, "median": median, "upper": high},
            "bytes": sizes[kind],
        }
    return found


def opened(path: Path, kernel: str | None) -> Any:  # noqa: ANN401  # sessions of several runtimes
    """A session of a file, of an .onnx one with a kernel by name."""
    if kernel is None:
        return open_artifact(path)
    return OnnxSession(path, kernel=kernel)
