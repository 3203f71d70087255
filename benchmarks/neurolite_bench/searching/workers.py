"""Who does the steps of a search: this process, or several that end with it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Final, Protocol, Self

from neurolite_bench.searching.evaluating import Figures, Ground, Step, evaluate
from neurolite_core.ground.errors import InputError, NeuroLiteError
from neurolite_core.ground.lifelines import end_with_owner
from neurolite_core.ground.processes import processes

_MODULE: Final = "neurolite_bench.searching.evaluating"
_GRACE: Final = 5.0  # seconds for a process that was told to end


class Workers(Protocol):
    """Does steps."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    @property
    def free(self) -> int:
        """Steps that could be begun now."""

    @property
    def busy(self) -> int:
        """Steps that are begun."""

    def begin(self, step: Step) -> None:
        """Begins one, where one is free."""

    def done(self) -> tuple[Step, Figures]:
        """Waits for one that is begun.

        Raises:
            NeuroLiteError: what it raised.
        """


class Alone:
    """This process, one step after another."""

    def __init__(self, ground: Ground) -> None:
        self._ground, self._steps = ground, list[Step]()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    @property
    def free(self) -> int:
        """As ``Workers`` has it."""
        return 1 - len(self._steps)

    @property
    def busy(self) -> int:
        """As ``Workers`` has it."""
        return len(self._steps)

    def begin(self, step: Step) -> None:
        """As ``Workers`` has it."""
        self._steps.append(step)

    def done(self) -> tuple[Step, Figures]:
        """As ``Workers`` has it."""
        step = self._steps.pop()
        return step, evaluate(self._ground, step)


@dataclass(slots=True, eq=False)
class _Worker:
    process: Any
    pipe: Connection
    step: Step | None = None


class Several:
    """As many processes as are asked for, each with a step at a time; what they read was sent by their owner."""

    def __init__(self, ground: Ground, count: int) -> None:
        self._ground, self._count = ground, count
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        context = processes(_MODULE)
        for _ in range(self._count):
            mine, theirs = context.Pipe()
            process = context.Process(  # type: ignore[attr-defined]  # every context has one
                target=_work, args=(theirs, self._ground), daemon=True
            )
            process.start()
            theirs.close()
            self._workers.append(_Worker(process, mine))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self._workers:
            worker.pipe.close()  # which ends one that waits for a step
            if kind is not None:
                worker.process.terminate()
        for worker in self._workers:
            worker.process.join(_GRACE)
            if worker.process.is_alive():
                worker.process.kill()

    @property
    def free(self) -> int:
        """As ``Workers`` has it."""
        return self._count - self.busy

    @property
    def busy(self) -> int:
        """As ``Workers`` has it."""
        return sum(worker.step is not None for worker in self._workers)

    def begin(self, step: Step) -> None:
        """As ``Workers`` has it."""
        worker = next(worker for worker in self._workers if worker.step is None)
        worker.pipe.send(step)
        worker.step = step

    def done(self) -> tuple[Step, Figures]:
        """As ``Workers`` has it."""
        ready = wait([worker.pipe for worker in self._workers if worker.step is not None])
        worker = next(worker for worker in self._workers if worker.pipe in ready)
        try:
            found = worker.pipe.recv()
        except (EOFError, OSError) as error:
            raise InputError(
                "A process of the search was ended from outside, as by a machine that has no more memory. What was found is "
                "kept: start the search again, with fewer --jobs."
            ) from error
        step, worker.step = worker.step, None
        assert step is not None  # noqa: S101  # it was chosen as one that has a step
        if isinstance(found, BaseException):
            raise found
        return step, found


def workers_of(ground: Ground, count: int) -> Workers:
    """This process where one is asked for, else so many."""
    return Alone(ground) if count == 1 else Several(ground, count)


def _work(pipe: Connection, ground: Ground, do: Callable[..., Figures] = evaluate) -> None:
    """A process: steps from the pipe, figures or an error back."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who is interrupted is the owner
    signal.signal(signal.SIGTERM, _leave)
    end_with_owner()
    while True:
        try:
            step = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(do(ground, step))
        except (NeuroLiteError, OSError, MemoryError) as error:
            pipe.send(error)


def _leave(number: int, _: object) -> None:
    sys.exit(128 + number)  # which gives back what the system would keep
