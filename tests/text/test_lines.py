"""Lines and bytes of texts as files and phones have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurolite_core.ground.errors import InputError
from neurolite_core.text.lines import MAX_SHOWN, BadRows, decoded_lines, raw_lines
from neurolite_core.text.words import to_bytes


def test_a_byte_order_mark_is_left_out_of_the_first_line_only(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbftext,label\n\xef\xbb\xbfx,y\n")
    assert [line.text for line in decoded_lines(path)] == ["text,label\n", "\ufeffx,y\n"]


def test_a_nul_anywhere_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"one\nt\0wo\nthree\n\0\n")
    found = [line.number for line in decoded_lines(path) if line.problem]
    assert found == [2, 4]


def test_half_a_character_of_a_phone_keeps_its_three_bytes() -> None:
    assert to_bytes("a\ud83d b") == b"a\xed\xa0\xbd b"
    assert to_bytes("\udcff") == b"\xed\xb3\xbf"
    assert to_bytes(b"\xff") == b"\xff"


def test_utf16_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("text".encode("utf-16"))
    with pytest.raises(InputError, match="UTF-16"):
        next(raw_lines(path))


def test_bad_rows_are_refused_together() -> None:
    bad = BadRows("f.csv")
    for line in range(1, MAX_SHOWN):
        bad.add(line, "wrong")
    with pytest.raises(InputError, match="20 rows or more") as caught:
        bad.add(MAX_SHOWN, "wrong")
    assert str(caught.value).count("\n") == MAX_SHOWN
    one = BadRows("f.csv", unit="row")
    one.add(7, "wrong")
    with pytest.raises(InputError, match=r"f\.csv, row 7: wrong\."):
        one.finish()
    skipped = BadRows("f.csv", "skip")
    for line in range(30):
        skipped.add(line, "wrong")
    skipped.finish()
    assert (skipped.count, len(skipped.first)) == (30, MAX_SHOWN)
