"""Which word of the rules a word is, by its table indices: sums that name it, and a table without collisions.

A word has K indices (section 7 of ``docs/hash-spec.md``). Three weighted sums of them are whole numbers below 2^24,
which float32 holds exactly: the first says where in the table to look, moved by a number for each group of words so
that no two of the list want one place (hash and displace, Pagh 1999; CHD, Belazzougui, Botelho and Dietzfelbinger
2009), and the two others have to be those that stand there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.ground.errors import NeuroLiteError

SUMS: Final = 3
KEYS: Final = 2  # of these sums
EMPTY: Final = -1.0
_EXACT: Final = 2**24
_TRIES: Final = 64
_FEWEST: Final = 8

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class WordTable:
    """A table of words without collisions.

    Attributes:
        weights: float32 [3, K], whole numbers: of the indices in the place and in the two keys.
        moves: float32 [B, 1], what is added to a place, by the first key modulo B, a power of two.
        keys: float32 [S, 2], by the place modulo S, a power of two; ``EMPTY`` where no word is.
        places: int64 [V], of each word.
    """

    weights: Floats
    moves: Floats
    keys: Floats
    places: NDArray[np.int64]


def make_word_table(indices: NDArray[np.integer], table_size: int) -> WordTable:
    """A table of distinct words.

    Args:
        indices: int [V, K], of each word, all rows different.
        table_size: M, above all indices.

    Raises:
        NeuroLiteError: no table was found, which does not happen with distinct rows.
    """
    count, num_hashes = indices.shape
    size = _power(max(_FEWEST, 2 * count))
    groups = _power(max(_FEWEST, count // 2))
    for seed in range(_TRIES):
        weights = _weights(num_hashes, table_size, seed)
        sums = indices.astype(np.int64) @ weights.T
        if len(np.unique(sums[:, 1:], axis=0)) < count:
            continue
        found = place_sums(sums, size, groups)
        if found is not None:
            moves, places = found
            keys = np.full((size, KEYS), EMPTY, np.float32)
            keys[places] = sums[:, 1:]
            return WordTable(
                weights.astype(np.float32), moves[:, None].astype(np.float32), keys, places
            )
    raise NeuroLiteError(f"No table of {count:,} words was found; their indices are too alike.")


def _power(least: int) -> int:
    return 1 << math.ceil(math.log2(least))


def _weights(num_hashes: int, table_size: int, seed: int) -> NDArray[np.int64]:
    """int64 [3, K] from 1 on, so that every sum stays below 2^24."""
    most = max(1, (_EXACT - 1) // (num_hashes * (table_size - 1)))
    random = np.random.default_rng(seed)
    return random.integers(1, min(most, 2**12) + 1, (SUMS, num_hashes))


def place_sums(
    sums: NDArray[np.int64], size: int, groups: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """A table without collisions of sums int64 [V, 2 or more]: place by the first, group by the second.

    Returns:
        What each group is moved by, int64 [groups], and the places, int64 [V]; None where two of a group want one.
    """
    group = sums[:, 1] % groups
    members: list[list[int]] = [[] for _ in range(groups)]
    for word, own in enumerate(group):
        members[own].append(word)
    taken = np.zeros(size, np.bool_)
    moves, places = np.zeros(groups, np.int64), np.zeros(len(sums), np.int64)
    steps = np.arange(size)[:, None]
    for own in sorted(range(groups), key=lambda number: -len(members[number])):
        words = members[own]
        if not words:
            break
        wanted = (sums[words, 0] + steps) % size  # [S, words of the group]
        free = ~taken[wanted].any(axis=1)
        if len(np.unique(wanted[0])) < len(words) or not free.any():
            return None
        moves[own] = int(np.argmax(free))
        places[words] = wanted[moves[own]]
        taken[places[words]] = True
    return moves, places


def chance_of_others(table: WordTable, indices: NDArray[np.integer], table_size: int) -> float:
    """How likely a word that is none of the list is taken for one of it.

    Of a word whose indices are drawn at random both keys are sums of many independent numbers, so two normal variables;
    the chance that they are those of one word of the list is their density there, at the place that the word has one of
    S places (section "How sure" of docs/rules.md).

    Args:
        table: of the list.
        indices: int [V, K], of its words.
        table_size: M.
    """
    count, num_hashes = indices.shape
    keys = table.weights[1:].astype(np.float64)
    # As random indices: uniform ones vary so much.
    variance = (table_size**2 - 1) / 12
    covariance = variance * keys @ keys.T
    determinant = float(np.linalg.det(covariance))
    inverse = np.linalg.inv(covariance)
    off = indices.astype(np.float64) @ keys.T - keys.sum(axis=1) * (table_size - 1) / 2
    densities = np.exp(-0.5 * np.einsum("vi,ij,vj->v", off, inverse, off)) / (
        2 * math.pi * math.sqrt(determinant)
    )
    del num_hashes
    return float(densities.sum() / len(table.keys)) if count else 0.0


def find(table: WordTable, indices: NDArray[np.integer]) -> NDArray[np.int64]:
    """The place of each of W words int [W, K] in a table, -1 of those that are none of its words; int64 [W]."""
    sums = indices.astype(np.int64) @ table.weights.astype(np.int64).T
    moves = table.moves[sums[:, 1] % len(table.moves), 0].astype(np.int64)
    places = (sums[:, 0] + moves) % len(table.keys)
    same = (table.keys[places] == sums[:, 1:]).all(axis=1)
    found: NDArray[np.int64] = np.where(same, places, -1)
    return found


def as_rows(table: WordTable, values: Sequence[Sequence[float]]) -> Floats:
    """float32 [S, 2 + columns]: the keys of each place, and the values of its word, zeros where there is none."""
    rows = np.zeros((len(table.keys), len(values[0]) if len(values) else 0), np.float32)
    if len(table.places):
        rows[table.places] = np.asarray(values, np.float32)
    return np.concatenate([table.keys, rows], axis=1)
