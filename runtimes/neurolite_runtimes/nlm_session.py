"""Files of the C target: by the C library where it was built, else by the numpy reference of its arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.formats.protobuf import Bytes
from neurolite_core.artifact.formats.table import require_whole
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.outputs import EXPERT, OF_WORDS, OFFSETS, RULES, TAGS, WORDS
from neurolite_core.network.state_spec import State, StateSpec
from neurolite_runtimes.nlm_library import (
    ModelLibrary,
    NativeAnswer,
    NativeModel,
    load_model_library,
)
from neurolite_runtimes.nlm_places import found_library_path
from neurolite_runtimes.nlm_reference.model import read_model
from neurolite_runtimes.session import join_rows

_Answer = Callable[[bytes, State], Mapping[str, NDArray[np.generic]]]
_NO_TEXT: Final = b"\0"  # a separator: as good as padding


class NlmSession:
    """A NeuroLite .nlm file, opened.

    Args:
        content: the file's bytes, which the library computes with in place where they begin at a page.
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

    def __init__(self, content: Bytes, source: Path, *, unsealed: bool = False) -> None:
        self.sealed = require_whole(content, "c", source, unsealed=unsealed)
        # Its checks are those of the export; what the library then checks is what it needs itself.
        model = read_model(content, str(source))
        self.metadata = model.metadata
        library = _library()
        self.is_reference = library is None
        # One text's answer is the batch's, but that of some words has as many as were read.
        self._joins = library is None or any(name in OF_WORDS for name in self.metadata.outputs)
        if library is None:
            from neurolite_runtimes.nlm_reference.evaluator import RUNTIME, NlmEvaluator

            self.runtime: str = RUNTIME
            self.settings: Mapping[str, str] = {}
            self._answer: _Answer = NlmEvaluator(model).run
            return
        fastest = library.paths[max(library.paths)]
        self.runtime, self.settings = f"libneurolite_model ({fastest})", {"path": fastest}
        self._answer = _native_answer(library.open(content, str(source)), self.metadata)

    def run_bytes(
        self, packed: NDArray[np.uint8], state: State = MappingProxyType({})
    ) -> Mapping[str, NDArray[np.generic]]:
        """All outputs, the word count and the next state for zero-padded UTF-8 uint8 [N, T]."""
        texts = [row.tobytes().rstrip(_NO_TEXT) for row in packed]
        if len(texts) == 1 and not self._joins:
            return self._answer(texts[0], state)
        rows = [
            self._answer(text, {name: values[at] for name, values in state.items()})
            for at, text in enumerate(texts)
        ]
        return join_rows(rows, self.metadata)


def _native_answer(native: NativeModel, metadata: ArtifactMetadata) -> _Answer:
    """The library's answers under the names that sessions have for them."""
    outputs = [(name, _OUTPUTS[name]) for name in metadata.outputs]
    kept = _places(metadata.state)

    def answer(text: bytes, state: State) -> Mapping[str, NDArray[np.generic]]:
        before = [state[name].reshape(-1) for name, *_ in kept] if state else []
        found = native.go_on(text, np.concatenate(before)) if before else native.run(text)
        rows: dict[str, NDArray[Any]] = {name: output(found)[None] for name, output in outputs}
        for _, name, place, shape in kept:
            rows[name] = found.state[place].reshape(shape)
        rows[WORDS] = np.array([found.words], np.int32)
        return rows

    return answer


def _places(specs: Sequence[StateSpec]) -> list[tuple[str, str, slice, tuple[int, ...]]]:
    """Of each tensor of a state its name, the next one's, where it stands in the library's state, and its shape."""
    ends = list(accumulate(spec.values for spec in specs))
    return [
        (spec.name, spec.next_name, slice(end - spec.values, end), (1, *spec.shape))
        for spec, end in zip(specs, ends, strict=True)
    ]


def _expert(found: NativeAnswer) -> NDArray[Any]:
    """The number of an expert, or two."""
    return np.asarray(found.expert[0]) if len(found.expert) == 1 else found.expert


def _some_words(values: NDArray[Any]) -> NDArray[Any]:
    """Numbers of words [L, ...]; of none the zeros of one."""
    return values if len(values) else np.zeros((1, *values.shape[1:]), values.dtype)


_OUTPUTS: Final[Mapping[str, Callable[[NativeAnswer], NDArray[Any]]]] = MappingProxyType(
    {
        "logits": lambda found: found.logits,
        "embedding": lambda found: found.embedding,
        RULES: lambda found: found.rules,
        TAGS: lambda found: _some_words(found.tags),
        OFFSETS: lambda found: _some_words(found.offsets),
        EXPERT: _expert,
    }
)


def _library() -> ModelLibrary | None:
    """The library of this machine; None where there is none.

    Raises:
        InputError: it is there, and damaged.
    """
    path = found_library_path()
    return None if path is None else load_model_library(path)
