"""A package from aapt2's: with the app's code, and its libraries, which the system maps where they lie.

``python zip_apk.py BASE.apk OUT.apk CLASSES.dex LIBRARIES``: LIBRARIES has a folder for each ABI. The same inputs give
the same bytes.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from typing import Final

LIBRARY: Final = "libneurolite_jni.so"
ABIS: Final = ("arm64-v8a", "x86_64")
PAGE: Final = 16_384
LINE: Final = 64  # of a processor's cache: models are read in place
_WHEN: Final = (1981, 1, 1, 1, 1, 2)
_LOCAL_HEADER: Final = 30
_SMALLEST_EXTRA: Final = 4


def add(apk: zipfile.ZipFile, place: int, name: str, data: bytes, alignment: int) -> None:
    """Adds a file behind ``place`` bytes: stored, the content at a multiple of ``alignment``; deflated where that is 0."""
    info = zipfile.ZipInfo(name, _WHEN)
    info.compress_type = zipfile.ZIP_STORED if alignment else zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    if alignment:
        missing = -(place + _LOCAL_HEADER + len(name.encode())) % alignment
        if 0 < missing < _SMALLEST_EXTRA:
            missing += alignment
        info.extra = b"\0" * missing
    apk.writestr(info, data, compresslevel=9)


def pack(base: Path, out: Path, dex: Path, libraries: Path) -> None:
    """Writes ``out``."""
    with zipfile.ZipFile(base) as source:
        files = [
            (
                item.filename,
                source.read(item),
                LINE if item.compress_type == zipfile.ZIP_STORED else 0,
            )
            for item in source.infolist()
        ]
    files.append(("classes.dex", dex.read_bytes(), 0))
    files += [
        (f"lib/{abi}/{LIBRARY}", (libraries / abi / LIBRARY).read_bytes(), PAGE) for abi in ABIS
    ]
    with out.open("wb") as stream, zipfile.ZipFile(stream, "w") as apk:
        for name, data, alignment in files:
            add(apk, stream.tell(), name, data, alignment)


if __name__ == "__main__":
    pack(*map(Path, sys.argv[1:]))
