"""The tables of characters as a page loads them: lists of differences, which servers' compression halves once more."""

from __future__ import annotations

from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from neurolite_core.text.characters import CLASS_BASE, PAGE_SIZE, page_tables


def packed_tables() -> str:
    """C source that ``runtimes/web/tables.c`` includes; pages are numbered in the order of their first characters."""
    pages, cells = page_tables()
    order = list(dict.fromkeys(pages.tolist()))
    numbers = np.empty(len(order), np.int64)
    numbers[order] = np.arange(len(order))
    kept = cells.reshape(-1, PAGE_SIZE, 2)[order].reshape(-1, 2).astype(np.int64)
    lists = {
        "pages": numbers[pages],
        "classes": kept[:, 0] % CLASS_BASE,
        "deltas": kept[:, 0] // CLASS_BASE,
        "accents": kept[:, 1],
    }
    arrays = [
        f"static const uint8_t packed_{name}[] = {{{','.join(map(str, _packed(values)))}}};\n"
        for name, values in lists.items()
    ]
    return f"enum {{ CELLS = {len(kept)} }};\n{''.join(arrays)}"


def _packed(values: NDArray[np.int64]) -> list[int]:
    """Differences n as 2 n, or -2 n - 1 where they are negative; behind a 0, how many more follow it."""
    found: list[int] = []
    for value, group in groupby(np.diff(values, prepend=0).tolist()):
        count = len(list(group))
        if value == 0:
            found += [0, *_bytes(count - 1)]
        else:
            found += _bytes(2 * value if value > 0 else -2 * value - 1) * count
    return found


def _bytes(value: int) -> list[int]:
    """Groups of 7 bits, the lowest first."""
    found = []
    while value > 127:
        found.append(value % 128 + 128)
        value //= 128
    return [*found, value]
