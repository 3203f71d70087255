"""How stored examples answer: a way is a function and a row here.

Each gives a score for every label that has examples; which label is best never depends on how scores become
probabilities.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.scores import softmax
from neurolite_core.answer.similarity import Similarity, steadied
from neurolite_runtimes.learning.memory import Memory
from neurolite_runtimes.learning.spiking import spiking

PROTOTYPES: Final = "prototypes"
EPISODIC: Final = "episodic"
SPIKING: Final = "spiking"
LOGISTIC: Final = "logistic"  # of prototypes' way, where a fit is there

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """What examples say of a text.

    Attributes:
        labels: L numbers of labels, in order.
        scores: float64 [L]; the highest is the answer, of equals the first.
        probabilities: float64 [L], of each label if it is one of them; None where nothing says how sure to be.
        in_scope: how likely it is one of them, from 0 to 1; None likewise.
        cosine: with the nearest prototype of all.
        by: what answered.
    """

    labels: tuple[int, ...]
    scores: Scores
    probabilities: Scores | None
    in_scope: float | None
    cosine: float
    by: str

    @property
    def best(self) -> int:
        """Place of the answer."""
        return int(np.argmax(self.scores))


def score(
    way: str, memory: Memory, vector: NDArray[np.float32], similarity: Similarity | None
) -> Scored:
    """Asks a store that has examples.

    Args:
        way: one of ``WAYS``.
        memory: of the store, with at least one example.
        vector: float32 [D], of length 1, or zeros for a text without words.
        similarity: what cosines mean; None where nobody knows.
    """
    table = memory.table()
    cosines = (table.units @ vector).astype(np.float64)
    agreement = 1.0 if similarity is None else similarity.agreement
    steady = steadied(cosines, table.counts, agreement)
    near = np.full(len(table.labels), -np.inf)
    np.maximum.at(near, table.owners, steady)
    scores, probabilities, by = WAYS[way](memory, vector, near, similarity)
    in_scope = (
        None if similarity is None else float(similarity.in_scope(near.max(keepdims=True))[0])
    )
    return Scored(table.labels, scores, probabilities, in_scope, float(cosines.max()), by)


def _prototypes(
    memory: Memory, vector: NDArray[np.float32], near: Scores, similarity: Similarity | None
) -> tuple[Scores, Scores | None, str]:
    """The nearest prototype; logistic regression where a fit is about these examples."""
    weights = memory.weights
    if weights is not None:
        logits = vector.astype(np.float64) @ weights.weights + weights.bias
        order = np.argsort(weights.labels)
        return logits[order], softmax(logits[order][None])[0], LOGISTIC
    if similarity is None:
        return near, None, PROTOTYPES
    return near, softmax(similarity.sharpness * near[None])[0], PROTOTYPES


def _episodic(
    memory: Memory, vector: NDArray[np.float32], near: Scores, similarity: Similarity | None
) -> tuple[Scores, Scores | None, str]:
    """Each example votes with its strength, near ones the more (Vinyals et al. 2016, "Matching Networks")."""
    del near, similarity
    rows = memory.rows()
    focus = memory.header.settings.focus
    cosines = memory.vectors[rows] @ vector
    strengths = memory.strengths_at(rows)
    votes = strengths * np.exp(focus * (cosines.astype(np.float64) - 1))
    labels = np.searchsorted(memory.table().labels, memory.labels[rows])
    sums: Scores = np.zeros(len(memory.table().labels))
    np.add.at(sums, labels, votes)
    total = float(sums.sum())
    return sums, sums / total if total > 0 else np.full(len(sums), 1 / len(sums)), EPISODIC


def _spiking(
    memory: Memory, vector: NDArray[np.float32], near: Scores, similarity: Similarity | None
) -> tuple[Scores, Scores | None, str]:
    """Spikes of the labels' neurons; of equals the nearer prototype, and as sure as prototypes are."""
    counts = spiking(memory, vector)
    scores = counts + 1e-3 * near  # cosines are at most 1
    if similarity is None:
        return scores, None, SPIKING
    return scores, softmax(similarity.sharpness * near[None])[0], SPIKING


WAYS: Final[
    Mapping[
        str,
        Callable[
            [Memory, NDArray[np.float32], Scores, Similarity | None],
            tuple[Scores, Scores | None, str],
        ],
    ]
] = MappingProxyType({PROTOTYPES: _prototypes, EPISODIC: _episodic, SPIKING: _spiking})
