"""Processes of multiprocessing that work for this one: how they are started, and that none outlives it."""

from __future__ import annotations

import multiprocessing
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from typing import Final

from neurolite_core.ground.lifelines import owning

_FIRST: Final = "neurolite_core.ground.process_server"


def processes(module: str) -> BaseContext:
    """How to start processes: never as forks of this one, whose threads may hold locks.

    Args:
        module: what they need; imported once by the server that forks them, where the system has such a server.

    Returns:
        A context whose server runs and ends with this process.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_FIRST, module])
    with owning():
        forkserver.ensure_running()
    return context
