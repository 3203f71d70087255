"""ONNX artifacts on onnxruntime; needs nothing registered, and no onnx package."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact import METADATA_KEY, ArtifactMetadata
from neurolite_core.dependencies import require
from neurolite_core.errors import ArtifactError
from neurolite_runtimes.session import WORDS_OUTPUT

_ERRORS_ONLY = 3


class OnnxSession:
    """A NeuroLite .onnx file, opened.

    Args:
        content: the file's bytes.
        source: its path, for messages.
        threads: of onnxruntime's pool; 0 lets it take all cores.

    Raises:
        ArtifactError: damaged, not ONNX, not exported by NeuroLite, or of a newer version.
        MissingDependencyError: onnxruntime is not installed.
    """

    def __init__(self, content: bytes, source: Path, *, threads: int = 1) -> None:
        self._library: ModuleType = require("onnxruntime", extra="onnxruntime")
        options = self._library.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        try:
            self._session: Any = self._library.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's exception types are private
            raise ArtifactError(
                f"{source} cannot be opened by onnxruntime {self._library.__version__}: it is damaged, "
                f"incomplete or not an ONNX model ({_first_line(error)})"
            ) from error
        found = self._session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
        if found is None:
            raise ArtifactError(
                f"{source} is an ONNX model, but was not exported by neurolite-export: "
                f"it has no {METADATA_KEY!r} metadata."
            )
        self.metadata = ArtifactMetadata.from_json(found, str(source))
        self.runtime = f"onnxruntime {self._library.__version__}"
        self._check_interface(source)

    def run_bytes(self, packed: NDArray[np.uint8]) -> Mapping[str, NDArray[np.generic]]:
        """All outputs, the word count included, for zero-padded UTF-8 uint8 [N, T]."""
        names = [*self.metadata.outputs, WORDS_OUTPUT]
        values = self._session.run(names, {self.metadata.input_name: packed})
        return dict(zip(names, values, strict=True))

    def _check_interface(self, source: Path) -> None:
        inputs = {(item.name, item.type) for item in self._session.get_inputs()}
        if inputs != {(self.metadata.input_name, "tensor(uint8)")}:
            raise ArtifactError(
                f"{source}: its inputs {sorted(inputs)} are not what its metadata says."
            )
        outputs = {item.name for item in self._session.get_outputs()}
        missing = {*self.metadata.outputs, WORDS_OUTPUT} - outputs
        if missing:
            raise ArtifactError(
                f"{source} lacks the output {sorted(missing)[0]!r} its metadata names."
            )


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
