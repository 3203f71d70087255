"""What records come to: the same in one go, after compaction, and after any detour."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning.toy import SIZE, Toy, vector_of
from neurolite_runtimes.learning import records as rec
from neurolite_runtimes.learning.header import Settings
from neurolite_runtimes.learning.matching import header_for
from neurolite_runtimes.learning.memory import Memory
from neurolite_runtimes.learning.store_file import read_store, write_store

SETTINGS = replace(Settings(), split_from=4, half_life=8)
HEADER = header_for(Toy().metadata, texts=True, dimension=None, settings=SETTINGS)


def apply_event(memory: Memory, kind: int, first: int, second: int) -> None:
    """One change that a learner could write."""
    ids = [memory.id_at(row) for row in memory.rows().tolist()]
    labels = list(memory.names)
    if kind == 0 or not labels:
        memory.apply(rec.NewLabel(memory.next_label, f"label {memory.next_label}"))
    elif kind < 5 or not ids:
        text = f"{first % 5} {second}".encode()
        vector = vector_of(text).astype(np.float16)
        memory.apply(memory.new_example(labels[first % len(labels)], vector, text, 0))
    elif kind == 5:
        memory.apply(rec.Removal(ids[first % len(ids)]))
    elif kind == 6:
        memory.apply(rec.Relabel(ids[first % len(ids)], labels[second % len(labels)]))
    elif kind == 7:
        memory.apply(rec.Use(((ids[first % len(ids)], (second % 5 - 2) / 2),)))
    elif kind == 8:
        memory.apply(rec.Correction(ids[first % len(ids)], labels[second % len(labels)]))
    elif kind == 9 and len(labels) > 1:
        memory.apply(rec.Merge(labels[first % len(labels)], labels[first % len(labels) - 1]))
    elif kind == 10:
        memory.apply(rec.Forget(labels[first % len(labels)]))


EVENTS = st.lists(
    st.tuples(st.integers(0, 10), st.integers(0, 99), st.integers(0, 99)), max_size=60
)


def state_of(memory: Memory) -> dict[str, object]:
    rows = memory.rows()
    table = memory.table()
    return {
        "names": list(memory.names.values()),
        "examples": [
            (memory.id_at(row), memory.names[int(memory.labels[row])], memory.text_at(row))
            for row in rows.tolist()
        ],
        "strengths": memory.strengths_at(rows).tolist(),
        "units": table.units.tolist(),
        "counts": table.counts.tolist(),
        "clock": memory.clock,
        "next": memory.next_id,
        "corrections": [item.id for item in memory.corrections],
    }


@settings(max_examples=60, deadline=None)
@given(EVENTS)
def test_compaction_and_detours_change_nothing(events: list[tuple[int, int, int]]) -> None:
    memory = Memory(HEADER)
    for event in events:
        apply_event(memory, *event)
        if event[1] % 7 == 0:
            memory.table()  # what is kept between events must be what it would be computed anew
    header, records = memory.compacted()
    again = Memory(header)
    for record in records:
        again.apply(record)
    found, expected = state_of(again), state_of(memory)
    assert found.pop("strengths") == pytest.approx(expected.pop("strengths"), abs=1e-6)
    assert found == expected


@settings(max_examples=20, deadline=None)
@given(EVENTS)
def test_a_file_has_all_of_it(
    tmp_path_factory: pytest.TempPathFactory, events: list[tuple[int, int, int]]
) -> None:
    memory = Memory(HEADER)
    for event in events:
        apply_event(memory, *event)
    path = tmp_path_factory.mktemp("store") / "s.nls"
    size = write_store(path, *memory.compacted())
    assert path.stat().st_size == size
    read = read_store(path)
    assert (read.end, read.torn) == (size, 0)
    assert state_of(read.memory)["examples"] == state_of(memory)["examples"]


def example(number: int, label: int = 0) -> rec.Example:
    return rec.Example(number, label, 1, 0.5, vector_of(b"a %d" % number).astype(np.float16), b"")


@pytest.mark.parametrize(
    "record",
    [
        rec.NewLabel(0, "again"),
        rec.NewLabel(5, "not the next"),
        rec.NewLabel(1, "first"),
        example(1),
        example(9, label=3),
        rec.Removal(7),
        rec.Relabel(1, 7),
        rec.Relabel(7, 0),
        rec.Use(((7, 1.0),)),
        rec.Merge(0, 0),
        rec.Merge(0, 7),
        rec.Forget(7),
        rec.Correction(7, 0),
        rec.Weights((0, 1), np.zeros((SIZE, 2), np.float32), np.zeros(2, np.float32)),
    ],
)
def test_a_record_of_what_is_not_there_is_malformed(record: rec.Record) -> None:
    memory = Memory(HEADER)
    memory.apply(rec.NewLabel(0, "first"))
    memory.apply(example(1))
    with pytest.raises(rec.MalformedError):
        memory.apply(record)


def test_strength_grows_with_use_and_fades_by_events() -> None:
    memory = Memory(replace(HEADER, settings=replace(SETTINGS, half_life=10, learning=0.25)))
    memory.apply(rec.NewLabel(0, "first"))
    memory.apply(example(1))
    assert memory.strength_at(0) == 0.5
    memory.apply(rec.Use(((1, 1.0),)))
    faded = 0.5 * 2 ** (-1 / 10)
    assert memory.strength_at(0) == pytest.approx(faded + 0.25 * (1 - faded))
    used = memory.strength_at(0)
    for number in range(2, 12):
        memory.apply(replace(example(number), clock=memory.clock + 1))
    assert memory.strength_at(0) == pytest.approx(used / 2)
    memory.apply(rec.Use(((1, -1.0),)))
    assert memory.strength_at(0) == pytest.approx(used / 2 * 2 ** (-1 / 10) * 0.75)


def test_who_goes_on_behind_a_compaction_is_as_who_opens_the_file() -> None:
    memory = Memory(HEADER)
    memory.apply(rec.NewLabel(0, "first"))
    memory.apply(example(1))
    memory.apply(rec.Use(((1, 1 / 3),)))
    for record in memory.compacted()[1]:
        read = rec.decode(2, rec.encode(record)[rec.PREFIX.size : -4], HEADER.dimension)
        assert isinstance(record, rec.Example)
        assert isinstance(read, rec.Example)
        assert record.strength == read.strength


def test_a_use_behind_the_last_event_that_a_file_can_tell_is_compacted() -> None:
    last = 2**32 - 1
    memory = Memory(replace(HEADER, clock=last))
    memory.apply(rec.NewLabel(0, "first"))
    memory.apply(replace(example(1), clock=last))
    memory.apply(rec.Use(((1, 1.0),)))
    (record,) = memory.compacted()[1]
    assert isinstance(record, rec.Example)
    assert record.clock == last
    rec.encode(record)


def test_a_file_is_read_by_its_own_settings(tmp_path: Path) -> None:
    path = tmp_path / "s.nls"
    write_store(path, replace(HEADER, settings=replace(SETTINGS, focus=3.0)), ())
    assert read_store(path).memory.header.settings.focus == 3.0
