"""Writes core's table of character classes from the package's: what a text is cut at a word border by.

Run ``python android-demo/offline/character_classes.py`` after a new version of the hash; tests/apps holds it to that.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from neurolite_core.text.characters import CLASS_BASE, PAGE_SIZE, page_of, page_tables

FILE: Final = (
    Path(__file__).resolve().parents[1]
    / "core/src/main/kotlin/org/neurolite/demo/core/CharacterClasses.kt"
)
_LAST_CODE: Final = 0x1FFFFF  # what four bytes can say
_WIDTH: Final = 96
_HEAD: Final = """\
package org.neurolite.demo.core

/** Classes of folded characters, made by offline/character_classes.py; section 4 of docs/hash-spec.md. */
internal object CharacterClasses {
    const val SEPARATOR: Int = 0
    const val LETTER: Int = 1
    const val PUNCTUATION: Int = 2
    const val ISOLATED: Int = 3
    const val MARK: Int = 4
    const val APOSTROPHE: Int = 5
    const val ACCENT: Int = 6

    /** Of a code point, from 0 to 0x1FFFFF. */
    fun of(code: Int): Int {
        val place = STARTS.binarySearch(code)
        return CLASSES[if (place >= 0) place else -2 - place] - '0'
    }

"""


def runs() -> list[tuple[int, int]]:
    """Where each run of characters of one class begins, and the class."""
    pages, cells = page_tables()
    codes = np.arange(_LAST_CODE + 1, dtype=np.int32)
    known = cells[pages[page_of(codes)] * PAGE_SIZE + codes % PAGE_SIZE][:, 0] % CLASS_BASE
    starts = [0, *(np.flatnonzero(np.diff(known)) + 1).tolist()]
    return [(start, int(known[start])) for start in starts]


def joined(lines: list[str]) -> str:
    """Kotlin's sum of them."""
    return " +\n".join(lines)


def source() -> str:
    """The Kotlin file."""
    found = runs()
    classes = "".join(str(kind) for _, kind in found)
    lines = [f'        "{classes[at : at + _WIDTH]}"' for at in range(0, len(classes), _WIDTH)]
    digits = " ".join(f"{start:x}" for start, _ in found)
    parts = [""]
    for word in digits.split():
        if len(parts[-1]) + len(word) + 1 > _WIDTH:
            parts.append("")
        parts[-1] += f"{word} "
    starts = [f'        "{part}"' for part in parts]
    return (
        f"{_HEAD}    private const val CLASSES =\n{joined(lines)}\n\n"
        f"    private const val HEX = 16\n\n"
        f"    private val STARTS = (\n{joined(starts)}\n"
        "    ).trim().split(' ').map { it.toInt(HEX) }.toIntArray()\n}\n"
    )


if __name__ == "__main__":
    FILE.write_text(source(), "utf-8")
