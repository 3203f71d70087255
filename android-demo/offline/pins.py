"""Holds what Maven fetched to ``pins.sha256``: Maven 3.8 checks only against checksums of the same server.

Run ``python pins.py REPOSITORY`` behind a build; with ``--write`` it pins what is there, after a change of versions.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Final

PINS: Final = Path(__file__).with_name("pins.sha256")


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while part := stream.read(2**20):
            digest.update(part)
    return digest.hexdigest()


def pinned() -> dict[str, str]:
    """Path in the repository -> digest."""
    rows = (line.split() for line in PINS.read_text("utf-8").splitlines())
    return {path: digest for digest, path in rows}


def wrong(repository: Path) -> list[str]:
    """Those that are there and are not what is pinned; what a build does not need may be absent."""
    return [
        path
        for path, digest in pinned().items()
        if (repository / path).is_file() and sha256(repository / path) != digest
    ]


def write(repository: Path) -> None:
    """Pins what is there of what was pinned."""
    rows = {path: sha256(repository / path) for path in pinned() if (repository / path).is_file()}
    PINS.write_text("".join(f"{rows.get(path, was)} {path}\n" for path, was in pinned().items()))


def main(arguments: list[str]) -> int:
    """0 where all is as pinned; 1 with a line for each that is not."""
    repository = Path(arguments[-1])
    if "--write" in arguments:
        write(repository)
        return 0
    found = wrong(repository)
    for path in found:
        sys.stderr.write(f"{repository / path} is not what {PINS.name} pins; delete it.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
