"""The built-in probe set, and the user's files with their errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurolite_core.answer.character_spans import TypedSpan
from neurolite_core.ground.errors import InputError
from neurolite_export.probes import built_in_probes, read_probes

LABELS = ("good", "bad")


def test_built_in_set_is_large_varied_and_without_repeats() -> None:
    texts = built_in_probes().texts
    assert len(texts) == len(set(texts)) >= 200
    decoded = "".join(text.decode("utf-8", "replace") for text in texts)
    for character in "éłßжіعहกក日て한אგՎ":
        assert character in decoded, character
    assert b"" in texts
    assert max(map(len, texts)) > 4096


@pytest.mark.parametrize(
    ("name", "content", "texts", "labels"),
    [
        ("a.txt", b"one\r\ntwo\n\nfour", [b"one", b"two", b"", b"four"], None),
        ("a.txt", b"caf\xe9\n", [b"caf\xe9"], None),
        ("a.csv", b'text,label\n"a, b",good\n"two\nlines",bad\n', [b"a, b", b"two\nlines"], LABELS),
        ("a.csv", b"\xef\xbb\xbfid,text\n1,hello\n", [b"hello"], None),
        ("a.csv", b"utterance,intent\nx,good\ny,bad\n", [b"x", b"y"], LABELS),
        ("a.csv", b"text\nx\n", [b"x"], None),
        ("a.TSV", b"label\ttext\nbad\tx\n", [b"x"], ("bad",)),
        ("a.jsonl", b'{"text": "x", "label": "good"}\n\n{"text": "\\ud800", "label": "bad"}\n',
         [b"x", b"\xed\xa0\x80"], LABELS),
    ],
)  # fmt: skip
def test_formats(
    tmp_path: Path, name: str, content: bytes, texts: list[bytes], labels: tuple[str, ...] | None
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    found = read_probes(path, LABELS)
    wanted = None if labels is None else tuple((label,) for label in labels)
    assert (list(found.texts), found.labels, found.source) == (texts, wanted, name)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.xlsx", b"", r"does not end in \.csv, \.tsv"),
        ("a.csv", b"", "holds no row that can be read"),
        ("a.csv", b"text\n", "holds no text"),
        ("a.csv", b"sentence,query\nx,y\n", "which column is the text is not clear"),
        ("a.csv", b"text,label\nx,good,more\n", "line 2: 3 fields where line 1 has 2"),
        ("a.csv", b'text,label\n"x,good\n', "line 2"),
        ("a.csv", b"text,label\nx,good\ny,\n", "line 3: the label, 'label', is missing"),
        (
            "a.csv",
            b"text,label\nx,ugly\n",
            "line 2: label 'ugly' is not one of the model's: good, bad",
        ),
        ("a.csv", b"text\nx\n\xff\n", "line 3: not UTF-8"),
        ("a.jsonl", b'{"text": "x"}\n{"text"\n', "line 2: not valid JSON"),
        ("a.jsonl", b'{"text": "x"}\n{"text": 3.5}\n', "line 2: the text, 'text', is 3.5"),
        ("a.jsonl", b"[]\n", r"Line 1: .* is not an object"),
    ],
)
def test_errors_name_the_line(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_probes(path, LABELS)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Cannot read"):
        read_probes(tmp_path / "none.csv", LABELS)


def test_labels_of_hand_made_models_and_of_embeddings(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"text,label\nx,good \n")
    assert read_probes(path, (" good ", "bad")).labels == ((" good ",),)
    assert read_probes(path, ()).labels is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "frage,antwort,ding\nx one,a,1\ny two,b,2\n"),
        ("a.csv", "sentence,query\nx,y\n"),
        ("a.jsonl", '{"one": "x y", "two": "y x"}\n{"one": "x z", "two": "z x"}\n'),
    ],
)
def test_columns_that_are_not_clear_are_told_of_without_options_of_other_commands(
    name: str, content: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(
        InputError, match=r"is not clear.* Call its columns text and label"
    ) as found:
        read_probes(path, LABELS)
    assert "--" not in str(found.value)
    assert str(path) in str(found.value)


CONLL = b"# label = good\nwake O\nme O\nat O\nseven B-time\n\nlights O\nout O\n"
JSON = b'{"text": "at seven", "label": "bad", "spans": [[3, 8, "time"]]}\n{"text": "no", "label": "good", "spans": []}\n'


def test_files_with_spans(tmp_path: Path) -> None:
    columns, lines = tmp_path / "a.conll", tmp_path / "a.jsonl"
    columns.write_bytes(CONLL)
    lines.write_bytes(JSON)
    found = read_probes(columns, LABELS, types=("time",))
    assert found.texts == (b"wake me at seven", b"lights out")
    assert found.labels == (("good",), ())
    assert found.unlabelled == {1}
    assert found.spans == ((TypedSpan(11, 16, "time"),), ())
    found = read_probes(lines, LABELS, types=("place", "time"))
    assert (found.labels, found.unlabelled) == ((("bad",), ("good",)), frozenset())
    assert found.spans == ((TypedSpan(3, 8, "time"),), ())
    # A model of spans alone, and one that finds none.
    assert read_probes(columns, (), types=("time",)).labels is None
    lines.write_bytes(JSON.replace(b'[[3, 8, "time"]]', b'"of another tool"'))
    for path in (columns, lines):
        assert read_probes(path, LABELS).spans == ()
        assert read_probes(path, LABELS).labels is not None


def test_errors_of_files_with_spans_name_the_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(JSON)
    with pytest.raises(InputError, match=r"line 1: .*'time'"):
        read_probes(path, LABELS, types=("place",))
    with pytest.raises(InputError, match="line 2: label 'good' is not one of the model's: bad"):
        read_probes(path, ("bad",), types=("time",))
