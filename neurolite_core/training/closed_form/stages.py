"""A reservoir classifier solved stage by stage, each a ridge regression onto what the stages before it left.

Every label has a code, a direction of the words' vectors. The table is solved so that the mean of a text's words is its
label's code; each block's readout so that what it adds, meant over words, is what is still missing; the head so that
the normalised mean says the label. What the stages behind the table learn of are texts whose words are by a table that
was solved without them, in two parts (Wolpert, 1992, "Stacked Generalization"): by their own table every text is known
already. Everything else is drawn: the units, and the layer that their states enter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.network.backbones.reservoir_options import ReservoirOptions
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.fixed_reservoir import reservoir_of
from neurolite_core.training.closed_form.ridge import ridge
from neurolite_core.training.closed_form.units import (
    Floats,
    follow,
    learn_to_predict,
    normed,
    surprises,
)
from neurolite_core.training.closed_form.word_table import solve_word_table
from neurolite_core.training.pretraining.word_bags import WordBags

_BATCH: Final = 512  # texts at once, of nearly one length
_SPREAD: Final = 0.5  # of the biases that states enter by, which makes their corners differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalties:
    """Of the regressions, all above 0.

    Attributes:
        table: of the word table, for texts of one word; it does not grow with the texts.
        block: of a block's readout, for each text.
        head: of the head, for each text.
    """

    table: float = 1.0
    block: float = 1e-3
    head: float = 1e-3


@dataclass(slots=True, eq=False)
class _Batch:
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


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """A classifier without its names.

    Attributes:
        table: float32 [M, E].
        blocks: of the backbone.
        head: float32 [C, H].
        head_bias: float32 [C].
    """

    table: Floats
    blocks: tuple[Block, ...]
    head: Floats
    head_bias: Floats


def solve(
    config: NeuroLiteConfig,
    bags: WordBags,
    label_ids: NDArray[np.integer],
    num_labels: int,
    *,
    seed: int,
    penalties: Penalties,
) -> Solved:
    """All weights of a classifier.

    Args:
        config: its shape, of the reservoir backbone.
        bags: of N texts to learn from.
        label_ids: int [N], below C.
        num_labels: C.
        seed: of what is drawn beside the fixed weights.
        penalties: of the regressions.
    """
    options = config.backbone_options
    assert isinstance(options, ReservoirOptions)  # noqa: S101  # which the backbone's name says
    random = np.random.default_rng(seed)
    width = min(config.projection_size, config.hidden_size)
    codes = _codes(random, num_labels, width)
    wanted = np.zeros((len(label_ids), config.projection_size), np.float32)
    wanted[:, :width] = (codes - codes.mean(axis=0))[label_ids]
    size, penalty = config.table_size, penalties.table
    part = random.permutation(len(label_ids)) % 2
    batches: list[_Batch] = []
    for number in range(2):
        others, own = np.flatnonzero(part != number), np.flatnonzero(part == number)
        table = solve_word_table(some(bags, others), wanted[others], size, penalty)
        batches += words_of(config, table, bags, own)
    goal = np.zeros((len(label_ids), config.hidden_size), np.float32)
    goal[:, :width] = wanted[:, :width]
    blocks = []
    for layer in range(options.num_layers):
        block = _drawn(config, options, layer, random)
        _solve_block(block, batches, goal, penalties.block * len(label_ids))
        blocks.append(block)
    truth = np.zeros((len(label_ids), num_labels), np.float32)
    truth[np.arange(len(label_ids)), label_ids] = 1.0
    read = ridge(vectors_of(batches), truth, penalties.head * len(label_ids))
    return Solved(
        solve_word_table(bags, wanted, size, penalty),
        tuple(blocks),
        read.weight.T.astype(np.float32),
        read.bias.astype(np.float32),
    )


def logits(config: NeuroLiteConfig, solved: Solved, bags: WordBags) -> Floats:
    """What the network says of N texts, float32 [N, C]."""
    batches = words_of(config, solved.table, bags, np.arange(len(bags.counts)))
    for block in solved.blocks:
        for batch in batches:
            _add(block, batch, _read(block, batch))
    found: Floats = vectors_of(batches) @ solved.head.T + solved.head_bias
    return found


def some(bags: WordBags, rows: NDArray[np.int64]) -> WordBags:
    """Some of the texts, over the words that they have."""
    counts = bags.counts[rows]
    bounds = np.concatenate([np.zeros(1, np.int64), counts]).cumsum()
    places = np.arange(bounds[-1]) + np.repeat(bags.bounds[:-1][rows] - bounds[:-1], counts)
    kept, words = np.unique(bags.words[places], return_inverse=True)
    return WordBags(bags.indices[kept], words.reshape(-1).astype(np.int32), bounds)


def words_of(
    config: NeuroLiteConfig, table: Floats, bags: WordBags, rows: NDArray[np.int64]
) -> list[_Batch]:
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
        places = np.concatenate([np.arange(bags.bounds[row], bags.bounds[row + 1]) for row in own])
        x[mask] = vectors[bags.words[places]]
        found.append(_Batch(own, x, mask))
    return found


def vectors_of(batches: list[_Batch]) -> Floats:
    """The normalised mean of each text's words, float32 [N, H], in the texts' order."""
    found = np.empty((sum(len(batch.rows) for batch in batches), batches[0].x.shape[2]), np.float32)
    for batch in batches:
        found[batch.rows] = normed(batch.mean(batch.x))
    return found


def _codes(random: np.random.Generator, num_labels: int, width: int) -> Floats:
    """Of each label, float32 [C, R], of length 1: directions of their own where there are so many."""
    if num_labels <= width:
        return np.eye(num_labels, width, dtype=np.float32)
    turned = random.normal(size=(num_labels, width))
    unit: NDArray[np.float64] = turned / np.linalg.norm(turned, axis=1, keepdims=True)
    return unit.astype(np.float32)


def _drawn(
    config: NeuroLiteConfig, options: ReservoirOptions, layer: int, random: np.random.Generator
) -> Block:
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


def _entered(block: Block, batch: _Batch) -> Floats:
    entered: Floats = (normed(batch.x) * batch.mask[:, :, None]) @ block.enter.T
    return entered


def _read(block: Block, batch: _Batch) -> Floats:
    """What the fixed layer makes of the states, float32 [N, L, U]."""
    entered, found = _entered(block, batch), []
    for backward in block.ways:
        states = follow(block.kept, entered, backward=backward)
        found.append(states)
        if block.from_state is not None and block.from_input is not None:
            found.append(
                surprises(states, entered, block.from_state, block.from_input, backward=backward)
            )
    read: Floats = np.concatenate(found, axis=2) @ block.expand.T + block.expand_bias
    return np.maximum(read, 0, out=read)


def _add(block: Block, batch: _Batch, read: Floats) -> None:
    batch.x += read @ block.contract.T + block.contract_bias


def _solve_block(block: Block, batches: list[_Batch], goal: Floats, penalty: float) -> None:
    """Learns to predict, where units do, then solves the readout; the batches' words are behind the block then."""
    if block.from_state is not None and block.from_input is not None:
        for batch in batches:
            entered = _entered(block, batch)
            for backward in block.ways:
                states = follow(block.kept, entered, backward=backward)
                block.from_state, block.from_input = learn_to_predict(
                    states,
                    entered,
                    batch.mask,
                    (block.from_state, block.from_input),
                    backward=backward,
                )
    features = np.empty((len(goal), len(block.expand)), np.float32)
    missing = goal.copy()
    for batch in batches:
        features[batch.rows] = batch.mean(_read(block, batch))
        missing[batch.rows] -= batch.mean(batch.x)
    solved = ridge(features, missing, penalty)
    block.contract = solved.weight.T.astype(np.float32)
    block.contract_bias = solved.bias.astype(np.float32)
    for batch in batches:
        _add(block, batch, _read(block, batch))
