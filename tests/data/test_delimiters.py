"""What separates columns: said in line 1, asked for, or seen; and what is left alone."""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurolite_core.data import Row, open_source
from neurolite_core.ground.errors import InputError
from neurolite_core.text.delimiters import DELIMITERS, find_delimiter, require_delimiter

ROWS = [
    ("set an alarm for seven", "alarm"),
    ("book a table, for two", "book"),
    ("wake me", "alarm"),
]
WORDS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


def written(rows: list[tuple[str, ...]], delimiter: str) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return stream.getvalue().encode()


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".csv.gz"])
@pytest.mark.parametrize("delimiter", list(WORDS))
@pytest.mark.parametrize("header", [True, False])
def test_each_is_seen_whatever_the_ending(
    tmp_path: Path, ending: str, delimiter: str, header: bool
) -> None:
    content = written([*([("text", "label")] if header else []), *ROWS], delimiter)
    path = tmp_path / f"a{ending}"
    path.write_bytes(gzip.compress(content, mtime=0) if ending.endswith(".gz") else content)
    columns = {} if header else {"text_column": "1", "label_column": "2"}
    source = open_source(path, **columns)  # type: ignore[arg-type]
    assert [(row.text, row.label) for row in source.rows()] == ROWS
    usual = "\t" if ending == ".tsv" else ","
    assert (WORDS[delimiter] in source.describe()) == (delimiter != usual)


TEXTS = st.text('ab ,;|\t"\n.', min_size=1, max_size=12)


@settings(deadline=None)
@given(
    texts=st.lists(TEXTS, min_size=1, max_size=12),
    delimiter=st.sampled_from(list(WORDS)),
    mark=st.booleans(),
)
def test_texts_may_hold_all_of_them(texts: list[str], delimiter: str, mark: bool) -> None:
    if delimiter == "\t":  # a field of tabs may not hold both tabs and line breaks
        texts = [text.replace("\n", " ") for text in texts]
    rows = [(text, "ab"[place % 2]) for place, text in enumerate(texts)]
    content = written([("text", "label"), *rows], delimiter)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes((b"\xef\xbb\xbf" if mark else b"") + content)
        found = open_source(path)
        assert [(row.text, row.label) for row in found.rows()] == rows


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"'])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_file_says_its_own(tmp_path: Path, first: str, end: str, mark: str) -> None:
    path = tmp_path / "a.csv"
    lines = [mark + first, "text;label", "a, b, c;x", "d, e, f;y", "g;h;i"]
    path.write_bytes(end.join(lines).encode())
    assert find_delimiter(path, ",") == ";"
    source = open_source(path, on_bad="skip")
    assert list(source.rows()) == [Row("a, b, c", ("x",), 3), Row("d, e, f", ("y",), 4)]
    with pytest.raises(InputError, match="line 5: 3 fields where line 2 has 2"):
        list(open_source(path).rows())


def test_what_was_asked_for_goes_before_all(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sep=,\ntext^label\na,b^x\nc,d^y\n")
    source = open_source(path, delimiter="^")
    assert [(row.text, row.label) for row in source.rows()] == [("a,b", "x"), ("c,d", "y")]
    assert "'^'" in source.describe()
    path.write_text("text^label\nab^x\ncd^y\n")
    with pytest.raises(InputError, match="--delimiter CHARACTER"):
        open_source(path)
    with pytest.raises(InputError, match=r"no column 'label'.*--delimiter CHARACTER"):
        open_source(path, text_column="text^label", label_column="label")


@pytest.mark.parametrize(
    "content",
    [
        "text\nfirst; really\nsecond; really\n",  # line 1 is one name
        "text,label\na;b,x\nc;d,y\n",  # as many semicolons as commas, behind line 1
        "a;b;c,x\nd;e,y\nf;g;h,x\n",  # commas fit all rows
        "one text\nanother | text\n",
        "text;more,label\n" + "a;b,x\n" * 3 + "bad row\n",  # both fit as many
    ],
)
def test_a_file_of_commas_stays_one(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content)
    assert find_delimiter(path, ",") == ","


def test_few_rows_that_fit_are_not_enough(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a;b\n" + "c\n" * 10)
    assert find_delimiter(path, ",") == ","
    path.write_text("a;b\n" + "c;d\n" * 8 + "e\n" * 2)
    assert find_delimiter(path, ",") == ";"


def test_it_is_seen_in_the_first_lines_only(tmp_path: Path) -> None:
    """So that a large file is not read for it."""
    path = tmp_path / "a.csv"
    path.write_text("text;label\n" + "a;b\n" * 199 + "a,b\n" * 10_000)
    assert find_delimiter(path, ",") == ";"


@pytest.mark.parametrize(
    ("typed", "meant"), [("tab", "\t"), ("\\t", "\t"), ("\t", "\t"), ("Semicolon", ";"), ("^", "^")]
)
def test_delimiters_as_they_are_typed(typed: str, meant: str) -> None:
    assert require_delimiter(typed) == meant
    assert all(require_delimiter(delimiter) == delimiter for delimiter in DELIMITERS)


@pytest.mark.parametrize("typed", ["", ";;", "a", "7", " ", '"', "\n", "\0", "\ud800", "x" * 10**6])
def test_what_cannot_separate_is_refused(typed: str) -> None:
    with pytest.raises(InputError, match=r"--delimiter is .* give one character") as caught:
        require_delimiter(typed)
    assert len(str(caught.value)) < 300
