"""The wide path's options, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from neurolite_core.ground.checks import require_range
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown
from neurolite_core.hashing.ngrams import HIGHEST_ORDER, LOWEST_ORDER, NgramConfig

MOST_ROWS: Final = 32_767
# With n-grams of four orders at each symbol and numbers up to 127, a text's sums stay below 2^24.
MOST_WIDE_SYMBOLS: Final = 32_768


@dataclass(frozen=True, slots=True, kw_only=True)
class WideOptions:
    """Which n-grams a wide path weighs (Cheng et al. 2016, arXiv:1606.07792).

    Attributes:
        lowest: smallest order of n-grams, 2 to 5.
        highest: largest order, ``lowest`` to 5.
        across_words: n-grams may have borders of words inside.
        max_symbols: characters and borders that are read of a text, 1 to 32,768; 1,024 are some 180 English words.
        num_rows: rows R of weights, 1 to 32,767: at most so many of the 65,536 buckets of n-grams count, but those
            that share a row.

    Raises:
        InputError: a value is not allowed; the message names it.
    """

    lowest: int = 2
    highest: int = 4
    across_words: bool = False
    max_symbols: int = 1_024
    num_rows: int = 8_192

    def __post_init__(self) -> None:
        require_range("wide's lowest", self.lowest, LOWEST_ORDER, HIGHEST_ORDER)
        require_range("wide's highest", self.highest, self.lowest, HIGHEST_ORDER)
        if not isinstance(self.across_words, bool):
            raise InputError(
                f"wide's across_words is {shown(self.across_words)}; give true or false."
            )
        require_range("wide's max_symbols", self.max_symbols, 1, MOST_WIDE_SYMBOLS)
        require_range("wide's num_rows", self.num_rows, 1, MOST_ROWS)

    @property
    def ngrams(self) -> NgramConfig:
        """The n-grams, for whoever hashes them."""
        return NgramConfig(self.lowest, self.highest, self.across_words, self.max_symbols)
