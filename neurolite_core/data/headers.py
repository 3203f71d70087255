"""Whether line 1 of a file holds names, by evidence only; and names that columns of texts and labels often have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import listed

# Names of one line are equally good; earlier lines are better.
TEXT_NAMES: Final = (
    ("text",),
    ("sentence", "utterance", "query", "content", "review", "question", "message", "tweet",
     "comment", "document", "body", "input", "phrase", "premise", "description"),
    ("texts", "sentences", "utterances", "title", "headline", "abstract"),
)  # fmt: skip
LABEL_NAMES: Final = (
    ("label",),
    ("labels", "intent", "class", "category", "target", "sentiment", "topic", "emotion", "tag",
     "language", "lang"),
    ("label_text", "label_name", "class_name", "classname", "fine_label", "coarse_label", "y",
     "output", "rating", "stars", "polarity"),
)  # fmt: skip
LABEL_LENGTH: Final = 64
_HEADER_CELL: Final = 40
_HEADER_WORDS: Final = 3
_TEXTS: Final = frozenset(name for tier in TEXT_NAMES for name in tier)
_LABELS: Final = frozenset(name for tier in LABEL_NAMES for name in tier)


class UnclearColumnsError(InputError):
    """Nothing says which column holds what.

    Attributes:
        problem: what is not clear, of which file.
        columns: that it has, in a sentence behind a space, or empty.
    """

    def __init__(self, problem: str, options: str, columns: str = "") -> None:
        super().__init__(f"{problem} {options}{columns}")
        self.problem, self.columns = problem, columns

    def without_options(self) -> InputError:
        """The error of a command that has no options to name columns by."""
        return InputError(
            f"{self.problem}{self.columns} Call its columns text and label, in its first line or as the keys of JSON lines."
        )


def has_header(name: str, rows: Sequence[Sequence[Any]], wanted: Sequence[str]) -> bool:
    """Whether the first row holds names.

    A known name in it makes it a header, also where another cell reads like a sentence, as in what
    surveys export. A value that comes again below, or a number, makes it a row.

    Args:
        name: of the file.
        rows: the first ones, a list of cells each.
        wanted: names or positions, from "1", of columns that were asked for.

    Raises:
        InputError: it could be either.
    """
    first = [str(cell).strip() for cell in rows[0]]
    later = rows[1:]
    if any(not column.isdecimal() for column in wanted):
        return True
    if first == [str(place) for place in range(len(first))]:
        return True  # a table library's own column numbers
    matches = sum(plain_name(cell) in _TEXTS | _LABELS for cell in first)
    if matches > 1:
        return True
    sentence = any(len(cell) > _HEADER_CELL or len(cell.split()) > _HEADER_WORDS for cell in first)
    recurs = any(
        cell and any(row[place] == cell for row in later) for place, cell in enumerate(first)
    )
    no_names = recurs or any(map(_is_number, first))
    if matches and not no_names and not sentence:
        return True
    if no_names or wanted or (not matches and ("" in first or len(set(first)) < len(first))):
        return False
    like = [_is_label_like([row[place] for row in later]) for place in range(len(first))]
    above_labels = any(like)
    if sentence and above_labels and any(map(_fits, first, like)):
        return True
    if sentence and not matches and not above_labels:
        return False
    alone = ""
    if len(first) == 1:
        alone = " It has one column; what separates columns is named by --delimiter CHARACTER."
    raise UnclearColumnsError(
        f"{name}: whether line 1 is a header or a row is not clear ({listed(first)}).",
        "Give names for a header, --text-column NAME --label-column NAME, or positions for none, "
        f"--text-column 1 --label-column 2.{alone}",
    )


def plain_name(name: str) -> str:
    """A column's name without its case and punctuation."""
    return re.sub(r"[\W_]+", "_", name.casefold()).strip("_")


def _fits(cell: str, label_like: bool) -> bool:
    """Whether a known name stands above what it names: ``question`` above labels is a label."""
    return plain_name(cell) in (_LABELS if label_like else _TEXTS)


def _is_label_like(cells: Sequence[Any]) -> bool:
    """Few and short values, each of which comes again on the average."""
    filled = [str(cell) for cell in cells if cell is not None and cell != ""]
    return 0 < len(set(filled)) <= len(filled) // 2 and max(map(len, filled)) <= LABEL_LENGTH


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[-+]?[\d.,]+(e[-+]?\d+)?", cell, re.IGNORECASE) is not None
