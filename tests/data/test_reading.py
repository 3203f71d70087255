"""Every format gives back what was written; what cannot be used is named with its line."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import itertools
import json
import re
import string
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurolite_core.data import Row, Source, open_source
from neurolite_core.ground.errors import InputError
from neurolite_core.text.lines import MAX_LINE, BadRows

CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.text(CHARACTERS | st.sampled_from('",\n\r\t '), max_size=20)
LABELS = st.text(string.ascii_letters, min_size=1, max_size=5)
ROWS = st.lists(st.tuples(TEXTS, LABELS), min_size=1, max_size=20)


def write(tmp_path: Path, name: str, content: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)
    return path


def pairs(source: Source) -> list[tuple[str, str | None]]:
    return [(row.text, row.label) for row in source.rows()]


def delimited(rows: Sequence[tuple[str, ...]], delimiter: str, ending: str = "\n") -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL)
    writer.writerows(rows)
    return stream.getvalue().encode()


@settings(deadline=None)
@given(rows=ROWS, ending=st.sampled_from(["\n", "\r\n"]), mark=st.booleans(), packed=st.booleans())
def test_csv_round_trip(rows: list[tuple[str, str]], ending: str, mark: bool, packed: bool) -> None:
    content = delimited([("text", "label"), *rows], ",", ending)
    with tempfile.TemporaryDirectory() as folder:
        path = write(
            Path(folder),
            "a.csv.gz" if packed else "a.csv",
            (b"\xef\xbb\xbf" if mark else b"") + content,
        )
        source = open_source(path)
        assert pairs(source) == rows
        assert pairs(source) == rows  # a second time from the start
        written = content.decode().split("\n")
        for row in source.rows():  # quoted line ends: the line is that where the row begins
            first_line = ('"' + row.text.replace('"', '""')).split("\n")[0]
            assert written[row.line - 1].startswith(first_line)


@settings(deadline=None)
@given(rows=ROWS)
def test_tsv_round_trip_with_quoting(rows: list[tuple[str, str]]) -> None:
    """A quoted field may hold tabs or line ends, not both."""
    rows = [(text.replace("\t", " ") if "\n" in text else text, label) for text, label in rows]
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), "a.tsv", delimited([("text", "label"), *rows], "\t"))
        assert pairs(open_source(path)) == rows


@settings(deadline=None)
@given(rows=st.lists(st.tuples(st.text("ab\" '", max_size=8), LABELS), min_size=1, max_size=20))
def test_tsv_without_quoting_keeps_one_row_a_line(rows: list[tuple[str, str]]) -> None:
    """Quotes may be lost from texts that are quoted as a whole, but rows never run together."""
    lines = ["text\tlabel", *(f"{text}\t{label}" for text, label in rows)]
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), "a.tsv", "\n".join(lines).encode())
        found = list(open_source(path).rows())
    assert [row.line for row in found] == list(range(2, len(rows) + 2))
    for row, (text, label) in zip(found, rows, strict=True):
        assert row.label == label
        assert row.text == text or (text[0] == '"' and row.text == text[1:-1].replace('""', '"'))


@settings(deadline=None)
@given(rows=st.lists(st.tuples(st.text(max_size=20), LABELS), min_size=1), ascii_only=st.booleans())
def test_json_lines_round_trip(rows: list[tuple[str, str]], ascii_only: bool) -> None:
    content = "".join(
        json.dumps({"id": 1, "text": text, "label": label}, ensure_ascii=ascii_only) + "\n"
        for text, label in rows
    )
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), "a.jsonl", content.encode("utf-8", "surrogatepass"))
        assert pairs(open_source(path)) == rows


def test_lines_of_text_are_unlabelled(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt.gz", b"one\r\n\n  two \nthree")
    assert list(open_source(path).rows()) == [
        Row("one", None, 1), Row("two", None, 3), Row("three", None, 4)
    ]  # fmt: skip
    with pytest.raises(InputError, match="holds a text a line and no labels"):
        open_source(path, labelled=True)


@settings(deadline=None, max_examples=300)
@given(
    name=st.sampled_from(["a.csv", "a.tsv", "a.jsonl", "a.txt"]),
    head=st.sampled_from([b"", b"text,label\nx,a\n", b"text\tlabel\nx\ta\n", b'{"text": "x", "label": "a"}\n']),
    parts=st.lists(
        st.sampled_from(
            [b"x", b",", b"\t", b'"', b'""', b"\n", b"\r", b"\r\n", b"\0", b"\xff", b"\xc3\xa9", b"{", b"}",
             b'{"text": "y", "label": "b"}', b"[", b"1", b" ", b"\x1f\x8b", b"\xef\xbb\xbf", b"\xff\xfe"]
        ),
        max_size=40,
    ),
)  # fmt: skip
def test_any_file_gives_rows_or_our_error(name: str, head: bytes, parts: list[bytes]) -> None:
    content = head + b"".join(parts)
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), name, content)
        with contextlib.suppress(InputError):
            lines = [row.line for row in open_source(path, on_bad="skip").rows()]
            assert lines == sorted(set(lines))
            assert all(0 < line <= content.count(b"\n") + 1 for line in lines)


def test_escaped_nul_is_a_character_like_others(tmp_path: Path) -> None:
    content = b'{"text": "a\\u0000b", "label": "x"}\n'
    assert pairs(open_source(write(tmp_path, "a.jsonl", content))) == [("a\0b", "x")]


def test_columns_are_named_for_files_that_have_them(tmp_path: Path) -> None:
    """Plain texts beside a file whose columns were named."""
    plain = open_source(
        write(tmp_path, "chatter.txt", b"one\ntwo\n"), text_column="msg", labelled=False
    )
    assert pairs(plain) == [("one", None), ("two", None)]
    assert plain.columns.text.how == "recognised by name"
    with pytest.raises(InputError, match="no column 'msg'"):
        open_source(write(tmp_path, "a.csv", HEAD + b"x,a\n"), text_column="msg", labelled=False)


def test_an_empty_name_is_not_the_current_folder() -> None:
    with pytest.raises(InputError, match="empty name"):
        open_source("")


def test_json_numbers_as_labels(tmp_path: Path) -> None:
    content = b'{"text": "x", "label": 1}\n\n{"text": "y", "label": true}\n'
    assert pairs(open_source(write(tmp_path, "a.ndjson", content))) == [("x", "1"), ("y", "true")]


def test_large_fields(tmp_path: Path) -> None:
    text = "word " * 200_000
    path = write(tmp_path, "a.csv", f'text,label\n"{text}",a\nx,b\n'.encode())
    assert pairs(open_source(path)) == [(text, "a"), ("x", "b")]


HEAD = b"text,label\n"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", HEAD + b"x,a\ny\n", "line 3: 1 field where line 1 has 2, in 'y'"),
        ("a.csv", HEAD + b'x,a\n"two\nlines",a\ny,b,c\n', "line 5: 3 fields where line 1 has 2"),
        ("a.csv", HEAD + b'x,a\n"y,b\nz,c\n', "line 3: a quote is opened and never closed in '\"y,b'"),
        ("a.csv", HEAD + b'x,a\n"y"z,b\nz,c\n', "line 3: text follows a closing quote"),
        ("a.csv", HEAD + b"x,a\ny,b\rz,c\n", "line 3: a lone carriage return"),
        ("a.csv", HEAD + b"x,a\ncaf\xe9,b\n", "line 3: not UTF-8: byte 0xe9 after 'caf'"),
        ("a.csv", HEAD + b"x,a\ny\0,b\n", "line 3: holds a NUL"),
        ("a.csv", HEAD + b"x,a\n\ny,\n", "line 4: the label, 'label', is missing"),
        ("a.csv", HEAD + b"x,a\ny," + b"l" * 257 + b"\n", "line 3: .* at most 256 characters"),
        ("a.csv", HEAD + b"x,a\ntext,label\n", "line 3: the header again"),
        ("a.csv", HEAD + b'x,a\n"' + (b"y" * 999 + b"\n") * (MAX_LINE // 999) + b'",b', "line 3: a quote is opened"),
        ("a.tsv", b"text\tlabel\nx\ta\nx\ty\tz\n", "line 3: 3 fields where line 1 has 2"),
        ("a.tsv", b'text\tlabel\nx\ta\n"y\tb\ncaf\xe9\tc\n', "line 4: not UTF-8"),
        ("a.jsonl", b'{"text": "x", "label": "a"}\n{"text"\n', "line 2: not valid JSON"),
        ("a.jsonl", b'{"text": "x", "label": "a"}\n[]\n', "line 2: .. is not an object"),
        ("a.jsonl", b'{"text": "x", "label": "a"}\n{"label": "a"}\n', "line 2: the text, 'text', is missing"),
        ("a.jsonl", b'{"text": "x", "label": "a"}\n{"text": 3.5, "label": "a"}\n', "line 2: .* 3.5, not a string"),
        ("a.jsonl", b'{"text": "x", "label": "a"}\n{"text": true, "label": "a"}\n', "line 2: .* True, not a string"),
        ("a.jsonl", b'{"text": "x", "label": "a"}\n{"text": "x", "label": ["a", "b"]}\n', "line 2: .* has one label"),
        ("a.jsonl", b'{"text": "x", "label": "a"}\n{"text": "x", "label": 1' + b"0" * 256 + b"}\n", "line 2: .* at most 256 characters"),
        ("a.jsonl", b'{"text": "x", "label": "a"}\n{"text": "x", "label": null}\n', "line 2: .* is missing"),
        ("a.jsonl", b'{"text": "x", "label": "a"}\n{"text": "x", "label": 0.5}\n', "line 2: .* 0.5; give a string"),
        ("a.jsonl", b'{"text": "x", "label": "a"}\n{"text": "x", "label": "\\ud800"}\n', "line 2: .* half"),
        ("a.txt", b"fine\n\xff\n", "line 2: not UTF-8"),
    ],
)  # fmt: skip
def test_bad_rows_are_named_by_line_or_left_out(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = write(tmp_path, name, content)
    label = None if name == "a.txt" else "label"
    with pytest.raises(InputError, match=message):
        list(open_source(path, text_column="text", label_column=label).rows())
    source = open_source(path, text_column="text", label_column=label, on_bad="skip")
    bad = BadRows(path.name, "skip")
    first, *_ = source.rows(bad)
    assert (first.text, first.label) == (("x", "a") if label else ("fine", None))
    assert re.search(message, f"line {bad.first[0].line}: {bad.first[0].problem}")


def test_what_follows_a_bad_row_is_read(tmp_path: Path) -> None:
    content = HEAD + b'x,a\n"never closed,b\ny,c\n"z"z,d\nlast,e\n'
    source = open_source(write(tmp_path, "a.csv", content), on_bad="skip")
    assert list(source.rows()) == [Row("x", ("a",), 2), Row("y", ("c",), 4), Row("last", ("e",), 6)]


def test_bad_rows_are_reported_together(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", HEAD + b"x,a\n" + b"bad\nx,a\n" * 3)
    with pytest.raises(InputError, match=r"3 rows(.|\n)*line 3: (.|\n)*line 5: (.|\n)*line 7: "):
        list(open_source(path).rows())
    path = write(tmp_path, "b.csv", HEAD + b"x,a\n" + b"bad\nx,a\n" * 30)
    with pytest.raises(InputError, match=r"20 rows or more(.|\n)*line 41: ") as caught:
        list(open_source(path).rows())
    assert "line 43" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.xlsx", b"", "does not end in .csv, .tsv"),
        ("a.json", b"[]", "jq -c"),
        ("a.csv", b"", "holds no row"),
        ("a.csv", b"\xff\xfet\0e\0x\0t\0", "is UTF-16; save it as UTF-8"),
        ("a.csv", b"x" * (MAX_LINE + 1), "line 1: longer than 4,194,304 bytes"),
        ("a.csv", gzip.compress(HEAD * 100, mtime=0)[:-10], "damaged or cut off"),
        ("a.csv", b"\x1f\x8bnothing", "damaged or cut off"),
    ],
)
def test_unreadable_files(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        list(open_source(path).rows())


def test_missing_file_and_unknown_policy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Cannot read"):
        open_source(tmp_path / "none.csv")
    with pytest.raises(InputError, match="on_bad is 'ignore'; choose one of: raise, skip"):
        open_source(write(tmp_path, "a.csv", HEAD + b"x,a\n"), on_bad="ignore")


def test_rows_stream(tmp_path: Path) -> None:
    """A file that goes wrong at its end gives its first rows all the same."""
    path = write(tmp_path, "a.csv", HEAD + b"x,a\n" * 5000 + b"bad\n")
    rows = open_source(path).rows()
    assert len(list(itertools.islice(rows, 5000))) == 5000
    with pytest.raises(InputError, match="line 5002"):
        next(rows)
