"""Opens an artifact by its content, never by its name; a new runtime is a file and a row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from neurolite_core.errors import ArtifactError
from neurolite_core.formats import format_of
from neurolite_core.package import FILE_LIMIT, Content, read_content, single_file
from neurolite_core.validation import require_range
from neurolite_runtimes.onnx_session import OnnxSession
from neurolite_runtimes.session import Session

MAX_THREADS: Final = 1024


def _open_onnx(content: Content, source: Path, threads: int) -> Session:
    return OnnxSession(single_file(content), source, threads=threads)


def _open_litert(content: Content, source: Path, threads: int) -> Session:
    from neurolite_runtimes.litert_session import LiteRtSession

    return LiteRtSession(single_file(content), source, threads=threads)


def _open_executorch(content: Content, source: Path, threads: int) -> Session:
    from neurolite_runtimes.executorch_session import ExecutorchSession

    return ExecutorchSession(single_file(content), source, threads=threads)


def _open_coreml(content: Content, source: Path, threads: int) -> Session:  # noqa: ARG001
    from neurolite_runtimes.coreml_session import CoreMLSession

    return CoreMLSession(content, source)


# Format -> what opens it; heavy imports belong inside a row's function.
RUNTIMES: Final[Mapping[str, Callable[[Content, Path, int], Session]]] = MappingProxyType(
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
    content = read_content(path, FILE_LIMIT, ArtifactError)
    found = format_of(content)
    if found is not None:
        return RUNTIMES[found](content, path, threads)
    what = "is empty" if not content else "is not a model file of a known format"
    raise ArtifactError(
        f"{path} {what} ({', '.join(RUNTIMES)}). Make one with: neurolite-export --size tiny --int8"
    )
