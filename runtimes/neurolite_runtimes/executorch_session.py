"""ExecuTorch artifacts (.pte) on its Python binding, with XNNPACK."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.buckets import run_in_buckets
from neurolite_core.artifact.formats.pte_program import PteProgram
from neurolite_core.artifact.formats.table import require_whole
from neurolite_core.network.state_spec import State
from neurolite_runtimes.session import join_rows, threads_setting


class ExecutorchSession:
    """A NeuroLite .pte file, opened; methods are loaded when their bucket is first needed.

    Args:
        content: the file's bytes.
        source: its path, for messages.
        threads: of XNNPACK's pool, which a process has one of: the first session decides; 0 for as many as
            ExecuTorch takes by itself.
        unsealed: take a file that was changed since its export as well; damage can end the process.

    Attributes:
        sealed: the file is as it was exported.
        is_reference: False, this is the runtime itself.
        metadata: what the file says of itself.
        runtime: ExecuTorch's version.
        settings: threads and delegate.

    Raises:
        ArtifactError: damaged, not exported by NeuroLite, or of a newer version.
        InputError: this process runs ExecuTorch on another number of threads already.
        MissingDependencyError: executorch is not installed.
    """

    is_reference: Final = False

    def __init__(
        self, content: bytes, source: Path, *, threads: int = 1, unsealed: bool = False
    ) -> None:
        self.sealed = require_whole(content, "executorch", source, unsealed=unsealed)
        self._program = PteProgram(content, str(source), threads)
        self.metadata = self._program.metadata
        self.runtime = f"executorch {self._program.version}, XNNPACK"
        self.settings: Mapping[str, str] = {
            "threads": threads_setting(threads),
            "delegate": "XNNPACK",
        }

    def run_bytes(
        self, packed: NDArray[np.uint8], state: State = MappingProxyType({})
    ) -> Mapping[str, NDArray[np.generic]]:
        """All outputs, the word count and the next state included, for zero-padded UTF-8 uint8 [N, T]."""
        rows = run_in_buckets(self.metadata.buckets, packed, self._program.run, state)
        return join_rows(rows, self.metadata)
