"""Opens an artifact by its content, never by its name; a new runtime is a file and a row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from neurolite_core.answer.tasks import GENERATION
from neurolite_core.artifact.formats.table import format_of
from neurolite_core.artifact.package import FILE_LIMIT, Content, read_content
from neurolite_core.ground.checks import require_path, require_range
from neurolite_core.ground.errors import ArtifactError
from neurolite_core.ground.files import read_beginning, read_into_pages, read_limited
from neurolite_runtimes.free_memory import give_back
from neurolite_runtimes.guarded import Guarded
from neurolite_runtimes.onnx_session import OnnxSession

MAX_THREADS: Final = 1024
_BEGINNING: Final = 64  # bytes


def _open_onnx(path: Path, threads: int, unsealed: bool) -> Guarded:
    session = OnnxSession(path, threads=threads, unsealed=unsealed)
    return Guarded(session, path, one_at_a_time=False)


def _open_litert(path: Path, threads: int, unsealed: bool) -> Guarded:
    from neurolite_runtimes.litert_session import LiteRtSession

    return Guarded(LiteRtSession(_read(path), path, threads=threads, unsealed=unsealed), path)


def _open_executorch(path: Path, threads: int, unsealed: bool) -> Guarded:
    from neurolite_runtimes.executorch_session import ExecutorchSession

    return Guarded(ExecutorchSession(_read(path), path, threads=threads, unsealed=unsealed), path)


def _open_coreml(path: Path, threads: int, unsealed: bool) -> Guarded:  # noqa: ARG001
    from neurolite_runtimes.coreml_session import CoreMLSession

    content = read_content(path, FILE_LIMIT, ArtifactError)
    return Guarded(CoreMLSession(content, path, unsealed=unsealed), path)


def _open_coreai(path: Path, threads: int, unsealed: bool) -> Guarded:  # noqa: ARG001
    from neurolite_runtimes.coreai_session import CoreAISession

    content = read_content(path, FILE_LIMIT, ArtifactError)
    return Guarded(CoreAISession(content, path, unsealed=unsealed), path)


def _open_nlm(path: Path, threads: int, unsealed: bool) -> Guarded:  # noqa: ARG001
    from neurolite_runtimes.nlm_session import NlmSession

    content = read_into_pages(path, FILE_LIMIT, ArtifactError)
    return Guarded(NlmSession(content, path, unsealed=unsealed), path)


def _read(path: Path) -> bytes:
    return read_limited(path, FILE_LIMIT, ArtifactError)


# Format -> what opens it; heavy imports belong inside a row's function.
RUNTIMES: Final[Mapping[str, Callable[[Path, int, bool], Guarded]]] = MappingProxyType(
    {
        "onnx": _open_onnx,
        "executorch": _open_executorch,
        "litert": _open_litert,
        "coreml": _open_coreml,
        "coreai": _open_coreai,
        "c": _open_nlm,
    }
)


def open_artifact(path: str | Path, *, threads: int = 1, unsealed: bool = False) -> Guarded:
    """Opens an exported file.

    Args:
        path: the file.
        threads: for the runtime; 1 suits models this small, 0 lets the runtime take all cores.
        unsealed: take a file that was changed since its export as well, as a quantizer or a simplifier does;
            ``sealed`` of the session says whether it was.

    Returns:
        A session that any number of threads may use at once.

    Raises:
        ArtifactError: missing, damaged, foreign, hostile, or of a newer version.
        MissingDependencyError: the file's runtime is not installed.
    """
    require_range("threads", threads, 0, MAX_THREADS)
    path = require_path("path", path)
    beginning = _beginning(path)
    found = format_of(beginning)
    if found is not None:
        session = RUNTIMES[found](path, threads, unsealed)
        if session.metadata.task == GENERATION:
            give_back()
        return session
    what = "is empty" if not beginning else "is not a model file of a known format"
    raise ArtifactError(
        f"{path} {what} ({', '.join(RUNTIMES)}). Make one with: neurolite-export --size tiny --int8"
    )


def _beginning(path: Path) -> Content:
    """As much as tells the format: all of a file would double the peak of what onnxruntime reads itself."""
    if path.is_dir():
        return read_content(path, FILE_LIMIT, ArtifactError)
    return read_beginning(path, _BEGINNING, ArtifactError)
