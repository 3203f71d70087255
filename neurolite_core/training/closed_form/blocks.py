"""A solved reservoir's blocks in numpy, and the words on their way through them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.network.backbones.reservoir_options import ReservoirOptions
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.fixed_reservoir import reservoir_of
from neurolite_core.training.closed_form.units import (
    Floats,
    follow,
    learn_to_predict,
    normed,
    surprises,
)
from neurolite_core.training.pretraining.word_bags import WordBags

_BATCH: Final = 512  # texts at once, of nearly one length
_SPREAD: Final = 0.5  # of the biases that states enter by, which makes their corners differ


@dataclass(slots=True, eq=False)
class Batch:
    """Words of some texts on their way through the blocks.

    Attributes:
        rows: int64 [N], which texts.
        x: float32 [N, L, H], anything where padded.
        mask: bool [N, L] of real words.
    """

    rows: NDArray[np.int64]
    x: Floats
    mask: NDArray[np.bool_]

    def mean(self, x: Floats) -> Floats:
        """Over real words, float32 [N, C] of [N, L, C]; zeros of a text without any."""
        counts = np.maximum(self.mask.sum(axis=1, keepdims=True), 1)
        found: Floats = (x * self.mask[:, :, None]).sum(axis=1) / counts.astype(np.float32)
        return found


@dataclass(slots=True, eq=False)
class Block:
    """A block's weights, by the names of the reservoir backbone's module; None where units do not predict."""

    enter: Floats
    kept: Floats
    expand: Floats
    expand_bias: Floats
    contract: Floats
    contract_bias: Floats
    from_state: Floats | None = None
    from_input: Floats | None = None
    ways: tuple[bool, ...] = (False, True)


def places_of(bags: WordBags, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where the words of some texts stand among all words, int64 [W], text after text."""
    counts = bags.counts[rows]
    bounds = np.concatenate([np.zeros(1, np.int64), counts]).cumsum()
    found: NDArray[np.int64] = np.arange(bounds[-1]) + np.repeat(
        bags.bounds[:-1][rows] - bounds[:-1], counts
    )
    return found


def some(bags: WordBags, rows: NDArray[np.int64]) -> WordBags:
    """Some of the texts, over the words that they have."""
    bounds = np.concatenate([np.zeros(1, np.int64), bags.counts[rows]]).cumsum()
    places = places_of(bags, rows)
    kept, words = np.unique(bags.words[places], return_inverse=True)
    return WordBags(bags.indices[kept], words.reshape(-1).astype(np.int32), bounds)


def words_of(
    config: NeuroLiteConfig, table: Floats, bags: WordBags, rows: NDArray[np.int64]
) -> list[Batch]:
    """What enters the backbone: each word by itself, as the window is solved to let it pass."""
    rows = rows[np.argsort(bags.counts[rows], kind="stable")]
    shared = min(config.projection_size, config.hidden_size)
    vectors = np.zeros((len(bags.indices), config.hidden_size), np.float32)
    for column in bags.indices.T:
        vectors[:, :shared] += table[column, :shared]
    found = []
    for first in range(0, len(rows), _BATCH):
        own = rows[first : first + _BATCH]
        counts = bags.counts[own]
        mask = np.arange(max(1, int(counts.max()))) < counts[:, None]
        x = np.zeros((*mask.shape, config.hidden_size), np.float32)
        x[mask] = vectors[bags.words[places_of(bags, own)]]
        found.append(Batch(own, x, mask))
    return found


def vectors_of(batches: list[Batch]) -> Floats:
    """The normalised mean of each text's words, float32 [N, H], in the texts' order."""
    found = np.empty((sum(len(batch.rows) for batch in batches), batches[0].x.shape[2]), np.float32)
    for batch in batches:
        found[batch.rows] = normed(batch.mean(batch.x))
    return found


def drawn_block(
    config: NeuroLiteConfig, options: ReservoirOptions, layer: int, random: np.random.Generator
) -> Block:
    """A block whose readout adds nothing yet."""
    channels, hidden = config.hidden_size, options.read_hidden
    fixed = reservoir_of(options, channels, layer)
    width = options.units * (1 if options.causal else 2) * (2 if options.predictive else 1)
    block = Block(
        enter=fixed.enter.astype(np.float32),
        kept=fixed.kept.astype(np.float32),
        expand=(random.normal(size=(hidden, width)) * width**-0.5).astype(np.float32),
        expand_bias=(random.normal(size=hidden) * _SPREAD).astype(np.float32),
        contract=np.zeros((channels, hidden), np.float32),
        contract_bias=np.zeros(channels, np.float32),
    )
    if options.predictive:
        block.from_state, block.from_input = block.kept.copy(), np.zeros_like(block.kept)
    block.ways = (False,) if options.causal else (False, True)
    return block


def entered(block: Block, batch: Batch) -> Floats:
    """What enters the units, float32 [N, L, D], zero where padded."""
    found: Floats = (normed(batch.x) * batch.mask[:, :, None]) @ block.enter.T
    return found


def read(block: Block, batch: Batch) -> Floats:
    """What the fixed layer makes of the states, float32 [N, L, U]."""
    inside, found = entered(block, batch), []
    for backward in block.ways:
        states = follow(block.kept, inside, backward=backward)
        found.append(states)
        if block.from_state is not None and block.from_input is not None:
            found.append(
                surprises(states, inside, block.from_state, block.from_input, backward=backward)
            )
    values: Floats = np.concatenate(found, axis=2) @ block.expand.T + block.expand_bias
    return np.maximum(values, 0, out=values)


def add(block: Block, batch: Batch, values: Floats) -> None:
    """Adds what the readout makes of ``read``'s values to the words."""
    batch.x += values @ block.contract.T + block.contract_bias


def let_predict(block: Block, batches: list[Batch]) -> None:
    """By the local rule, where units do."""
    if block.from_state is None or block.from_input is None:
        return
    for batch in batches:
        inside = entered(block, batch)
        for backward in block.ways:
            states = follow(block.kept, inside, backward=backward)
            block.from_state, block.from_input = learn_to_predict(
                states,
                inside,
                batch.mask,
                (block.from_state, block.from_input),
                backward=backward,
            )
