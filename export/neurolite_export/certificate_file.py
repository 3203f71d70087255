"""A certificate that lies in the folder, untrusted: read, or kept under another name where it cannot be."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

from neurolite_core.artifact.formats import json_file
from neurolite_core.ground.errors import InputError, MissingDependencyError
from neurolite_core.ground.files import read_limited
from neurolite_export.certificate_names import JSON_SUFFIX
from neurolite_export.certificate_page import render_page

CERTIFICATE_VERSION: Final = 2
_LIMIT: Final = 2**26
_TEXTS: Final = ("target", "precision", "verdict", "file", "sha256")
_ASIDE: Final = (
    ".certificate.unread{}.json"  # no certificate's name, or it would be read as one again
)


@dataclass(frozen=True, slots=True)
class SetAside:
    """A certificate that made room for a new one.

    Attributes:
        path: where it lay, and the new one lies.
        kept: where it lies now.
        why: it could not be read, a sentence without its full stop.
    """

    path: Path
    kept: Path
    why: str

    def __str__(self) -> str:
        """One line for people."""
        return (
            f"{self.path} could not be read: {self.why}. It is kept as {self.kept.name}, and a new one was started: "
            "what only the old one spoke of is in no certificate now. Restore the old one, or export those files again"
        )


def read_certificate(path: Path) -> dict[str, Any]:
    """What a certificate holds; empty where it is missing, or cannot be read."""
    return _read(path)[0] if os.path.lexists(path) else {}


def read_or_set_aside(path: Path) -> tuple[dict[str, Any], SetAside | None]:
    """What a certificate holds, empty where there is none; one that cannot be read is renamed.

    Args:
        path: of the JSON. Who calls holds the folder's lock.

    Raises:
        InputError: it cannot be renamed.
    """
    if not os.path.lexists(path):
        return {}, None
    found, why = _read(path)
    if why is None:
        return found, None
    stem = path.name.removesuffix(JSON_SUFFIX)
    names = (path.with_name(stem + _ASIDE.format("" if n == 1 else f"-{n}")) for n in count(1))
    kept = next(name for name in names if not os.path.lexists(name))
    try:
        path.rename(kept)
    except OSError as error:
        raise InputError(
            f"{path} could not be read: {why}; nor could it be renamed to {kept.name}: {error.strerror or error}. "
            "Move it away, or choose another folder: --out FOLDER"
        ) from error
    return {}, SetAside(path, kept, why)


def _read(path: Path) -> tuple[dict[str, Any], str | None]:
    """What it holds, and why that is nothing."""
    try:
        content = read_limited(path, _LIMIT)
    except InputError as error:
        return {}, str(error).removesuffix(".")
    why = json_file.why_not_whole(content)
    if why is not None:
        return {}, why
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}, "it is no JSON"
    # Only who made it on purpose can have sealed what is no certificate.
    if not isinstance(found, dict) or not isinstance(found.get("files"), list):
        return {}, "it has no list of files"
    given = found.get("certificate_version")
    if given != CERTIFICATE_VERSION:
        return (
            {},
            f"its certificate_version is {str(given)[:80]}; this release reads {CERTIFICATE_VERSION}",
        )
    for number, row in enumerate(found["files"], 1):
        if not _is_whole(row, found):
            return {}, f"row {number} of its files is not as neurolite-export writes them"
    return found, None


def _is_whole(row: object, certificate: Mapping[str, Any]) -> bool:
    """Whether a row has what a certificate and its page need."""
    if not isinstance(row, dict) or not all(isinstance(row.get(name), str) for name in _TEXTS):
        return False
    try:
        json.dumps(row, allow_nan=False)
        render_page(dict(certificate) | {"files": [row]})
    except MissingDependencyError:
        raise
    except Exception:  # whatever a template meets in a value of the wrong type
        return False
    return True
