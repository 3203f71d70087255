"""Libraries for other machines, read back: size, page alignment, symbols, and no needed library."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from native.tools import COMPILERS, need, run
from neurolite_runtimes.native_library import NativeLibrary

EXPORTED = {
    "RegisterCustomOps",
    "neurolite_abi_version",
    "neurolite_best_path",
    "neurolite_count_words",
    "neurolite_decode_spans",
    "neurolite_hash_ngrams",
    "neurolite_hash_text",
    "neurolite_hash_version",
    "neurolite_path_name",
    "neurolite_status_text",
    "neurolite_word_offsets",
}
SIZE_LIMIT = (
    120 * 1024
)  # 64 until the wide path had ops, 80 until rules had some, 96 until memory had
PAGE = 0x4000
MACHINES = {
    "linux-aarch64": "AArch64",
    "linux-armhf": "ARM",
    "android-arm64-v8a": "AArch64",
    "android-armeabi-v7a": "ARM",
    "android-x86": "Intel 80386",
    "android-x86_64": "Advanced Micro Devices X86-64",
}


@pytest.mark.parametrize("preset", COMPILERS)
def test_what_is_in_the_file(
    preset: str, built_preset: Callable[[str], Path], tmp_path: Path
) -> None:
    need("readelf")
    path = built_preset(preset)

    def read(*options: str) -> str:
        return run(["readelf", "-W", *options, str(path)], tmp_path)

    assert re.search(rf"Machine:\s+{re.escape(MACHINES[preset])}$", read("-h"), re.M)
    assert path.stat().st_size <= SIZE_LIMIT
    segments = re.findall(r"^\s+LOAD\s.*\s(0x[0-9a-f]+)$", read("-l"), re.M)
    assert len(segments) >= 2
    assert {int(alignment, 16) for alignment in segments} == {PAGE}
    dynamic = read("-d")
    assert "NEEDED" not in dynamic
    assert "TEXTREL" not in dynamic
    symbols = [line.split() for line in read("--dyn-syms").splitlines()]
    named = [row for row in symbols if len(row) == 8 and row[4] in ("GLOBAL", "WEAK")]
    assert {row[7] for row in named if row[6] != "UND"} == EXPORTED
    assert [row[7] for row in named if row[6] == "UND"] == []


def test_this_machines_library_is_small(library: NativeLibrary) -> None:
    assert library.path.stat().st_size <= SIZE_LIMIT
