"""Which columns are taken for text and label, and when that is not clear."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurolite_core.data import open_source
from neurolite_core.data.guessing import Column
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
        ("Satz,Klasse\n" + ALTERNATING, None, None, "line 1 is a header .* not clear .'Satz', 'Klasse'"),
        ("a film,1\nno film,0\n", "1", "3", "no column '3'.*'column 1', 'column 2'"),
        ("a film,1\nno film,0\n", "1", None, "label is not clear.*POSITION"),
    ],
)  # fmt: skip
def test_unclear(
    tmp_path: Path, content: str, text: str | None, label: str | None, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        choose(tmp_path, content, text, label)


LABELLED = "".join(f"{text},{'ab'[i % 2]}\n" for i, text in enumerate(SENTENCES[:4]))


@pytest.mark.parametrize(
    ("first", "names"),
    [
        ("How can we help you today?,category", ("How can we help you today?", "category")),
        ('"Message, as typed by the user",Intent', ("Message, as typed by the user", "Intent")),
        ("review,How happy are you with us?", ("review", "How happy are you with us?")),
    ],
)
@pytest.mark.parametrize("rows", [ALTERNATING, LABELLED])
def test_a_known_name_beside_a_sentence_makes_a_header(
    tmp_path: Path, first: str, names: tuple[str, str], rows: str
) -> None:
    assert choose(tmp_path, f"{first}\n{rows}") == (*names, SENTENCES[0])


@pytest.mark.parametrize(
    "content",
    [
        # a known name, but nothing below repeats that would show it to be one
        "How can we help you today?,category\nplay some jazz,a\nwake me up at six,b\n",
        # a name of texts stands above labels, and may be one
        "i have to ask you something,question\n" + ALTERNATING,
        # no known name, but the column of labels begins with a value of its own
        "How can we help you today?,Anliegen\n" + ALTERNATING,
        "Your name,What would you like to tell us\n"
        + "".join(f"{'ab'[i % 2]},{text}\n" for i, text in enumerate(SENTENCES)),
    ],
)
def test_a_first_line_that_may_be_either_is_an_error_until_columns_are_named(
    tmp_path: Path, content: str
) -> None:
    with pytest.raises(InputError, match="whether line 1 is a header or a row is not clear"):
        choose(tmp_path, content)
    first = content.split(",")[0]
    assert choose(tmp_path, content, "1", "2")[2] == first
    label = content.split("\n")[0].split(",")[1]
    assert choose(tmp_path, content, first, label)[0] == first


def test_rows_are_no_header(tmp_path: Path) -> None:
    # sentences, of which nothing repeats; a label that comes again; a number
    for first, rows in (
        (
            "this is one of many,alpha",
            "".join(f"{text},{i}x\n" for i, text in enumerate(SENTENCES)),
        ),
        ("i have to ask you something,question", ALTERNATING.replace(",a", ",question")),
        ("what is my rating then,5", ALTERNATING),
    ):
        assert choose(tmp_path, f"{first}\n{rows}", "1", "2")[2] == first.split(",")[0]
        path = tmp_path / "a.csv"
        assert not open_source(path, labelled=False).columns.header
    assert choose(tmp_path, ",text,label\n" + THREE, None, None) == ("text", "label", "a")


def test_numbers_are_texts_where_the_name_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        "".join(f'{{"text": {1003 + i}, "label": "shipping problem {i % 2}"}}\n' for i in range(8))
    )
    source = open_source(path, labelled=True)
    assert (source.columns.text.name, source.columns.label and source.columns.label.name) == (
        "text", "label"
    )  # fmt: skip
    assert [(row.text, row.label) for row in source.rows()][:2] == [
        ("1003", "shipping problem 0"), ("1004", "shipping problem 1")
    ]  # fmt: skip


def test_a_named_column_of_lists_is_not_passed_over_for_another(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"text": ["a", "b"], "label": "x", "source": "somewhere in the archive"}\n' * 4
    )
    with pytest.raises(
        InputError, match=r"line 1: the text, 'text', is \['a', 'b'\], not a string"
    ):
        list(open_source(path, labelled=True).rows())


def test_messages_stay_short_whatever_a_file_holds(tmp_path: Path) -> None:
    long = "n" * 3_000_000
    wide = ",".join(f"column{number}" for number in range(100_000))
    for content, text in (
        (f"{long},{long}x\nx,a\n", None),
        (f"{long},label\nx,a\n", "body"),
        (f"{long},text,label\nx,y,a\n", long[:100_000]),
        (wide + "\n" + wide.replace("column", "") + "\n", "body"),
    ):
        with pytest.raises(InputError) as caught:
            choose(tmp_path, content, text)
        assert len(str(caught.value)) < 2_000
    path = tmp_path / "b.csv"
    path.write_text(f"{long},label\n" + ALTERNATING)
    assert len(open_source(path, text_column="1", label_column="2").describe()) < 500


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
