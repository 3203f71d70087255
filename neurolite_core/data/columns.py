"""Which columns hold text and label: as named, else by their names, else by what is in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from neurolite_core.data.headers import (
    LABEL_LENGTH,
    LABEL_NAMES,
    TEXT_NAMES,
    has_header,
    plain_name,
)
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import listed, shown

# Never guessed: row numbers and which part of the data a row belongs to.
OTHER_NAMES: Final = frozenset(
    {"", "id", "idx", "index", "uid", "guid", "row", "split", "fold", "unnamed_0"}
)
_NEAR: Final = 0.6
_UNREADABLE_SHOWN: Final = 5
_SWITCHES: Final = frozenset({"0", "1", "true", "false"})


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
        text = f"text from {shown(self.text.name)} ({self.text.how})"
        if self.label is None:
            return f"{text}, no labels"
        return f"{text}, label from {shown(self.label.name)} ({self.label.how})"


@dataclass(frozen=True, slots=True)
class Sample:
    """The first rows of a file, from which columns are guessed.

    Attributes:
        name: of the file.
        keys: names that the format itself gives (JSON, datasets); None where line 1 may have them.
        rows: a list of cells each, in the order of ``keys``.
        unreadable: further columns, which hold what is neither a string nor a whole number, and what that is.
    """

    name: str
    keys: tuple[str, ...] | None
    rows: Sequence[Sequence[Any]]
    unreadable: Mapping[str, str] = field(default_factory=dict)


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
        wanted = [name for name in (text_column, label_column) if name]
        header = has_header(sample.name, sample.rows, wanted)
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
    table = _Table(sample.name, header or sample.keys is not None, profiles, sample.unreadable)
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
        raise InputError(
            f"{sample.name}: text and label are both {shown(text.name)}; name two columns."
        )
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
    switch: bool

    @property
    def plain_name(self) -> str:
        return plain_name(self.name)

    @property
    def may_be_label(self) -> bool:
        return (
            0 < self.distinct <= max(1, self.filled // 2)
            and self.longest <= LABEL_LENGTH
            and self.plain_name not in OTHER_NAMES
        )


@dataclass(frozen=True, slots=True)
class _Table:
    source: str
    has_names: bool
    profiles: Sequence[_Profile]
    unreadable: Mapping[str, str]

    def named(self, option: str, wanted: str) -> Column:
        if self.has_names:
            found = [p for p in self.profiles if p.name == wanted]
            found = found or [p for p in self.profiles if p.name.casefold() == wanted.casefold()]
        else:
            found = [p for p in self.profiles if wanted.isdecimal() and p.key == int(wanted) - 1]
        if len(found) != 1:
            many = f"has {len(found)} columns" if found else "has no column"
            raise InputError(
                f"{self.source} {many} {shown(wanted)} ({option}); it has {self._listed()}."
            )
        return Column(found[0].key, found[0].name, "named")

    def guess_text(self, label: Column | None) -> Column:
        rest = [p for p in self.profiles if label is None or p.key != label.key]
        if named := self._by_name(rest, TEXT_NAMES, "--text-column"):
            return named
        if any(plain_name(name) in _flat(TEXT_NAMES) for name in self.unreadable):
            raise InputError(self._unclear("text", "--text-column"))
        able = [p for p in rest if p.textual and p.plain_name not in OTHER_NAMES]
        if len(able) == 1 and len(self.profiles) == 1:
            if self.has_names and able[0].plain_name in _flat(LABEL_NAMES):
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
            # Numbers may be texts, where nothing else of the kind is there.
            found = [p for p in found if p.textual] or found
            if len(found) > 1:
                raise InputError(self._unclear(option.removeprefix("--").partition("-")[0], option))
            if found:
                return Column(found[0].key, found[0].name, "recognised by name")
        return None

    def _unclear(self, what: str, option: str) -> str:
        fix = "NAME" if self.has_names else "POSITION, from 1"
        return (
            f"{self.source}: which column is the {what} is not clear. Name it: {option} {fix}. "
            f"It has {self._listed()}.{self._switches() if what == 'label' else ''}"
        )

    def _switches(self) -> str:
        """A hint where several columns are of 0 and 1, as labels of which a text may have several."""
        found = [p.name for p in self.profiles if p.switch]
        if len(found) < 2:
            return ""
        return (
            f" {listed(found)} hold 0 and 1 only: where they are labels, a text has one label here; write its name "
            "into one column."
        )

    def _listed(self) -> str:
        found = listed(p.name for p in self.profiles)
        others = "".join(
            f"; {shown(name)} holds {kind}, which cannot be read"
            for name, kind in list(self.unreadable.items())[:_UNREADABLE_SHOWN]
        )
        lonely = len(self.profiles) == 1 and isinstance(self.profiles[0].key, int)
        hint = "; what separates columns is named by --delimiter CHARACTER" if lonely else ""
        return f"{found}{others}{hint}"


def _flat(tiers: Iterable[Iterable[str]]) -> set[str]:
    return {name for tier in tiers for name in tier}


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
        switch=bool(texts) and {text.lower() for text in texts} <= _SWITCHES,
    )
