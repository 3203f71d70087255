"""What a store's records come to: the examples that are there, their labels, strengths and prototypes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from neurolite_runtimes.learning import records as rec
from neurolite_runtimes.learning.header import Header
from neurolite_runtimes.learning.prototypes import Prototypes, unit

_T = TypeVar("_T")
_FIRST_ROOM = 64
_BEGINNING = 0.5  # strength of a new example
_LAST_EVENT = 2**32 - 1
# An example carries its own time, a correction goes with one or the other, and the rest changes no strength.
_EVENTS = (rec.Removal, rec.Relabel, rec.Use, rec.Merge, rec.Forget)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The prototypes of all labels.

    Attributes:
        units: float32 [P, D], of length 1.
        counts: float64 [P], of how many examples each is the mean.
        owners: int [P], the place of each one's label in ``labels``.
        labels: numbers of the labels that have examples, in order.
    """

    units: NDArray[np.float32]
    counts: NDArray[np.float64]
    owners: NDArray[np.intp]
    labels: tuple[int, ...]


class Memory:
    """The state after a header and records; ``apply`` is the only way in.

    Args:
        header: of the store.

    Attributes:
        header: as it was read.
        names: of the labels that are there, by number, in order of their numbers.
        clock: events so far.
        next_id: of the next example.
        next_label: number of the next label.
        weights: of a fit that is still about these examples, else None.
        corrections: of examples that are there, in order.
        version: grows with every record that changes an answer.
    """

    def __init__(self, header: Header) -> None:
        self.header = header
        self.names: dict[int, str] = dict(enumerate(header.labels))
        self.clock = header.clock
        self.next_id = header.next_id
        self.next_label = len(header.labels)
        self.weights: rec.Weights | None = None
        self.corrections: list[rec.Correction] = []
        self._corrected: set[int] = set()
        self.version = 0
        self._numbers = {name: number for number, name in self.names.items()}
        self._rows: dict[int, int] = {}
        self._used = 0
        self._last_id = 0
        self._ids = np.zeros(_FIRST_ROOM, np.int64)
        self._labels = np.zeros(_FIRST_ROOM, np.int64)
        self._alive = np.zeros(_FIRST_ROOM, np.bool_)
        self._vectors = np.zeros((_FIRST_ROOM, header.dimension), np.float32)
        self._strengths = np.zeros(_FIRST_ROOM, np.float64)
        self._clocks = np.zeros(_FIRST_ROOM, np.int64)
        self._texts: list[bytes] = []
        self._same: dict[bytes, list[int]] = {}
        self._prototypes: dict[int, Prototypes | None] = {}
        self._kept: dict[str, tuple[int, Any]] = {}
        self._takers: Mapping[type, Callable[[Any], None]] = {
            rec.NewLabel: self._name,
            rec.Example: self._remember,
            rec.Removal: lambda item: self._remove(self._row(item.id)),
            rec.Relabel: lambda item: self._move(self._row(item.id), item.label),
            rec.Use: self._use,
            rec.Merge: self._merge,
            rec.Forget: self._forget,
            rec.Weights: self._fitted,
            rec.Correction: self._correct,
        }

    def __len__(self) -> int:
        return len(self._rows)

    def apply(self, record: rec.Record) -> None:
        """Takes a record.

        Raises:
            rec.MalformedError: it speaks of what is not there.
        """
        if isinstance(record, _EVENTS):
            self.clock += 1
        self._takers[type(record)](record)
        if not isinstance(record, rec.NewLabel):
            self.version += 1

    def number(self, name: str) -> int | None:
        """Of a label by its name; None where there is none."""
        return self._numbers.get(name)

    def counts(self) -> Mapping[int, int]:
        """How many examples each label has, by number; those without any too."""
        found = dict.fromkeys(self.names, 0)
        for label in self._labels[self.rows()].tolist():
            found[label] += 1
        return found

    def rows(self) -> NDArray[np.intp]:
        """Of the examples that are there, in the order of their ids."""
        return np.flatnonzero(self._alive[: self._used])

    @property
    def vectors(self) -> NDArray[np.float32]:
        """float32 [n, D] by row, of examples that are gone too; do not change it."""
        return self._vectors[: self._used]

    @property
    def alive(self) -> NDArray[np.bool_]:
        """bool [n], by row."""
        return self._alive[: self._used]

    @property
    def labels(self) -> NDArray[np.int64]:
        """Numbers int64 [n], by row."""
        return self._labels[: self._used]

    def id_at(self, row: int) -> int:
        """Of an example."""
        return int(self._ids[row])

    def has(self, number: int) -> bool:
        """Whether an example of this id is there."""
        return number in self._rows

    def row(self, number: int) -> int:
        """Of the id of an example that is there."""
        return self._rows[number]

    def text_at(self, row: int) -> bytes:
        """Of an example, empty where the store keeps none."""
        return self._texts[row]

    def strength_at(self, row: int) -> float:
        """Now, from 0 to 1: what uses have made it, faded by the events since the last of them."""
        return float(self.strengths_at(np.array([row]))[0])

    def strengths_at(self, rows: NDArray[np.integer]) -> NDArray[np.float64]:
        """The same of several, float64 [n]."""
        since = np.maximum(0, self.clock - self._clocks[rows])
        found: NDArray[np.float64] = self._strengths[rows] * np.exp2(
            -since / self.header.settings.half_life
        )
        return found

    def same_as(self, vector: NDArray[np.float16]) -> list[int]:
        """Ids of the examples that have exactly this vector."""
        return list(self._same.get(_key(vector), ()))

    def prototypes(self, label: int) -> Prototypes:
        """Of a label, by number."""
        found = self._prototypes.get(label)
        if found is None:
            found = Prototypes(self.header.settings)
            for row in np.flatnonzero(self.alive & (self.labels == label)).tolist():
                found.observe(row, self._vectors)
            self._prototypes[label] = found
        return found

    def table(self) -> Table:
        """The prototypes of all labels that have examples."""
        return self.remembered("table", self._new_table)

    def _new_table(self) -> Table:
        labels = tuple(sorted(set(self._labels[self.rows()].tolist())))
        own = [self.prototypes(label) for label in labels]
        means = [mean for item in own for mean in item.means]
        units = unit(np.stack(means)) if means else np.zeros((0, self.header.dimension))
        counts = np.array([count for item in own for count in item.counts()], np.float64)
        owners = np.repeat(np.arange(len(own)), [len(item.means) for item in own])
        return Table(units.astype(np.float32), counts, owners, labels)

    def remembered(self, name: str, compute: Callable[[], _T]) -> _T:
        """What was computed of this state under a name, once until it changes."""
        found = self._kept.get(name)
        if found is None or found[0] != self.version:
            found = self._kept[name] = (self.version, compute())
        return cast("_T", found[1])

    def new_example(
        self, label: int, vector: NDArray[np.float16], text: bytes, place: int
    ) -> rec.Example:
        """A record for ``apply``; ``place`` counts those of one batch from 0."""
        clock = min(self.clock + 1 + place, _LAST_EVENT)
        return rec.Example(self.next_id + place, label, clock, _BEGINNING, vector, text)

    def compacted(self) -> tuple[Header, Iterator[rec.Record]]:
        """A header and records that come to the same, without what is gone."""
        numbers = {old: new for new, old in enumerate(self.names)}
        header = replace(
            self.header,
            labels=tuple(self.names.values()),
            clock=min(self.clock, _LAST_EVENT),
            next_id=self.next_id,
        )
        return header, self._restated(numbers)

    def _restated(self, numbers: Mapping[int, int]) -> Iterator[rec.Record]:
        # As a reader of the file finds them, so that who goes on and who opens it again come to the same.
        for row in self.rows().tolist():
            yield rec.Example(
                int(self._ids[row]),
                numbers[int(self._labels[row])],
                min(int(self._clocks[row]), _LAST_EVENT),
                float(np.float32(self._strengths[row])),
                self._vectors[row].astype(np.float16),
                self._texts[row],
            )
        for item in self.corrections:
            yield rec.Correction(item.id, numbers.get(item.answered, rec.NO_LABEL))
        if self.weights is not None:
            yield replace(
                self.weights, labels=tuple(numbers[label] for label in self.weights.labels)
            )

    def _name(self, record: rec.NewLabel) -> None:
        if record.number != self.next_label or record.name in self._numbers:
            raise rec.MalformedError(
                "a label that is there already, or whose number is not the next"
            )
        self.names[record.number] = record.name
        self._numbers[record.name] = record.number
        self.next_label += 1

    def _remember(self, record: rec.Example) -> None:
        self._check_label(record.label)
        if record.id <= self._last_id:
            raise rec.MalformedError("an example whose id is not above those before it")
        if self._used == rec.MAX_EXAMPLES:
            raise rec.MalformedError(f"more than {rec.MAX_EXAMPLES:,} examples")
        if self._used == len(self._ids):
            self._grow()
        row = self._used
        self._ids[row], self._labels[row], self._alive[row] = record.id, record.label, True
        self._vectors[row] = record.vector
        self._strengths[row], self._clocks[row] = record.strength, record.clock
        self._texts.append(record.text)
        self._rows[record.id] = row
        self._same.setdefault(_key(record.vector), []).append(record.id)
        self._used += 1
        self._last_id = record.id
        self.next_id = max(self.next_id, record.id + 1)
        self.clock = max(self.clock, record.clock)
        self.weights = None
        own = self._prototypes.get(record.label)
        if own is not None:
            own.observe(row, self._vectors)

    def _grow(self) -> None:
        for name in ("_ids", "_labels", "_alive", "_vectors", "_strengths", "_clocks"):
            old = getattr(self, name)
            new = np.zeros((2 * len(old), *old.shape[1:]), old.dtype)
            new[: len(old)] = old
            setattr(self, name, new)

    def _remove(self, row: int) -> None:
        number = int(self._ids[row])
        self._alive[row] = False
        del self._rows[number]
        same = self._same[_key(self._vectors[row])]
        same.remove(number)
        self._texts[row] = b""
        if number in self._corrected:
            self.corrections = [item for item in self.corrections if item.id != number]
            self._corrected.remove(number)
        self._changed(int(self._labels[row]))

    def _correct(self, record: rec.Correction) -> None:
        self._row(record.id)
        self.corrections.append(record)
        self._corrected.add(record.id)

    def _move(self, row: int, label: int) -> None:
        self._check_label(label)
        self._changed(int(self._labels[row]), label)
        self._labels[row] = label

    def _changed(self, *labels: int) -> None:
        for label in labels:
            self._prototypes.pop(label, None)
        self.weights = None

    def _use(self, record: rec.Use) -> None:
        learning = self.header.settings.learning
        for number, reward in record.rewards:
            row = self._row(number)
            strength = self.strength_at(row)
            goal = 1.0 if reward > 0 else 0.0
            self._strengths[row] = strength + learning * abs(reward) * (goal - strength)
            self._clocks[row] = self.clock

    def _merge(self, record: rec.Merge) -> None:
        self._check_label(record.source)
        self._check_label(record.into)
        if record.source == record.into:
            raise rec.MalformedError("a label that is merged with itself")
        self._labels[: self._used][self.labels == record.source] = record.into
        self._changed(record.source, record.into)
        self._drop_label(record.source)

    def _forget(self, record: rec.Forget) -> None:
        label = record.label
        self._check_label(label)
        for row in np.flatnonzero(self.alive & (self.labels == label)).tolist():
            self._remove(row)
        self._changed(label)
        self._drop_label(label)

    def _drop_label(self, label: int) -> None:
        del self._numbers[self.names.pop(label)]

    def _fitted(self, record: rec.Weights) -> None:
        if set(record.labels) != {label for label, count in self.counts().items() if count}:
            raise rec.MalformedError("weights of other labels than those that have examples")
        self.weights = record

    def _check_label(self, label: int) -> None:
        if label not in self.names:
            raise rec.MalformedError(f"the label number {label}, which is not there")

    def _row(self, number: int) -> int:
        if number not in self._rows:
            raise rec.MalformedError(f"the example {number}, which is not there")
        return self._rows[number]


def _key(vector: NDArray[np.floating]) -> bytes:
    return vector.astype(rec.HALF).tobytes()
