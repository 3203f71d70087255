"""Writes src/tables.c from neurolite_core, or with --check says whether it is up to date.

python runtimes/native/tools/make_tables.py [--check]
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.ground.files import write_atomically
from neurolite_core.hashing.ngrams import HIGHEST_ORDER, PARTS, ngram_constants
from neurolite_core.hashing.words import INPUTS, MAX_HASHES, hash_constants
from neurolite_core.text.characters import CLASS_BASE, PAGE_SIZE, CharClass, page_tables

TABLES: Final = Path(__file__).resolve().parents[1] / "src" / "tables.c"
_LANES: Final = 16  # NL_LANES of tables.h
_ACCENT_BITS: Final = 9  # NL_ACCENT_BITS
_DELTA_BIAS: Final = 2**16  # NL_DELTA_BIAS
_WIDTH: Final = 24
_HEAD: Final = """\
/* Written by tools/make_tables.py from neurolite_core; change it there. */
#include "tables.h"
"""


def source() -> str:
    """The text of tables.c."""
    pages, cells = page_tables()
    variants, packed = np.unique(cells, axis=0, return_inverse=True)
    packed = packed.reshape(-1)
    facts = [
        _variant(int(cell) // CLASS_BASE, int(accent), int(cell) % CLASS_BASE)
        for cell, accent in variants
    ]
    ascii_cells = [
        int(cells[pages[code // PAGE_SIZE] * PAGE_SIZE + code % PAGE_SIZE, 0])
        for code in range(128)
    ]
    ascii_entries = [
        code + cell // CLASS_BASE + 256 * (cell % CLASS_BASE)
        for code, cell in enumerate(ascii_cells)
    ]
    letters = [
        entry % 256 if entry // 256 == CharClass.LETTER else 0 for entry in ascii_entries
    ] + [0] * 128
    constants = hash_constants()
    rows = np.concatenate([constants.weights, constants.offsets[:, None]], axis=1).T
    blocks = rows.reshape(INPUTS + 1, MAX_HASHES // _LANES, _LANES).transpose(1, 0, 2)
    ngrams = ngram_constants()
    behind = np.zeros((HIGHEST_ORDER, PARTS, len(ngrams)), np.int32)
    for lane, (order, own) in enumerate(ngrams.items()):
        behind[:order, :, lane] = own.weights[::-1]
    offsets = _row([own.offset for own in ngrams.values()])
    return "\n".join(
        [
            _HEAD,
            f"const uint8_t nl_pages[NL_LAST_PAGE + 2] = {{\n{_lines(pages)}\n}};\n",
            f"const uint16_t nl_cells[{len(packed)}] = {{\n{_lines(packed)}\n}};\n",
            f"const uint32_t nl_variants[{len(facts)}] = {{\n{_lines(facts)}\n}};\n",
            f"const uint16_t nl_ascii[128] = {{\n{_lines(ascii_entries)}\n}};\n",
            f"const uint8_t nl_ascii_letters[256] = {{\n{_lines(letters)}\n}};\n",
            f"const float nl_constants[NL_BLOCKS][NL_INPUTS + 1][NL_LANES] = {{\n{_blocks(blocks)}\n}};\n",
            "const float nl_ngram_constants[NL_HIGHEST_ORDER][3][NL_HIGHEST_ORDER - NL_LOWEST_ORDER + 1] = {\n"
            f"{_blocks(behind)}\n}};\n",
            f"const float nl_ngram_offsets[NL_HIGHEST_ORDER - NL_LOWEST_ORDER + 1] = {offsets};\n",
        ]
    )


def _variant(delta: int, accent: int, char_class: int) -> int:
    """An entry of nl_variants; tables.h has its fields."""
    biased = delta + _DELTA_BIAS
    if not (0 <= biased < 2 * _DELTA_BIAS and 0 <= accent < 2**_ACCENT_BITS):
        raise ValueError(
            f"delta {delta} or accent {accent} does not fit; widen the fields of tables.h"
        )
    return (biased << _ACCENT_BITS | accent) * CLASS_BASE + char_class


def _row(values: Iterable[int]) -> str:
    return "{" + ", ".join(f"{value}.0f" for value in values) + "}"


def _blocks(numbers: NDArray[np.int32]) -> str:
    """A table of float rows in blocks."""
    blocks = ["".join(f"        {_row(row)},\n" for row in block.tolist()) for block in numbers]
    return ",\n".join(f"    {{\n{block}    }}" for block in blocks)


def _lines(values: Iterable[int]) -> str:
    texts = [str(value) for value in values]
    rows = [texts[start : start + _WIDTH] for start in range(0, len(texts), _WIDTH)]
    return "\n".join("    " + ", ".join(row) + "," for row in rows)


def main(arguments: list[str]) -> int:
    """Writes or checks; 1 when the check fails."""
    if arguments not in ([], ["--check"]):
        print("Usage: make_tables.py [--check]", file=sys.stderr)  # noqa: T201
        return 2
    if not arguments:
        write_atomically(TABLES, source().encode())
    elif not TABLES.exists() or TABLES.read_text("utf-8") != source():
        print(f"{TABLES} is out of date. Run: python {Path(__file__)}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
