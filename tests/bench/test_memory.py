"""Memory, measured in fresh processes that use a known amount."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

from neurolite_bench.measuring.memory import (
    dirty_in_smaps,
    measure_memory,
    peak_in_status,
    peak_of_usage,
    private_bytes,
    reset_peak,
)

_MIB: Final = 2**20
_AMOUNT: Final = 64 * _MIB
_NEAR: Final = 2 * _MIB  # what Python itself takes meanwhile
_LINUX: Final = pytest.mark.skipif(sys.platform != "linux", reason="figures of Linux")


def _measured(between: str, path: Path | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Memory before and after some lines, in a process of their own."""
    script = f"""
import dataclasses, json, sys
import numpy as np
from neurolite_bench.measuring.memory import measure_memory, reset_peak
measure_memory()  # its own imports
reset_peak()
before = measure_memory()
{between}
after = measure_memory()
print(json.dumps([dataclasses.asdict(before), dataclasses.asdict(after)]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    before, after = json.loads(done.stdout)
    return before, after


def _added(before: dict[str, Any], after: dict[str, Any], figure: str) -> int:
    return int(after[figure]) - int(before[figure])


@pytest.mark.parametrize(
    "allocation",
    [f"kept = bytearray(b'x') * {_AMOUNT}", f"kept = np.ones({_AMOUNT}, np.uint8)"],
    ids=["bytearray", "numpy"],
)
def test_what_a_process_allocates_is_in_every_figure(allocation: str) -> None:
    before, after = _measured(allocation)
    for figure in ("rss_bytes", "uss_bytes", "peak_bytes"):
        assert abs(_added(before, after, figure) - _AMOUNT) < _NEAR, figure
    if sys.platform == "linux":
        for figure in ("pss_bytes", "dirty_bytes"):
            assert abs(_added(before, after, figure) - _AMOUNT) < _NEAR, figure


@_LINUX
def test_untouched_memory_costs_nothing() -> None:
    before, after = _measured(f"kept = np.zeros({_AMOUNT}, np.uint8)")
    assert _added(before, after, "rss_bytes") < _NEAR


@_LINUX
def test_freed_memory_stays_in_the_peak_alone() -> None:
    before, after = _measured(f"kept = np.ones({_AMOUNT}, np.uint8); del kept")
    assert abs(_added(before, after, "peak_bytes") - _AMOUNT) < _NEAR
    assert abs(_added(before, after, "uss_bytes")) < _NEAR


@_LINUX
def test_the_peak_counts_from_its_reset() -> None:
    before, after = _measured(f"kept = np.ones({_AMOUNT}, np.uint8); del kept; assert reset_peak()")
    assert _added(before, after, "peak_bytes") < _NEAR


@_LINUX
def test_a_mapped_file_that_others_read_too_is_not_private(tmp_path: Path) -> None:
    """Every page of it is resident; USS has none of it, PSS the half."""
    path = tmp_path / "weights"
    path.write_bytes(bytes(_AMOUNT))
    reading = "view = np.memmap(sys.argv[1], np.uint8, 'r'); view[::4096].sum()"
    sharer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import sys\nimport numpy as np\n{reading}\nprint(flush=True)\ninput()",
            str(path),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with sharer:
        assert sharer.stdout is not None
        sharer.stdout.readline()
        before, after = _measured(reading, path)
        sharer.communicate(b"\n")
    assert abs(_added(before, after, "rss_bytes") - _AMOUNT) < _NEAR
    assert abs(_added(before, after, "pss_bytes") - _AMOUNT // 2) < _NEAR
    assert _added(before, after, "uss_bytes") < _NEAR


@_LINUX
def test_a_mapped_file_that_is_only_read_is_private_but_not_dirty(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    with path.open("wb") as stream:
        stream.write(bytes(_AMOUNT))
        os.fsync(stream.fileno())  # what is not on disk yet is dirty, whoever wrote it
    before, after = _measured(
        "view = np.memmap(sys.argv[1], np.uint8, 'r'); view[::4096].sum()", path
    )
    assert abs(_added(before, after, "uss_bytes") - _AMOUNT) < _NEAR
    assert _added(before, after, "dirty_bytes") < _NEAR


def test_this_process_and_what_its_figures_are_read_with() -> None:
    found = measure_memory()
    assert 0 < found.uss_bytes <= found.rss_bytes <= found.peak_bytes
    assert "psutil" in found.source
    if sys.platform == "linux":
        assert found.pss_bytes is not None
        assert found.uss_bytes <= found.pss_bytes <= found.rss_bytes
        assert "USS" in found.source
        assert "VmHWM" in found.source
        assert reset_peak()


def test_units_differ_by_system() -> None:
    assert peak_of_usage("linux", 3) == 3 * 1024
    assert peak_of_usage("darwin", 3) == 3
    assert peak_in_status("VmPeak:\t  16 kB\nVmHWM:\t   13516 kB\nVmRSS: 1 kB\n") == 13516 * 1024
    assert peak_in_status("Name:\tx\n") is None


def test_a_system_that_hides_the_page_table_gives_an_estimate() -> None:
    assert private_bytes(SimpleNamespace(rss=10, shared=4)) == (6, "RSS without shared pages")
    assert private_bytes(SimpleNamespace(rss=10, shared=4, uss=5)) == (5, "USS")


def test_dirty_and_swapped_pages_are_read_in_bytes() -> None:
    smaps = "Rss: 9 kB\nPrivate_Clean: 7 kB\nPrivate_Dirty:   12 kB\nSwap:  3 kB\nSwapPss: 3 kB\n"
    assert dirty_in_smaps(smaps) == 15 * 1024
    assert dirty_in_smaps("Rss: 9 kB\n") is None
