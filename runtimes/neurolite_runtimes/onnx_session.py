"""ONNX artifacts on onnxruntime; needs nothing registered, and no onnx package.

The hash of a file runs by its function body everywhere, and by a faster kernel where there is one:
``KERNELS`` says which, and ``$NEUROLITE_KERNEL`` chooses.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact import METADATA_KEY, ArtifactMetadata
from neurolite_core.dependencies import require
from neurolite_core.errors import ArtifactError, InputError, MissingDependencyError
from neurolite_core.outputs import WORDS
from neurolite_core.validation import require_choice
from neurolite_runtimes.native_library import NativeLibrary, library_path, load_library
from neurolite_runtimes.onnx_extensions import register_extensions

NATIVE: Final = "native"
EXTENSIONS: Final = "extensions"
FUNCTION_BODY: Final = "function body"
AUTO: Final = "auto"  # native where its library is there and fits, else the function body
KERNELS: Final = (AUTO, NATIVE, FUNCTION_BODY, EXTENSIONS)
KERNEL_VARIABLE: Final = "NEUROLITE_KERNEL"

_ERRORS_ONLY = 3
_HASH_OP: Final = b"BloomHash"
_STRING_OP: Final = b"TextBytes"
_INPUT_TYPES: Final = ("tensor(uint8)", "tensor(string)")
_SPACE: Final = 0x20


class OnnxSession:
    """A NeuroLite .onnx file, opened.

    Args:
        content: the file's bytes.
        source: its path, for messages.
        threads: of onnxruntime's pool; 0 lets it take all cores.
        kernel: one of ``KERNELS``, what computes the hash; by default ``$NEUROLITE_KERNEL``, else
            ``auto``.

    Attributes:
        is_reference: False, this is the runtime itself.
        kernel: what computes the hash: ``native``, ``function body`` or ``extensions``.
        runtime: onnxruntime's version and the kernel, with the reason where a native library is
            there but could not be used.

    Raises:
        ArtifactError: damaged, not ONNX, not exported by NeuroLite, or of a newer version.
        InputError: unknown kernel, or one that was asked for by name cannot be used.
        MissingDependencyError: onnxruntime, or the extensions asked for, is not installed.
    """

    is_reference: Final = False

    def __init__(
        self, content: bytes, source: Path, *, threads: int = 1, kernel: str | None = None
    ) -> None:
        self._library: ModuleType = require("onnxruntime", extra="onnxruntime")
        kernel = kernel or os.environ.get(KERNEL_VARIABLE) or AUTO
        require_choice("kernel", kernel, KERNELS)
        self._session: Any
        self._session, self.kernel, detail = self._open(content, source, threads, kernel)
        found = self._session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
        if found is None:
            raise ArtifactError(
                f"{source} is an ONNX model, but was not exported by neurolite-export: "
                f"it has no {METADATA_KEY!r} metadata."
            )
        self.metadata = ArtifactMetadata.from_json(found, str(source))
        self.runtime = f"onnxruntime {self._library.__version__}, hash by {self.kernel}{detail}"
        self._check_interface(source)

    def _open(
        self, content: bytes, source: Path, threads: int, kernel: str
    ) -> tuple[Any, str, str]:
        """A session, the kernel it hashes with, and what else to say of it."""
        detail = ""
        if kernel in (AUTO, NATIVE) and _HASH_OP in content:
            try:
                library = load_library()
                session = self._session_of(content, threads, NATIVE, library)
                return session, NATIVE, f" ({library.instruction_set})"
            except Exception as error:  # onnxruntime's exception types are private
                if kernel == NATIVE:
                    raise InputError(f"{source}: no native kernel: {_first_line(error)}") from error
                if not _is_absent(error):
                    detail = f" (native not used: {_first_line(error)})"
        if kernel == NATIVE:
            raise InputError(f"{source} has no hash op that a native kernel could run.")
        takes_strings = _STRING_OP in content
        if kernel == AUTO:
            kernel = EXTENSIONS if takes_strings else FUNCTION_BODY
        try:
            return self._session_of(content, threads, kernel, None), kernel, detail
        except MissingDependencyError as error:
            if not takes_strings:
                raise
            raise InputError(
                f"{source} takes strings, which onnxruntime alone cannot hash{detail}. "
                "Build the native op: neurolite-ops build; or: pip install 'neurolite[extensions]'"
            ) from error
        except Exception as error:
            raise ArtifactError(
                f"{source} cannot be opened by onnxruntime {self._library.__version__}: it is damaged, "
                f"incomplete or not an ONNX model ({_first_line(error)})"
            ) from error

    def _session_of(
        self, content: bytes, threads: int, kernel: str, native: NativeLibrary | None
    ) -> Any:  # noqa: ANN401  # onnxruntime ships no types
        options = self._library.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        if native is not None:
            options.register_custom_ops_library(str(native.path.resolve()))
        elif kernel == EXTENSIONS:
            register_extensions(options)
        return self._library.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def run_bytes(self, packed: NDArray[np.uint8]) -> Mapping[str, NDArray[np.generic]]:
        """All outputs, the word count included, for zero-padded UTF-8 uint8 [N, T].

        Raises:
            InputError: a text is not UTF-8 and the file's strings go through Python operators.
        """
        names = [*self.metadata.outputs, WORDS]
        feed = self._strings(packed) if self._takes_strings else packed
        values = self._session.run(names, {self.metadata.input_name: feed})
        return dict(zip(names, values, strict=True))

    def _strings(self, packed: NDArray[np.uint8]) -> NDArray[np.bytes_]:
        """The rows as numpy strings [N], which onnxruntime reads up to a NUL, of any bytes."""
        # To the hash a NUL is a separator like the space.
        ended = np.zeros((packed.shape[0], packed.shape[1] + 1), np.uint8)
        ended[:, :-1] = np.where(packed == 0, np.uint8(_SPACE), packed)
        if self.kernel == EXTENSIONS:
            _check_utf8(ended)
        return ended.view(f"S{ended.shape[1]}").reshape(-1)

    def _check_interface(self, source: Path) -> None:
        inputs = [(item.name, item.type) for item in self._session.get_inputs()]
        self._takes_strings = (self.metadata.input_name, "tensor(string)") in inputs
        if inputs not in [[(self.metadata.input_name, kind)] for kind in _INPUT_TYPES]:
            raise ArtifactError(
                f"{source}: its inputs {sorted(inputs)} are not what its metadata says."
            )
        outputs = {item.name for item in self._session.get_outputs()}
        missing = {*self.metadata.outputs, WORDS} - outputs
        if missing:
            raise ArtifactError(
                f"{source} lacks the output {sorted(missing)[0]!r} its metadata names."
            )


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


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
