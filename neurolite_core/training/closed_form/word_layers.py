"""A reservoir's blocks solved over single words, each to say of a word what a transformer's layer says of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolite_core.training.closed_form.blocks import Batch, Block, places_of, read
from neurolite_core.training.closed_form.layers import LayerLessons
from neurolite_core.training.closed_form.ridge import ridge_of_parts
from neurolite_core.training.closed_form.units import Floats
from neurolite_core.training.closed_form.word_table import solve_word_table
from neurolite_core.training.pretraining.word_bags import WordBags


@dataclass(frozen=True, slots=True)
class Reproduced:
    """How near a block came to a transformer's layer, on the words that it learned from.

    Attributes:
        layer: of the transformer.
        error: squared error of the components that it learned, as a share of their squares.
        whole_error: that of all the layer's standardised values around their means, of which the other components are
            left out.
    """

    layer: int
    error: float
    whole_error: float


@dataclass(frozen=True, slots=True, eq=False)
class WordGoals:
    """What a block is to say of the words.

    Attributes:
        lessons: of the teacher.
        number: of the block.
        bags: of the texts.
        channels: first and behind the last of those that are the teacher's.
    """

    lessons: LayerLessons
    number: int
    bags: WordBags
    channels: slice

    def of(self, batch: Batch) -> Floats:
        """float32 [W, T] of a batch's real words, in their order."""
        found: Floats = self.lessons.targets[self.number][places_of(self.bags, batch.rows)]
        return found


def table_of_words(
    bags: WordBags, rows: NDArray[np.int64], said: Floats, table_size: int, penalty: float
) -> Floats:
    """A table, float32 [M, T], in which each word is what is said of it on average.

    Args:
        bags: of N texts.
        rows: int64 [R], those whose words are learned.
        said: float32 [W, T] of all words of the N texts.
        table_size: M.
        penalty: of the regression.
    """
    places = places_of(bags, rows)
    known, words, counts = np.unique(bags.words[places], return_inverse=True, return_counts=True)
    order = np.argsort(words.reshape(-1), kind="stable")
    if not len(known):
        return np.zeros((table_size, said.shape[1]), np.float32)
    begins = np.cumsum(counts) - counts
    sums = np.add.reduceat(said[places[order]], begins, axis=0)
    each = WordBags(
        bags.indices[known],
        np.arange(len(known), dtype=np.int32),
        np.arange(len(known) + 1, dtype=np.int64),
    )
    means = (sums / counts[:, None]).astype(np.float32)
    return solve_word_table(each, means, table_size, penalty)


def solve_words(block: Block, batches: list[Batch], goals: WordGoals, penalty: float) -> None:
    """Solves the readout of the teacher's channels: what it adds to a word is what the word lacks."""
    channels = goals.channels
    solved = ridge_of_parts(
        (
            (read(block, batch)[batch.mask], goals.of(batch) - batch.x[batch.mask][:, channels])
            for batch in batches
        ),
        penalty,
    )
    block.contract[channels] = solved.weight.T
    block.contract_bias[channels] = solved.bias


def how_near(batches: list[Batch], goals: WordGoals) -> Reproduced:
    """What is left between the words behind a block and the layer."""
    missed = said = 0.0
    for batch in batches:
        wanted = goals.of(batch)
        own = batch.x[batch.mask][:, goals.channels]
        missed += float(((wanted - own) ** 2).sum(dtype=np.float64))
        said += float((wanted**2).sum(dtype=np.float64))
    varied = goals.lessons.varied[goals.number]
    tiny = float(np.finfo(np.float32).tiny)
    return Reproduced(
        goals.lessons.layers[goals.number],
        missed / max(said, tiny),
        (missed + varied - said) / max(varied, tiny),
    )
