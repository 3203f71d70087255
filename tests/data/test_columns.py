"""Which columns are taken for text and label, and when that is not clear."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurolite_core.data import open_source
from neurolite_core.data.columns import Column
from neurolite_core.ground.errors import InputError
from texts import DATA

SENTENCES = [f"this is sentence number {number} of many" for number in range(20)]
ALTERNATING = "".join(f"{text},{'ab'[i % 2]}\n" for i, text in enumerate(SENTENCES))
THREE = "".join(f"{i},{'ab'[i % 2]},{text}\n" for i, text in enumerate(SENTENCES))


def choose(
    tmp_path: Path, content: str, text: str | None = None, label: str | None = None
) -> tuple[str, str | None, str]:
    """Names of text and label column, and the first text."""
    path = tmp_path / "a.csv"
    path.write_text(content)
    source = open_source(path, text_column=text, label_column=label, labelled=True)
    found = source.columns.label.name if source.columns.label else None
    return source.columns.text.name, found, next(iter(source.rows())).text


@pytest.mark.parametrize(
    ("content", "text", "label", "expected"),
    [
        ("text,label\nx,a\n", None, None, ("text", "label", "x")),
        ("Label,Text\na,x\n", None, None, ("Text", "Label", "x")),
        ("id,Utterance,Intent\n1,x,a\n", None, None, ("Utterance", "Intent", "x")),
        ("text,label,label_text\nx,0,neg\n", None, None, ("text", "label", "x")),
        ("sentence,text,class\ny,x,a\n", None, None, ("text", "class", "x")),
        ("class,text\ntext,x\na,y\n", None, None, ("text", "class", "x")),
        ("q,a,text\nx,y,z\n", "Q", "a", ("q", "a", "x")),
        (",klasse,satz\n" + THREE, "satz", None, ("satz", "klasse", SENTENCES[0])),
        # no header: by content, or by position
        (ALTERNATING, None, None, ("column 1", "column 2", SENTENCES[0])),
        (THREE, None, None, ("column 3", "column 2", SENTENCES[0])),
        ("a film,1\nno film,0\n", "1", "2", ("column 1", "column 2", "a film")),
        ("hallo,gruss\n", "1", "2", ("column 1", "column 2", "hallo")),
        ("0,1\na film,1\nno film,0\n", "0", "1", ("0", "1", "a film")),
        # a header of unknown names that is told apart by naming one
        ("Satz,Klasse\n" + ALTERNATING, "Satz", None, ("Satz", "Klasse", SENTENCES[0])),
        # a label that happens to be called like a column is a row when it comes again
        (ALTERNATING.replace(",a", ",review"), None, None, ("column 1", "column 2", SENTENCES[0])),
    ],
)  # fmt: skip
def test_chosen(
    tmp_path: Path,
    content: str,
    text: str | None,
    label: str | None,
    expected: tuple[str, str, str],
) -> None:
    assert choose(tmp_path, content, text, label) == expected


@pytest.mark.parametrize(
    ("content", "text", "label", "message"),
    [
        ("text,label\nx,a\n", "body", None, r"no column 'body' \(--text-column\); it has 'text', 'label'"),
        ("text,label\nx,a\n", "text", "text", "both 'text'"),
        ("sentence,query,label\nx,y,a\n", None, None, "text is not clear.*--text-column NAME.*'query'"),
        ("text,topic,sentiment\nx,a,b\n", None, None, "label is not clear.*--label-column NAME"),
        ("text,number\nx,1\ny,2\nz,3\n", None, None, "label is not clear.*--label-column NAME"),
        ("Satz,Klasse\n" + ALTERNATING, None, None, "line 1 is a header .* not clear .Satz, Klasse"),
        ("a film,1\nno film,0\n", "1", "3", "no column '3'.*'column 1', 'column 2'"),
        ("a film,1\nno film,0\n", "1", None, "label is not clear.*POSITION"),
    ],
)  # fmt: skip
def test_unclear(
    tmp_path: Path, content: str, text: str | None, label: str | None, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        choose(tmp_path, content, text, label)


def test_sentences_are_no_header_beside_a_label_called_like_a_column(tmp_path: Path) -> None:
    content = "i have to ask you something,question\n" + ALTERNATING
    assert choose(tmp_path, content) == ("column 1", "column 2", "i have to ask you something")
    assert choose(tmp_path, ",text,label\n" + THREE, None, None) == ("text", "label", "a")


def test_optional_labels_are_taken_by_name_only(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,source\n" + ALTERNATING)
    assert open_source(path).columns.label is None
    named = open_source(path, label_column="source").columns.label
    assert named == Column(1, "source", "named")
    guessed = open_source(path, labelled=True).columns.label
    assert guessed == Column(1, "source", "guessed by content: few, short and repeated values")


def test_labels_are_left_unread_on_request(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\nx,a\ny,\n")
    source = open_source(path, labelled=False)
    assert [row.label for row in source.rows()] == [None, None]
    assert source.describe() == f"{path} (csv): text from 'text' (recognised by name), no labels"


@pytest.mark.parametrize(
    "parts",
    [
        ("clinc150", "train.csv"),
        ("clinc150", "oos_test.csv"),
        ("snips", "valid.csv"),
        ("sst2", "dev.csv"),
        ("sib200", "langid", "dev.csv.gz"),
    ],
)
@pytest.mark.parametrize("header", [True, False])
def test_real_files(tmp_path: Path, parts: tuple[str, ...], header: bool) -> None:
    path = DATA.joinpath(*parts)
    if not path.is_file():
        pytest.skip(f"real data absent: {path}")
    source = open_source(path, labelled=True)
    names = (source.columns.text.name, source.columns.label and source.columns.label.name)
    assert names == ("text", "label")
    if not header:
        lines = [
            f'"{row.text.replace(chr(34), chr(34) * 2)}",{row.label}\n' for row in source.rows()
        ]
        path = tmp_path / "headerless.csv"
        path.write_text("".join(lines))
        found = open_source(path, labelled=True)
        assert (found.columns.text.key, found.columns.label and found.columns.label.key) == (0, 1)
        rows = [(row.text, row.label) for row in source.rows()]
        assert [(row.text, row.label) for row in found.rows()] == rows
