"""What a finished package must hold: ``python check_apk.py APP.apk``; 1 with a line for each thing that is wrong."""

from __future__ import annotations

import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 8_400_000
ABIS: Final = {"arm64-v8a", "x86_64"}
MODELS: Final = ("intents", "dialogues", "english", "nextwords")
PAGE: Final = 16_384
_LOCAL_HEADER: Final = 30
_LOAD: Final = 1
_DYNAMIC: Final = 2
_NEEDED: Final = 1
_CALL_SITES: Final = {7: "call sites", 8: "method handles"}


def start_of(raw: bytes, item: zipfile.ZipInfo) -> int:
    """Where a file's bytes begin in the package."""
    name, extra = struct.unpack_from("<HH", raw, item.header_offset + 26)
    return int(item.header_offset + _LOCAL_HEADER + name + extra)


def segments(library: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Kind, place, size and alignment of each segment of a 64-bit ELF file."""
    table = struct.unpack_from("<Q", library, 32)[0]
    size, count = struct.unpack_from("<HH", library, 54)
    for at in range(table, table + size * count, size):
        kind, _, place, _, _, length, _, alignment = struct.unpack_from("<IIQQQQQQ", library, at)
        yield kind, place, length, alignment


def needed(library: bytes) -> int:
    """How many other libraries it asks for."""
    count = 0
    for kind, place, length, _ in segments(library):
        if kind == _DYNAMIC:
            tags = [
                struct.unpack_from("<q", library, at)[0] for at in range(place, place + length, 16)
            ]
            count += tags.count(_NEEDED)
    return count


def wrong_library(name: str, library: bytes) -> Iterator[str]:
    """Pages of 16 KB, and no library that it needs."""
    if any(kind == _LOAD and alignment < PAGE for kind, _, _, alignment in segments(library)):
        yield f"{name}: a segment is aligned to less than 16 KB"
    if needed(library):
        yield f"{name}: it needs {needed(library)} other libraries"


def wrong_code(dex: bytes) -> Iterator[str]:
    """What dx lets through and Android below 8.0, or dx' own tables, cannot hold."""
    place = struct.unpack_from("<I", dex, 52)[0]
    count = struct.unpack_from("<I", dex, place)[0]
    kinds = {struct.unpack_from("<H", dex, place + 4 + 12 * at)[0] for at in range(count)}
    yield from (
        f"classes.dex: it has {_CALL_SITES[kind]}" for kind in sorted(kinds & _CALL_SITES.keys())
    )


def wrong(path: Path) -> Iterator[str]:
    """All that is not as it must be."""
    raw = path.read_bytes()
    if len(raw) > MOST_BYTES:
        yield f"{len(raw):,} bytes; {MOST_BYTES:,} are allowed"
    with zipfile.ZipFile(path) as apk:
        items = {item.filename: item for item in apk.infolist()}
        libraries = [name for name in items if name.startswith("lib/")]
        if {name.split("/")[1] for name in libraries} != ABIS:
            yield f"libraries are {libraries}; of {sorted(ABIS)} there must be one each"
        for name in libraries:
            if items[name].compress_type or start_of(raw, items[name]) % PAGE:
                yield f"{name}: not stored at a multiple of 16 KB"
            yield from wrong_library(name, apk.read(name))
        for name in (f"assets/{model}.nlm" for model in MODELS):
            if name not in items or items[name].compress_type or start_of(raw, items[name]) % 8:
                yield f"{name}: not stored at a multiple of 8 bytes"
        yield from wrong_code(apk.read("classes.dex"))


def permissions(path: Path) -> list[str]:
    """Those that the finished manifest asks for, as aapt2 reads it."""
    command = ["aapt2", "dump", "permissions", str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    return [
        line
        for line in said.splitlines()
        if "permission" in line and not line.startswith("package:")
    ]


def main(arguments: list[str]) -> int:
    """0 where all is in order."""
    path = Path(arguments[0])
    found = [*wrong(path), *(f"it asks for a {line}" for line in permissions(path))]
    for line in found:
        sys.stdout.write(f"{path.name}: {line}\n")
    if not found:
        sys.stdout.write(f"{path.name}: {path.stat().st_size:,} bytes, in order\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
