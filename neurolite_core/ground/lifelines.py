"""No process outlives the one that it works for, however that one ended: SIGKILL leaves it no time to say so."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from neurolite_start import OWNER_VARIABLE

_PR_SET_PDEATHSIG: Final = 1  # prctl(2)
_SIGKILL: Final = 9
_PAUSE: Final = 1.0  # seconds between two looks


def end_with_parent(parent: int | None = None) -> None:
    """This process is ended when the one that started it has ended; by the kernel on Linux, which costs no time.

    Args:
        parent: number of the process that is meant, where it is known: it may have ended before this is called.
    """
    if parent is None:
        parent = os.getppid()
    asked = _asked_kernel()
    if os.getppid() != parent:  # it ended before the kernel was asked
        os._exit(1)
    if not asked:
        _in_background(partial(_watch, parent))


def owned() -> dict[str, str]:
    """The environment for a command of ours that this process starts and that is to end with it."""
    return {**os.environ, OWNER_VARIABLE: str(os.getpid())}


@contextlib.contextmanager
def owning() -> Iterator[None]:
    """The same for processes that a library starts in the block.

    In the main thread only: for the kernel the thread that started a process is its parent, and another thread may
    end long before this process does.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = os.environ.get(OWNER_VARIABLE)
    os.environ[OWNER_VARIABLE] = str(os.getpid())
    try:
        yield
    finally:
        os.environ.pop(OWNER_VARIABLE, None)
        if before is not None:
            os.environ[OWNER_VARIABLE] = before


def end_if_owned() -> bool:
    """``end_with_parent`` where the parent has asked for it by ``owned`` or ``owning``; whether it has.

    What this process starts is not told: the parent spoke of this one.
    """
    asked = os.environ.pop(OWNER_VARIABLE, "")
    if not (asked.isascii() and asked.isdigit()):
        return False
    owner = int(asked)
    if owner == os.getppid():
        end_with_parent(owner)
        return True
    if _has_ended(owner):  # before this process could ask
        os._exit(1)
    return False  # something between the two, such as a shell, has handed it on


def end_with_owner() -> None:
    """The same for a process of ``multiprocessing``: its parent may be a server, and its owner another process."""
    owner = multiprocessing.parent_process()
    if owner is not None:
        _in_background(partial(_follow, owner.join))


def _has_ended(number: int) -> bool:
    import psutil

    try:
        return bool(psutil.Process(number).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:  # it is another user's
        return False


def _asked_kernel() -> bool:
    if not sys.platform.startswith("linux"):
        return False
    try:
        import ctypes

        refused = ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
        return not refused
    except (OSError, AttributeError):  # a C library without it
        return False


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PAUSE)
    os._exit(1)


def _follow(wait: Callable[[], None]) -> None:
    wait()
    os._exit(1)


def _in_background(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="lifeline", daemon=True).start()
