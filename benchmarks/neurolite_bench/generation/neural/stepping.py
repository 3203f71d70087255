"""A reference point's file in onnxruntime: a text read word by word."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.generation.scoring import Said, heard
from neurolite_bench.sessions import session_of
from neurolite_core.ground.errors import InputError
from neurolite_core.text.vocabulary import END, Vocabulary

_WORDS: Final = "words"
MOST_WORDS: Final = 64  # of a call; ``graphs.SPARE``
_NEXT: Final = "next_"

_TOLD: Final = {"name", "kind", "precision", "window", "facts", "labels"}

States = dict[str, NDArray[np.float32]]


def is_peer(file: Path) -> bool:
    """Whether an .onnx file is a reference point."""
    told = session_of(file).get_modelmeta().custom_metadata_map
    return bool(set(told) >= _TOLD)


class Stepper:
    """An opened file, one thread.

    Args:
        model: its content or path.

    Raises:
        InputError: it is none of ``graphs``.
    """

    def __init__(self, model: bytes | Path) -> None:
        self._session: Any = session_of(model)
        told = self._session.get_modelmeta().custom_metadata_map
        if not told.keys() >= _TOLD:
            raise InputError("the file is no reference point; make one with the command export.")
        self.name, self.kind = str(told["name"]), str(told["kind"])
        self.precision = str(told["precision"])
        self.facts: dict[str, Any] = json.loads(told["facts"])
        self.vocabulary = Vocabulary(tuple(json.loads(told["labels"])))
        self._window = int(told["window"])
        states = [each for each in self._session.get_inputs() if each.name != _WORDS]
        self._begin = {
            each.name: np.zeros(
                [side if isinstance(side, int) else 0 for side in each.shape], np.float32
            )
            for each in states
        }
        self._outputs = ["logits", *(_NEXT + name for name in self._begin)]

    def begin(self) -> tuple[NDArray[np.float32], States]:
        """The logits float32 [V] of the first word of a text, and the state behind its beginning."""
        return self.step((END,), self._begin)

    def step(self, entries: Sequence[int], states: States) -> tuple[NDArray[np.float32], States]:
        """Reads some entries.

        Args:
            entries: the next ones, 1 to ``MOST_WORDS``.
            states: as the call before gave them.

        Returns:
            Logits float32 [V] of what follows, and the next states.
        """
        states = self._cut(states, len(entries))
        logits, *found = self._session.run(
            self._outputs, {_WORDS: np.array(entries, np.int64), **states}
        )
        return logits[0], dict(zip(self._begin, found, strict=True))

    def read(self, entries: Iterable[int]) -> Iterator[NDArray[np.float32]]:
        """The logits before each entry of a text."""
        logits, states = self.begin()
        for entry in entries:
            yield logits
            logits, states = self.step((entry,), states)

    def after(self, entries: Sequence[int]) -> tuple[NDArray[np.float32], States]:
        """Logits and states behind a text, which is read in as few calls as can be."""
        states, whole = self._begin, (END, *entries)
        for first in range(0, len(whole), MOST_WORDS):
            logits, states = self.step(whole[first : first + MOST_WORDS], states)
        return logits, states

    def _cut(self, states: States, new: int) -> States:
        """A cache without room for so many words keeps what attention reads of it."""
        held = next(iter(states.values())).shape[1]
        if not self._window or held + new <= self._window + MOST_WORDS:
            return states
        kept = self._window - 1
        return {name: np.ascontiguousarray(each[:, -kept:]) for name, each in states.items()}


def hear(stepper: Stepper, texts: Iterable[Sequence[int]]) -> Said:
    """What a reference point says of every entry of texts."""
    return heard(pair for text in texts for pair in zip(stepper.read(text), text, strict=True))
