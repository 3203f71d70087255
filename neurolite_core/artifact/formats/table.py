"""The file formats, recognised by content and never by name: one row each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from neurolite_core.artifact.formats import aimodel, mlpackage, nlm, onnx_file, pte, tflite
from neurolite_core.artifact.formats.protobuf import Bytes
from neurolite_core.artifact.package import Content, Package
from neurolite_core.artifact.seal import Seal
from neurolite_core.ground.errors import ArtifactError

_LAST_IR_VERSION: Final = 64
_MANIFEST: Final = "Manifest.json"
_COREML: Final = b"com.apple.CoreML"
_FLATBUFFER_NAME: Final = slice(4, 8)


@dataclass(frozen=True, slots=True)
class FileFormat:
    """How one format is recognised.

    Attributes:
        name: of the target that writes it and of the runtime that opens it.
        recognises: says whether a content is meant to be of this format; it may be damaged.
        seal_of: what the seal of a content that it recognises says.
    """

    name: str
    recognises: Callable[[Content], bool]
    seal_of: Callable[[Any], Seal]


def _is_onnx(content: Content) -> bool:
    """A ModelProto begins with field 1, the IR version, as a small varint."""
    return (
        isinstance(content, bytes)
        and len(content) > 2
        and content[0] == 0x08
        and 1 <= content[1] <= _LAST_IR_VERSION
    )


def _is_tflite(content: Content) -> bool:
    return isinstance(content, bytes) and content[_FLATBUFFER_NAME] == tflite.IDENTIFIER


def _is_executorch(content: Content) -> bool:
    return isinstance(content, bytes) and pte.is_pte(content)


def _is_coreml(content: Content) -> bool:
    """A package whose manifest lists Core ML's files."""
    manifest = content.files.get(_MANIFEST, b"") if isinstance(content, Package) else b""
    return _COREML in manifest


def _is_coreai(content: Content) -> bool:
    return isinstance(content, Package) and aimodel.is_aimodel(content)


def _is_nlm(content: Content) -> bool:
    return isinstance(content, bytes) and nlm.is_nlm(content)


FORMATS: Final = (
    FileFormat("onnx", _is_onnx, onnx_file.seal_of),
    FileFormat("executorch", _is_executorch, pte.seal_of),
    FileFormat("litert", _is_tflite, tflite.seal_of),
    FileFormat("coreml", _is_coreml, mlpackage.seal_of),
    FileFormat("coreai", _is_coreai, aimodel.seal_of),
    FileFormat("c", _is_nlm, nlm.seal_of),
)


def format_of(content: Content) -> str | None:
    """Name of the content's format, or None."""
    return next((row.name for row in FORMATS if row.recognises(content)), None)


def require_whole(
    content: Bytes | Package, name: str, source: str | Path, *, unsealed: bool = False
) -> bool:
    """Whether a content of a format is as it was exported.

    Args:
        content: a file, or a package.
        name: of its format.
        source: its path, for messages.
        unsealed: take one whose seal is broken or missing as well.

    Raises:
        ArtifactError: it is not, and nobody asked for it.
    """
    seal = next(row for row in FORMATS if row.name == name).seal_of(content)
    if seal is Seal.WHOLE or unsealed:
        return seal is Seal.WHOLE
    fix = {
        Seal.BROKEN: "Copy it again, or export the model again; if it was changed on purpose, as by a quantizer or "
        "a simplifier: --unsealed",
        Seal.MISSING: "Copy it again, or make one: neurolite-export --help",
    }[seal]
    raise ArtifactError(f"{source} is {seal.value}. {fix}")
