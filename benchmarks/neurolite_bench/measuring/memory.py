"""What this process has of the machine's memory, now and at most.

Four figures, as one alone misleads: RSS counts pages of files that other processes share; USS only what
would be free if the process ended; PSS gives every sharer its part. A file that is read through a memory
map, such as the code of a library, is in all three as long as nobody else maps it, although the system can drop
those pages at will. Private dirty memory, by which Android and iOS judge an app, is what it cannot drop.
"""

from __future__ import annotations

import importlib
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

_PROCESS: Final = Path("/proc/self")
_RESET_PEAK: Final = "5"  # man 5 proc, clear_refs
_KIB: Final = 1024


@dataclass(frozen=True, slots=True)
class Memory:
    """A process's memory, in bytes.

    Attributes:
        rss_bytes: resident pages, shared ones included.
        uss_bytes: resident pages that no other process has.
        dirty_bytes: of these, the ones that were written to, and what was swapped out; None elsewhere than
            on Linux.
        pss_bytes: resident pages, shared ones divided by the number of sharers; None where the system
            does not tell (elsewhere than on Linux).
        peak_bytes: the most that RSS was, since ``reset_peak`` where it could, else since the start.
        source: what the figures were read with.
    """

    rss_bytes: int
    uss_bytes: int
    dirty_bytes: int | None
    pss_bytes: int | None
    peak_bytes: int
    source: str


def measure_memory() -> Memory:
    """The memory of this process; takes some milliseconds, as the system visits every page."""
    found = psutil.Process().memory_full_info()
    private, private_name = private_bytes(found)
    peak, peak_name = _peak(found)
    return Memory(
        rss_bytes=found.rss,
        uss_bytes=private,
        dirty_bytes=_dirty(),
        pss_bytes=getattr(found, "pss", None),
        peak_bytes=max(peak, found.rss),  # the kernel updates its mark only now and then
        source=f"psutil {psutil.__version__}, private: {private_name}, peak: {peak_name}",
    )


def reset_peak() -> bool:
    """Lets the peak count from now; False where the system cannot, and it stays that of the whole run."""
    try:
        (_PROCESS / "clear_refs").write_text(_RESET_PEAK)
    except OSError:
        return False
    return True


def private_bytes(found: Any) -> tuple[int, str]:  # noqa: ANN401 (psutil's tuples differ by system)
    """What only this process has, and the figure's name: USS, or where a sandbox hides it, an estimate.

    Args:
        found: psutil's answer.
    """
    uss = getattr(found, "uss", None)
    if uss is not None:
        return uss, "USS"
    return found.rss - getattr(found, "shared", 0), "RSS without shared pages"


def peak_in_status(status: str) -> int | None:
    """The highest RSS in bytes that Linux's ``/proc/self/status`` names, if it does.

    Args:
        status: the file's text, which counts in units of 1,024 bytes and calls them kB.
    """
    found = re.search(r"^VmHWM:\s*(\d+) kB$", status, re.MULTILINE)
    return None if found is None else int(found[1]) * _KIB


def peak_of_usage(platform: str, maximum: int) -> int:
    """``ru_maxrss`` of getrusage in bytes: macOS gives bytes, all others units of 1,024.

    Args:
        platform: as ``sys.platform`` names it.
        maximum: the field's value.
    """
    return maximum if platform == "darwin" else maximum * _KIB


def dirty_in_smaps(smaps: str) -> int | None:
    """Private dirty and swapped bytes of ``/proc/self/smaps_rollup``; None where they are not there.

    Args:
        smaps: the file's text, which counts in units of 1,024 bytes and calls them kB.
    """
    found = dict(re.findall(r"^(Private_Dirty|Swap):\s*(\d+) kB$", smaps, re.MULTILINE))
    if "Private_Dirty" not in found:
        return None
    return sum(int(value) for value in found.values()) * _KIB


def _dirty() -> int | None:
    try:
        return dirty_in_smaps((_PROCESS / "smaps_rollup").read_text())
    except OSError:
        return None


def _peak(found: Any) -> tuple[int, str]:  # noqa: ANN401 (psutil's tuples differ by system)
    """The highest RSS and where it was read."""
    # Before getrusage: that one keeps what the parent had before it started this program.
    status = _PROCESS / "status"
    marked = peak_in_status(status.read_text()) if status.is_file() else None
    if marked is not None:
        return marked, "VmHWM"
    if hasattr(found, "peak_wset"):
        return found.peak_wset, "peak working set"
    resource = importlib.import_module("resource")  # not on Windows
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak_of_usage(sys.platform, usage), "ru_maxrss"
