"""Lines and bytes of texts as files and phones have them."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from neurolite_core.data import open_source
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


@pytest.mark.parametrize(
    ("encoding", "mark", "name"),
    [
        ("utf-16-le", b"\xff\xfe", "UTF-16"),
        ("utf-16-be", b"\xfe\xff", "UTF-16"),
        ("utf-32-le", b"\xff\xfe\0\0", "UTF-32"),
        ("utf-32-be", b"\0\0\xfe\xff", "UTF-32"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_other_encodings_are_named(
    tmp_path: Path, encoding: str, mark: bytes, name: str, packed: bool
) -> None:
    path = tmp_path / "a.txt"
    content = mark + "text\n".encode(encoding)
    path.write_bytes(gzip.compress(content, mtime=0) if packed else content)
    with pytest.raises(InputError, match=f"is {name}; save it as UTF-8"):
        next(raw_lines(path))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in the file system")
@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl", "a.parquet"])
def test_pipes_and_devices_are_refused_at_once(tmp_path: Path, name: str) -> None:
    """Nobody writes into the pipe, so that who opens it waits for ever."""
    path = tmp_path / name
    os.mkfifo(path)
    with pytest.raises(InputError, match="is a pipe; give a regular file"):
        open_source(path)
    path.unlink()
    path.symlink_to("/dev/zero")
    with pytest.raises(InputError, match="is a device; give a regular file"):
        open_source(path)


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
