"""The file formats, recognised by content and never by name: one row each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from neurolite_core.artifact.formats.pte import is_pte
from neurolite_core.artifact.formats.tflite import IDENTIFIER
from neurolite_core.artifact.package import Content, Package

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
    """

    name: str
    recognises: Callable[[Content], bool]


def _is_onnx(content: Content) -> bool:
    """A ModelProto begins with field 1, the IR version, as a small varint."""
    return (
        isinstance(content, bytes)
        and len(content) > 2
        and content[0] == 0x08
        and 1 <= content[1] <= _LAST_IR_VERSION
    )


def _is_tflite(content: Content) -> bool:
    return isinstance(content, bytes) and content[_FLATBUFFER_NAME] == IDENTIFIER


def _is_executorch(content: Content) -> bool:
    return isinstance(content, bytes) and is_pte(content)


def _is_coreml(content: Content) -> bool:
    """A package whose manifest lists Core ML's files."""
    manifest = content.files.get(_MANIFEST, b"") if isinstance(content, Package) else b""
    return _COREML in manifest


FORMATS: Final = (
    FileFormat("onnx", _is_onnx),
    FileFormat("executorch", _is_executorch),
    FileFormat("litert", _is_tflite),
    FileFormat("coreml", _is_coreml),
)


def format_of(content: Content) -> str | None:
    """Name of the content's format, or None."""
    return next((row.name for row in FORMATS if row.recognises(content)), None)
