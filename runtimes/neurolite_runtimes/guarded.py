"""What stands between callers and a runtime: one thread at a time where it must be, and nothing but right answers out.

Whoever made a file may have put anything into it, sealed or not; what its runtime throws, and what it gives back that
is no answer, ends as one error.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.outputs import DEPTH, EXPERT, OF_WORDS, OFFSETS, RULES, TAGS, WORDS
from neurolite_core.ground.errors import ArtifactError, InputError, NeuroLiteError
from neurolite_core.network.experts_options import MOST_CHOSEN, MOST_EXPERTS
from neurolite_core.network.state_spec import State, all_finite, check_state, initial_state
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
        self._one: State = initial_state(self.metadata.state, 1)
        self._turn = Lock() if one_at_a_time else nullcontext()
        self._checks = {
            DEPTH: self._check_depth,
            EXPERT: self._check_experts,
            RULES: self._check_rules,
        }

    def run_bytes(
        self, packed: NDArray[np.uint8], state: State = MappingProxyType({})
    ) -> Mapping[str, NDArray[np.generic]]:
        """All outputs, the word count and the next state included, for zero-padded UTF-8 uint8 [N, T].

        Args:
            packed: the texts.
            state: name -> [N, ...]; empty for what conversations begin with.

        Raises:
            ArtifactError: the runtime failed, or gave what is no answer.
            InputError: the state is not the model's.
        """
        specs = self.metadata.state
        if state or specs:
            rows = len(packed)
            state = check_state(specs, state, rows) if state else self._start(rows)
        try:
            with self._turn:
                found = self.session.run_bytes(packed, *([state] if state else []))
        except NeuroLiteError:
            raise
        except Exception as error:  # runtimes' exception types are private
            raise ArtifactError(
                f"{self._source} cannot answer: {self.runtime} failed ({first_line(error)}). Export the model again."
            ) from error
        longest = self._check_words(found[WORDS], len(packed))
        for name in (name for name in self.metadata.outputs if name not in OF_WORDS):
            check = self._checks.get(name, self._check)
            check(name, found[name], len(packed))
        if self.metadata.spans is not None:
            self._check_spans(found, self.metadata.spans.num_tags, packed.shape, longest)
        if specs:
            self._check_state(found, len(packed))
        return found

    def _start(self, rows: int) -> State:
        """What conversations begin with; of one it is made once."""
        return self._one if rows == 1 else initial_state(self.metadata.state, rows)

    def _check_state(self, found: Mapping[str, NDArray[Any]], rows: int) -> None:
        specs = self.metadata.state
        try:
            check_state(specs, {spec.name: found[spec.next_name] for spec in specs}, rows)
        except InputError as error:
            raise ArtifactError(
                f"{self._source}: what it keeps cannot be: {str(error).split(';')[0]}. Export the model again."
            ) from error

    def _check(self, name: str, values: NDArray[Any], rows: int) -> None:
        width = len(self.metadata.labels) if name == "logits" else self.metadata.embedding_size
        if values.dtype != np.float32 or values.shape != (rows, width):
            raise ArtifactError(
                f"{self._source}: its {name} are {values.dtype} {list(values.shape)}, not the float32 "
                f"{[rows, width]} of its metadata. Export the model again."
            )
        if not all_finite(values):
            raise ArtifactError(
                f"{self._source}: its {name} hold values that are not finite numbers. Export the model again."
            )

    def _check_experts(self, name: str, values: NDArray[Any], rows: int) -> None:
        shapes = ((rows,), (rows, MOST_CHOSEN))
        known = values.dtype.kind in "iuf" and bool(((values >= 0) & (values < MOST_EXPERTS)).all())
        if values.shape not in shapes or not known:
            raise ArtifactError(
                f"{self._source}: its {name} is {values.dtype} {list(values.shape)}, not the number of an expert, or two, "
                "for each text. Export the model again."
            )

    def _check_depth(self, name: str, values: NDArray[Any], rows: int) -> None:
        layers = 0 if self.metadata.exits is None else self.metadata.exits.layers
        known = values.dtype.kind in "iuf" and bool(((values >= 1) & (values <= layers)).all())
        if values.shape != (rows,) or not known:
            raise ArtifactError(
                f"{self._source}: its {name} is {values.dtype} {list(values.shape)}, not the number of one of {layers} "
                "layers for each text. Export the model again."
            )

    def _check_rules(self, name: str, values: NDArray[Any], rows: int) -> None:
        shape = (rows, len(self.metadata.rules))
        if (
            values.dtype.kind not in "iuf"
            or values.shape != shape
            or not ((values == 0) | (values == 1)).all()
        ):
            raise ArtifactError(
                f"{self._source}: its {name} are {values.dtype} {list(values.shape)}, not 0 or 1 of each of "
                f"{shape[1]} rules for {rows} texts. Export the model again."
            )

    def _check_spans(
        self,
        found: Mapping[str, NDArray[Any]],
        num_tags: int,
        given: tuple[int, ...],
        longest: int,
    ) -> None:
        rows, size = given
        length = max(1, min(longest, self.metadata.max_words))
        tags, offsets = found[TAGS], found[OFFSETS]
        wanted = [rows, length, num_tags]
        known = tags.dtype == np.float32 and list(tags.shape) == wanted
        if not known or not all_finite(tags):
            raise ArtifactError(
                f"{self._source}: its {TAGS} are {tags.dtype} {list(tags.shape)}, not the finite float32 {wanted} of its "
                "metadata and its words. Export the model again."
            )
        wanted = [rows, length, 2]
        known = offsets.dtype.kind in "iu" and list(offsets.shape) == wanted
        if not known or not _inside(offsets, size):
            raise ArtifactError(
                f"{self._source}: its {OFFSETS} are {offsets.dtype} {list(offsets.shape)}, not two places in the text for "
                f"each of its words {wanted}. Export the model again."
            )

    def _check_words(self, words: NDArray[Any], rows: int) -> int:
        """The most words of a text."""
        if words.shape != (rows,) or words.dtype.kind not in "iuf" or not all_finite(words):
            raise ArtifactError(
                f"{self._source}: its words are {words.dtype} {list(words.shape)}, not one whole number a text. "
                "Export the model again."
            )
        counts = words.tolist()  # of few texts faster than numpy's least and most
        fewest, most = min(counts, default=0), max(counts, default=0)
        if not 0 <= fewest <= most < 2**31:
            raise ArtifactError(
                f"{self._source}: it counts {most:,} words. Export the model again."
            )
        return int(most)


def _inside(offsets: NDArray[Any], size: int) -> bool:
    """Whether every word [..., 2] begins in a text of so many bytes, and ends there behind its beginning."""
    first, behind = offsets[..., 0], offsets[..., 1]
    return bool(((first >= 0) & (first <= behind) & (behind <= size)).all())
