"""Guesses which columns hold text and labels, by their names, else by what is in them; refuses what is not clear."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from neurolite_core.data.headers import (
    LABEL_LENGTH,
    LABEL_NAMES,
    TEXT_NAMES,
    UnclearColumnsError,
    plain_name,
)
from neurolite_core.data.label_cells import SWITCHES
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import listed, shown

# Never guessed: row numbers and which part of the data a row belongs to.
OTHER_NAMES: Final = frozenset(
    {"", "id", "idx", "index", "uid", "guid", "row", "split", "fold", "unnamed_0"}
)
_NEAR: Final = 0.6
_UNREADABLE_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its position or key, its name for people, and how it was found."""

    key: int | str
    name: str
    how: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What the first rows show of a column.

    Attributes:
        key, name: of the column.
        textual: strings, at least one of them, and whole numbers.
        length, longest: characters on the average, and at most.
        distinct, filled: different values, and all that are not empty.
        switch: 0 and 1, or false and true, only.
        lists: a list in at least one cell, and else nothing.
    """

    key: int | str
    name: str
    textual: bool
    length: float
    longest: int
    distinct: int
    filled: int
    switch: bool
    lists: bool

    @property
    def plain_name(self) -> str:
        """Its name without case and punctuation."""
        return plain_name(self.name)

    @property
    def may_be_label(self) -> bool:
        """Whether its values are few, short and repeated."""
        return (
            0 < self.distinct <= max(1, self.filled // 2)
            and self.longest <= LABEL_LENGTH
            and self.plain_name not in OTHER_NAMES
        )


@dataclass(frozen=True, slots=True)
class Table:
    """A file's columns.

    Attributes:
        source: the file.
        has_names: whether the columns' names are known.
        profiles: of the columns.
        unreadable: further columns, with what they hold.
        several: whether a text may have several labels.
    """

    source: str
    has_names: bool
    profiles: Sequence[Profile]
    unreadable: Mapping[str, str]
    several: bool = False

    def named(self, option: str, wanted: str) -> Column:
        """The column that an option names."""
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

    def is_switch(self, column: Column) -> bool:
        """Whether a column holds 0 and 1 only."""
        return any(p.switch for p in self.profiles if p.key == column.key)

    def guess_text(self, labels: Sequence[Column]) -> Column:
        """The column of the texts, none of ``labels``."""
        taken = {label.key for label in labels}
        rest = [p for p in self.profiles if p.key not in taken]
        if named := self._by_name(rest, TEXT_NAMES, "--text-column"):
            return named
        if any(plain_name(name) in _flat(TEXT_NAMES) for name in self.unreadable):
            raise self._unclear("text", "--text-column")
        able = [p for p in rest if p.textual and p.plain_name not in OTHER_NAMES]
        if len(able) == 1 and len(self.profiles) == 1:
            if self.has_names and able[0].plain_name in _flat(LABEL_NAMES):
                raise self._unclear("text", "--text-column")  # labels without texts
            return Column(able[0].key, able[0].name, "the only column")
        able.sort(key=lambda p: p.length, reverse=True)
        rivals = [p for p in able[1:] if p.length > _NEAR * able[0].length and not p.may_be_label]
        if not able or rivals or (able[0].may_be_label and len(able) > 1):
            raise self._unclear("text", "--text-column")
        return Column(able[0].key, able[0].name, "guessed by content: the longest")

    def guess_labels(self, text: Column, *, needed: bool) -> tuple[Column, ...]:
        """The column of the labels, or of several labels a text the columns of 0 and 1; none where none is needed."""
        rest = [p for p in self.profiles if p.key != text.key]
        switches = [p for p in rest if p.switch and p.plain_name not in OTHER_NAMES]
        named = self._by_name(rest, LABEL_NAMES, "--label-column")
        if self.several and len(switches) > 1:
            if named is not None and not any(p.key == named.key for p in switches):
                raise self._unclear("label", "--label-column")
            how = "0 and 1 only"
            return tuple(Column(p.key, p.name, how) for p in switches)
        if named:
            return (named,)
        if not needed:
            return ()
        if self.several and len(lists := [p for p in rest if p.lists]) == 1:
            return (Column(lists[0].key, lists[0].name, "the only column of lists"),)
        able = [p for p in rest if p.may_be_label]
        able = [p for p in able if p.distinct > 1] or able
        if len(able) != 1:
            raise self._unclear("label", "--label-column")
        how = "guessed by content: few, short and repeated values"
        return (Column(able[0].key, able[0].name, how),)

    def _by_name(
        self, profiles: Sequence[Profile], tiers: Sequence[Sequence[str]], option: str
    ) -> Column | None:
        if not self.has_names:
            return None
        for tier in tiers:
            found = [p for p in profiles if p.plain_name in tier]
            # Numbers may be texts, where nothing else of the kind is there.
            found = [p for p in found if p.textual] or found
            if len(found) > 1:
                raise self._unclear(option.removeprefix("--").partition("-")[0], option)
            if found:
                return Column(found[0].key, found[0].name, "recognised by name")
        return None

    def _unclear(self, what: str, option: str) -> UnclearColumnsError:
        fix = "NAME" if self.has_names else "POSITION, from 1"
        return UnclearColumnsError(
            f"{self.source}: which column is the {what} is not clear.",
            f"Name it: {option} {fix}.",
            f" It has {self._listed()}.{self._switches() if what == 'label' else ''}",
        )

    def _switches(self) -> str:
        """A hint where several columns are of 0 and 1, as labels of which a text may have several."""
        found = [p.name for p in self.profiles if p.switch]
        if len(found) < 2:
            return ""
        if self.several:
            return f" {listed(found)} hold 0 and 1 only: where they are labels, name each of them."
        return (
            f" {listed(found)} hold 0 and 1 only: where they are labels, of which a text may have several: "
            "neurolite-train --multi-label"
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


def profile_of(key: int | str, name: str, cells: Sequence[Any]) -> Profile:
    """What cells show of their column."""
    values = [cell for cell in cells if cell is not None and cell != ""]
    plain = all(isinstance(value, str | int) for value in values)
    texts = [str(value) for value in values] if plain else []
    return Profile(
        key=key,
        name=name,
        textual=plain and (not values or any(isinstance(value, str) for value in values)),
        length=sum(map(len, texts)) / max(1, len(texts)),
        longest=max(map(len, texts), default=0),
        distinct=len(set(texts)),
        filled=len(texts),
        lists=bool(values) and all(isinstance(value, list) for value in values),
        switch=bool(texts) and {text.lower() for text in texts} <= SWITCHES.keys(),
    )
