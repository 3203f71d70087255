"""A part of ``differential.py``: all implementations give the same indices."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from native.differential import compare, strings
from neurolite_core.hashing.words import hash_words
from neurolite_runtimes.native_library import NativeLibrary

TEXTS = 4_000
PIECES = [b"'", b" ", b"a", b"\xe2\x80\x99", b"\xe0\xb8\xb1", b"\xe0\xb8\x81", b"-", b"\xff", b"\0"]
PIECES += [
    b"\xcc\x81",
    b"\xcc\x81" * 32,
    b"\xe2\x80\x8b",
    b"\xf3\xa0\x80\xa0",
    b"\xf0\xa0\x80\x80",
    b"\xc3\xa9",
    b"abcdefgh" * 8,
]


def test_all_implementations_agree(library: NativeLibrary) -> None:
    outcome = compare(TEXTS, 1, library, extensions_share=3)
    assert outcome.different == []
    assert outcome.texts == TEXTS
    assert outcome.words > TEXTS
    everywhere = {name: count for name, count in outcome.compared.items() if "ext" not in name}
    assert set(everywhere.values()) == {TEXTS}
    assert {"C, n-grams", "torch, n-grams", "ort native, n-grams", "torch"} < set(everywhere)


def test_strings_are_reproducible_and_of_many_kinds() -> None:
    first, again = ([t for chunk in strings(3_000, 2) for t in chunk] for _ in range(2))
    assert first == again
    assert len(set(first)) > 2_500
    assert any(b"\xff" in text for text in first)


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=9)), max_size=60))
def test_any_bytes_on_every_path(library: NativeLibrary, pieces: list[bytes]) -> None:
    text = b"".join(pieces)
    expected = hash_words([text], num_hashes=20, table_size=1_000)
    for path in library.paths:
        found = library.hash_words([text], num_hashes=20, table_size=1_000, path=path)
        assert found.indices.tolist() == expected.indices.tolist()
        assert found.counts.tolist() == expected.counts.tolist()
