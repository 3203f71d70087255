"""A projection table solved, not trained: ridge regression of texts' bags of table rows onto a teacher's vectors.

A text's bag is the sum over its words of their K rows, over the root of the number of words. Its product with the
table is to be the teacher's vector t: the minimum of sum |bag @ W - t|^2 + penalty |W|^2 has one solution, by the normal
equations (Hoerl and Kennard 1970, "Ridge Regression: Biased Estimation for Nonorthogonal Problems"). Words occur
together in far fewer ways than texts have rows in common, so the matrix is summed over pairs of words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require
from neurolite_core.training.pretraining.word_bags import WordBags

_COLUMNS: Final = 1024  # of the matrix, computed at once
_ROWS: Final = 65_536  # of texts, rotated at once
_SMALLEST: Final = 1e-7  # of a variance, relative to the largest


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """A start for a model's table.

    Attributes:
        table: float32 [M, E].
        directions: float32 [D, E]; the teacher's vectors times them are what the table's sums stand for, up to length.
    """

    table: NDArray[np.float32]
    directions: NDArray[np.float32]

    def wanted(self, vectors: NDArray[np.floating]) -> NDArray[np.float32]:
        """A teacher's vectors [N, D] in the table's space, float32 [N, E] of length 1."""
        turned = vectors.astype(np.float32) @ self.directions
        lengths = np.linalg.norm(turned, axis=1, keepdims=True)
        unit: NDArray[np.float32] = turned / np.maximum(lengths, np.finfo(np.float32).tiny)
        return unit


def solve_table(
    bags: WordBags,
    vectors: NDArray[np.floating],
    *,
    table_size: int,
    width: int,
    penalty: float,
    whitening: float,
) -> Solved:
    """The table, and the space that its sums are in.

    Args:
        bags: of N texts.
        vectors: a teacher's, [N, D].
        table_size: M.
        width: E, the columns that are kept: the directions in which the solution's vectors vary most, in that order,
            so that a vector may be cut behind any of them.
        penalty: of the regression, above 0.
        whitening: 0 to 0.5; each direction is divided by this power of the vectors' variance in it (0.5: all vary alike).

    Raises:
        InputError: the teacher's vectors have fewer than ``width`` components.
        MissingDependencyError: scipy is not installed.
    """
    if vectors.shape[1] < width:
        raise InputError(
            f"projection_size is {width}, and the teacher's vectors have {vectors.shape[1]} components; "
            "a table cannot be wider than what it is solved for."
        )
    words, texts = _matrices(bags, table_size)
    gram = _gram(texts, words)
    gram[np.diag_indices_from(gram)] += penalty
    right = words.T @ (texts.T @ vectors.astype(np.float64))
    linalg = require("scipy.linalg", extra="train")
    # float64: in float32 the factorisation breaks down where words nearly share their rows.
    factor = linalg.cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
    solution = linalg.cho_solve(factor, right, check_finite=False)
    variance, directions = _directions(texts @ (words @ solution))
    scale = np.maximum(variance / variance[0], _SMALLEST)[:width] ** -whitening
    chosen = directions[:, :width] * scale
    return Solved((solution @ chosen).astype(np.float32), chosen.astype(np.float32))


def _matrices(bags: WordBags, table_size: int) -> tuple[Any, Any]:
    """Words [V, M], how often each has a row; texts [N, V], how often each has a word, over the root of its words."""
    sparse = require("scipy.sparse", extra="train")
    num_words, num_hashes = bags.indices.shape
    words = sparse.csr_matrix(
        (
            np.ones(bags.indices.size),
            bags.indices.reshape(-1),
            np.arange(0, bags.indices.size + 1, num_hashes),
        ),
        shape=(num_words, table_size),
        copy=True,  # else the sums below would be made in the bags
    )
    weights = np.repeat(1 / np.sqrt(np.maximum(bags.counts, 1)), bags.counts)
    texts = sparse.csr_matrix(
        (weights, bags.words, bags.bounds), shape=(len(bags.counts), num_words), copy=True
    )
    words.sum_duplicates()
    texts.sum_duplicates()
    return words, texts


def _gram(texts: Any, words: Any) -> NDArray[np.float64]:  # noqa: ANN401  # scipy ships no types
    """(texts @ words)' (texts @ words), float64 [M, M]."""
    together, turned = (texts.T @ texts).tocsr(), words.T.tocsr()
    columns = words.tocsc()
    size = columns.shape[1]
    gram = np.empty((size, size))
    for first in range(0, size, _COLUMNS):
        last = min(first + _COLUMNS, size)
        gram[:, first:last] = turned @ (together @ columns[:, first:last].toarray())
    return gram


def _directions(answers: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Variances about zero, largest first, [D], and the directions that have them, [D, D]."""
    moments = answers.T @ answers / len(answers)
    variance, directions = np.linalg.eigh(moments)
    return variance[::-1].copy(), directions[:, ::-1].copy()
