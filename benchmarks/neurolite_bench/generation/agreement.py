"""Whether files of one generator, of any runtimes and precisions, choose the same next word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.generation.generator import answers, vocabulary_of
from neurolite_core.answer.scores import log_sum_exp
from neurolite_core.ground.errors import InputError
from neurolite_runtimes.opening import open_artifact


@dataclass(frozen=True, slots=True, eq=False)
class Greedy:
    """What a file says at W places.

    Attributes:
        file: its name.
        runtime: that ran it.
        best: int64 [W], the entry of the highest logit.
        nats: of the entries that came, the mean.
    """

    file: str
    runtime: str
    best: NDArray[np.int64]
    nats: float

    def same(self, other: Greedy) -> float:
        """Share of places at which both choose the same entry."""
        return float((self.best == other.best).mean())


def greedy_of(file: Path, texts: Sequence[bytes]) -> Greedy:
    """Asks a file for every word of texts."""
    session = open_artifact(file)
    places = list(_places(answers(session, texts, vocabulary_of(session, str(file)))))
    if not places:
        raise InputError("no texts to compare with; give a file with some.")
    best, nats = zip(*places, strict=True)
    return Greedy(file.name, session.runtime, np.array(best), float(np.mean(nats)))


def _places(said: Iterator[tuple[NDArray[np.float32], int]]) -> Iterator[tuple[int, float]]:
    for logits, wanted in said:
        own = logits.astype(np.float64)
        yield int(own.argmax()), float(log_sum_exp(own[None])[0] - own[wanted])
