"""What is to be measured, before anything runs: our files with their certificates, and peers."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from neurolite_bench.report.model import Refusal
from neurolite_core.artifact.formats import json_file
from neurolite_core.artifact.formats.table import format_of, require_whole
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.package import FILE_LIMIT, Content, digest_of, read_content, size_of
from neurolite_core.ground.errors import ArtifactError, InputError
from neurolite_core.ground.files import read_limited
from neurolite_core.network.config import PRESETS
from neurolite_export.certificate_names import JSON_SUFFIX, WRITTEN
from neurolite_runtimes import open_artifact

_CERTIFICATE_LIMIT: Final = 2**26


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Something to measure; the attributes without a note are those of ``SubjectResult``.

    Attributes:
        path: what the worker opens.
        max_words: longest text that it is timed on.
        environment: variables of its worker.
        groups: of the cases that it is timed on.
        all_threads: whether it is timed on all cores, too.
        labels: that it answers with, of artifacts.
        sealed: whether it is as it was exported; else it is opened all the same.
        task: of artifacts, what it answers.
        learned: whether its labels mean something, so that accuracy is measured on labelled texts.
    """

    name: str
    role: str
    kind: str
    path: Path
    max_words: int
    size_bytes: int
    preset: str | None = None
    precision: str | None = None
    compressed_bytes: int | None = None
    sha256: str | None = None
    parameters: int | None = None
    delegated: int | None = None
    nodes: int | None = None
    parity: dict[str, Any] | None = None
    train_seconds: float | None = None
    environment: dict[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ("length", "sweep", "batch")
    all_threads: bool = True
    labels: tuple[str, ...] = ()
    sealed: bool = True
    task: str | None = None
    learned: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a file: by its certificate, or by itself where it was changed since it got one."""

    metadata: ArtifactMetadata
    sealed: bool
    parity: dict[str, Any] | None = None
    delegated: int | None = None
    nodes: int | None = None


def plan_artifacts(
    paths: Sequence[Path], preset: str | None = None, *, unsealed: bool = False
) -> tuple[list[Planned], list[Refusal]]:
    """Our files, each with the row of its certificate; those without are refused.

    Args:
        paths: exported files.
        preset: whose targets apply to all; by default that of each file's name, if it is one.
        unsealed: take files, and certificates, that were changed since they were written as well. Such a file has no
            row, so nothing is known of its parity.

    Raises:
        InputError: a file cannot be read, or no file was given.
        MissingDependencyError: the runtime of a file without a row is not installed.
    """
    planned: list[Planned] = []
    refused: list[Refusal] = []
    for path in paths:
        content = read_content(path, FILE_LIMIT, ArtifactError)
        digest = digest_of(content)
        sealed = _is_whole(content, path)
        row, why = find_certificate(path, digest, unsealed=unsealed)
        if row is not None:
            known = _certified(path, row, sealed)
        elif unsealed and not sealed:
            known = _Known(open_artifact(path, unsealed=True).metadata, sealed)
        else:
            refused.append(Refusal(path.name, why))
            continue
        planned.append(_planned(path, content, digest, known, preset, planned))
    return planned, refused


def _is_whole(content: Content, path: Path) -> bool:
    found = format_of(content)
    return found is not None and require_whole(content, found, path, unsealed=True)


def find_certificate(
    path: Path, digest: str, *, unsealed: bool = False
) -> tuple[dict[str, Any] | None, str]:
    """The row of a file in a certificate beside it, by its digest; or None, and why it is not enough.

    Certificates are untrusted: a damaged one is as good as none. The file may have been renamed.

    Args:
        path: the file.
        digest: of the file.
        unsealed: take a certificate that was changed since it was written as well.
    """
    why = (
        f"no certificate beside it shows its parity with the reference. Copy its *{JSON_SUFFIX} "
        "along with it, or export it again with neurolite-export"
    )
    for certificate in sorted(path.parent.glob(f"*{JSON_SUFFIX}")):
        rows, damage = _rows_in(certificate)
        if damage is not None and not unsealed:
            why = f"{certificate.name} was not read: {damage}. Copy it again, or export the model again"
            continue
        for row in rows:
            if row.get("sha256") == digest:
                if row.get("verdict") in WRITTEN:
                    return row | {"certificate": certificate.name}, ""
                return None, f"{certificate.name} says that it failed its gates"
        other = next((row for row in rows if row.get("file") == path.name), None)
        if other is not None and other.get("verdict") not in WRITTEN:
            why = f"{certificate.name} says that it failed its gates"
        elif other is not None:
            why = (
                f"it is not the file that {certificate.name} was made for: its SHA-256 is {digest[:16]}..., "
                f"there it is {str(other.get('sha256'))[:16]}.... Export the model again"
            )
    return None, why


def _rows_in(certificate: Path) -> tuple[list[dict[str, Any]], str | None]:
    """Its rows, and what its seal says is wrong with it."""
    try:
        content = read_limited(certificate, _CERTIFICATE_LIMIT)
    except InputError as error:
        return [], str(error).removesuffix(".")
    damage = json_file.why_not_whole(content)
    try:
        rows = json.loads(content)["files"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return [], damage or "it has no files"
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else [], damage


def _certified(path: Path, row: Mapping[str, Any], sealed: bool) -> _Known:
    try:
        metadata = ArtifactMetadata.from_json(json.dumps(row["metadata"]), str(path))
        parity = row["parity"]
        delegation = row["contents"]["delegation"] or {}
        facts = {
            "max_logit_error": parity["max_abs_error"],
            "agreement": parity["agreement"],
            "sqnr_db": parity.get("sqnr_db"),
            "certificate": row["certificate"],
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ArtifactError(
            f"The certificate of {path} is damaged ({error!r}). Export the model again."
        ) from error
    return _Known(metadata, sealed, facts, delegation.get("delegated"), delegation.get("total"))


def _planned(
    path: Path,
    content: Content,
    digest: str,
    known: _Known,
    preset: str | None,
    others: Sequence[Planned],
) -> Planned:
    metadata = known.metadata
    name = f"{metadata.name} {metadata.target} {metadata.precision}"
    if any(other.name == name for other in others):
        name = f"{name} ({path})"
    return Planned(
        name=name,
        role="artifact",
        kind=metadata.target,
        path=path.resolve(),
        max_words=metadata.max_words,
        size_bytes=size_of(content),
        preset=preset or (metadata.name if metadata.name in PRESETS else None),
        precision=metadata.precision,
        compressed_bytes=compressed_size(content),
        sha256=digest,
        parameters=metadata.parameters,
        delegated=known.delegated,
        nodes=known.nodes,
        parity=known.parity,
        labels=metadata.labels,
        sealed=known.sealed,
        task=metadata.task,
    )


def compressed_size(content: Content) -> int:
    """Bytes of a zip file with this in it, deflated: about what it adds to a download."""
    files = {"file": content} if isinstance(content, bytes) else content.files
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return len(buffer.getvalue())
