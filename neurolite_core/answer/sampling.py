"""One entry of a vocabulary by its logits: the most probable, or drawn from what temperature and limits leave.

Temperature divides logits; ``top_k`` keeps the K most probable entries (Fan et al. 2018, arXiv:1805.04833), ``top_p``
the fewest that have so much of the probability (Holtzman et al. 2020, arXiv:1904.09751); the penalty makes entries
that stand in the text already less probable (Keskar et al. 2019, arXiv:1909.05858, section 4.1).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.ground.checks import require_range
from neurolite_core.ground.errors import InputError

MOST_TEMPERATURE: Final = 100.0
MOST_PENALTY: Final = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How an entry is chosen.

    Attributes:
        temperature: 0 to 100; 0 takes the most probable entry, of equals the first.
        top_k: entries that are drawn from, 0 for all.
        top_p: share of the probability that they have, above 0, up to 1.
        repetition_penalty: above 0, up to 100; 1 is none.

    Raises:
        InputError: a value is out of its range.
    """

    temperature: float = 0.8
    top_k: int = 40
    top_p: float = 0.95
    repetition_penalty: float = 1.1

    def __post_init__(self) -> None:
        if not 0 <= self.temperature <= MOST_TEMPERATURE:
            raise InputError(
                f"temperature is {self.temperature!r}; give 0 to {MOST_TEMPERATURE:g}."
            )
        require_range("top_k", self.top_k, 0, 2**31 - 1)
        if not 0 < self.top_p <= 1:
            raise InputError(f"top_p is {self.top_p!r}; give a number above 0, up to 1.")
        if not 0 < self.repetition_penalty <= MOST_PENALTY:
            raise InputError(
                f"repetition_penalty is {self.repetition_penalty!r}; give a number above 0, up to {MOST_PENALTY:g}."
            )


def penalised(
    logits: NDArray[np.floating], written: Collection[int], penalty: float
) -> NDArray[np.float64]:
    """Logits float64 [V] in which entries that were written are less probable; those of -inf stay so."""
    found = logits.astype(np.float64)
    if penalty != 1.0 and len(written):
        own = np.asarray(written if isinstance(written, np.ndarray) else list(written))
        found[own] = np.where(found[own] > 0, found[own] / penalty, found[own] * penalty)
    return found


def best_entries(logits: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """The entries of the largest logits, best first, of equals in the order of their numbers; int64 [count] at most.

    All of a vocabulary are in order only where so many are asked for: to sort 10,000 takes 0.5 ms, to part them 0.01.
    """
    size = len(logits)
    if not 0 < count < size:
        return np.argsort(-logits, kind="stable")[:count]
    least = np.partition(logits, size - count)[size - count]
    kept = np.flatnonzero(logits >= least)
    if len(kept) > count:
        equal = np.flatnonzero(logits[kept] == least)
        kept = np.delete(kept, equal[count - len(kept) :])
    return kept[np.argsort(-logits[kept], kind="stable")]


def likely(
    logits: NDArray[np.float64], how: Sampling
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """What is drawn from: entries int64 [K], ascending, and their probabilities float64 [K] that add up to 1.

    Args:
        logits: float64 [V], -inf for what may not be chosen, at least one finite.
        how: temperature and limits; entries of equal logits count in the order of their numbers. Of no temperature
            there is one entry.
    """
    if how.temperature == 0:
        return np.array([logits.argmax()]), np.ones(1)
    kept = best_entries(logits, how.top_k or len(logits))
    scaled = (logits[kept] - logits[kept[0]]) / how.temperature
    probabilities = np.exp(scaled)
    probabilities /= probabilities.sum()
    before = np.cumsum(probabilities) - probabilities
    probabilities[before >= how.top_p] = 0.0
    order = np.argsort(kept)
    return kept[order], (probabilities / probabilities.sum())[order]


def shares(logits: NDArray[np.float64], how: Sampling) -> NDArray[np.float64]:
    """``likely`` as probabilities of all entries, float64 [V]."""
    found = np.zeros(len(logits))
    entries, probabilities = likely(logits, how)
    found[entries] = probabilities
    return found


def draw(probabilities: NDArray[np.float64], random: np.random.Generator) -> int:
    """The place of one of them, by one number of ``random``."""
    bounds = np.cumsum(probabilities)
    place = int(np.searchsorted(bounds, random.random() * bounds[-1], side="right"))
    return min(place, int(np.flatnonzero(probabilities)[-1]))


def choose(logits: NDArray[np.float64], how: Sampling, random: np.random.Generator) -> int:
    """The number of an entry, as ``draw`` takes one of ``shares``."""
    entries, probabilities = likely(logits, how)
    return int(entries[draw(probabilities, random)])
