"""Times and memory of the files, each in its own process, those of one runtime in turn; and of a step of training.

Times are the processor's, of one thread: alone on a machine as long as the wall clock's, and not longer on a busy one.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import torch

from neurolite_bench.backbones.files import TWIN, TWIN_WORDS, file_of
from neurolite_bench.backbones.rows import LONG, SHORT, SIZE, STEP_TEXTS
from neurolite_bench.measuring.texts import built_in_texts, text_of
from neurolite_bench.measuring.workers import WorkerHandle
from neurolite_core.network.backbones.table import BACKBONES
from neurolite_core.network.features import features_of
from neurolite_export.source import seeded_source

GROWTH: Final = (16, TWIN_WORDS)
_SECONDS: Final = 0.15  # of one round of one file, about
_MOST_CALLS: Final = 50
_MS: Final = 1e6


@dataclass(frozen=True, slots=True)
class Timed:
    """A file, measured.

    Attributes:
        medians_ms: by words of the text, processor time, the median of each round.
        memory_bytes: private memory written to that the model added, after answering; None where the system does not
            say.
        runtime: what ran it.
    """

    medians_ms: Mapping[int, Sequence[float]]
    memory_bytes: int | None
    runtime: str


def time_files(
    files: Mapping[str, Path], kind: str, words: Sequence[int], rounds: int
) -> dict[str, Timed]:
    """Files of one runtime, all opened at once, each asked alone, in alternating order.

    Args:
        files: by name.
        kind: target of all.
        words: of the texts, one of each length.
        rounds: how often all are timed in turn.

    Raises:
        WorkerError: a file could not be opened or asked.
    """
    source = built_in_texts()
    texts = [text_of(source, count) for count in words]
    cases = [{"batch": 1, "texts": [text]} for text in texts]
    with ExitStack() as stack:
        handles: dict[str, WorkerHandle] = {}
        memory: dict[str, int | None] = {}
        runtimes: dict[str, str] = {}
        for name, path in files.items():
            handles[name] = handle = WorkerHandle()
            stack.callback(handle.stop)
            before = handle.ask("start", kind=kind, cases=cases)["memory"]["dirty_bytes"]
            opened = handle.ask("open", path=str(path.resolve()), threads=1, text=texts[0])
            runtimes[name] = opened["runtime"]
            after = handle.ask("memory")["memory"]["dirty_bytes"]
            memory[name] = None if before is None else after - before
        medians: dict[str, dict[int, list[float]]] = {
            name: {count: [] for count in words} for name in files
        }
        for number in range(rounds):
            for name in list(handles)[:: 1 if number % 2 == 0 else -1]:
                for case, count in enumerate(words):
                    medians[name][count].append(_round(handles[name], case))
    return {name: Timed(medians[name], memory[name], runtimes[name]) for name in files}


def _round(handle: WorkerHandle, case: int) -> float:
    last = handle.ask("warm_up", case=case)["last_ns"]
    calls = max(3, min(_MOST_CALLS, int(_SECONDS * 1e9 / max(1, last))))
    samples: list[int] = handle.ask("time", case=case, calls=calls, processor=True)["samples_ns"]
    return statistics.median(samples) / _MS


def measure_speed(
    folder: Path, targets: Sequence[str], rounds: int, tell: Callable[[str], None]
) -> dict[str, dict[str, Any]]:
    """By backbone and runtime: milliseconds and memory; with ONNX also the growth with length.

    Args:
        folder: of ``build_files``.
        targets: some of ``RUNTIMES``.
        rounds: how often files are timed in turn.
        tell: is told of each runtime.
    """
    found: dict[str, dict[str, Any]] = {name: {} for name in BACKBONES}
    for kind in targets:
        files = {name: file_of(folder, name, kind) for name in BACKBONES}
        for name, timed in time_files(files, kind, (SHORT, LONG), rounds).items():
            found[name][kind] = {
                **{f"{count}_words": _summary(timed.medians_ms[count]) for count in (SHORT, LONG)},
                "memory_bytes": timed.memory_bytes,
                "runtime": timed.runtime,
            }
            tell(f"{name}, {kind}: {found[name][kind]}")
    if TWIN in targets:
        for name, growth in _growth(folder, rounds).items():
            found[name]["growth"] = growth
            tell(f"{name}: {growth['times']:.1f} times as long at {TWIN_WORDS} words")
    return found


def _growth(folder: Path, rounds: int) -> dict[str, dict[str, Any]]:
    twins = {name: file_of(folder, name, TWIN, twin=True) for name in BACKBONES}
    found = {}
    for name, timed in time_files(twins, TWIN, GROWTH, rounds).items():
        short, long = (timed.medians_ms[count] for count in GROWTH)
        quotients = [b / a for a, b in zip(short, long, strict=True)]
        found[name] = {
            **{f"{count}_words": _summary(timed.medians_ms[count]) for count in GROWTH},
            "times": statistics.median(quotients),
            "lowest": min(quotients),
            "highest": max(quotients),
        }
    return found


def time_steps(rounds: int) -> dict[str, dict[str, float]]:
    """Milliseconds of a training's step on one core: forward, backward and AdamW of 128 texts of 12 words, in turn."""
    torch.set_num_threads(1)
    texts = [text_of(built_in_texts(), SHORT)] * STEP_TEXTS
    calls: dict[str, Callable[[], object]] = {}
    for name in BACKBONES:
        network = seeded_source(SIZE, 0, name).network.train()
        optimizer = torch.optim.AdamW(network.parameters())
        features = features_of(texts, network.config)
        calls[name] = partial(_step, network, optimizer, features)
    for call in calls.values():
        call()
    spent: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            begin = time.process_time_ns()
            call()
            spent[name].append((time.process_time_ns() - begin) / _MS)
    return {name: _summary(values) for name, values in spent.items()}


def _step(network: Any, optimizer: torch.optim.Optimizer, features: Any) -> None:  # noqa: ANN401
    loss = network.network(*features)["logits"].square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def _summary(rounds_ms: Sequence[float]) -> dict[str, float]:
    return {
        "median_ms": round(statistics.median(rounds_ms), 4),
        "lowest_ms": round(min(rounds_ms), 4),
        "highest_ms": round(max(rounds_ms), 4),
    }
