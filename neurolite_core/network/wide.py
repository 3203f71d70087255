"""The wide path beside the network: a linear model over a text's n-grams, whose logits are added to the head's.

Wide and deep paths are those of Cheng et al. 2016 (arXiv:1606.07792). N-grams are the specification's (section 10 of
``docs/hash-spec.md``), in ``NUM_BUCKETS`` buckets; those that are kept have a row of whole numbers, one for each label
and one for the share of the squared length by which the sum is divided. So all sums of a text are whole numbers below
2^24, exact in float32 and int32 in whatever order they are added, and every runtime gets the same bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neurolite_core.ground.errors import InputError
from neurolite_core.hashing.ngrams import NUM_BUCKETS
from neurolite_core.network.wide_options import MOST_ROWS, WideOptions

LARGEST_NUMBER: Final = 127
LARGEST_SCALE: Final = 1e12


@dataclass(frozen=True, slots=True, eq=False)
class WideTable:
    """What a wide path knows, R rows and C labels.

    With S_c the sum of column c over all kept n-grams of a text, its logit c is ``scales[c] * S_c / sqrt(scales[C] *
    S_C)``; 0 where no n-gram is kept.

    Attributes:
        remap: uint16 [65,536], the row of each bucket, 0 where it is not kept.
        rows: int8 [R + 1, C + 1], -127 to 127; row 0 is zero. The last column, of a row's share of the squared
            length, is above 0 but in rows that are zero.
        scales: float32 [C + 1], of a whole number in each column; the last one is above 0.

    Raises:
        InputError: a shape, type or value is another.
    """

    remap: NDArray[np.uint16]
    rows: NDArray[np.int8]
    scales: NDArray[np.float32]

    def __post_init__(self) -> None:
        _require(self.remap, "remap", np.uint16, (NUM_BUCKETS,))
        if self.rows.ndim != 2 or min(self.rows.shape) < 2 or len(self.rows) > MOST_ROWS + 1:
            raise InputError(
                f"A wide table's rows have the shape {self.rows.shape}; give (R + 1, C + 1), R 1 to {MOST_ROWS:,}."
            )
        _require(self.rows, "rows", np.int8, self.rows.shape)
        _require(self.scales, "scales", np.float32, (self.rows.shape[1],))
        last, shares = len(self.rows) - 1, self.rows[:, -1]
        if (largest := int(self.remap.max())) > last:
            raise InputError(
                f"A wide table's remap names row {largest}; there are rows up to {last}."
            )
        if self.rows[0].any():
            raise InputError(
                "A wide table's row 0 is not zero; it stands for n-grams that are not kept."
            )
        if self.rows.min() < -LARGEST_NUMBER:
            raise InputError("A wide table's rows hold -128; give numbers from -127 to 127.")
        if shares.min() < 0 or self.rows[shares == 0].any():
            raise InputError(
                "A wide table's last column, the share of the squared length, is 0 or less where a row is not zero."
            )
        if not (np.abs(self.scales) <= LARGEST_SCALE).all() or self.scales[-1] < 1 / LARGEST_SCALE:
            raise InputError(
                f"A wide table's scales are not finite numbers up to {LARGEST_SCALE:g}, the last one from "
                f"{1 / LARGEST_SCALE:g}."
            )


class WideSums(nn.Module):
    """The sums of a text's rows: whole numbers. A module of its own, so that a target can replace it by its type."""

    def __init__(self, num_rows: int, columns: int) -> None:
        super().__init__()
        # The row of each number of an n-gram: of 0, which is none, and of 1 + bucket.
        self.register_buffer("remap", torch.zeros(NUM_BUCKETS + 1, dtype=torch.int16))
        self.register_buffer("rows", torch.zeros((num_rows + 1, columns), dtype=torch.int8))
        self.remap: Tensor
        self.rows: Tensor

    def forward(self, ngrams: Tensor) -> Tensor:
        """ngrams int (N, P, O), 0 where none starts, else 1 + its bucket -> float32 (N, C + 1)."""
        rows = self.remap[ngrams.flatten(1).long()].long()
        counts = torch.zeros((len(rows), len(self.rows)), device=rows.device)
        counts.scatter_add_(1, rows, torch.ones_like(rows, dtype=torch.float32))
        return counts @ self.rows.to(torch.float32)


class WidePath(nn.Module):
    """N-grams to logits, by a ``WideTable``; all zero until it is filled. Nothing in it is trained by gradients.

    Args:
        options: which n-grams, and how many rows.
        num_labels: C.
    """

    def __init__(self, options: WideOptions, num_labels: int) -> None:
        super().__init__()
        self.sums = WideSums(options.num_rows, num_labels + 1)
        self.register_buffer("scales", torch.ones(num_labels + 1))
        self.scales: Tensor

    def fill(self, table: WideTable) -> None:
        """Takes a table, in place.

        Raises:
            InputError: it has other numbers of rows or labels.
        """
        wanted = tuple(self.sums.rows.shape)
        if table.rows.shape != wanted:
            raise InputError(
                f"The wide table's rows have the shape {table.rows.shape}; this wide path has {wanted}."
            )
        remap = np.concatenate([np.zeros(1, np.int16), table.remap.astype(np.int16)])
        self.sums.remap.copy_(torch.from_numpy(remap))
        self.sums.rows.copy_(torch.from_numpy(table.rows))
        self.scales.copy_(torch.from_numpy(table.scales))

    def table(self) -> WideTable:
        """What it was filled with.

        Raises:
            InputError: weights of a file are none that a table may have.
        """
        remap = self.sums.remap.cpu().numpy()
        if remap[0] or remap.min() < 0:
            raise InputError("The wide path's remap names rows below 0, or one for no n-gram.")
        return WideTable(
            remap[1:].astype(np.uint16), self.sums.rows.cpu().numpy(), self.scales.cpu().numpy()
        )

    def divide(self, temperature: float) -> None:
        """Divides all logits by a number above 0, in place."""
        self.scales[:-1].div_(temperature)

    def forward(self, ngrams: Tensor) -> Tensor:
        """ngrams int (N, P, O), 0 where none starts, else 1 + its bucket -> float32 (N, C)."""
        sums = self.sums(ngrams)
        # A kept n-gram's share is at least 1, so where the sum is 0 the others are as well.
        length = torch.sqrt(sums[:, -1:].clamp(min=1.0) * self.scales[-1:])
        logits: Tensor = sums[:, :-1] * self.scales[:-1] / length
        return logits


def _require(
    values: NDArray[np.generic], name: str, dtype: type[np.generic], shape: tuple[int, ...]
) -> None:
    if values.dtype != dtype or values.shape != shape:
        raise InputError(
            f"A wide table's {name} are {values.dtype} {values.shape}; give {dtype.__name__} {shape}."
        )
