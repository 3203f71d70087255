"""What is free when a file is open goes back to the system."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

from artifacts import Store
from neurolite_runtimes import open_artifact
from neurolite_runtimes.free_memory import give_back

_PIECES = """
from pathlib import Path
from neurolite_runtimes.free_memory import give_back

def pages():
    return int(Path("/proc/self/statm").read_text().split()[1])

kept = [bytearray(1_000) for _ in range(40_000)]
kept[:-1] = []
before = pages()
print(give_back(), (before - pages()) * 4_096)
"""


def has_glibc() -> bool:
    return sys.platform == "linux" and hasattr(ctypes.CDLL(None), "malloc_trim")


@pytest.mark.skipif(not has_glibc(), reason="this C library keeps nothing that it could give back")
def test_what_was_freed_before_a_block_in_use_goes_back() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PIECES], capture_output=True, text=True, check=True
    )
    found, freed = done.stdout.split()
    assert found == "True"
    assert int(freed) > 36_000_000


@pytest.mark.skipif(has_glibc(), reason="this C library can give back")
def test_other_libraries_are_left_alone() -> None:
    assert not give_back()


@pytest.mark.parametrize(("source", "arena"), [("streaming", "off"), ("one", "on")])
def test_streams_go_without_an_arena(exported: Store, source: str, arena: str) -> None:
    assert open_artifact(exported("onnx", source, "int8").path).settings["arena"] == arena
