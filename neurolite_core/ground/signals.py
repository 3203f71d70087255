"""SIGTERM and a closed terminal end a command as Ctrl-C does: what is open is closed, and within seconds."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Final, NoReturn

GRACE: Final = 3.0  # seconds from the signal to the end, whatever the process is busy with
_ENDING: Final = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)
_ALL: Final = (*_ENDING, signal.SIGINT)


class Terminated(BaseException):  # like KeyboardInterrupt, no error that anything catches
    """A signal asked the process to end.

    Attributes:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP raise ``Terminated`` in the block, SIGINT as ever; those that are ignored stay so (nohup).

    Python sees a signal only between two of its own steps. Where a library computes for longer than ``GRACE``, or
    something catches what was raised, a thread ends the process: then only files that were being written are left
    behind, under their temporary names.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    watch = _Watch()
    before = {}
    for number in _ENDING:
        if signal.getsignal(number) == signal.SIG_DFL:
            before[number] = signal.signal(number, watch.end)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        before[signal.SIGINT] = signal.signal(signal.SIGINT, watch.end)
    try:
        with watch.listening():
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def as_interrupts() -> Iterator[None]:
    """In the block SIGTERM and SIGHUP are as Ctrl-C: who catches the ``KeyboardInterrupt`` decides how it ends."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only there may signals be caught
        return
    watch = _Watch.current
    handler = signal.default_int_handler if watch is None else watch.interrupt
    before = {
        number: signal.signal(number, handler)
        for number in _ALL
        if signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def have_ended() -> bool:
    """Whether a signal has ended a block of ``ended_by_signals``."""
    return _Watch.has_ended


def leave(code: int) -> NoReturn:
    """Ends the process of a command that a signal has ended, in order but without taking it apart.

    What was registered for the end is called, and streams are flushed. To free every object of PyTorch takes longer
    than that, on a busy machine seconds; and while the interpreter does so, no thread can end it any more.
    """
    try:
        atexit._run_exitfuncs()  # as the interpreter would
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(code)


class _Watch:
    """Reads the numbers of signals from a pipe that C writes to at once, also while Python waits."""

    current: _Watch | None = None
    has_ended = False

    def __init__(self) -> None:
        self._seen = threading.Event()

    def end(self, number: int, frame: FrameType | None) -> None:
        self._seen.clear()
        _Watch.has_ended = True
        if number == signal.SIGINT:
            signal.default_int_handler(number, frame)
        raise Terminated(number)

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        self._seen.set()
        signal.default_int_handler(number, frame)

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        read, write = os.pipe()
        os.set_blocking(write, False)
        old, outer = signal.set_wakeup_fd(write, warn_on_full_buffer=False), _Watch.current
        _Watch.current = self
        thread = threading.Thread(target=self._follow, args=(read,), name="signals", daemon=True)
        thread.start()
        try:
            yield
        finally:
            signal.set_wakeup_fd(old)
            _Watch.current = outer
            os.close(write)  # the thread reads the end

    def _follow(self, read: int) -> None:
        while found := os.read(read, 1):
            number = found[0]
            if number not in _ALL:
                continue
            # Who has taken signals over may still write what it has; it is ended only where Python never saw one.
            if not self._seen.wait(GRACE):
                os._exit(128 + number)
        os.close(read)
