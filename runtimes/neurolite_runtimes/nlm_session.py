"""Files of the C target, by the numpy reference of their arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.formats.table import require_whole
from neurolite_core.network.state_spec import State
from neurolite_runtimes.nlm_reference.evaluator import RUNTIME, NlmEvaluator
from neurolite_runtimes.nlm_reference.model import read_model
from neurolite_runtimes.session import join_rows


class NlmSession:
    """A NeuroLite .nlm file, opened.

    Args:
        content: the file's bytes.
        source: its path, for messages.
        unsealed: take a file that was changed since its export as well.

    Attributes:
        sealed: the file is as it was exported.
        metadata: what the file says of itself.
        is_reference: True: numpy gives the right bits, and says nothing of the speed of C.
        runtime: what computes it.
        settings: none.

    Raises:
        ArtifactError: damaged, not exported by NeuroLite, or of a newer version.
    """

    is_reference: Final = True
    runtime: Final = RUNTIME

    def __init__(self, content: bytes, source: Path, *, unsealed: bool = False) -> None:
        self.sealed = require_whole(content, "c", source, unsealed=unsealed)
        model = read_model(content, str(source))
        self.metadata = model.metadata
        self.settings: Mapping[str, str] = {}
        self._evaluator = NlmEvaluator(model)

    def run_bytes(
        self,
        packed: NDArray[np.uint8],
        state: State = MappingProxyType({}),  # noqa: ARG002  # no file has one yet
    ) -> Mapping[str, NDArray[np.generic]]:
        """All outputs and the word count for zero-padded UTF-8 uint8 [N, T]."""
        return join_rows([self._evaluator.run(row.tobytes()) for row in packed], self.metadata)
