"""How many processors a process may use: those it may run on, and the share of time that its control group leaves.

cgroup v2: ``cpu.max`` (kernel.org, admin-guide/cgroup-v2, "CPU Interface Files"); v1: ``cpu.cfs_quota_us`` and
``cpu.cfs_period_us`` (scheduler/sched-bwc). A limit holds for all groups below it, so the narrowest counts.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

_ROOT: Final = Path("/")
_CGROUPS: Final = "sys/fs/cgroup"
_UNIFIED: Final = "sys/fs/cgroup/unified"  # where v1 and v2 are both mounted


def available_processors(root: Path = _ROOT) -> int:
    """Processors for this process, at least 1; a part of one that a quota allows counts as one.

    Args:
        root: under which ``proc/self/cgroup`` and ``sys/fs/cgroup`` are looked for.
    """
    quota = cgroup_quota(root)
    usable = _usable()
    return usable if quota is None else max(1, min(usable, math.ceil(quota)))


def cgroup_quota(root: Path = _ROOT) -> float | None:
    """Processors' worth of time that the control groups allow; None without a limit, or without control groups."""
    found = [quota for folder in _folders(root) if (quota := _quota(folder)) is not None]
    return min(found, default=None)


def _usable() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # macOS and Windows


def _folders(root: Path) -> Iterator[Path]:
    """The process's groups and all above them, in every hierarchy that may limit processors."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        number, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        if number == "0" and not names:
            mounts = [root / _CGROUPS, root / _UNIFIED]
        elif "cpu" in names.split(","):
            mounts = [root / _CGROUPS / names, root / _CGROUPS / "cpu"]
        else:
            continue
        inner = PurePosixPath(path.strip().lstrip("/"))
        # In a container the path may be the host's; the mount's own root is then what limits.
        for mount in mounts:
            yield mount / inner
            yield from (mount / above for above in inner.parents)


def _quota(folder: Path) -> float | None:
    limit, _, period = _text(folder / "cpu.max").strip().partition(" ")
    if not limit:
        limit = _text(folder / "cpu.cfs_quota_us").strip()
        period = _text(folder / "cpu.cfs_period_us").strip()
    try:
        quota = int(limit) / int(period or 100_000)
    except (ValueError, ZeroDivisionError):  # "max", or nothing there
        return None
    return quota if quota > 0 else None  # -1 is no limit


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace")
    except OSError:
        return ""
