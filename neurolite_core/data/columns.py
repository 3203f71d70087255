"""Which columns hold text and label: as named, else by their names, else by what is in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from neurolite_core.ground.errors import InputError

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
# Never guessed: row numbers and which part of the data a row belongs to.
OTHER_NAMES: Final = frozenset(
    {"", "id", "idx", "index", "uid", "guid", "row", "split", "fold", "unnamed_0"}
)
_LABEL_LENGTH: Final = 64
_NEAR: Final = 0.6
_HEADER_CELL: Final = 40
_HEADER_WORDS: Final = 3


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its position or key, its name for people, and how it was found."""

    key: int | str
    name: str
    how: str


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns in use; without ``label`` the rows are unlabelled. ``header``: line 1 is names."""

    text: Column
    label: Column | None
    header: bool

    def describe(self) -> str:
        """For people: which columns, and how they were found."""
        text = f"text from {self.text.name!r} ({self.text.how})"
        label = f"label from {self.label.name!r} ({self.label.how})" if self.label else "no labels"
        return f"{text}, {label}"


@dataclass(frozen=True, slots=True)
class Sample:
    """The first rows of a file, from which columns are guessed.

    Attributes:
        name: of the file.
        keys: names that the format itself gives (JSON, datasets); None where line 1 may have them.
        rows: a list of cells each, in the order of ``keys``.
    """

    name: str
    keys: tuple[str, ...] | None
    rows: Sequence[Sequence[Any]]


def choose_columns(
    sample: Sample,
    *,
    text_column: str | None = None,
    label_column: str | None = None,
    labelled: bool | None = None,
) -> Columns:
    """Finds text and label.

    Args:
        sample: first rows.
        text_column: a name, or for files without a header a position from "1".
        label_column: the same.
        labelled: True asks for a label column; None takes one that is named or has a known name, as a
            column of few values alone may be anything; False leaves labels unread.

    Raises:
        InputError: no such column, or more than one could be meant; the message lists them.
    """
    header = False
    if sample.keys is None:
        header = _has_header(sample, [name for name in (text_column, label_column) if name])
        names = [str(cell).strip() for cell in sample.rows[0]] if header else []
        keys: list[int | str] = list(range(len(sample.rows[0])))
        names = names or [f"column {key + 1}" for key in range(len(keys))]
        rows = sample.rows[1:] if header else sample.rows
    else:
        keys, names, rows = list(sample.keys), list(sample.keys), sample.rows
    profiles = [
        _profile(key, name, [row[place] for row in rows])
        for place, (key, name) in enumerate(zip(keys, names, strict=True))
    ]
    table = _Table(sample.name, header or sample.keys is not None, profiles)
    label = None
    if label_column is not None and labelled is not False:
        label = table.named("--label-column", label_column)
    if text_column is not None:
        text = table.named("--text-column", text_column)
    else:
        text = table.guess_text(label)
    if label is None and labelled is not False:
        label = table.guess_label(text, needed=labelled is True)
    if label is not None and label.key == text.key:
        raise InputError(f"{sample.name}: text and label are both {text.name!r}; name two columns.")
    return Columns(text, label, header)


@dataclass(frozen=True, slots=True)
class _Profile:
    key: int | str
    name: str
    textual: bool
    length: float
    longest: int
    distinct: int
    filled: int

    @property
    def plain_name(self) -> str:
        return _plain(self.name)

    @property
    def may_be_label(self) -> bool:
        return (
            0 < self.distinct <= max(1, self.filled // 2)
            and self.longest <= _LABEL_LENGTH
            and self.plain_name not in OTHER_NAMES
        )


@dataclass(frozen=True, slots=True)
class _Table:
    source: str
    has_names: bool
    profiles: Sequence[_Profile]

    def named(self, option: str, wanted: str) -> Column:
        if self.has_names:
            found = [p for p in self.profiles if p.name == wanted]
            found = found or [p for p in self.profiles if p.name.casefold() == wanted.casefold()]
        else:
            found = [p for p in self.profiles if wanted.isdecimal() and p.key == int(wanted) - 1]
        if len(found) != 1:
            many = f"has {len(found)} columns" if found else "has no column"
            raise InputError(
                f"{self.source} {many} {wanted!r} ({option}); it has {self._listed()}."
            )
        return Column(found[0].key, found[0].name, "named")

    def guess_text(self, label: Column | None) -> Column:
        rest = [p for p in self.profiles if p.textual and (label is None or p.key != label.key)]
        if named := self._by_name(rest, TEXT_NAMES, "--text-column"):
            return named
        able = [p for p in rest if p.plain_name not in OTHER_NAMES]
        if len(able) == 1 and len(self.profiles) == 1:
            if self.has_names and any(able[0].plain_name in tier for tier in LABEL_NAMES):
                raise InputError(self._unclear("text", "--text-column"))  # labels without texts
            return Column(able[0].key, able[0].name, "the only column")
        able.sort(key=lambda p: p.length, reverse=True)
        rivals = [p for p in able[1:] if p.length > _NEAR * able[0].length and not p.may_be_label]
        if not able or rivals or (able[0].may_be_label and len(able) > 1):
            raise InputError(self._unclear("text", "--text-column"))
        return Column(able[0].key, able[0].name, "guessed by content: the longest")

    def guess_label(self, text: Column, *, needed: bool) -> Column | None:
        rest = [p for p in self.profiles if p.key != text.key]
        if named := self._by_name(rest, LABEL_NAMES, "--label-column"):
            return named
        if not needed:
            return None
        able = [p for p in rest if p.may_be_label]
        able = [p for p in able if p.distinct > 1] or able
        if len(able) != 1:
            raise InputError(self._unclear("label", "--label-column"))
        how = "guessed by content: few, short and repeated values"
        return Column(able[0].key, able[0].name, how)

    def _by_name(
        self, profiles: Sequence[_Profile], tiers: Sequence[Sequence[str]], option: str
    ) -> Column | None:
        if not self.has_names:
            return None
        for tier in tiers:
            found = [p for p in profiles if p.plain_name in tier]
            if len(found) > 1:
                raise InputError(self._unclear(option.removeprefix("--").partition("-")[0], option))
            if found:
                return Column(found[0].key, found[0].name, "recognised by name")
        return None

    def _unclear(self, what: str, option: str) -> str:
        fix = "NAME" if self.has_names else "POSITION, from 1"
        return (
            f"{self.source}: which column is the {what} is not clear. Name it: {option} {fix}. "
            f"It has {self._listed()}."
        )

    def _listed(self) -> str:
        return ", ".join(repr(p.name) for p in self.profiles)


def _profile(key: int | str, name: str, cells: Sequence[Any]) -> _Profile:
    values = [cell for cell in cells if cell is not None and cell != ""]
    plain = all(isinstance(value, str | int) for value in values)
    texts = [str(value) for value in values] if plain else []
    return _Profile(
        key=key,
        name=name,
        textual=plain and (not values or any(isinstance(value, str) for value in values)),
        length=sum(map(len, texts)) / max(1, len(texts)),
        longest=max(map(len, texts), default=0),
        distinct=len(set(texts)),
        filled=len(texts),
    )


def _has_header(sample: Sample, wanted: Sequence[str]) -> bool:
    """Whether line 1 holds names, by evidence only.

    Raises:
        InputError: it could be either.
    """
    first = [str(cell).strip() for cell in sample.rows[0]]
    later = sample.rows[1:]
    if any(not name.isdecimal() for name in wanted):
        return True
    if first == [str(place) for place in range(len(first))]:
        return True  # a table library's own column numbers
    known = {name for tiers in (TEXT_NAMES, LABEL_NAMES) for tier in tiers for name in tier}
    matches = [cell for cell in first if _plain(cell) in known]
    recurs = any(
        cell and any(row[place] == cell for row in later) for place, cell in enumerate(first)
    )
    unlike_names = any(
        _is_number(cell) or len(cell) > _HEADER_CELL or len(cell.split()) > _HEADER_WORDS
        for cell in first
    )
    if len(matches) > 1 or (matches and not recurs and not unlike_names):
        return True
    if recurs or unlike_names or "" in first or len(set(first)) < len(first) or wanted:
        return False
    raise InputError(
        f"{sample.name}: whether line 1 is a header or a row is not clear ({', '.join(first)}). "
        "Give names for a header, --text-column NAME --label-column NAME, or positions for none, "
        "--text-column 1 --label-column 2."
    )


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "_", name.casefold()).strip("_")


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[-+]?[\d.,]+(e[-+]?\d+)?", cell, re.IGNORECASE) is not None
