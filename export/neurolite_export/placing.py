"""Whose the files in a folder are: another model's are replaced only where that was asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.package import FILE_LIMIT, read_content
from neurolite_core.ground.errors import InputError
from neurolite_export.certificate import certificate_path
from neurolite_export.certificate_file import read_certificate
from neurolite_export.source import Source
from neurolite_export.target import Target


def check_place(folder: Path, source: Source, target: Target, file: str, *, replace: bool) -> None:
    """Whether a file and its row may be written.

    Args:
        folder: of the exported files.
        source: the model.
        target: of the file.
        file: its name.
        replace: what another model of this name has left may go.

    Raises:
        InputError: the folder has a file of this name, or a certificate, of other weights.
    """
    if replace:
        return
    weights, files = _certified(folder, source)
    if weights != source.weights and files:
        raise _refusal(folder, files[0], source, weights)
    path = folder / file
    if path.exists() and file not in files:
        written = _weights_of(path, target)
        if written != source.weights:
            raise _refusal(folder, file, source, written)


def left_behind(folder: Path, source: Source) -> list[str]:
    """Files of other weights that the certificate of this name speaks of; none where it is this model's."""
    weights, files = _certified(folder, source)
    return files if weights != source.weights else []


def _certified(folder: Path, source: Source) -> tuple[object, list[str]]:
    """The weights that the certificate of a model's name is about, and its files that are there."""
    found = read_certificate(certificate_path(folder, source))
    model = found.get("model")
    weights = model.get("weights") if isinstance(model, dict) else None
    return weights, _files_of(found, folder)


def _files_of(certificate: dict[str, Any], folder: Path) -> list[str]:
    """Files of a certificate, untrusted, that are there by their names."""
    rows = certificate.get("files")
    names = (
        [row.get("file") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    )
    return [
        name
        for name in names
        if isinstance(name, str)
        and "\0" not in name
        and Path(name).name == name
        and _exists(folder / name)
    ]


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that is too long for this file system
        return False


def _weights_of(path: Path, target: Target) -> str | None:
    """What a file says of its weights; None where it says nothing that can be read."""
    try:
        text = target.metadata(read_content(path, FILE_LIMIT))
        return None if text is None else ArtifactMetadata.from_json(text, str(path)).weights
    except InputError:
        return None


def _refusal(folder: Path, file: str, source: Source, weights: object) -> InputError:
    whose = f" ({weights[:80]})" if isinstance(weights, str) else ""
    return InputError(
        f"{folder / file} is there and not of this model, but of another one that is called {source.name!r} as well"
        f"{whose}. Give this one another name: --name NAME; or another folder: --out FOLDER; or replace the other "
        "one's files: --replace"
    )
