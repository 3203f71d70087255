"""A projection table solved, not trained: ridge regression of texts' bags of table rows onto a teacher's vectors.

A text's bag is the sum over its words of their K rows, over the root of the number of words. Its product with the
table is to be the teacher's vector t: the minimum of sum |bag @ W - t|^2 + penalty |W|^2 is one, by the normal
equations (Hoerl and Kennard 1970, "Ridge Regression: Biased Estimation for Nonorthogonal Problems"). Words occur
together in far fewer ways than texts have rows in common, so the matrix is summed over pairs of words.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurolite_core.ground.errors import InputError
from neurolite_core.training.pretraining.word_bags import WordBags

_COLUMNS: Final = 1024  # of the matrix, computed at once
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
        whitening: 0 to 0.5; each direction is divided by this power of the variance in it (at 0.5 all vary alike).

    Raises:
        InputError: the teacher's vectors have fewer than ``width`` components.
    """
    if vectors.shape[1] < width:
        raise InputError(
            f"projection_size is {width}, and the teacher's vectors have {vectors.shape[1]} components; "
            "a table cannot be wider than what it is solved for."
        )
    words, texts = _matrices(bags, table_size)
    gram = _gram(texts, words)
    gram.diagonal().add_(penalty)
    right = words.t() @ (texts.t() @ torch.from_numpy(vectors.astype(np.float64)))
    # float64: in float32 the factorisation breaks down where words nearly share their rows.
    solution = torch.cholesky_solve(right, torch.linalg.cholesky(gram))
    variance, directions = _directions(texts @ (words @ solution))
    scale = (variance / variance[0]).clamp(min=_SMALLEST)[:width] ** -whitening
    chosen = directions[:, :width] * scale
    return Solved((solution @ chosen).float().numpy(), chosen.float().numpy())


def _matrices(bags: WordBags, table_size: int) -> tuple[Tensor, Tensor]:
    """Words (V, M), how often each has a row; texts (N, V), how often each has a word, over the root of its words."""
    num_words, num_hashes = bags.indices.shape
    counts = torch.from_numpy(bags.counts)
    words = torch.sparse_coo_tensor(
        torch.stack(
            [
                torch.arange(num_words).repeat_interleave(num_hashes),
                torch.from_numpy(bags.indices.reshape(-1).astype(np.int64)),
            ]
        ),
        torch.ones(bags.indices.size, dtype=torch.float64),
        (num_words, table_size),
        check_invariants=True,
    )
    texts = torch.sparse_coo_tensor(
        torch.stack(
            [
                torch.arange(len(counts)).repeat_interleave(counts),
                torch.from_numpy(bags.words.astype(np.int64)),
            ]
        ),
        counts.clamp(min=1).double().rsqrt().repeat_interleave(counts),
        (len(counts), num_words),
        check_invariants=True,
    )
    return words.coalesce(), texts.coalesce()


def _gram(texts: Tensor, words: Tensor) -> Tensor:
    """(texts @ words)' (texts @ words), float64 (M, M)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it computes with inside is called a beta
        together = torch.sparse.mm(texts.t(), texts).coalesce()
    turned, columns = words.t().coalesce(), words.to_dense()
    size = columns.shape[1]
    gram = torch.empty(size, size, dtype=torch.float64)
    for first in range(0, size, _COLUMNS):
        last = min(first + _COLUMNS, size)
        gram[:, first:last] = turned @ (together @ columns[:, first:last].contiguous())
    return gram


def _directions(answers: Tensor) -> tuple[Tensor, Tensor]:
    """Variances about zero, largest first, (D), and the directions that have them, (D, D)."""
    variance, directions = torch.linalg.eigh(answers.t() @ answers / len(answers))
    return variance.flip(0), directions.flip(1)
