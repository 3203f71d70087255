"""Files of the C target: by the C library where it was built, else by the numpy reference of its arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.formats.table import require_whole
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.outputs import OFFSETS, RULES, TAGS, WORDS
from neurolite_core.ground.errors import NeuroLiteError
from neurolite_core.network.state_spec import State
from neurolite_runtimes.nlm_library import ModelLibrary, load_model_library, model_library_path
from neurolite_runtimes.nlm_reference.evaluator import RUNTIME, NlmEvaluator
from neurolite_runtimes.nlm_reference.model import read_model
from neurolite_runtimes.session import join_rows

_NO_TEXT: Final = b"\0"  # a separator: as good as padding


class NlmSession:
    """A NeuroLite .nlm file, opened.

    Args:
        content: the file's bytes.
        source: its path, for messages.
        unsealed: take a file that was changed since its export as well.

    Attributes:
        sealed: the file is as it was exported.
        metadata: what the file says of itself.
        is_reference: no library was built, and numpy, which gives the same bits, says nothing of the speed of C.
        runtime: what computes it.
        settings: the instruction set.

    Raises:
        ArtifactError: damaged, not exported by NeuroLite, or of a newer version.
    """

    def __init__(self, content: bytes, source: Path, *, unsealed: bool = False) -> None:
        self.sealed = require_whole(content, "c", source, unsealed=unsealed)
        # Its checks are those of the export; what the library then checks is what it needs itself.
        model = read_model(content, str(source))
        self.metadata = model.metadata
        library = _library()
        self.is_reference = library is None
        if library is None:
            self.runtime: str = RUNTIME
            self.settings: Mapping[str, str] = {}
            self._answer: Callable[[bytes], Mapping[str, NDArray[np.generic]]]
            self._answer = NlmEvaluator(model).run
            return
        fastest = library.paths[max(library.paths)]
        self.runtime, self.settings = f"libneurolite_model ({fastest})", {"path": fastest}
        native, metadata = library.open(content, str(source)), self.metadata

        def answer(text: bytes) -> Mapping[str, NDArray[np.generic]]:
            found = native.run(text)
            values = {
                "logits": found.logits,
                "embedding": found.embedding,
                RULES: found.rules,
                TAGS: _some_words(found.tags),
                OFFSETS: _some_words(found.offsets),
            }
            return _outputs(metadata, values, found.words)

        self._answer = answer

    def run_bytes(
        self,
        packed: NDArray[np.uint8],
        state: State = MappingProxyType({}),  # noqa: ARG002  # no file has one yet
    ) -> Mapping[str, NDArray[np.generic]]:
        """All outputs and the word count for zero-padded UTF-8 uint8 [N, T]."""
        texts = [row.tobytes().rstrip(_NO_TEXT) for row in packed]
        return join_rows([self._answer(text) for text in texts], self.metadata)


def _outputs(
    metadata: ArtifactMetadata, values: Mapping[str, NDArray[Any]], words: int
) -> Mapping[str, NDArray[np.generic]]:
    rows = {name: values[name][None] for name in metadata.outputs}
    return {**rows, WORDS: np.array([words], np.int32)}


def _some_words(values: NDArray[Any]) -> NDArray[Any]:
    """Numbers of words [L, ...]; of none the zeros of one."""
    return values if len(values) else np.zeros((1, *values.shape[1:]), values.dtype)


def _library() -> ModelLibrary | None:
    """The library of this machine; None where none was built.

    Raises:
        InputError: it is there, and damaged.
    """
    try:
        if not model_library_path().is_file():
            return None
    except NeuroLiteError:  # there is no home to look in
        return None
    return load_model_library()
