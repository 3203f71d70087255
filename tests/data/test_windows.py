"""Windows of documents: every word is asked for once, and read where it is not asked for first."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurolite_core.data.store_writer import build_store
from neurolite_core.data.windows import ALL, HELD, KINDS, LEARNED, Windows
from neurolite_core.ground.errors import InputError
from neurolite_core.text.segments import split_segments


@given(lengths=st.lists(st.integers(1, 12), min_size=1, max_size=6), words=st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_windows_are_the_document_with_one_word_twice_at_each_border(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], words: int
) -> None:
    texts = [" ".join(f"w{place}" for place in range(length)) for length in lengths]
    path = tmp_path_factory.mktemp("windows") / "texts.txt"
    path.write_text("\n\n".join(texts))
    rows = list(Windows(path, words).rows())
    for number, text in enumerate(texts, start=1):
        own = [row for row in rows if row.line == number]
        pieces = [split_segments([row.text.encode()])[0].words for row in own]
        assert all(len(piece) <= words + 1 for piece in pieces)
        kept = [*(piece[:words] for piece in pieces[:-1]), pieces[-1]]
        assert b"".join(b"".join(piece) for piece in kept) == text.encode()
        assert all(a[words] == b[0] for a, b in pairwise(pieces))
        kinds = [row.label for row in own]
        if len(own) == 1:
            assert kinds == ["whole"]
        else:
            assert kinds == ["begins", *["middle"] * (len(own) - 2), "ends"]


def test_parts_share_the_documents_and_only_so_many_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "texts.txt"
    path.write_text("\n\n".join(f"number {number}" for number in range(1, 61)))
    numbers = {
        part: [number for number, _ in Windows(path, 8, part).documents()]
        for part in (ALL, LEARNED, HELD)
    }
    assert numbers[ALL] == list(range(1, 61))
    assert numbers[HELD] == [20, 40, 60]
    assert sorted(numbers[LEARNED] + numbers[HELD]) == numbers[ALL]
    assert len(list(Windows(path, 8, LEARNED, most=7).documents())) == 7


def test_a_store_of_windows_numbers_their_kinds(tmp_path: Path) -> None:
    path = tmp_path / "texts.txt"
    path.write_text("one two three four five\n\nsix")
    store = build_store([Windows(path, 2)], tmp_path / "store", labels=KINDS)
    assert [KINDS[number] for number in store.label_ids] == ["begins", "middle", "ends", "whole"]
    assert store.texts(range(4)) == [b"one two three", b" three four five", b" five", b"six"]


def test_lines_that_are_not_utf_8_are_refused_or_left_out(tmp_path: Path) -> None:
    path = tmp_path / "texts.txt"
    path.write_bytes(b"good\n\n\xff\xfe bad\n\nfine")
    with pytest.raises(InputError, match="UTF-8"):
        list(Windows(path, 4).rows())
    assert [row.text for row in Windows(path, 4, on_bad="skip").rows()] == ["good", "fine"]
