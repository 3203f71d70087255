"""A reservoir classifier solved stage by stage, each a ridge regression onto what the stages before it left.

Every label has a code, a direction of the words' vectors. The table is solved so that the mean of a text's words is its
label's code; each block's readout so that what it adds, meant over words, is what is still missing; the head so that
the normalised mean says the label. What the stages behind the table learn of are texts whose words are by a table that
was solved without them, in two parts (Wolpert, 1992, "Stacked Generalization"): by their own table every text is known
already. Everything else is drawn: the units, and the layer that their states enter.

With a transformer's hidden layers to learn from, some of the channels are theirs: there the table says of each word
what the last layer says of it on average, and each block's readout is solved over single words, so that behind it the
word's vector is what that block's layer says of the word.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolite_core.network.backbones.reservoir_options import ReservoirOptions
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.training.closed_form.blocks import (
    Batch,
    Block,
    add,
    drawn_block,
    let_predict,
    read,
    some,
    vectors_of,
    words_of,
)
from neurolite_core.training.closed_form.layers import LayerLessons
from neurolite_core.training.closed_form.ridge import ridge
from neurolite_core.training.closed_form.units import Floats
from neurolite_core.training.closed_form.word_layers import (
    Reproduced,
    WordGoals,
    how_near,
    solve_words,
    table_of_words,
)
from neurolite_core.training.closed_form.word_table import solve_word_table
from neurolite_core.training.pretraining.word_bags import WordBags


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalties:
    """Of the regressions, all above 0.

    Attributes:
        table: of the word table, for texts of one word; it does not grow with the texts.
        block: of a block's readout, for each text, or word where it is solved by words.
        head: of the head, for each text.
    """

    table: float = 1.0
    block: float = 1e-3
    head: float = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """A classifier without its names.

    Attributes:
        table: float32 [M, E].
        blocks: of the backbone.
        head: float32 [C, H].
        head_bias: float32 [C].
        reproduced: of each block, where it had a layer to reproduce.
    """

    table: Floats
    blocks: tuple[Block, ...]
    head: Floats
    head_bias: Floats
    reproduced: tuple[Reproduced, ...] = ()


def solve(
    config: NeuroLiteConfig,
    bags: WordBags,
    label_ids: NDArray[np.integer],
    num_labels: int,
    *,
    seed: int,
    penalties: Penalties,
    lessons: LayerLessons | None = None,
) -> Solved:
    """All weights of a classifier.

    Args:
        config: its shape, of the reservoir backbone.
        bags: of N texts to learn from.
        label_ids: int [N], below C.
        num_labels: C.
        seed: of what is drawn beside the fixed weights.
        penalties: of the regressions.
        lessons: what each block is to say of the texts' words, in their order; None without a teacher.
    """
    options = config.backbone_options
    assert isinstance(options, ReservoirOptions)  # noqa: S101  # which the backbone's name says
    random = np.random.default_rng(seed)
    width = min(config.projection_size, config.hidden_size)
    coded = width - (0 if lessons is None else lessons.width)
    codes = _codes(random, num_labels, coded)
    wanted = np.zeros((len(label_ids), config.projection_size), np.float32)
    wanted[:, :coded] = (codes - codes.mean(axis=0))[label_ids]
    every = np.arange(len(label_ids))
    part = random.permutation(len(label_ids)) % 2
    batches: list[Batch] = []
    for number in range(2):
        others, own = np.flatnonzero(part != number), np.flatnonzero(part == number)
        table = _table(config, bags, others, wanted, penalties.table, lessons)
        batches += words_of(config, table, bags, own)
    goal = np.zeros((len(label_ids), config.hidden_size), np.float32)
    goal[:, :width] = wanted[:, :width]
    blocks: list[Block] = []
    reproduced: list[Reproduced] = []
    for layer in range(options.num_layers):
        block = drawn_block(config, options, layer, random)
        let_predict(block, batches)
        _solve_block(block, batches, goal, penalties.block * len(label_ids))
        goals = None
        if lessons is not None:
            goals = WordGoals(lessons, layer, bags, slice(coded, width))
            solve_words(block, batches, goals, penalties.block * len(bags.words))
        for batch in batches:
            add(block, batch, read(block, batch))
        reproduced += [] if goals is None else [how_near(batches, goals)]
        blocks.append(block)
    truth = np.zeros((len(label_ids), num_labels), np.float32)
    truth[np.arange(len(label_ids)), label_ids] = 1.0
    head = ridge(vectors_of(batches), truth, penalties.head * len(label_ids))
    return Solved(
        _table(config, bags, every, wanted, penalties.table, lessons),
        tuple(blocks),
        head.weight.T.astype(np.float32),
        head.bias.astype(np.float32),
        tuple(reproduced),
    )


def logits(config: NeuroLiteConfig, solved: Solved, bags: WordBags) -> Floats:
    """What the network says of N texts, float32 [N, C]."""
    batches = words_of(config, solved.table, bags, np.arange(len(bags.counts)))
    for block in solved.blocks:
        for batch in batches:
            add(block, batch, read(block, batch))
    found: Floats = vectors_of(batches) @ solved.head.T + solved.head_bias
    return found


def _table(
    config: NeuroLiteConfig,
    bags: WordBags,
    rows: NDArray[np.int64],
    wanted: Floats,
    penalty: float,
    lessons: LayerLessons | None,
) -> Floats:
    """A table that some texts' codes are solved into, and what a teacher says of their words beside them."""
    table = solve_word_table(some(bags, rows), wanted[rows], config.table_size, penalty)
    if lessons is not None:
        behind = min(config.projection_size, config.hidden_size)
        own = slice(behind - lessons.width, behind)
        table[:, own] = table_of_words(bags, rows, lessons.targets[-1], config.table_size, penalty)
    return table


def _codes(random: np.random.Generator, num_labels: int, width: int) -> Floats:
    """Of each label, float32 [C, R], of length 1: directions of their own where there are so many."""
    if num_labels <= width:
        return np.eye(num_labels, width, dtype=np.float32)
    turned = random.normal(size=(num_labels, width))
    unit: NDArray[np.float64] = turned / np.linalg.norm(turned, axis=1, keepdims=True)
    return unit.astype(np.float32)


def _solve_block(block: Block, batches: list[Batch], goal: Floats, penalty: float) -> None:
    """Solves the readout by texts: what it adds, meant over words, is what is missing."""
    features = np.empty((len(goal), len(block.expand)), np.float32)
    missing = goal.copy()
    for batch in batches:
        features[batch.rows] = batch.mean(read(block, batch))
        missing[batch.rows] -= batch.mean(batch.x)
    solved = ridge(features, missing, penalty)
    block.contract = solved.weight.T.astype(np.float32)
    block.contract_bias = solved.bias.astype(np.float32)
