"""Arithmetic on float32 of which the in-graph hash consists, in operations that every target takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from neurolite_core.hashing.words import WORD_BYTES

BLOCK: Final = 64  # bytes that are summed up together
PHASES: Final = 4
_MOST_JOINED: Final = 5
_SHORT: Final = 512  # bytes, room included


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


def running_sums(x: Tensor, moduli: Tensor) -> Tensor:
    """Running sums of (N, R, S) -> (N, R, S / 64, 64), by sums inside blocks and of blocks.

    Sums of blocks are reduced before they are added, so that nothing reaches 2**24: of the result only the
    remainders are right. ``moduli``, (1, R, 1), are powers of two.
    """
    batch, rows, num_blocks = len(x), x.shape[1], x.shape[2] // BLOCK
    # One matrix for both as long as it is large enough.
    size = max(BLOCK, num_blocks)
    sums = torch.ones(size, size, device=x.device).tril()
    blocks = x.reshape(batch, rows * num_blocks, BLOCK)
    within = functional.linear(blocks, sums[:BLOCK, :BLOCK])
    totals = within[:, :, BLOCK - 1 :].reshape(batch, rows, num_blocks)
    totals = totals - torch.floor(totals * (1.0 / moduli)) * moduli
    ends = functional.linear(functional.pad(totals, (0, size - num_blocks)), sums)
    before = ends[..., :num_blocks] - totals
    within = within.reshape(batch, rows, num_blocks, BLOCK)
    return within + before.reshape(batch, rows, num_blocks, 1)


def minima_of_words(
    values_of: Callable[[Tensor], Tensor], rows: Tensor, starts: Tensor, uncounted: Tensor
) -> Tensor:
    """Minimum from each byte to the end of its word, over at least 64 bytes.

    Args:
        values_of: (N, R, S) to (N, K, S), below 1; byte by byte, so that any order of them will do.
        rows: (N, R, S), its argument.
        starts: (N, 1, S), 1 where a word starts, else 0.
        uncounted: (N, 1, S), 1 where nothing counts.

    Returns:
        (N, K, S - 64): byte ``i`` at ``phases_of`` many times apart, see there.
    """
    batch, count, size = rows.shape
    if phases_of(size) == 1:
        return _scan(torch.maximum(values_of(rows), uncounted), starts)
    rows = torch.cat([rows, starts, uncounted], dim=1)
    rows = rows.reshape(batch, count + 2, size // PHASES, PHASES).transpose(2, 3)
    rows = rows.reshape(batch, count + 2, size)
    values = torch.maximum(values_of(rows[:, :count]), rows[:, count + 1 :])
    return _scan_in_phases(values, rows[:, count : count + 1])


def phases_of(size: int) -> int:
    """In how many parts the bytes of S, room included, are laid: byte ``i`` is in part ``i % phases``.

    One for short texts, where operations cost more than what they are done on.
    """
    return 1 if isinstance(size, int) and size <= _SHORT else PHASES


def _scan(values: Tensor, breaks: Tensor) -> Tensor:
    """By doubling: (N, K, S) and (N, 1, S) -> (N, K, S - 64)."""
    reach, gap, step = values, breaks[..., 1:], 1
    while step < WORD_BYTES:
        length = reach.shape[2] - step
        reach = torch.minimum(
            reach[..., :length], torch.maximum(reach[..., step:], gap[..., :length])
        )
        if 2 * step < WORD_BYTES:
            gap = torch.maximum(gap[..., :-step], gap[..., step:])
        step *= 2
    return reach[..., : values.shape[2] - WORD_BYTES]


def _scan_in_phases(values: Tensor, breaks: Tensor) -> Tensor:
    """In three sweeps on a fourth of the data at a time: (N, K, S) and (N, 1, S) in phases -> (N, K, S - 64).

    Inside blocks of four bytes, over blocks by doubling, and from the next block back into each.
    """
    blocks = values.shape[2] // PHASES
    x = [values[..., phase * blocks : (phase + 1) * blocks] for phase in range(PHASES)]
    cut = [breaks[..., phase * blocks : (phase + 1) * blocks] for phase in range(PHASES)]
    for phase in reversed(range(PHASES - 1)):
        x[phase] = torch.minimum(x[phase], torch.maximum(x[phase + 1], cut[phase + 1]))
    # Between each phase and the next block.
    gaps = [cut[0][..., 1:]]
    for phase in reversed(range(1, PHASES)):
        gaps.insert(0, torch.maximum(gaps[0], cut[phase][..., : blocks - 1]))
    reach, gap, step = x[0], gaps[0], 1
    while step < WORD_BYTES // PHASES:
        length = reach.shape[2] - step
        reach = torch.minimum(
            reach[..., :length], torch.maximum(reach[..., step:], gap[..., :length])
        )
        if 2 * step < WORD_BYTES // PHASES:
            gap = torch.maximum(gap[..., :-step], gap[..., step:])
        step *= 2
    kept = blocks - WORD_BYTES // PHASES
    following = reach[..., 1:]  # kept of them are left
    return torch.cat(
        [
            torch.minimum(own[..., :kept], torch.maximum(following, gap[..., :kept]))
            for own, gap in zip(x, gaps, strict=True)
        ],
        dim=2,
    )


def rows_of(table: Tensor, numbers: Tensor) -> Tensor:
    """Rows of a table (R, C) by float32 numbers (N, ..., 1 or S) -> (N * S, C)."""
    return functional.embedding(numbers.reshape(-1).to(torch.int32), table)


def passed(slots: Tensor, running: Tensor) -> Tensor:
    """How many running counts (N, 1 or L, B) are below each slot (L, 1) -> (N, L, 1)."""
    ones = torch.ones(1, running.shape[2], device=running.device)
    return functional.linear((slots - running).clamp(0.0, 1.0), ones)


def of_text(row: Tensor, rows: int) -> Tensor:
    """Row numbers (N, L, 1) within each text's ``rows``, as those in all texts' rows one after the other."""
    if len(row) == 1:  # one text needs no offset
        return row
    text = torch.arange(len(row), dtype=torch.float32, device=row.device).reshape(-1, 1, 1)
    return row + text * rows


def find_counts(slots: Tensor, running: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Where running counts reach a number, in two steps.

    How many blocks of 64 bytes end with fewer, and how many bytes of the next block have fewer up to them.

    Args:
        slots: the numbers, from 1, float32 (L, 1).
        running: float32 (N, S / 64, 64).

    Returns:
        float32: the last counts (N, 1, 1); block (N, L, 1); and byte in it (N, L, 1), 64 where no count is so high.
    """
    batch, num_blocks, _ = running.shape
    ends = running[:, :, BLOCK - 1 :].reshape(batch, 1, num_blocks)
    block = passed(slots, ends).clamp(0.0, num_blocks - 1.0)
    rows = rows_of(running.reshape(-1, BLOCK), of_text(block, num_blocks))
    place = passed(slots, rows.reshape(batch, len(slots), BLOCK))
    return ends[:, :, num_blocks - 1 :], block, place
