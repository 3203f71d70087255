"""One fresh process for one subject: takes commands as JSON lines, answers each with a JSON line.

``python -m neurolite_bench.measuring.worker`` is started by ``workers.py``; it imports numpy and what the
kind of its subject names, nothing else, so that its memory is the subject's.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, Final

from neurolite_bench.measuring.artifact import NotTimedError
from neurolite_bench.measuring.kinds import KINDS
from neurolite_bench.measuring.memory import measure_memory, reset_peak
from neurolite_bench.measuring.subject import Kind, Subject
from neurolite_core.ground.errors import NeuroLiteError
from neurolite_core.ground.lifelines import end_with_parent

_MEMORY_CALLS: Final = 8  # of each case before memory is read
_WARM_UP_CALLS: Final = 5
_UNTIMED_NS: Final = 300_000_000  # for these, at most one call longer
_ANSWERED_AT_ONCE: Final = 64

Reply = dict[str, Any]


class Worker:
    """The state between commands; each public method is a command, its arguments the JSON's fields."""

    def __init__(self) -> None:
        self._kind: Kind | None = None
        self._subject: Subject | None = None
        self._cases: list[tuple[int, list[str]]] = []
        self._places: list[int] = []

    def start(self, kind: str, cases: list[dict[str, Any]]) -> Reply:
        """Imports and starts the runtime; the texts come along so that they do not count as the model's memory."""
        self._cases = [(item["batch"], item["texts"]) for item in cases]
        self._places = [0] * len(cases)
        self._kind = known = KINDS[kind]
        begin = time.perf_counter_ns()
        for names in known.modules:
            importlib.import_module(_installed(names))
        imported = time.perf_counter_ns()
        gc.collect()
        before = measure_memory()
        starting = time.perf_counter_ns()
        if known.start is not None:
            known.start()
        started = time.perf_counter_ns()
        gc.collect()
        whole = reset_peak()
        return {
            "import_ms": (imported - begin) / 1e6,
            "runtime_ms": (started - starting) / 1e6,
            "imported": asdict(before),
            "memory": asdict(measure_memory()),
            "peak_reset": whole,
        }

    def open(self, path: str, threads: int, text: str, unsealed: bool = False) -> Reply:
        """Opens the file, one that was changed since its export only if ``unsealed``, and asks for the first answer."""
        if self._kind is None:
            raise NeuroLiteError("The worker was asked to open something before it was started.")
        begin = time.perf_counter_ns()
        opened_by = (self._kind.open_unsealed if unsealed else None) or self._kind.open
        subject = opened_by(Path(path), threads)
        opened = time.perf_counter_ns()
        subject.answer([text])
        answered = time.perf_counter_ns()
        self._subject = subject
        return {
            "load_ms": (opened - begin) / 1e6,
            "first_answer_ms": (answered - opened) / 1e6,
            "runtime": subject.runtime,
            "settings": dict(subject.settings),
        }

    def memory(self) -> Reply:
        """Memory after some answers to every case of single texts."""
        for number, (batch, _) in enumerate(self._cases):
            if batch == 1:
                self._calls(number, _MEMORY_CALLS)
        gc.collect()
        return {"memory": asdict(measure_memory())}

    def warm_up(self, case: int) -> Reply:
        """A few untimed calls; how long the last one took, in nanoseconds."""
        return {"last_ns": self._calls(case, _WARM_UP_CALLS)}

    def time(self, case: int, calls: int, processor: bool = False) -> Reply:
        """Nanoseconds of each of some calls; of this process's ``processor``, whatever else runs, or of the wall."""
        clock = time.process_time_ns if processor else time.perf_counter_ns
        samples = [0] * calls
        gc.collect()
        gc.disable()
        try:
            for number in range(calls):
                texts = self._texts(case)
                answer = self._opened.answer
                begin = clock()
                answer(texts)
                samples[number] = clock() - begin
        finally:
            gc.enable()
        return {"samples_ns": samples}

    def predict(self, texts: list[str]) -> Reply:
        """Labels of texts."""
        found: list[str] = []
        for first in range(0, len(texts), _ANSWERED_AT_ONCE):
            found += self._opened.predict(texts[first : first + _ANSWERED_AT_ONCE])
        return {"labels": found}

    @property
    def _opened(self) -> Subject:
        if self._subject is None:
            raise NeuroLiteError("The worker was asked before its subject was opened.")
        return self._subject

    def _calls(self, case: int, most: int) -> int:
        """A few calls, fewer where they are slow; nanoseconds of the last one."""
        begin = time.perf_counter_ns()
        while True:
            before = time.perf_counter_ns()
            self._opened.answer(self._texts(case))
            now = time.perf_counter_ns()
            most -= 1
            if most == 0 or now - begin > _UNTIMED_NS:
                return now - before

    def _texts(self, case: int) -> list[str]:
        batch, texts = self._cases[case]
        place = self._places[case]
        self._places[case] = (place + batch) % len(texts)
        return [texts[(place + number) % len(texts)] for number in range(batch)]


def _installed(names: str) -> str:
    """The first of some modules, separated by ``|``, that is there; else the first."""
    options = names.split("|")
    for name in options:
        if importlib.util.find_spec(name.partition(".")[0]) is not None:
            return name
    return options[0]


def serve(commands: BinaryIO, replies: BinaryIO) -> None:
    """Answers commands until there are no more."""
    worker = Worker()
    known: Mapping[str, Callable[..., Reply]] = {
        "start": worker.start,
        "open": worker.open,
        "memory": worker.memory,
        "warm_up": worker.warm_up,
        "time": worker.time,
        "predict": worker.predict,
    }
    for line in commands:
        request = json.loads(line)
        try:
            reply = known[request.pop("do")](**request)
        except NotTimedError as error:
            reply = {"not_timed": str(error)}
        except Exception as error:  # whatever a runtime raises is the subject's failure, not ours
            message = str(error).strip() or type(error).__name__
            reply = {"failed": message[:2000]}
        replies.write(json.dumps(reply).encode() + b"\n")
        replies.flush()


def main() -> None:
    """Serves on standard input and output, of which libraries that print get nothing."""
    end_with_parent()
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, replies)


if __name__ == "__main__":
    main()
