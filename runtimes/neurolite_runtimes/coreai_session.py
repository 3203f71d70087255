"""Core AI assets (.aimodel) on Apple's runtime for Linux: right answers, and times that are no phone's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.buckets import run_in_buckets
from neurolite_core.artifact.formats.aimodel_program import AimodelProgram
from neurolite_core.artifact.formats.table import require_whole
from neurolite_core.artifact.package import Content, Package
from neurolite_core.ground.errors import ArtifactError
from neurolite_core.network.state_spec import State
from neurolite_runtimes.session import join_rows


class CoreAISession:
    """A NeuroLite .aimodel folder, opened.

    Args:
        content: the folder's files.
        source: its path, for messages.
        unsealed: take a folder that was changed since its export as well; damage can end the process.

    Attributes:
        sealed: the folder is as it was exported.
        is_reference: False, this is the runtime itself, though on another processor than a phone's.
        metadata: what the file says of itself.
        runtime: Apple's package and its version.
        settings: where it runs.

    Raises:
        ArtifactError: damaged, not exported by NeuroLite, or of a newer version.
        MissingDependencyError: coreai-core is not installed.
    """

    is_reference: Final = False

    def __init__(self, content: Content, source: Path, *, unsealed: bool = False) -> None:
        if not isinstance(content, Package):
            raise ArtifactError(f"{source} is a file; a Core AI asset is a folder.")
        self.sealed = require_whole(content, "coreai", source, unsealed=unsealed)
        self._program = AimodelProgram(content, str(source))
        self.metadata = self._program.metadata
        self.runtime = self._program.runtime
        self.settings: Mapping[str, str] = {"compute units": "CPU, not a phone's"}

    def run_bytes(
        self, packed: NDArray[np.uint8], state: State = MappingProxyType({})
    ) -> Mapping[str, NDArray[np.generic]]:
        """All outputs, the word count and the next state included, for zero-padded UTF-8 uint8 [N, T]."""
        rows = run_in_buckets(self.metadata.buckets, packed, self._program.run, state)
        return join_rows(rows, self.metadata)
