"""Opens an artifact by its content, never by its name; a new runtime is a file and a row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from neurolite_core.artifact.formats.table import format_of
from neurolite_core.artifact.package import FILE_LIMIT, Content, read_content
from neurolite_core.ground.checks import require_range
from neurolite_core.ground.errors import ArtifactError
from neurolite_core.ground.files import read_beginning, read_limited
from neurolite_runtimes.onnx_session import OnnxSession
from neurolite_runtimes.session import Session

MAX_THREADS: Final = 1024
_BEGINNING: Final = 64  # bytes


def _open_onnx(path: Path, threads: int) -> Session:
    return OnnxSession(path, threads=threads)


def _open_litert(path: Path, threads: int) -> Session:
    from neurolite_runtimes.litert_session import LiteRtSession

    return LiteRtSession(_read(path), path, threads=threads)


def _open_executorch(path: Path, threads: int) -> Session:
    from neurolite_runtimes.executorch_session import ExecutorchSession

    return ExecutorchSession(_read(path), path, threads=threads)


def _open_coreml(path: Path, threads: int) -> Session:  # noqa: ARG001
    from neurolite_runtimes.coreml_session import CoreMLSession

    return CoreMLSession(read_content(path, FILE_LIMIT, ArtifactError), path)


def _read(path: Path) -> bytes:
    return read_limited(path, FILE_LIMIT, ArtifactError)


# Format -> what opens it; heavy imports belong inside a row's function.
RUNTIMES: Final[Mapping[str, Callable[[Path, int], Session]]] = MappingProxyType(
    {
        "onnx": _open_onnx,
        "executorch": _open_executorch,
        "litert": _open_litert,
        "coreml": _open_coreml,
    }
)


def open_artifact(path: str | Path, *, threads: int = 1) -> Session:
    """Opens an exported file.

    Args:
        path: the file.
        threads: for the runtime; 1 suits models this small, 0 lets the runtime take all cores.

    Raises:
        ArtifactError: missing, damaged, foreign, or of a newer version.
        MissingDependencyError: the file's runtime is not installed.
    """
    require_range("threads", threads, 0, MAX_THREADS)
    path = Path(path)
    beginning = _beginning(path)
    found = format_of(beginning)
    if found is not None:
        return RUNTIMES[found](path, threads)
    what = "is empty" if not beginning else "is not a model file of a known format"
    raise ArtifactError(
        f"{path} {what} ({', '.join(RUNTIMES)}). Make one with: neurolite-export --size tiny --int8"
    )


def _beginning(path: Path) -> Content:
    """As much as tells the format: all of a file would double the peak of what onnxruntime reads itself."""
    if path.is_dir():
        return read_content(path, FILE_LIMIT, ArtifactError)
    return read_beginning(path, _BEGINNING, ArtifactError)
