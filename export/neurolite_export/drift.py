"""How the distance between a file and the reference goes on through a conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.network.state_spec import StateSpec

MOST_TURNS: Final = 50


@dataclass(frozen=True, slots=True)
class TurnError:
    """One turn, over all conversations that have it.

    Attributes:
        turn: from 1.
        texts: conversations that have it.
        output: length of the main output's error, as a share of the output's own: sqrt(sum error^2 / sum reference^2).
        state: the same of the whole state that follows.
        largest: largest difference of any value of the state.
        agreement: share of texts with the same top answer, of tags of every word; of vectors, with a cosine of at
            least 0.99.
    """

    turn: int
    texts: int
    output: float
    state: float
    largest: float
    agreement: float


@dataclass(slots=True)
class _Sums:
    texts: int = 0
    output: tuple[float, float] = (0.0, 0.0)
    state: tuple[float, float] = (0.0, 0.0)
    largest: float = 0.0
    agreeing: int = 0


@dataclass(slots=True)
class Drift:
    """Collects the errors of each turn, up to ``MOST_TURNS``.

    Args:
        specs: of the state; without any, nothing is collected.
        output: name of the main output.
    """

    specs: Sequence[StateSpec]
    output: str
    _sums: dict[int, _Sums] = field(default_factory=dict)

    def add(
        self, turn: int, expected: Mapping[str, NDArray[Any]], found: Mapping[str, NDArray[Any]]
    ) -> None:
        """All outputs [N, ...] of a batch of texts that are their conversations' turn, from 0."""
        if not self.specs or turn >= MOST_TURNS:
            return
        sums = self._sums.setdefault(turn, _Sums())
        one, other = expected[self.output], found[self.output]
        sums.texts += len(one)
        sums.output = _added(sums.output, one, other)
        for spec in self.specs:
            kept, theirs = expected[spec.next_name], found[spec.next_name]
            sums.state = _added(sums.state, kept, theirs)
            largest = np.abs(theirs - kept).max(initial=0.0)
            sums.largest = float(np.maximum(sums.largest, largest))  # keeps a NaN
        if self.output == "embedding":
            sums.agreeing += int(((one * other).sum(axis=1) >= 0.99).sum())
        else:
            same = one.argmax(axis=-1) == other.argmax(axis=-1)
            sums.agreeing += int(same.reshape(len(one), -1).all(axis=1).sum())

    def turns(self) -> tuple[TurnError, ...]:
        """Of each turn."""
        return tuple(
            TurnError(
                turn=turn + 1,
                texts=sums.texts,
                output=_share(sums.output),
                state=_share(sums.state),
                largest=sums.largest,
                agreement=sums.agreeing / sums.texts,
            )
            for turn, sums in sorted(self._sums.items())
        )


def _added(
    sums: tuple[float, float], expected: NDArray[Any], found: NDArray[Any]
) -> tuple[float, float]:
    """Sums of squares of the error and of the reference, with those of more values."""
    error = found.astype(np.float64) - expected
    return sums[0] + float((error**2).sum()), sums[1] + float(
        (expected.astype(np.float64) ** 2).sum()
    )


def _share(sums: tuple[float, float]) -> float:
    return float(np.sqrt(sums[0] / sums[1])) if sums[1] else float(np.sqrt(sums[0]))
