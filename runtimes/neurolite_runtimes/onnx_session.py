"""ONNX artifacts on onnxruntime; needs nothing registered, and no onnx package.

The hash of a file runs by its function body everywhere, and by a faster kernel where there is one:
``KERNELS`` says which, and ``$NEUROLITE_KERNEL`` chooses.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.buckets import run_in_buckets
from neurolite_core.artifact.formats.onnx_file import HASH_OPS, check_friendly, metadata_of
from neurolite_core.artifact.formats.protobuf import Bytes
from neurolite_core.artifact.formats.table import require_whole
from neurolite_core.artifact.joining import join_outputs
from neurolite_core.artifact.metadata import METADATA_KEY, ArtifactMetadata
from neurolite_core.artifact.outputs import OF_WORDS, WORDS
from neurolite_core.artifact.package import FILE_LIMIT
from neurolite_core.ground.checks import require_choice
from neurolite_core.ground.errors import ArtifactError, InputError, MissingDependencyError
from neurolite_core.ground.extras import require
from neurolite_core.ground.files import mapped
from neurolite_core.network.state_spec import State
from neurolite_runtimes.failures import first_line
from neurolite_runtimes.native_library import NativeLibrary, library_path, load_library
from neurolite_runtimes.onnx_extensions import register_extensions
from neurolite_runtimes.session import join_rows, threads_setting

NATIVE: Final = "native"
EXTENSIONS: Final = "extensions"
FUNCTION_BODY: Final = "function body"
STANDARD: Final = (
    "standard operators"  # of a static file, whose graph has the hash in it and no op of ours
)
AUTO: Final = "auto"  # native where its library is there and fits, else the function body
KERNELS: Final = (AUTO, NATIVE, FUNCTION_BODY, EXTENSIONS)
KERNEL_VARIABLE: Final = "NEUROLITE_KERNEL"

_ERRORS_ONLY = 3
_STRING_OP: Final = "TextBytes"
_INPUT_TYPES: Final = ("tensor(uint8)", "tensor(string)")
_SPACE: Final = 0x20
_GENERATES: Final = b'"task":"generation"'
_NO_STATE: Final = b'"state":[]'
_STATE_TYPES: Final = {"float32": "tensor(float)", "int32": "tensor(int32)"}

# onnxruntime keeps a plan of its memory, some 5 KB, for every shape of input that it has met, without
# end. The plans save up to a fifth of a short text's time, so they stay and the lengths become few.
LENGTH_STEP: Final = 16  # bytes
# A call's intermediates take some 700 bytes for each of its texts' (4,096 texts of 32 words: 600 MB), and what no
# cache holds takes more time: of larger calls one part is computed after the other.
PART_BYTES: Final = 2**15


@dataclass(frozen=True, slots=True)
class _Contents:
    """Which of our ops a file has, and whether it reads texts word by word from a state."""

    hash_op: bool
    takes_strings: bool
    is_stream: bool

    def stock_kernel(self, asked: str) -> str:
        """What computes the hash where no native kernel does."""
        body = FUNCTION_BODY if self.hash_op else STANDARD
        own = EXTENSIONS if self.takes_strings else body
        return {AUTO: own, FUNCTION_BODY: body}.get(asked, asked)


class OnnxSession:
    """A NeuroLite .onnx file, opened.

    Args:
        source: the file.
        threads: of onnxruntime's pool; 0 lets it take all cores.
        kernel: one of ``KERNELS``, what computes the hash; by default ``$NEUROLITE_KERNEL``, else
            ``auto``.
        unsealed: take a file that was changed since its export as well.

    Attributes:
        is_reference: False, this is the runtime itself.
        sealed: the file is as it was exported.
        kernel: what computes the hash: ``native``, ``function body`` or ``extensions``; of a static file ``standard
            operators``.
        settings: threads and what decides on memory.
        runtime: onnxruntime's version and the kernel, with the reason where a native library is
            there but could not be used.

    Raises:
        ArtifactError: damaged, not ONNX, not exported by NeuroLite, or of a newer version.
        InputError: unknown kernel, or one that was asked for by name cannot be used.
        MissingDependencyError: onnxruntime, or the extensions asked for, is not installed.
    """

    is_reference: Final = False

    def __init__(
        self,
        source: Path,
        *,
        threads: int = 1,
        kernel: str | None = None,
        unsealed: bool = False,
    ) -> None:
        with mapped(source, FILE_LIMIT, ArtifactError) as content:
            self.sealed = require_whole(content, "onnx", source, unsealed=unsealed)
            contents = _look_through(content, source)
        self._library: ModuleType = require("onnxruntime", extra="onnxruntime")
        kernel = kernel or os.environ.get(KERNEL_VARIABLE) or AUTO
        require_choice("kernel", kernel, KERNELS)
        self._session: Any
        self._session, self.kernel, detail = self._open(source, contents, threads, kernel)
        try:
            self.metadata = self._metadata(source)
            self._check_interface(source)
        except UnicodeDecodeError as error:
            # Of metadata and names, which onnxruntime takes as bytes.
            raise ArtifactError(
                f"{source} is damaged: its metadata or the name of an input is not UTF-8. Export the model again."
            ) from error
        self.runtime = f"onnxruntime {self._library.__version__}, hash by {self.kernel}{detail}"
        self.settings: Mapping[str, str] = {
            "threads": threads_setting(threads),
            "model": "read from its path",
            "arena": "off" if contents.is_stream else "on",
            "memory plans": f"on, a text's bytes in steps of {LENGTH_STEP}",
        }

    def _metadata(self, source: Path) -> ArtifactMetadata:
        found = self._session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
        if found is None:
            raise ArtifactError(
                f"{source} is an ONNX model, but was not exported by neurolite-export: "
                f"it has no {METADATA_KEY!r} metadata."
            )
        return ArtifactMetadata.from_json(found, str(source))

    def _open(
        self, source: Path, contents: _Contents, threads: int, kernel: str
    ) -> tuple[Any, str, str]:
        """A session, the kernel it hashes with, and what else to say of it."""
        detail = ""
        if kernel in (AUTO, NATIVE) and contents.hash_op:
            try:
                library = load_library()
                session = self._session_of(source, contents, threads, NATIVE, library)
                return session, NATIVE, f" ({library.instruction_set})"
            except Exception as error:  # onnxruntime's exception types are private
                if kernel == NATIVE:
                    raise InputError(f"{source}: no native kernel: {first_line(error)}") from error
                if not _is_absent(error):
                    detail = f" (native not used: {first_line(error)})"
        if kernel == NATIVE:
            raise InputError(f"{source} has no hash op that a native kernel could run.")
        kernel = contents.stock_kernel(kernel)
        try:
            return self._session_of(source, contents, threads, kernel, None), kernel, detail
        except MissingDependencyError as error:
            if not contents.takes_strings:
                raise
            raise InputError(
                f"{source} takes strings, which onnxruntime alone cannot hash{detail}. "
                "Build the native op: neurolite-ops build; or: pip install 'neurolite[extensions]'"
            ) from error
        except Exception as error:
            raise ArtifactError(
                f"{source} cannot be opened by onnxruntime {self._library.__version__}: it is damaged, "
                f"incomplete or not an ONNX model ({first_line(error)})"
            ) from error

    def _session_of(
        self,
        source: Path,
        contents: _Contents,
        threads: int,
        kernel: str,
        native: NativeLibrary | None,
    ) -> Any:  # noqa: ANN401  # onnxruntime ships no types
        options = self._library.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        # Else a file that is called .ort would be read as another format.
        options.add_session_config_entry("session.load_model_format", "ONNX")
        # Without the arena every intermediate is malloc's: slower, and more is left in pieces. A stream's calls are of
        # few words, whose plans need one piece: as fast without, and 1.7 MB less of the package's generator.
        options.enable_cpu_mem_arena = not contents.is_stream
        options.enable_mem_pattern = True  # see LENGTH_STEP
        if native is not None:
            options.register_custom_ops_library(str(native.path.resolve()))
        elif kernel == EXTENSIONS:
            register_extensions(options)
        # By path: of bytes, onnxruntime's Python class keeps a copy for as long as it lives.
        return self._library.InferenceSession(
            str(source), options, providers=["CPUExecutionProvider"]
        )

    def run_bytes(
        self, packed: NDArray[np.uint8], state: State = MappingProxyType({})
    ) -> Mapping[str, NDArray[np.generic]]:
        """All outputs, word count and next state too, for zero-padded UTF-8 uint8 [N, T], in parts of ``PART_BYTES``.

        Raises:
            InputError: a text is not UTF-8 and the file's strings go through Python operators.
        """
        if self.metadata.buckets:
            return join_rows(
                run_in_buckets(self.metadata.buckets, packed, self._run_one, state), self.metadata
            )
        rows = max(1, PART_BYTES // max(1, packed.shape[1]))
        if len(packed) <= rows and not self._joins:
            return self._run(packed, state)
        parts = []
        for first in range(0, max(1, len(packed)), rows):
            own = {name: values[first : first + rows] for name, values in state.items()}
            parts.append(self._run(packed[first : first + rows], own))
        return join_outputs(parts, tuple(parts[0]))

    def _run_one(
        self, _: int, row: NDArray[np.uint8], state: State
    ) -> Mapping[str, NDArray[np.generic]]:
        """One text of a file of fixed shapes."""
        return self._run(row, state)

    def _run(self, packed: NDArray[np.uint8], state: State) -> dict[str, NDArray[np.generic]]:
        feed = self._strings(packed) if self._takes_strings else _in_steps(packed)
        values = self._session.run(self._outputs, {self.metadata.input_name: feed, **state})
        return dict(zip(self._outputs, values, strict=True))

    def _strings(self, packed: NDArray[np.uint8]) -> NDArray[np.bytes_]:
        """The rows as numpy strings [N], which onnxruntime reads up to a NUL, of any bytes."""
        # To the hash a NUL is a separator like the space.
        ended = np.zeros((packed.shape[0], packed.shape[1] + 1), np.uint8)
        ended[:, :-1] = np.where(packed == 0, np.uint8(_SPACE), packed)
        if self.kernel == EXTENSIONS:
            _check_utf8(ended)
        return ended.view(f"S{ended.shape[1]}").reshape(-1)

    def _check_interface(self, source: Path) -> None:
        specs = self.metadata.state
        found = self._session.get_inputs()
        inputs = [(item.name, item.type) for item in found[:1]]
        self._takes_strings = (self.metadata.input_name, "tensor(string)") in inputs
        kept = [(item.name, item.type, tuple(item.shape[1:])) for item in found[1:]]
        expected = [(spec.name, _STATE_TYPES[spec.dtype], spec.shape) for spec in specs]
        known = [[(self.metadata.input_name, kind)] for kind in _INPUT_TYPES]
        if inputs not in known or kept != expected:
            inputs += [(name, kind) for name, kind, _ in kept]
            raise ArtifactError(
                f"{source}: its inputs {sorted(inputs)} are not what its metadata says."
            )
        outputs = {item.name for item in self._session.get_outputs()}
        self._outputs = [*self.metadata.outputs, *(spec.next_name for spec in specs), WORDS]
        self._joins = any(name in OF_WORDS for name in self._outputs)
        missing = set(self._outputs) - outputs
        if missing:
            raise ArtifactError(
                f"{source} lacks the output {sorted(missing)[0]!r} its metadata names."
            )


def _look_through(content: Bytes, source: Path) -> _Contents:
    """Refuses what onnxruntime should not be given, and says which of our ops a file has.

    Raises:
        ArtifactError: damaged, or hostile.
    """
    try:
        called = check_friendly(content)
    except ArtifactError as error:
        raise ArtifactError(
            f"{source} was not opened: {error}. If you made it, export the model again."
        ) from error
    told = metadata_of(content)
    return _Contents(
        hash_op=not called.isdisjoint(HASH_OPS.values()),
        takes_strings=_STRING_OP in called,
        # By letters: what they say is checked once the file is open, and nothing but memory hangs on it.
        is_stream=_GENERATES in told and _NO_STATE not in told,
    )


def _in_steps(packed: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Zero bytes added up to the next length [N, T] of few; answers are the same."""
    rows, length = packed.shape
    longer = -(-length // LENGTH_STEP) * LENGTH_STEP
    if longer == length:
        return packed
    padded = np.zeros((rows, longer), np.uint8)
    padded[:, :length] = packed
    return padded


def _is_absent(error: Exception) -> bool:
    """No library was ever built: nothing to report."""
    return isinstance(error, InputError) and not library_path().is_file()


def _check_utf8(rows: NDArray[np.uint8]) -> None:
    """Python operators end the whole process on strings that are no UTF-8."""
    for row in rows:
        try:
            row.tobytes().decode()
        except UnicodeDecodeError as error:
            raise InputError(
                f"A text is not UTF-8 ({error.reason} at byte {error.start}), which a file with string "
                "input takes only with the native op. Build it: neurolite-ops build"
            ) from error
