"""Labels that look alike: the same but for case, spaces, invisible characters, width or how accents are composed.

Spreadsheets and keyboards make such pairs without anybody's notice (``Alarm``, ``alarm``, ``alarm`` with a zero-width
space), and a model would learn to tell them apart.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

# Default ignorable code points (Unicode Character Database) outside of the category Cf.
_IGNORABLE: Final = frozenset(
    chr(code)
    for first, last in (
        (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x3164, 0x3164),
        (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0100, 0xE01EF),
    )
    for code in range(first, last + 1)
)  # fmt: skip


def _usual_width(label: str) -> str:
    return "".join(
        unicodedata.normalize("NFKC", letter)
        if unicodedata.decomposition(letter).startswith(("<wide>", "<narrow>"))
        else letter
        for letter in label
    )


def _visible(label: str) -> str:
    return "".join(
        letter
        for letter in label
        if letter.isspace()
        or (unicodedata.category(letter) not in ("Cf", "Cc") and letter not in _IGNORABLE)
    )


def _composed(label: str) -> str:
    return unicodedata.normalize("NFC", label)


def _spaced(label: str) -> str:
    return " ".join(label.split())


_SEPARATORS: Final = ("|", ";", ",")

# What labels may differ by and still look alike, with what takes it away; in this order.
DIFFERENCES: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {
        "invisible characters": _visible,
        "width": _usual_width,
        "composed accents": _composed,
        "case": str.casefold,
        "spaces": _spaced,
    }
)


def look_of(label: str, *, but: str | None = None) -> str:
    """What is left of a label without ``DIFFERENCES``, ``but`` one of them; never empty."""
    left = label
    for name, fold in DIFFERENCES.items():
        left = left if name == but else fold(left)
    return left or label


def look_alikes(labels: Iterable[str]) -> list[tuple[str, ...]]:
    """Labels that look like others of them, together, in the order given."""
    groups: dict[str, list[str]] = {}
    for label in labels:
        groups.setdefault(look_of(label), []).append(label)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def differences(group: Sequence[str]) -> tuple[str, ...]:
    """What labels of one look differ by."""
    return tuple(
        name for name in DIFFERENCES if len({look_of(label, but=name) for label in group}) > 1
    )


def combined_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """Labels that look like several, as ``alarm|wake``: parted, all their parts are parts of other labels too."""
    for separator in _SEPARATORS:
        parts = {label: _parts(label, separator) for label in labels}
        users: dict[str, int] = {}
        for label in labels:
            for part in set(parts[label]):
                users[part] = users.get(part, 0) + 1
        found = [
            label
            for label in labels
            if len(parts[label]) > 1 and all(users[part] > 1 for part in parts[label])
        ]
        alone = {label for label in labels if len(parts[label]) == 1}
        if len(found) > 1 or any(alone.issuperset(parts[label]) for label in found):
            return tuple(found)
    return ()


def _parts(label: str, separator: str) -> list[str]:
    return [part.strip() for part in label.split(separator) if part.strip()]


def merged_labels(first: Sequence[str], rows: Mapping[str, int]) -> dict[str, str]:
    """For labels that look like another, which one stands for both.

    Args:
        first: labels that stay as they are.
        rows: all others with how often they occur; of those that look alike the most frequent stays, and the
            first in order of equally frequent ones.
    """
    stays: dict[str, str] = {}
    for label in first:
        stays.setdefault(look_of(label), label)
    others = sorted(rows.keys() - set(first), key=lambda label: (-rows[label], label))
    merged = {}
    for label in others:
        kept = stays.setdefault(look_of(label), label)
        if kept != label:
            merged[label] = kept
    return merged
