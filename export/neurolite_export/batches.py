"""Texts of similar length together, within a budget, so that long ones do not exhaust memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

_MAX_TEXTS: Final = 64
_MAX_BYTES: Final = 65_536  # padded bytes in one batch


def batch_positions(texts: Sequence[bytes]) -> Iterator[list[int]]:
    """Positions of the texts of each batch, shortest first."""
    batch: list[int] = []
    for position in sorted(range(len(texts)), key=lambda i: len(texts[i])):
        if batch and (
            len(batch) == _MAX_TEXTS or (len(batch) + 1) * len(texts[position]) > _MAX_BYTES
        ):
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch


def batches(texts: Sequence[bytes]) -> Iterator[list[bytes]]:
    """The texts themselves, batch by batch, shortest first."""
    for positions in batch_positions(texts):
        yield [texts[position] for position in positions]
