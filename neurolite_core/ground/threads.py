"""Programs beside ours: OpenMP's threads do not spin while they wait, and there are as many as the machine really has.

PyTorch's wheels for Linux bring GNU's libgomp, for macOS LLVM's libomp. Both read ``OMP_WAIT_POLICY`` (OpenMP 5.2,
21.7) and ``OMP_NUM_THREADS`` (21.1.2) once, when they are loaded, so this must come before ``import torch``. libgomp
knows the processor mask but no control group; a thread beyond its quota stops all the others at their next barrier.
"""

from __future__ import annotations

import os
from typing import Final

from neurolite_core.ground.environment import set_unless_given, without_ours
from neurolite_core.ground.processors import available_processors

WAITING: Final = {"OMP_WAIT_POLICY": "PASSIVE"}
_WAITING_OTHERWISE: Final = ("GOMP_SPINCOUNT", "KMP_BLOCKTIME")
_COUNT: Final = "OMP_NUM_THREADS"
_COUNT_OTHERWISE: Final = ("MKL_NUM_THREADS", "OMP_THREAD_LIMIT")


def user_threads() -> dict[str, str]:
    """The environment as if ``share_processors`` had not been called, for a process whose speed is measured."""
    return without_ours({*WAITING, _COUNT})


def share_processors(processes: int = 1) -> None:
    """For a command, before PyTorch is imported; what the user has set stays.

    Args:
        processes: of this command on this machine, among which the processors are divided.
    """
    if not any(name in os.environ for name in _WAITING_OTHERWISE):
        set_unless_given(WAITING)
    if not any(name in os.environ for name in _COUNT_OTHERWISE):
        set_unless_given({_COUNT: str(max(1, available_processors() // max(1, processes)))})
