"""What the exporter and the runtime agree on for ExecuTorch files: method names, outputs and the seal.

ExecuTorch checks the outer structure of a file, not what is inside its delegates, and ends the process on some
damaged ones. So an exported file ends with a seal, a digest of all before it, which loaders do not
look at: a file whose seal is not right is never given to the native library.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from neurolite_core.artifact.buckets import Bucket
from neurolite_core.artifact.seal import Seal

_IDENTIFIER: Final = slice(4, 6)
_MARK: Final = b"neurolite:sha256"
_DIGEST_SIZE: Final = 32
SEAL_SIZE: Final = len(_MARK) + _DIGEST_SIZE


def is_pte(content: bytes) -> bool:
    """Whether it is meant to be an ExecuTorch program: a flatbuffer with an identifier such as ``ET12``."""
    return content[_IDENTIFIER] == b"ET" and content[6:8].isdigit()


def method_name(buckets: Sequence[Bucket], position: int) -> str:
    """The method of a bucket: ``forward_<bytes>``, and ``forward`` for the largest."""
    if position == len(buckets) - 1:
        return "forward"
    return f"forward_{buckets[position].num_bytes}"


def stage_name(method: str, layer: int) -> str:
    """The method that goes on with a layer, from 1, where those before it were not sure; the first is the bucket's."""
    return method if layer == 1 else f"{method}_layer_{layer}"


def seal(program: bytes) -> bytes:
    """The program with its seal."""
    return program + _MARK + hashlib.sha256(program).digest()


def seal_of(content: bytes) -> Seal:
    """What the digest at the file's end says of it."""
    program, end = content[:-SEAL_SIZE], content[-SEAL_SIZE:]
    if not end.startswith(_MARK):
        return Seal.MISSING
    whole = end[len(_MARK) :] == hashlib.sha256(program).digest()
    return Seal.WHOLE if whole else Seal.BROKEN
