"""What opening a file leaves free goes back to the system, where a process's memory is counted.

glibc keeps what was freed between blocks that are in use: of a generator, onnxruntime reads the file, takes its weights
out and packs them anew, and half of what it then has is free.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache


def give_back() -> bool:
    """Gives back the pages that hold nothing; whether there were some, never where the allocator is none of glibc.

    It looks through all that the process has freed: a millisecond in one of 100 MB.
    """
    trim = _trim()
    return trim is not None and bool(trim(0))


@cache
def _trim() -> Callable[[int], int] | None:
    """``malloc_trim`` of the C library that this process has; musl, macOS and Android have none."""
    if sys.platform != "linux":
        return None
    try:
        function = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return None
    function.restype, function.argtypes = ctypes.c_int, [ctypes.c_size_t]
    return function
