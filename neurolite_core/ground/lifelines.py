"""No process outlives the one that it works for, however that one ended: SIGKILL leaves it no time to say so."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Final

OWNER_VARIABLE: Final = "NEUROLITE_OWNER"  # process number
_PR_SET_PDEATHSIG: Final = 1  # prctl(2)
_SIGKILL: Final = 9
_PAUSE: Final = 1.0  # seconds between two looks


def end_with_parent() -> None:
    """This process is ended when the one that started it has ended; by the kernel on Linux, which costs no time."""
    parent = os.getppid()
    if _asked_kernel():
        if os.getppid() != parent:  # it ended before the kernel was asked
            os._exit(1)
        return
    _in_background(partial(_watch, parent))


def owned() -> dict[str, str]:
    """The environment for a command of ours that this process starts and that is to end with it."""
    return {**os.environ, OWNER_VARIABLE: str(os.getpid())}


def end_if_owned() -> None:
    """``end_with_parent`` where the parent has asked for it by ``owned``."""
    if os.environ.get(OWNER_VARIABLE) == str(os.getppid()):
        end_with_parent()


def end_with_owner() -> None:
    """The same for a process of ``multiprocessing``: its parent may be a server, and its owner another process."""
    owner = multiprocessing.parent_process()
    if owner is not None:
        _in_background(partial(_follow, owner.join))


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
