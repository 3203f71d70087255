"""What stands between callers and a runtime: one thread at a time where it must be, and nothing but right answers out.

Whoever made a file may have put anything into it, sealed or not; what its runtime throws, and what it gives back that
is no answer, ends as one error.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.outputs import RULES, WORDS
from neurolite_core.ground.errors import ArtifactError, NeuroLiteError
from neurolite_runtimes.failures import first_line
from neurolite_runtimes.session import Session


class Guarded:
    """A session of any runtime, for any number of threads.

    Args:
        session: of a runtime.
        source: the file, for messages.
        one_at_a_time: the runtime keeps what it computes with in one place.
    """

    def __init__(self, session: Session, source: Path, *, one_at_a_time: bool = True) -> None:
        self.session = session
        self.metadata: ArtifactMetadata = session.metadata
        self.runtime: str = session.runtime
        self.is_reference: bool = session.is_reference
        self.settings: Mapping[str, str] = session.settings
        self.sealed: bool = session.sealed
        self._source = source
        self._turn = Lock() if one_at_a_time else nullcontext()

    def run_bytes(self, packed: NDArray[np.uint8]) -> Mapping[str, NDArray[np.generic]]:
        """All outputs, the word count included, for zero-padded UTF-8 uint8 [N, T].

        Raises:
            ArtifactError: the runtime failed, or gave what is no answer.
        """
        try:
            with self._turn:
                found = self.session.run_bytes(packed)
        except NeuroLiteError:
            raise
        except Exception as error:  # runtimes' exception types are private
            raise ArtifactError(
                f"{self._source} cannot answer: {self.runtime} failed ({first_line(error)}). Export the model again."
            ) from error
        for name in self.metadata.outputs:
            check = self._check_rules if name == RULES else self._check
            check(name, found[name], len(packed))
        self._check_words(found[WORDS], len(packed))
        return found

    def _check(self, name: str, values: NDArray[Any], rows: int) -> None:
        width = len(self.metadata.labels) if name == "logits" else self.metadata.embedding_size
        if values.dtype != np.float32 or values.shape != (rows, width):
            raise ArtifactError(
                f"{self._source}: its {name} are {values.dtype} {list(values.shape)}, not the float32 "
                f"{[rows, width]} of its metadata. Export the model again."
            )
        if not np.isfinite(values).all():
            raise ArtifactError(
                f"{self._source}: its {name} hold values that are not finite numbers. Export the model again."
            )

    def _check_rules(self, name: str, values: NDArray[Any], rows: int) -> None:
        shape = (rows, len(self.metadata.rules))
        if (
            values.dtype.kind not in "iuf"
            or values.shape != shape
            or not np.isin(values, (0, 1)).all()
        ):
            raise ArtifactError(
                f"{self._source}: its {name} are {values.dtype} {list(values.shape)}, not 0 or 1 of each of "
                f"{shape[1]} rules for {rows} texts. Export the model again."
            )

    def _check_words(self, words: NDArray[Any], rows: int) -> None:
        if words.shape != (rows,) or words.dtype.kind not in "iuf" or not np.isfinite(words).all():
            raise ArtifactError(
                f"{self._source}: its words are {words.dtype} {list(words.shape)}, not one whole number a text. "
                "Export the model again."
            )
        if len(words) and not 0 <= words.min() <= words.max() < 2**31:
            raise ArtifactError(
                f"{self._source}: it counts {words.max():,} words. Export the model again."
            )
