"""The certificate: one row per exported file of a model, with everything that was measured.

It lies beside the files as JSON and as a page. Exporting again adds or replaces rows; rows of other
weights, and of files that are gone or changed, are dropped. A refused export has a row too.
"""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from neurolite_core.artifact.package import FILE_LIMIT, digest_of, read_content
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import read_limited, write_atomically
from neurolite_core.hashing.words import HASH_VERSION
from neurolite_export.built import Built
from neurolite_export.certificate_names import JSON_SUFFIX, PAGE_SUFFIX, REFUSED
from neurolite_export.certificate_page import render_page
from neurolite_export.source import Source

CERTIFICATE_VERSION: Final = 2
_LIMIT: Final = 2**26


def certificate_path(folder: Path, source: Source) -> Path:
    """Where the JSON of a model's certificate lies."""
    return folder / f"neurolite-{source.name}{JSON_SUFFIX}"


def record(folder: Path, source: Source, built: Built) -> Path:
    """Adds a row to the model's certificate in a folder, and renders its page.

    Args:
        folder: of the exported files.
        source: the reference model.
        built: what was measured, passed or refused.

    Returns:
        path of the JSON; the page lies beside it.

    Raises:
        InputError: the folder cannot be written.
    """
    path = certificate_path(folder, source)
    head = _head(source)
    rows = {row["file"]: row for row in _kept_rows(path, head)}
    rows[built.file] = row_of(built)
    certificate = head | {"files": [rows[name] for name in sorted(rows)]}
    text = json.dumps(certificate, indent=2, ensure_ascii=False, sort_keys=True, allow_nan=False)
    write_atomically(path, (text + "\n").encode("utf-8", "backslashreplace"))
    page = path.with_name(path.name.removesuffix(JSON_SUFFIX) + PAGE_SUFFIX)
    write_atomically(page, render_page(certificate).encode("utf-8", "backslashreplace"))
    return path


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
            "parameters": sum(parameter.numel() for parameter in network.parameters()),
            "hash_version": HASH_VERSION,
        },
        "measured_on": {
            "neurolite": version("neurolite"),
            "python": platform.python_version(),
            "system": platform.system(),
            "machine": platform.machine(),
        },
    }


def _kept_rows(path: Path, head: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of earlier exports of the same weights: refusals, and files that are still as measured."""
    try:
        found = json.loads(read_limited(path, _LIMIT))
        same = all(found[key] == head[key] for key in ("certificate_version", "model"))
        rows = found["files"] if same else []
        return [row for row in rows if row["verdict"] == REFUSED or _is_there(path.parent, row)]
    except (InputError, ValueError, KeyError, TypeError):
        return []  # none yet, or not one of ours: this export starts a new one


def _is_there(folder: Path, row: Mapping[str, Any]) -> bool:
    name = row["file"]
    if Path(name).name != name:
        return False
    try:
        return digest_of(read_content(folder / name, FILE_LIMIT)) == str(row["sha256"])
    except InputError:
        return False


def _finite(value: Any) -> Any:  # noqa: ANN401  # any JSON value
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
