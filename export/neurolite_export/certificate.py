"""The certificate: one row per exported file of a model, with everything that was measured.

It lies beside the files as JSON and as a page. Exporting again adds or replaces rows; rows of other
weights, and of files that are gone or changed, are dropped. A refused export has a row too. Whoever writes one
holds the folder's lock (``exporting.py``), as the rows of another process would be lost.
"""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from neurolite_core.artifact.formats import json_file
from neurolite_core.artifact.package import FILE_LIMIT, digest_of, read_content
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import write_atomically
from neurolite_core.hashing.words import HASH_VERSION
from neurolite_core.network.counting import count_parameters
from neurolite_export.built import Built
from neurolite_export.certificate_file import (
    CERTIFICATE_VERSION,
    SetAside,
    read_or_set_aside,
)
from neurolite_export.certificate_names import JSON_SUFFIX, PAGE_SUFFIX, REFUSED
from neurolite_export.certificate_page import render_page
from neurolite_export.source import Source

_PACKAGE: Final = ".mlpackage"  # a folder that is a file of ours


def certificate_path(folder: Path, source: Source) -> Path:
    """Where the JSON of a model's certificate lies."""
    return folder / f"neurolite-{source.name}{JSON_SUFFIX}"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A row that was added.

    Attributes:
        path: of the certificate's JSON; the page lies beside it.
        aside: what lay there and could not be read, if so.
    """

    path: Path
    aside: SetAside | None


def record(folder: Path, source: Source, built: Built) -> Recorded:
    """Adds a row to the model's certificate in a folder, and renders its page.

    A certificate that cannot be read is kept under another name, and a new one started.

    Args:
        folder: of the exported files.
        source: the reference model.
        built: what was measured, passed or refused.

    Raises:
        InputError: the folder cannot be written.
    """
    path = certificate_path(folder, source)
    head = _head(source)
    found, aside = read_or_set_aside(path)
    kept = _kept_rows(folder, found, head, built)
    rows = sorted([*kept, row_of(built)], key=lambda row: (row["file"], row["sha256"]))
    certificate = head | {"files": rows}
    text = json.dumps(certificate, indent=2, ensure_ascii=False, sort_keys=True, allow_nan=False)
    write_atomically(path, json_file.seal((text + "\n").encode("utf-8", "backslashreplace")))
    page = path.with_name(path.name.removesuffix(JSON_SUFFIX) + PAGE_SUFFIX)
    write_atomically(page, render_page(certificate).encode("utf-8", "backslashreplace"))
    return Recorded(path, aside)


def row_of(built: Built) -> dict[str, Any]:
    """The JSON of one row; a number that is not finite is null, and the gates say what it was."""
    row = {
        "target": built.metadata.target,
        "precision": built.metadata.precision,
        "verdict": built.verdict,
        "file": built.file,
        "size_bytes": built.size_bytes,
        "sha256": built.sha256,
        "measured_by": built.measured_by,
        "metadata": asdict(built.metadata),
        "parity": asdict(built.parity),
        "gates": [asdict(gate) for gate in built.gates],
        "contents": asdict(built.contents),
        "losses": [asdict(loss) for loss in built.losses],
    }
    cleaned: dict[str, Any] = _finite(row)
    return cleaned


def _head(source: Source) -> dict[str, Any]:
    network = source.network
    return {
        "certificate_version": CERTIFICATE_VERSION,
        "model": {
            "name": source.name,
            "weights": source.weights,
            "task": network.task,
            "labels": len(network.labels),
            "parameters": count_parameters(network),
            "hash_version": HASH_VERSION,
        },
        "measured_on": {
            "neurolite": version("neurolite"),
            "python": platform.python_version(),
            "system": platform.system(),
            "machine": platform.machine(),
        },
    }


def _kept_rows(
    folder: Path, found: Mapping[str, Any], head: Mapping[str, Any], built: Built
) -> list[dict[str, Any]]:
    """Rows of earlier exports of the same weights: refusals, and files that are still as measured.

    A file that was renamed since keeps its row. A refusal takes no row from an older file that is still there.
    """
    same = all(found.get(key) == head[key] for key in ("certificate_version", "model"))
    kept: list[dict[str, Any]] = []
    for row in found["files"] if same else ():
        if row["verdict"] != REFUSED:
            name = _place_of(folder, row)
            if name is None or (name == built.file and built.may_be_written):
                continue
            kept.append(row | {"file": name})
        elif row["file"] != built.file:
            kept.append(row)
    return kept


def _place_of(folder: Path, row: Mapping[str, Any]) -> str | None:
    """The name of the file that a row was made for, by its digest; None where it is not there any more."""
    name, size = str(row["file"]), row.get("size_bytes")
    try:
        others = [
            item.name for item in folder.iterdir() if item.is_file() or item.suffix == _PACKAGE
        ]
        names = [name] if Path(name).name == name else []
        for candidate in dict.fromkeys([*names, *sorted(others)]):
            path = folder / candidate
            if candidate != name and path.is_file() and path.stat().st_size != size:
                continue
            if _digest(path) == row["sha256"]:
                return candidate
    except (OSError, ValueError):  # a name that no file system takes
        return None
    return None


def _digest(path: Path) -> str | None:
    try:
        return digest_of(read_content(path, FILE_LIMIT))
    except InputError:
        return None


def _finite(value: Any) -> Any:  # noqa: ANN401  # any JSON value
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
