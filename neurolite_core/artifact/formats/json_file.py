r"""The seal of a JSON file of ours, such as a report or a certificate: the first entry of its object.

By hand, in a shell: ``sed 's/\("neurolite.sha256": "\)[0-9a-f]*/\1'$(printf %064d 0)/ FILE | sha256sum``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from neurolite_core.artifact.seal import BLANK, SEAL_KEY, Seal, is_whole, sealed
from neurolite_core.ground.errors import InputError

_OBJECT: Final = re.compile(rb"\{(\s*)")
_ENTRY: Final = f'"{SEAL_KEY}": "'.encode()
_SEALED: Final = re.compile(rb"\{\s*" + re.escape(_ENTRY))
_WHY: Final[dict[Seal, str]] = {
    Seal.BROKEN: "it is damaged, or was changed since it was written: its SHA-256 is not the one that it carries",
    Seal.MISSING: f"it has no seal ({SEAL_KEY!r} as its first entry), with which this NeuroLite writes it",
}


def seal(content: bytes) -> bytes:
    """Puts the digest before the first entry, in a line of its own where the entries have lines.

    Args:
        content: JSON, an object with at least one entry.
    """
    found = _OBJECT.match(content)
    if found is None:
        raise ValueError("The content is no JSON object.")
    start = found.end() + len(_ENTRY)
    blank = found[0] + _ENTRY + BLANK.encode() + b'",' + (found[1] or b" ") + content[found.end() :]
    return sealed(blank, range(start, start + len(BLANK)))


def seal_of(content: bytes) -> Seal:
    """What the digest at the file's beginning says of it."""
    found = _SEALED.match(content)
    if found is None:
        return Seal.MISSING
    place = range(found.end(), min(found.end() + len(BLANK), len(content)))
    return Seal.WHOLE if is_whole(content, place) else Seal.BROKEN


def why_not_whole(content: bytes) -> str | None:
    """What is wrong with the file, as a sentence without its full stop; None where it is as it was written."""
    return _WHY.get(seal_of(content))


def require_whole(content: bytes, source: Path, fix: str, *, unsealed: bool = False) -> bool:
    """Whether a file is as it was written.

    Args:
        content: the file.
        source: its path, for messages.
        fix: what to do about it, such as ``Measure again, or restore the file``.
        unsealed: take one whose seal is broken or missing as well.

    Raises:
        InputError: it is not, and nobody asked for it.
    """
    why = why_not_whole(content)
    if why is not None and not unsealed:
        raise InputError(
            f"{source} was not read: {why}. {fix}; if it was changed on purpose: --unsealed"
        )
    return why is None
