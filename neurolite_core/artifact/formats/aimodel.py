"""Core AI assets: three files in a folder, our texts in ``metadata.json``, the digest of all files among them.

``main.mlirb`` is the program, in MLIR's bytecode; ``main.hash`` its SHA-256, which Apple's packages write and do not
look at. Nothing here needs Apple's code, which is to see no folder that was not looked through here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Final

from neurolite_core.artifact.buckets import Bucket
from neurolite_core.artifact.metadata import METADATA_KEY
from neurolite_core.artifact.package import Package, digest_of
from neurolite_core.artifact.seal import BLANK, SEAL_KEY, Seal
from neurolite_core.ground.errors import ArtifactError

PROGRAM: Final = "main.mlirb"
HASH: Final = "main.hash"
METADATA: Final = "metadata.json"
CUSTOM: Final = "creatorDefinedMetadata"
VERSION: Final = "assetVersion"
_FILES: Final = {PROGRAM, HASH, METADATA}
_MOST_TEXT: Final = 2**24  # bytes of the metadata
_MAGIC: Final = b"ML\xefR"  # of MLIR's bytecode
_ENTRY: Final = f'"{SEAL_KEY}": "'.encode()


def is_aimodel(package: Package) -> bool:
    """Whether it is meant to be a Core AI asset."""
    version = f'"{VERSION}"'.encode()
    return PROGRAM in package.files or version in package.files.get(METADATA, b"")[:_MOST_TEXT]


def function_name(buckets: Sequence[Bucket], position: int) -> str:
    """The function of a bucket."""
    return f"bytes_{buckets[position].num_bytes}"


def seal(package: Package) -> Package:
    """The package with its program's hash, and its digest in the place that its metadata has for it."""
    digest = hashlib.sha256(package.files[PROGRAM]).digest()
    package = Package({**package.files, HASH: digest})
    place = _place(package.files[METADATA])
    if place is None:
        raise ValueError(f"The metadata has no entry {SEAL_KEY!r} with room for a digest.")
    return _with(package, place, digest_of(_with(package, place, BLANK)))


def seal_of(package: Package) -> Seal:
    """What the digest in the package's metadata says of all its files."""
    data = package.files.get(METADATA, b"")
    if f'"{METADATA_KEY}"'.encode() not in data:
        return Seal.MISSING
    place = _place(data)
    if place is None:
        return Seal.BROKEN
    found = data[place.start : place.stop].decode(errors="replace")
    return Seal.WHOLE if found == digest_of(_with(package, place, BLANK)) else Seal.BROKEN


def check_files(package: Package) -> None:
    """Refuses all but an asset's three files, a program that is none, and one that its hash is not of.

    Raises:
        ArtifactError: says what is wrong, as a sentence's end.
    """
    names = set(package.files)
    if names != _FILES:
        wrong = sorted(names ^ _FILES)[0]
        raise ArtifactError(
            f"it {'lacks' if wrong in _FILES else 'has'} the file {wrong!r}; an asset has {', '.join(sorted(_FILES))}"
        )
    program = package.files[PROGRAM]
    if not program.startswith(_MAGIC):
        raise ArtifactError(f"its {PROGRAM} is no bytecode of MLIR")
    if hashlib.sha256(program).digest() != package.files[HASH]:
        raise ArtifactError(f"its {HASH} is not the SHA-256 of {PROGRAM}")


def read_metadata(package: Package) -> str | None:
    """The JSON of ``ArtifactMetadata`` in the asset, or None where it has none.

    Raises:
        ArtifactError: says what is wrong, as a sentence's end.
    """
    data = package.files.get(METADATA, b"")
    if len(data) > _MOST_TEXT:
        raise ArtifactError(
            f"its {METADATA} has {len(data):,} bytes; at most {_MOST_TEXT:,} are read"
        )
    try:
        facts: Any = json.loads(data)
        custom: Any = facts.get(CUSTOM, {})
        found: Any = custom.get(METADATA_KEY)
    except (ValueError, AttributeError, RecursionError) as error:
        raise ArtifactError(f"its {METADATA} is damaged") from error
    if found is not None and not isinstance(found, str):
        raise ArtifactError(f"the {METADATA_KEY!r} in its {METADATA} is no text")
    text: str | None = found
    return text


def _place(data: bytes) -> range | None:
    """Where the digest stands; None where there is no room for one, or for two."""
    start = data.find(_ENTRY)
    if start < 0 or data.find(_ENTRY, start + 1) >= 0:
        return None
    start += len(_ENTRY)
    stop = start + len(BLANK)
    return range(start, stop) if data[stop : stop + 1] == b'"' else None


def _with(package: Package, place: range, digest: str) -> Package:
    data = package.files[METADATA]
    changed = data[: place.start] + digest.encode() + data[place.stop :]
    return Package({**package.files, METADATA: changed})
