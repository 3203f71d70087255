"""The learner, taught task after task through a store on the disk.

Answers to thousands of texts are computed together, with the learner's own tables; a sample of them is compared with
what the learner itself answers, so that what is measured is what a user gets.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.continual.method import Scores
from neurolite_bench.continual.streams import Rows, Stream
from neurolite_core.answer.similarity import steadied
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.outputs import WORDS
from neurolite_core.text.words import to_bytes, truncate
from neurolite_runtimes.learning import Learner, spiking
from neurolite_runtimes.learning.calibration import similarity_of
from neurolite_runtimes.learning.memory import Memory, Table
from neurolite_runtimes.learning.scoring import EPISODIC, PROTOTYPES, SPIKING

_BATCH: Final = 512
_COMPARED: Final = 20  # answers a task
_EQUAL: Final = 1e-4


class Embedded:
    """A session that gives vectors which an artifact gave before, so that no text is embedded twice."""

    is_reference: Final = False
    sealed: Final = True

    def __init__(self, metadata: ArtifactMetadata, runtime: str) -> None:
        self.metadata = metadata
        self.runtime = runtime
        self.settings: Mapping[str, str] = {}
        self._known: dict[bytes, NDArray[np.float32]] = {}

    def remember(self, rows: Rows) -> None:
        """Takes the vectors of rows."""
        for text, vector in zip(rows.texts, rows.vectors, strict=True):
            data, _ = truncate(to_bytes(text), self.metadata.max_bytes)
            self._known[data.rstrip(b"\0")] = vector

    def run_bytes(
        self, packed: NDArray[np.uint8], _: object = None
    ) -> Mapping[str, NDArray[np.generic]]:
        """As an artifact does."""
        vectors = np.stack([self._known[bytes(row).rstrip(b"\0")] for row in packed])
        return {"embedding": vectors, WORDS: np.ones(len(packed), np.int32)}


class Taught:
    """A learner.

    Args:
        stream: what is learned.
        session: with the vectors of its rows.
        path: of the store, which is begun.
        way: how it answers.
        fit: whether it is fitted after each task.
        keep: examples a label that are kept, the others forgotten after each task; None for all.
    """

    def __init__(
        self,
        stream: Stream,
        session: Embedded,
        path: Path,
        *,
        way: str = PROTOTYPES,
        fit: bool = False,
        keep: int | None = None,
    ) -> None:
        self._stream = stream
        self._path = path
        self._way = way
        self._fit = fit
        self._keep = keep
        self._learner = Learner.open(session, path, way=way)

    def close(self) -> None:
        """Gives the store back."""
        self._learner.close()

    def learn(self, rows: Rows) -> None:
        """Adds a task's rows."""
        names = self._stream.labels
        pairs = zip((names[label] for label in rows.labels), rows.texts, strict=True)
        self._learner.add_all(pairs, skip_empty=True)
        if self._keep is not None:
            labels = len(self._learner.labels())
            self._learner.forget_weakest(self._keep * labels)
        if self._fit:
            self._learner.fit()

    def scores(self, rows: Rows) -> Scores:
        """As the learner scores; a sample is compared with its own answers."""
        memory = self._learner.memory
        found = np.full((len(rows), len(self._stream.labels)), -np.inf)
        place = {name: number for number, name in enumerate(self._stream.labels)}
        columns = [place[memory.names[label]] for label in memory.table().labels]
        for first in range(0, len(rows), _BATCH):
            part = rows.vectors[first : first + _BATCH]
            found[first : first + _BATCH, columns] = batch_scores(memory, part, self._way)
        for row in np.linspace(0, len(rows) - 1, _COMPARED).astype(int).tolist():
            self._compare(rows.vectors[row], found[row, columns])
        return found

    def kept_bytes(self) -> int:
        """Of the store."""
        return self._path.stat().st_size

    def _compare(self, vector: NDArray[np.float32], scores: Scores) -> None:
        own = self._learner.scored(vector)
        if own is None or not np.allclose(own.scores, scores, rtol=_EQUAL, atol=_EQUAL):
            raise AssertionError("scores of many texts differ from the learner's own")


def batch_scores(memory: Memory, vectors: NDArray[np.float32], way: str) -> Scores:
    """What ``scoring.score`` gives for each of N vectors float32 [N, D], float64 [N, L]."""
    table = memory.table()
    weights = memory.weights
    if way == PROTOTYPES and weights is not None:
        order = np.argsort(weights.labels)
        logits: Scores = vectors.astype(np.float64) @ weights.weights + weights.bias
        return logits[:, order]
    if way == EPISODIC:
        rows = memory.rows()
        cosines = (vectors @ memory.vectors[rows].T).astype(np.float64)
        votes = np.exp(memory.header.settings.focus * (cosines - 1)) * memory.strengths_at(rows)
        return _by_label(votes, np.searchsorted(table.labels, memory.labels[rows]), table.labels)
    similarity = similarity_of(memory)
    agreement = 1.0 if similarity is None else similarity.agreement
    steady = steadied((vectors @ table.units.T).astype(np.float64), table.counts, agreement)
    near = np.full((len(vectors), len(table.labels)), -np.inf)
    np.maximum.at(near.T, table.owners, steady.T)
    if way != SPIKING:
        return near
    most = np.zeros_like(near)
    np.maximum.at(most.T, table.owners, batch_spikes(table, vectors).T)
    return most + 1e-3 * near


def batch_spikes(table: Table, vectors: NDArray[np.float32]) -> Scores:
    """What ``spiking.simulate`` counts for each of N vectors without corrections, float64 [N, P]."""
    cosines = vectors.astype(np.float64) @ table.units.astype(np.float64).T
    drive = spiking.drive(cosines)
    potential, spikes = np.zeros_like(drive), np.zeros_like(drive)
    first = np.searchsorted(table.owners, np.arange(len(table.labels)))
    for _ in range(spiking.STEPS):
        potential = spiking.LEAK * potential + drive
        fired = (potential >= 1).astype(np.float64)
        potential[fired > 0] = 0.0
        spikes += fired
        own = np.add.reduceat(fired, first, axis=1)[:, table.owners]
        others = fired.sum(axis=1, keepdims=True) - own
        potential += spiking.EXCITATION * (own - fired) - spiking.INHIBITION * others
    return spikes


def _by_label(votes: Scores, labels: NDArray[np.integer], names: tuple[int, ...]) -> Scores:
    chosen = np.zeros((len(labels), len(names)))
    chosen[np.arange(len(labels)), labels] = 1.0
    found: Scores = votes @ chosen
    return found
