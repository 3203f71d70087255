"""The tables of characters as a page loads them: lists of differences, which servers' compression halves once more."""

from __future__ import annotations

from collections.abc import Iterable

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
        "pages": (_differences(numbers[pages]) % 256).tolist(),
        "classes": (kept[:, 0] % CLASS_BASE).tolist(),
        "deltas": _bytes(_differences(kept[:, 0] // CLASS_BASE)),
        "accents": _bytes(_differences(kept[:, 1])),
    }
    arrays = [
        f"static const uint8_t packed_{name}[] = {{{','.join(map(str, values))}}};\n"
        for name, values in lists.items()
    ]
    return f"enum {{ CELLS = {len(kept)} }};\n{''.join(arrays)}"


def _differences(values: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.diff(values, prepend=0)


def _bytes(values: Iterable[int]) -> list[int]:
    """Of each number 2 n, or -2 n - 1 where it is negative, in groups of 7 bits, the lowest first."""
    found = []
    for value in values:
        rest = 2 * int(value) if value >= 0 else -2 * int(value) - 1
        while rest > 127:
            found.append(rest % 128 + 128)
            rest //= 128
        found.append(rest)
    return found
