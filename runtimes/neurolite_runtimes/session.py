"""What every runtime offers, and the packing of texts that they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.joining import join_outputs
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.outputs import DEPTH, EXPERT, OFFSETS, RULES, WORDS
from neurolite_core.ground.errors import InputError
from neurolite_core.network.state_spec import State, StateSpec, check_state
from neurolite_core.text.words import pack_texts, to_bytes, truncate

Float32Array = NDArray[np.float32]
_WHOLE: Final = (DEPTH, EXPERT, OFFSETS)  # outputs that are whole numbers


@dataclass(frozen=True, slots=True)
class Outputs:
    """Answers to a batch, in its order.

    Attributes:
        values: output name -> float32 [N, ...]; ``expert``, of models whose texts choose, is int32 [N] or [N, 2];
            ``depth``, of models whose layers may answer early, int32 [N], which did, from 1. Of
            models that find spans ``tags`` [N, L, T] and ``offsets`` int32 [N, L, 2], L the words that are read of the
            longest text but at least 1, zero behind each text's last word.
        words: int32 [N], words found in the bytes that were read.
        truncated: bool [N], something of the text was not read: it had more words or bytes than the
            model's limits.
        state: what is remembered after each text, name -> [N, ...]; empty of a model that keeps nothing.
        rules: int32 [N, R], 1 for each rule of the metadata's that fired; None of a file without rules.
    """

    values: Mapping[str, NDArray[Any]]
    words: NDArray[np.int32]
    truncated: NDArray[np.bool_]
    state: State = field(default_factory=dict)
    rules: NDArray[np.int32] | None = None


class Session(Protocol):
    """An opened artifact."""

    @property
    def metadata(self) -> ArtifactMetadata:
        """What the file says of itself."""

    @property
    def runtime(self) -> str:
        """Name and version of what runs the file."""

    @property
    def is_reference(self) -> bool:
        """Whether a stand-in computes the file: right numbers, but no runtime whose time means anything."""

    @property
    def settings(self) -> Mapping[str, str]:
        """How it was opened, for reports: threads, and what decides on memory or on where parts run."""

    @property
    def sealed(self) -> bool:
        """Whether the file is as it was exported; of one that is not, every answer says so."""

    def run_bytes(
        self, packed: NDArray[np.uint8], state: State = MappingProxyType({}), /
    ) -> Mapping[str, NDArray[np.generic]]:
        """All outputs, the word count and the next state included.

        Args:
            packed: zero-padded UTF-8, uint8 [N, T].
            state: name -> [N, ...], of a model that keeps one; a ``Guarded`` session takes none for a new conversation.
        """


def run(
    session: Session,
    texts: Sequence[str | bytes],
    *,
    state: State | None = None,
    batch_size: int = 32,
) -> Outputs:
    """Runs any number of texts and gives the answers in their order.

    Texts of similar length share a batch, so that short ones do not pay for long ones.

    Args:
        session: an opened artifact.
        texts: N texts, str or UTF-8 bytes, of any content. They do not see each other: of a model that keeps a state,
            each is the next text of a conversation of its own, and a ``Conversation`` keeps one.
        state: in the light of what they are answered: ``Outputs.state`` of the texts before them, row for row, or one
            row for all; None where nothing came before.
        batch_size: texts in one call of the runtime.

    Raises:
        InputError: no texts, a single string in place of a sequence, a batch size below 1, or a state that is not the
            model's.
    """
    if isinstance(texts, str | bytes):
        raise InputError("texts is one text; give a list: [text].")
    if len(texts) == 0:
        raise InputError("texts is empty; give at least one text.")
    if batch_size < 1:
        raise InputError(f"batch_size is {batch_size}; give a number from 1.")
    metadata = session.metadata
    cut = [truncate(to_bytes(text), metadata.max_bytes) for text in texts]
    given = _state_for(metadata.state, state, len(texts))
    found = _run_in_batches(session, [data for data, _ in cut], given, batch_size)
    words = found[WORDS].astype(np.int32, copy=False)
    lost = np.array([was_cut for _, was_cut in cut]) | (words > metadata.max_words)
    values = {
        name: found[name].astype(np.int32 if name in _WHOLE else np.float32, copy=False)
        for name in metadata.outputs
        if name != RULES
    }
    fired = found[RULES].astype(np.int32, copy=False) if RULES in metadata.outputs else None
    following = {spec.name: found[spec.next_name] for spec in metadata.state}
    return Outputs(values=values, words=words, truncated=lost, state=following, rules=fired)


def _state_for(specs: Sequence[StateSpec], state: State | None, rows: int) -> State:
    """A state [N, ...] for N texts: none for the start, what was given, or its only row for all."""
    if state is None:
        return {}
    if rows == 1 and isinstance(state, Mapping) and state:
        return state  # which a ``Guarded`` session looks through
    given = check_state(specs, state)
    if rows > 1 and all(len(values) == 1 for values in given.values()):
        return {name: np.repeat(values, rows, axis=0) for name, values in given.items()}
    return check_state(specs, given, rows)


def _run_in_batches(
    session: Session, texts: Sequence[bytes], state: State, batch_size: int
) -> Mapping[str, NDArray[np.generic]]:
    if len(texts) <= batch_size:
        return _run_some(session, texts, state)
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    parts = []
    for first in range(0, len(order), batch_size):
        rows = order[first : first + batch_size]
        own = {name: values[rows] for name, values in state.items()}
        parts.append(_run_some(session, [texts[row] for row in rows], own))
    back = np.argsort(order)
    joined = join_outputs(parts, tuple(parts[0]))
    return {name: values[back] for name, values in joined.items()}


def _run_some(
    session: Session, texts: Sequence[bytes], state: State
) -> Mapping[str, NDArray[np.generic]]:
    packed = pack_texts(texts)
    return session.run_bytes(packed, state) if state else session.run_bytes(packed)


def threads_setting(threads: int) -> str:
    """As reports have it: 0 stands for all cores."""
    return str(threads) if threads else "all"


def join_rows(
    rows: Sequence[Mapping[str, NDArray[np.generic]]], metadata: ArtifactMetadata
) -> dict[str, NDArray[np.generic]]:
    """The outputs of a batch from those of its rows [1, ...]: what the metadata names, next state, and the words."""
    names = (*metadata.outputs, *(spec.next_name for spec in metadata.state), WORDS)
    return join_outputs(rows, names)
