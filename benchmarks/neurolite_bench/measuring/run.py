"""The measurement: fresh processes for every repeat, all of them in turn, in alternating order.

The processes of a repeat live side by side, and one at a time is asked for some calls of each of its
cases; so whatever happens to the machine in the meantime happens to all of them alike.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil

from neurolite_bench.measuring.plan import Planned
from neurolite_bench.measuring.schedule import Schedule
from neurolite_bench.measuring.texts import (
    FIRST_WORDS,
    TextSource,
    TimedCase,
    all_threads_cases,
    text_of,
    timed_cases,
)
from neurolite_bench.measuring.workers import WorkerError, WorkerHandle, WorkerNotTimedError
from neurolite_bench.report.model import Case, CaseResult, MemoryUse, Start, SubjectResult
from neurolite_bench.statistics import summarise

_RESERVE: Final = (
    0.15  # of the machine's memory: with less available, no more processes side by side
)
_REPEATS_ON_ALL_CORES: Final = 2  # of the repeats; it is a side figure, and would double the time
_ASKED_AT_ONCE: Final = 256  # texts, so that an answer never takes long
Tell = Callable[[str, float], None]
"""What is being done, and how much of it all is done, 0 to 1."""


@dataclass(slots=True)
class Collected:
    """What is known of a subject so far; whole at any moment."""

    planned: Planned
    runtime: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    starts: list[Start] = field(default_factory=list)
    memory: list[MemoryUse] = field(default_factory=list)
    # By case, by repeat, by round.
    samples: dict[Case, dict[int, list[tuple[int, ...]]]] = field(default_factory=dict)
    accuracy: float | None = None
    accuracy_texts: int | None = None
    hash_share: float | None = None
    hash_share_by: str | None = None
    not_timed: str | None = None
    failure: str | None = None

    def result(self) -> SubjectResult:
        """The record, with summaries of what there is."""
        planned = self.planned
        cases = []
        for case, repeats in self.samples.items():
            samples = tuple(tuple(rounds) for _, rounds in sorted(repeats.items()) if rounds)
            if samples:
                cases.append(CaseResult(case, samples, summarise(samples)))
        return SubjectResult(
            name=planned.name,
            role=planned.role,
            kind=planned.kind,
            preset=planned.preset,
            precision=planned.precision,
            file=planned.path.name,
            size_bytes=planned.size_bytes,
            compressed_bytes=planned.compressed_bytes,
            sha256=planned.sha256,
            parameters=planned.parameters,
            runtime=self.runtime,
            settings=self.settings,
            delegated=planned.delegated,
            nodes=planned.nodes,
            parity=planned.parity,
            starts=tuple(self.starts),
            memory=tuple(self.memory),
            cases=tuple(cases),
            hash_share=self.hash_share,
            hash_share_by=self.hash_share_by,
            accuracy=self.accuracy,
            accuracy_texts=self.accuracy_texts,
            train_seconds=planned.train_seconds,
            sealed=planned.sealed,
            not_timed=self.not_timed,
            failure=self.failure,
        )


@dataclass(slots=True)
class _Live:
    """A worker with its cases, and how often each is called in each round."""

    collected: Collected
    handle: WorkerHandle
    cases: tuple[TimedCase, ...]
    calls: list[list[int]] = field(default_factory=list)


def measure(
    collected: Sequence[Collected],
    source: TextSource,
    schedule: Schedule,
    tell: Tell,
) -> None:
    """Measures all subjects, and puts what is found into ``collected`` as it comes.

    A subject that fails is not asked again; the others go on. May be interrupted at any moment.

    Args:
        collected: one of each subject, empty.
        source: of the texts.
        schedule: how often.
        tell: told how far it is.
    """
    many = (os.cpu_count() or 1) > 1
    on_all = min(_REPEATS_ON_ALL_CORES, schedule.repeats) if many else 0
    steps = schedule.repeats + on_all
    step = 0
    for repeat in range(schedule.repeats):
        for number in (1, 0) if repeat < on_all else (1,):
            asked = [item for item in collected if number == 1 or item.planned.all_threads]
            if repeat % 2:
                asked.reverse()
            base = step / steps
            name = f"repeat {repeat + 1} of {schedule.repeats}"
            with contextlib.ExitStack() as stack:
                _repeat(
                    _Repeat(repeat, number, source, schedule, stack),
                    asked,
                    lambda what, done, base=base, name=name: tell(  # type: ignore[misc]
                        f"{name}: {what}", base + done / steps
                    ),
                )
            step += 1
    tell("done", 1.0)


@dataclass(frozen=True, slots=True)
class _Repeat:
    number: int
    threads: int
    source: TextSource
    schedule: Schedule
    stack: contextlib.ExitStack


def _repeat(repeat: _Repeat, asked: Sequence[Collected], tell: Tell) -> None:
    """One repeat, in as many groups as memory asks for."""
    left = [item for item in asked if item.failure is None and item.not_timed is None]
    total = max(1, len(left))
    while left:
        before = 1 - len(left) / total
        group: list[_Live] = []
        while left and (not group or _has_room()):
            item = left.pop(0)
            tell(f"opening {item.planned.name}", before)
            live = _opened(repeat, item)
            if live is not None:
                group.append(live)
        share = 1 - len(left) / total - before
        _time_group(repeat, group, lambda what, done, a=before, b=share: tell(what, a + b * done))  # type: ignore[misc]
        for live in group:
            live.handle.stop()


def _has_room() -> bool:
    memory = psutil.virtual_memory()
    return bool(memory.available > _RESERVE * memory.total)


def _opened(repeat: _Repeat, item: Collected) -> _Live | None:
    """A fresh process up to its first answer; None where it failed, which the subject then says."""
    planned = item.planned
    cases_of = timed_cases if repeat.threads == 1 else all_threads_cases
    offered = cases_of(repeat.source, planned.max_words)
    cases = tuple(case for case in offered if case.case.group in planned.groups)
    handle = WorkerHandle(planned.environment)
    repeat.stack.callback(handle.stop)
    live = _Live(item, handle, cases)
    with _failures(item):
        _open(repeat, live)
    if item.failure is None and item.not_timed is None:
        return live
    handle.stop()
    return None


def _open(repeat: _Repeat, live: _Live) -> None:
    item, handle = live.collected, live.handle
    started = handle.ask(
        "start",
        kind=item.planned.kind,
        cases=[{"batch": c.case.batch, "texts": c.texts} for c in live.cases],
    )
    evicted = evict(item.planned.path)
    opened = handle.ask(
        "open",
        path=str(item.planned.path),
        threads=repeat.threads,
        text=text_of(repeat.source, FIRST_WORDS),
        unsealed=not item.planned.sealed,
    )
    if repeat.threads == 1:
        item.runtime, item.settings = opened["runtime"], opened["settings"]
        item.starts.append(
            Start(
                started["import_ms"],
                started["runtime_ms"],
                opened["load_ms"],
                opened["first_answer_ms"],
                evicted,
            )
        )
        item.memory.append(_memory_use(started, handle.ask("memory")["memory"]))
    for number, case in enumerate(live.cases):
        last = handle.ask("warm_up", case=number)["last_ns"]
        live.calls.append(repeat.schedule.calls(case.case.group, last))


def _time_group(repeat: _Repeat, group: Sequence[_Live], tell: Tell) -> None:
    for number in range(repeat.schedule.rounds):
        order = group if number % 2 == 0 else list(reversed(group))
        for live in order:
            if live.collected.failure is not None:
                continue
            tell(live.collected.planned.name, number / repeat.schedule.rounds)
            with _failures(live.collected):
                _time_round(repeat.number, number, live)


def _time_round(repeat: int, number: int, live: _Live) -> None:
    places = range(len(live.cases))
    for place in places if number % 2 == 0 else reversed(places):
        calls = live.calls[place][number]
        if calls:
            found = live.handle.ask("time", case=place, calls=calls)["samples_ns"]
            rounds = live.collected.samples.setdefault(live.cases[place].case, {})
            rounds.setdefault(repeat, []).append(tuple(found))


@contextlib.contextmanager
def _failures(item: Collected) -> Iterator[None]:
    """A worker's failure becomes its subject's."""
    try:
        yield
    except WorkerNotTimedError as error:
        item.not_timed = str(error)
    except WorkerError as error:
        item.failure = str(error)


def measure_accuracy(
    collected: Sequence[Collected], texts: Sequence[str], labels: Sequence[str], tell: Tell
) -> None:
    """Asks every subject that has learned for the labels of texts, as it is asked when it is timed."""
    able = [item for item in collected if item.planned.learned and item.failure is None]
    for number, item in enumerate(able):
        tell(f"accuracy of {item.planned.name}", number / len(able))
        handle = WorkerHandle(item.planned.environment)
        try:
            with _failures(item):
                handle.ask("start", kind=item.planned.kind, cases=[])
                handle.ask(
                    "open",
                    path=str(item.planned.path),
                    threads=1,
                    text=texts[0],
                    unsealed=not item.planned.sealed,
                )
                found: list[str] = []
                for first in range(0, len(texts), _ASKED_AT_ONCE):
                    some = list(texts[first : first + _ASKED_AT_ONCE])
                    found += handle.ask("predict", texts=some)["labels"]
                right = sum(a == b for a, b in zip(found, labels, strict=True))
                item.accuracy, item.accuracy_texts = right / len(labels), len(labels)
        finally:
            handle.stop()


def evict(path: Path) -> bool:
    """Takes a file, or a folder's files, out of the page cache; False where the system does not offer it."""
    if not hasattr(os, "posix_fadvise"):
        return False
    for file in [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]:
        with file.open("rb") as stream:
            os.fsync(stream.fileno())  # only clean pages are dropped
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return True


def _memory_use(started: dict[str, Any], answered: dict[str, Any]) -> MemoryUse:
    before = started["memory"]
    return MemoryUse(
        runtime_uss=before["uss_bytes"],
        runtime_rss=before["rss_bytes"],
        runtime_start=_more(started["imported"]["dirty_bytes"], before["dirty_bytes"]),
        added_dirty=_more(before["dirty_bytes"], answered["dirty_bytes"]),
        added_uss=answered["uss_bytes"] - before["uss_bytes"],
        added_pss=_more(before["pss_bytes"], answered["pss_bytes"]),
        added_rss=answered["rss_bytes"] - before["rss_bytes"],
        added_peak=answered["peak_bytes"] - before["rss_bytes"] if started["peak_reset"] else None,
        source=answered["source"],
    )


def _more(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None else after - before
