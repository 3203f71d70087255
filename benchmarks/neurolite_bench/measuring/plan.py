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
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.package import FILE_LIMIT, Content, digest_of, read_content, size_of
from neurolite_core.ground.errors import ArtifactError, InputError
from neurolite_core.ground.files import read_limited
from neurolite_core.network.config import PRESETS
from neurolite_export.certificate_names import JSON_SUFFIX, WRITTEN

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
    task: str | None = None
    learned: bool = False


def plan_artifacts(
    paths: Sequence[Path], preset: str | None = None
) -> tuple[list[Planned], list[Refusal]]:
    """Our files, each with the row of its certificate; those without are refused.

    Args:
        paths: exported files.
        preset: whose targets apply to all; by default that of each file's name, if it is one.

    Raises:
        InputError: a file cannot be read, or no file was given.
    """
    planned: list[Planned] = []
    refused: list[Refusal] = []
    for path in paths:
        content = read_content(path, FILE_LIMIT, ArtifactError)
        digest = digest_of(content)
        row, why = find_certificate(path, digest)
        if row is None:
            refused.append(Refusal(path.name, why))
        else:
            planned.append(_planned(path, content, digest, row, preset, planned))
    return planned, refused


def find_certificate(path: Path, digest: str) -> tuple[dict[str, Any] | None, str]:
    """The row of a file in a certificate beside it, by its digest; or None, and why it is not enough.

    Certificates are untrusted: a damaged one is as good as none. The file may have been renamed.
    """
    why = (
        f"no certificate beside it shows its parity with the reference. Copy its *{JSON_SUFFIX} "
        "along with it, or export it again with neurolite-export"
    )
    for certificate in sorted(path.parent.glob(f"*{JSON_SUFFIX}")):
        rows = _rows_in(certificate)
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


def _rows_in(certificate: Path) -> list[dict[str, Any]]:
    try:
        rows = json.loads(read_limited(certificate, _CERTIFICATE_LIMIT))["files"]
    except (InputError, ValueError, KeyError, TypeError, RecursionError):
        return []
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _planned(
    path: Path,
    content: Content,
    digest: str,
    row: Mapping[str, Any],
    preset: str | None,
    others: Sequence[Planned],
) -> Planned:
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
        delegated=delegation.get("delegated"),
        nodes=delegation.get("total"),
        parity=facts,
        labels=metadata.labels,
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
