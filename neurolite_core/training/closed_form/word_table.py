"""A projection table by ridge regression: the mean over a text's words of their rows' sums is to be its label's code.

The regression has as many features as the table has rows, some thousand, of which a text uses a few dozen: its normal
equations are solved by conjugate gradients (Hestenes and Stiefel, 1952), all columns side by side, and the matrix of
texts and rows is never made.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.training.pretraining.word_bags import WordBags

Floats = NDArray[np.float32]
_STEPS: Final = 30
_ENOUGH: Final = 1e-4  # of the first residual's length, in every column


class _Sparse:
    """The means of rows of N texts that have words, without a matrix."""

    def __init__(self, bags: WordBags) -> None:
        counts = bags.counts
        self.filled = np.flatnonzero(counts)
        self._counts = counts[self.filled][:, None].astype(np.float32)
        self._starts = bags.bounds[:-1][self.filled]
        self._words, self._indices = bags.words, bags.indices
        text_of = np.repeat(np.arange(len(self.filled)), counts[self.filled])
        order = np.argsort(bags.words, kind="stable")
        self._texts_by_word = text_of[order]
        self._word_starts = np.searchsorted(bags.words[order], np.arange(len(bags.indices)))
        flat = bags.indices.reshape(-1)
        rows = np.argsort(flat, kind="stable")
        self._words_by_row = rows // bags.indices.shape[1]
        self.used, self._row_starts = np.unique(flat[rows], return_index=True)

    def means(self, table: Floats) -> Floats:
        """Table float32 [M, E] -> float32 [N, E]."""
        words = np.zeros((len(self._indices), table.shape[1]), np.float32)
        for column in self._indices.T:
            words += table[column]
        sums: Floats = np.add.reduceat(words[self._words], self._starts, axis=0)
        return sums / self._counts

    def turned(self, errors: Floats, table_size: int) -> Floats:
        """What each row has of errors float32 [N, E]: float32 [M, E]."""
        shares = errors / self._counts
        words = np.add.reduceat(shares[self._texts_by_word], self._word_starts, axis=0)
        found = np.zeros((table_size, errors.shape[1]), np.float32)
        found[self.used] = np.add.reduceat(words[self._words_by_row], self._row_starts, axis=0)
        return found


def solve_word_table(bags: WordBags, wanted: Floats, table_size: int, penalty: float) -> Floats:
    """The table, float32 [M, E]; rows that no word has are zero.

    Args:
        bags: of N texts; of no word at all the table is zero.
        wanted: float32 [N, E], what each text's mean is to be.
        table_size: M.
        penalty: of the regression, above 0.
    """
    if not bags.counts.any():
        return np.zeros((table_size, wanted.shape[1]), np.float32)
    texts = _Sparse(bags)
    residual = texts.turned(wanted[texts.filled], table_size)
    table = np.zeros_like(residual)
    direction = residual.copy()
    length = np.einsum("me,me->e", residual, residual)
    least = length * np.float32(_ENOUGH**2)
    tiny = np.finfo(np.float32).tiny
    for _ in range(_STEPS):
        turned = texts.turned(texts.means(direction), table_size) + np.float32(penalty) * direction
        step = length / np.maximum(np.einsum("me,me->e", direction, turned), tiny)
        table += step * direction
        residual -= step * turned
        following = np.einsum("me,me->e", residual, residual)
        if np.all(following <= least):
            break
        direction = residual + (following / np.maximum(length, tiny)) * direction
        length = following
    return table
