"""How busy the machine is: load, processor time, memory."""

from __future__ import annotations

import os
from typing import Any, Final

import psutil

from neurolite_bench.device.files import Files

_KIB: Final = 1024
# Of the line "cpu" in /proc/stat: user nice system idle iowait irq softirq steal; guest time is in user.
_TICKS: Final = 8
_STEAL: Final = 7


def usage(files: Files) -> dict[str, Any]:
    """See ``conditions`` for the keys."""
    memory = files.fields("proc/meminfo")
    swaps = _words(files, "proc/vmstat")
    return {
        "load": _load(files),
        "cpu_ticks": _ticks(files),
        "memory_available_bytes": _bytes(memory.get("MemAvailable")) or _available(files),
        "swap_used_bytes": _swap_used(memory, files),
        "swapped_in_pages": _integer(swaps.get("pswpin")),
    }


def _load(files: Files) -> list[float] | None:
    found = (files.text("proc/loadavg") or "").split()[:3]
    if found:
        return [float(value) for value in found]
    return list(os.getloadavg()) if files.live and hasattr(os, "getloadavg") else None


def _ticks(files: Files) -> dict[str, int] | None:
    first = (files.text("proc/stat") or "").partition("\n")[0].split()
    values = [int(value) for value in first[1 : _TICKS + 1]]
    return {"total": sum(values), "steal": values[_STEAL]} if len(values) == _TICKS else None


def _swap_used(memory: dict[str, str], files: Files) -> int | None:
    total, free = _bytes(memory.get("SwapTotal")), _bytes(memory.get("SwapFree"))
    if total is not None and free is not None:
        return total - free
    return int(psutil.swap_memory().used) if files.live else None


def _available(files: Files) -> int | None:
    return int(psutil.virtual_memory().available) if files.live else None


def _bytes(value: str | None) -> int | None:
    """Of "123 kB"."""
    found = _integer((value or "").removesuffix("kB").strip())
    return None if found is None else found * _KIB


def _integer(value: str | None) -> int | None:
    return int(value) if value and value.isdigit() else None


def _words(files: Files, path: str) -> dict[str, str]:
    lines = (line.split() for line in (files.text(path) or "").splitlines())
    return {words[0]: words[1] for words in lines if len(words) == 2}
