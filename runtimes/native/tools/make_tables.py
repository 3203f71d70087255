"""Writes src/tables.c from neurolite_core, or with --check says whether it is up to date.

python runtimes/native/tools/make_tables.py [--check]
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np

from neurolite_core.ground.files import write_atomically
from neurolite_core.hashing.words import INPUTS, MAX_HASHES, hash_constants
from neurolite_core.text.characters import CLASS_BASE, CharClass, class_of, fold, page_tables

TABLES: Final = Path(__file__).resolve().parents[1] / "src" / "tables.c"
_LANES: Final = 16  # NL_LANES of tables.h
_WIDTH: Final = 24
_HEAD: Final = """\
/* Written by tools/make_tables.py from neurolite_core; change it there. */
#include "tables.h"
"""


def source() -> str:
    """The text of tables.c."""
    pages, cells = page_tables()
    deltas = sorted({int(cell) // CLASS_BASE for cell in cells})
    place = {delta: number for number, delta in enumerate(deltas)}
    packed = [
        place[int(cell) // CLASS_BASE] * CLASS_BASE + int(cell) % CLASS_BASE for cell in cells
    ]
    letters = [
        fold(b) if b < 0x80 and class_of(fold(b)) == CharClass.LETTER else 0 for b in range(256)
    ]
    constants = hash_constants()
    rows = np.concatenate([constants.weights, constants.offsets[:, None]], axis=1).T
    blocks = rows.reshape(INPUTS + 1, MAX_HASHES // _LANES, _LANES).transpose(1, 0, 2)
    floats = ",\n".join(
        "    {\n"
        + "\n".join(
            "        {" + ", ".join(f"{int(value)}.0f" for value in row) + "}," for row in block
        )
        + "\n    }"
        for block in blocks
    )
    return "\n".join(
        [
            _HEAD,
            f"const uint8_t nl_pages[NL_LAST_PAGE + 1] = {{\n{_lines(pages.tolist())}\n}};\n",
            f"const uint8_t nl_cells[{len(packed)}] = {{\n{_lines(packed)}\n}};\n",
            f"const uint8_t nl_ascii_letters[256] = {{\n{_lines(letters)}\n}};\n",
            f"const int32_t nl_deltas[{len(deltas)}] = {{\n{_lines(deltas)}\n}};\n",
            "const float nl_constants[NL_BLOCKS][NL_INPUTS + 1][NL_LANES] = {",
            floats,
            "};\n",
        ]
    )


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
