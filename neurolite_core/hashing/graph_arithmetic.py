"""Arithmetic on float32 of which the in-graph hash consists, in operations that every target takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from neurolite_core.hashing.words import WORD_BYTES

BLOCK: Final = 64  # bytes that are summed up together
PHASES: Final = 4
_MOST_JOINED: Final = 5
_SHORT: Final = 448  # bytes


def mix(weights: Tensor, x: Tensor) -> Tensor:
    """Sums of rows: weights (1, R, C), x (N, C, S) -> (N, R, S)."""
    return torch.bmm(weights if len(x) == 1 else weights.expand(len(x), -1, -1), x)


def shifted(x: Tensor, distances: Sequence[int]) -> Tensor:
    """``x[..., i + distance]`` for each distance, zeros outside: (N, C, S) -> (N, distances * C, S)."""
    before, after = max(0, -min(distances)), max(0, *distances)
    padded, size = functional.pad(x, (before, after)), x.shape[2]
    parts = [x if d == 0 else padded[..., before + d : before + d + size] for d in distances]
    while len(parts) > 1:  # XNNPACK joins at most five tensors at once
        groups = [parts[at : at + _MOST_JOINED] for at in range(0, len(parts), _MOST_JOINED)]
        parts = [torch.cat(group, dim=1) for group in groups]
    return parts[0]


def divide(x: Tensor, divisor: int) -> Tensor:
    """Integer quotient of 0 <= x < 2**20: half a unit keeps the product off every whole number.

    The product is at least 0.5 / divisor from a whole number and at most 2**20 / divisor, where two
    float32 roundings of up to one unit in the last place move it by less than 0.5 / divisor.
    """
    return torch.floor((x + 0.5) * (1.0 / divisor))


def fraction(x: Tensor) -> Tensor:
    """What is behind the point: the remainder of a sum of ``GraphHash.weights``, a 2**18th of it."""
    return x - torch.floor(x)


def remainder(x: Tensor, divisor: int) -> Tensor:
    """x mod a power of two, of integers of either sign."""
    return x - torch.floor(x * (1.0 / divisor)) * float(divisor)


def running_sums(x: Tensor, moduli: Tensor, reciprocals: Tensor) -> Tensor:
    """Running sums of (N, R, S) -> (N, R, S / 64, 64), by sums inside blocks and of blocks.

    Sums of blocks are reduced before they are added, so that nothing reaches 2**24: of the result only the
    remainders are right. ``moduli``, (1, R, 1), are powers of two, and ``reciprocals`` are theirs.
    """
    batch, rows, num_blocks = len(x), x.shape[1], x.shape[2] // BLOCK
    # One matrix for both as long as it is large enough.
    size = max(BLOCK, num_blocks)
    sums = torch.ones(size, size, device=x.device).tril()
    within = functional.linear(x.reshape(batch, rows * num_blocks, BLOCK), sums[:BLOCK, :BLOCK])
    if is_fixed(num_blocks, 1):
        return within.reshape(batch, rows, 1, BLOCK)
    totals = within[:, :, BLOCK - 1 :].reshape(batch, rows, num_blocks)
    totals = totals - torch.floor(totals * reciprocals) * moduli
    ends = functional.linear(functional.pad(totals, (0, size - num_blocks)), sums)
    before = ends[..., :num_blocks] - totals
    within = within.reshape(batch, rows, num_blocks, BLOCK)
    return within + before.reshape(batch, rows, num_blocks, 1)


def phases_of(size: int) -> int:
    """In how many parts S bytes are laid for ``minima_of_words``: byte ``i`` is in part ``i % phases``.

    One for short texts, where operations cost more than what they are done on.
    """
    return 1 if isinstance(size, int) and size <= _SHORT else PHASES


def in_phases(x: Tensor) -> Tensor:
    """(N, R, S) in the order of bytes -> the same in parts, one after the other."""
    return x if phases_of(x.shape[2]) == 1 else _turned(x, x.shape[2] // PHASES, PHASES)


def in_order(x: Tensor) -> Tensor:
    """What ``in_phases`` undoes."""
    return x if phases_of(x.shape[2]) == 1 else _turned(x, PHASES, x.shape[2] // PHASES)


def _turned(x: Tensor, height: int, width: int) -> Tensor:
    batch, rows, size = x.shape
    return x.reshape(batch, rows, height, width).transpose(2, 3).reshape(batch, rows, size)


def minima_of_words(values: Tensor, joined: Tensor, one: Tensor) -> Tensor:
    """Minimum from each byte to the end of its word, over at least 64 bytes.

    Args:
        values: (N, K, S), from 0 to 1, in phases; 1 where nothing counts.
        joined: (N, 1, S), in phases, 0 where a word starts, else 1.
        one: 1, as a tensor.

    Returns:
        (N, K, S + 1): byte ``i`` at ``place_of(i, S)``; ``i = S``, behind the text, has 0.
    """
    if phases_of(values.shape[2]) > 1:
        return _scan_in_phases(values, joined, one)
    # Behind the text as well words start, so that the zeros there are not seen.
    gap = one - functional.pad(joined[..., 1:], (0, WORD_BYTES))
    return _scan(functional.pad(values, (0, WORD_BYTES)), gap, WORD_BYTES)


def place_of(byte: Tensor, size: int) -> Tensor:
    """Where ``minima_of_words`` has each byte of S, or what is behind the last one, of float32 numbers."""
    if phases_of(size) == 1:
        return byte
    fourth = torch.floor(byte * (1.0 / PHASES))
    phase = byte - fourth * float(PHASES)
    return fourth - phase * (size / PHASES) + size / PHASES * (PHASES - 1)


def _scan(reach: Tensor, gap: Tensor, width: int) -> Tensor:
    """Minima over ``width`` columns up to the next gap, by doubling: (N, K, S) -> (N, K, S - width + 1).

    ``gap``, (N, 1, at least S - 1), is 1 where column ``i + 1`` does not go with column ``i``.
    """
    step = 1
    while step < width:
        length = reach.shape[2] - step
        if step > 1:
            half = step // 2
            gap = torch.maximum(gap[..., :length], gap[..., half : half + length])
        elif gap.shape[2] > length:
            gap = gap[..., :length]
        reach = torch.minimum(reach[..., :length], torch.maximum(reach[..., step:], gap))
        step *= 2
    return reach


def _scan_in_phases(values: Tensor, joined: Tensor, one: Tensor) -> Tensor:
    """In three sweeps on a fourth of the data at a time, the last phase first.

    Inside blocks of four bytes, over blocks by doubling, and from the next block back into each.
    """
    blocks, reached = values.shape[2] // PHASES, WORD_BYTES // PHASES
    breaks = one - joined
    x = [values[..., phase * blocks : (phase + 1) * blocks] for phase in range(PHASES)]
    cut = [breaks[..., phase * blocks : (phase + 1) * blocks] for phase in range(1, PHASES)]
    for phase in reversed(range(PHASES - 1)):
        x[phase] = torch.minimum(x[phase], torch.maximum(x[phase + 1], cut[phase]))
    # Between each phase and the next block; behind the text as well words start.
    gaps = [one - functional.pad(joined[..., 1:blocks], (0, 1))]
    for start in reversed(cut):
        gaps.insert(0, torch.maximum(gaps[0], start))
    padded = functional.pad(x[0], (0, reached))
    reach = _scan(padded, functional.pad(gaps[0], (0, reached)), reached)  # one more than blocks
    following = reach[..., 1:]
    behind = [
        torch.minimum(own, torch.maximum(following, gap))
        for own, gap in zip(reversed(x[1:]), reversed(gaps[1:]), strict=True)
    ]
    return torch.cat([*behind, reach], dim=2)


def is_fixed(size: int, value: int) -> bool:
    """Whether a size is this for every text that the graph is for; a free size is not compared, which would fix it."""
    return isinstance(size, int) and size == value


def rows_of(table: Tensor, numbers: Tensor) -> Tensor:
    """Rows of a table (R, C) by float32 numbers (N, ..., 1 or S) -> (N * S, C)."""
    return functional.embedding(numbers.reshape(-1).to(torch.int32), table)


def passed(slots: Tensor, running: Tensor) -> Tensor:
    """How many running counts (N, 1 or L, B) are below each slot (L, 1) -> (N, L, 1)."""
    ones = torch.ones(1, running.shape[2], device=running.device)
    return functional.linear((slots - running).clamp(0.0, 1.0), ones)


def of_text(row: Tensor, rows: int) -> Tensor:
    """Row numbers (N, R, L) within each text's ``rows``, as those in all texts' rows one after the other.

    Of more than one text as int32: all their rows may be more than float32 counts.
    """
    if len(row) == 1:  # one text needs no offset
        return row
    text = torch.arange(len(row), dtype=torch.int32, device=row.device).reshape(-1, 1, 1)
    return row.to(torch.int32) + text * rows


def find_counts(slots: Tensor, running: Tensor) -> Tensor:
    """Where running counts reach a number, in two steps.

    How many blocks of 64 bytes end with fewer, and how many bytes of the next block have fewer up to them.

    Args:
        slots: the numbers, from 1, float32 (L, 1).
        running: float32 (N, S / 64, 64).

    Returns:
        float32 (N, L, 1), the bytes; S where no count is so high.
    """
    batch, num_blocks, _ = running.shape
    if is_fixed(num_blocks, 1):
        return passed(slots, running)
    ends = running[:, :, BLOCK - 1 :].reshape(batch, 1, num_blocks)
    block = passed(slots, ends).clamp(max=num_blocks - 1.0)
    rows = rows_of(running.reshape(-1, BLOCK), of_text(block, num_blocks))
    rows = rows.reshape(batch, slots.shape[0], BLOCK)  # len() of it would fix a free length
    return block * float(BLOCK) + passed(slots, rows)


def first_ends(running: Tensor, length: int) -> Tensor:
    """Where the first clusters of L words end, and that of the word behind them, up to which the last one reaches.

    Args:
        running: float32 (N, S / 64, 64), how many words' first clusters end up to each byte.
        length: L.

    Returns:
        float32 (N, L + 1, 1), the bytes; S behind the last word.
    """
    slots = torch.arange(1, length + 2, dtype=torch.float32, device=running.device)[:, None]
    return find_counts(slots, running)
