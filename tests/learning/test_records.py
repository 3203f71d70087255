"""Records to bytes and back, and what no writer makes."""

from __future__ import annotations

import struct
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurolite_runtimes.learning import records as rec

D = 8
IDS = st.integers(1, rec.MAX_ID)
NUMBERS = st.integers(0, rec.MAX_LABELS - 1)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=256)


def a_vector(seed: int) -> np.ndarray:
    found = np.random.default_rng(seed).standard_normal(D)
    return (found / np.linalg.norm(found)).astype(np.float16)


EXAMPLES = st.builds(
    rec.Example,
    IDS,
    NUMBERS,
    st.integers(0, 2**32 - 1),
    st.floats(0, 1, width=32),
    st.integers(0, 2**32).map(a_vector),
    st.binary(max_size=300),
)
REWARDS = st.tuples(IDS, st.floats(-1, 1, width=32))
RECORDS = st.one_of(
    st.builds(rec.NewLabel, NUMBERS, NAMES),
    EXAMPLES,
    st.builds(rec.Removal, IDS),
    st.builds(rec.Relabel, IDS, NUMBERS),
    st.lists(REWARDS, max_size=rec.MAX_USES).map(lambda pairs: rec.Use(tuple(pairs))),
    st.builds(rec.Merge, NUMBERS, NUMBERS),
    st.builds(rec.Forget, NUMBERS),
    st.builds(rec.Correction, IDS, NUMBERS),
)


def parted(data: bytes) -> tuple[int, bytes]:
    length, kind, check = rec.PREFIX.unpack_from(data)
    assert check == crc32(data[:8])
    payload = data[rec.PREFIX.size : -4]
    assert (len(payload), crc32(payload)) == (length, struct.unpack("<I", data[-4:])[0])
    return kind, payload


@given(RECORDS)
def test_a_record_comes_back(record: rec.Record) -> None:
    found = rec.decode(*parted(rec.encode(record)), D)
    if isinstance(record, rec.Example):
        assert isinstance(found, rec.Example)
        assert np.array_equal(found.vector, record.vector)
        assert (found.id, found.label, found.clock, found.strength, found.text) == (
            record.id,
            record.label,
            record.clock,
            record.strength,
            record.text,
        )
    else:
        assert found == record


def test_weights_come_back() -> None:
    table = np.arange(D * 3, dtype=np.float32).reshape(D, 3)
    bias = np.array([1, 2, 3], np.float32)
    found = rec.decode(*parted(rec.encode(rec.Weights((4, 0, 7), table, bias))), D)
    assert isinstance(found, rec.Weights)
    assert found.labels == (4, 0, 7)
    assert np.array_equal(found.weights, table)
    assert np.array_equal(found.bias, bias)


@settings(max_examples=300)
@given(st.integers(0, 12), st.binary(max_size=80))
def test_any_payload_is_a_record_or_malformed(kind: int, payload: bytes) -> None:
    try:
        record = rec.decode(kind, payload, D)
    except rec.MalformedError:
        return
    assert parted(rec.encode(record)) == (kind, payload)


GOOD = rec.Example(1, 0, 1, 0.5, a_vector(0), b"a text")


@pytest.mark.parametrize(
    "payload",
    [
        parted(rec.encode(GOOD))[1][:-1],
        parted(rec.encode(GOOD))[1] + b"x",
        struct.pack("<IIIfI", 0, 0, 1, 0.5, 0) + a_vector(0).tobytes(),
        struct.pack("<IIIfI", 1, 0, 1, 1.5, 0) + a_vector(0).tobytes(),
        struct.pack("<IIIfI", 1, 0, 1, float("nan"), 0) + a_vector(0).tobytes(),
        struct.pack("<IIIfI", 1, 0, 1, 0.5, 0) + (2 * a_vector(0)).tobytes(),
        struct.pack("<IIIfI", 1, 0, 1, 0.5, 0) + np.full(D, np.nan, np.float16).tobytes(),
        struct.pack("<IIIfI", 1, 0, 1, 0.5, 0) + np.full(D, np.inf, np.float16).tobytes(),
        struct.pack("<IIIfI", 1, 0, 1, 0.5, 70_000) + a_vector(0).tobytes() + bytes(70_000),
    ],
)
def test_an_example_that_cannot_be(payload: bytes) -> None:
    with pytest.raises(rec.MalformedError):
        rec.decode(2, payload, D)
