"""SIGTERM and a closed terminal end a command as Ctrl-C does: what is open is closed, and within seconds."""

from __future__ import annotations

import _thread
import atexit
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Final, NoReturn

from neurolite_start import end_at_once

GRACE: Final = 3.0  # seconds from the signal to the end, whatever the process is busy with
_AGAIN: Final = 0.05  # seconds
_ENDING: Final = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)
_ALL: Final = (*_ENDING, signal.SIGINT)
# Whoever has set another handler, or ignores a signal (nohup), meant it.
_UNTOUCHED: Final = (signal.SIG_DFL, signal.default_int_handler, end_at_once)


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
    behind, under their temporary names. What a library makes another exception of: see ``ended_by``.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    watch = _Watch()
    before = {}
    try:
        with watch.listening():
            for number in _ALL:
                if signal.getsignal(number) in _UNTOUCHED:
                    before[number] = signal.signal(number, watch.end)
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


def ended_by() -> int | None:
    """Number of the signal that has ended a block of ``ended_by_signals``, if one has."""
    return _Watch.ended_by


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
    ended_by: int | None = None

    def __init__(self) -> None:
        self._seen = threading.Event()
        self._say_lost = sys.unraisablehook

    def end(self, number: int, frame: FrameType | None) -> None:
        self._seen.clear()
        _Watch.ended_by = number
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
        self._say_lost, sys.unraisablehook = sys.unraisablehook, self._lost
        thread = threading.Thread(target=self._follow, args=(read,), name="signals", daemon=True)
        thread.start()
        try:
            yield
        finally:
            signal.set_wakeup_fd(old)
            sys.unraisablehook = self._say_lost
            _Watch.current = outer
            os.close(write)  # the thread reads the end

    def _lost(self, found: sys.UnraisableHookArgs) -> None:
        """A signal came where Python can raise nothing, as in the end of an object: it comes once more."""
        if not isinstance(found.exc_value, KeyboardInterrupt | Terminated):
            self._say_lost(found)
            return
        number = getattr(found.exc_value, "number", signal.SIGINT)
        again = threading.Timer(_AGAIN, _send, (number,))
        again.daemon = True
        again.start()

    def _follow(self, read: int) -> None:
        while found := os.read(read, 1):
            number = found[0]
            if number not in _ALL:
                continue
            # Who has taken signals over may still write what it has; it is ended only where Python never saw one.
            if not self._seen.wait(GRACE):
                os._exit(128 + number)
        os.close(read)


def _send(number: int) -> None:
    """A signal to the main thread, which ends what it waits for."""
    if hasattr(signal, "pthread_kill") and (main := threading.main_thread().ident) is not None:
        signal.pthread_kill(main, number)
    else:
        _thread.interrupt_main(signal.Signals(number))
