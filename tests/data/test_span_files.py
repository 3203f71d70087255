"""Texts with spans from the three ways to write them down; what cannot be used is named with its line."""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from neurolite_core.data import build_store
from neurolite_core.data.spans import (
    SpanData,
    SpanRow,
    TypedSpan,
    holds_spans,
    read_span_data,
    word_spans,
)
from neurolite_core.data.spans.checks import cuts_character
from neurolite_core.data.spans.inline import parse_inline, write_inline
from neurolite_core.ground.errors import InputError
from texts import DATA

TYPES = ("time", "per-son", "B-x")
# No followers: where these stand, borders may not be.
PLAIN = st.characters(exclude_categories=["Cs", "M", "Cf", "Cc", "Co", "Cn"], max_codepoint=0x2FF)


def read(folder: Path, name: str, content: str, **options: object) -> SpanData:
    path = folder / name
    data = content.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return read_span_data(path, **options)  # type: ignore[arg-type]


def said(folder: Path, name: str, content: str, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        read(folder, name, content, **options)
    return str(caught.value).replace(str(folder / name), "FILE")


ALARM = "# label = alarm\nWake\tO\nme\tO\nat\tO\nhalf\tB-time\npast\tI-time\nsix\tI-time\n"
ROW = SpanRow("Wake me at half past six", (TypedSpan(11, 24, "time"),), ("alarm",), 2)


@pytest.mark.parametrize("name", ["a.conll", "a.iob", "a.bio.gz", "A.CONLL.GZ"])
def test_columns(tmp_path: Path, name: str) -> None:
    data = read(tmp_path, name, ALARM)
    assert data.rows == (ROW,)
    assert (data.form, data.types, data.labels, data.unlabelled) == (
        "conll",
        ("time",),
        ("alarm",),
        0,
    )
    assert holds_spans(tmp_path / name)
    assert data.describe().endswith(
        f"{name} (conll): words and tags in columns, labels in lines # label = x; 1 spans of 1 types ('time')"
    )


@pytest.mark.parametrize(
    "content",
    [
        ALARM.replace("\t", "  "),
        ALARM.replace("\n", "\r\n"),
        "\ufeff" + ALARM,
        "-DOCSTART- -X- O\n\n" + ALARM,
        "\n\n# a comment, said by O\n" + ALARM + "\n\n",
        ALARM.replace("\nme", "\n# not a word\nme"),
        ALARM.replace("\tO", "\tNN\tO").replace("\tB", "\tNN\tB").replace("\tI", "\tNN\tI"),
        ALARM.replace("B-time", "I-time"),
        ALARM.replace("six\tI", "six\tE"),
        ALARM.replace("six\tI", "six\tL"),
        ALARM.replace("# label = alarm", "#label=  alarm  "),
        ALARM.replace("# label = alarm", "# label = alarm\n"),
    ],
)
def test_columns_of_other_habits(tmp_path: Path, content: str) -> None:
    (row,) = read(tmp_path, "a.conll", content).rows
    assert (row.text, row.spans, row.labels) == (ROW.text, ROW.spans, ROW.labels)


def test_a_number_sign_may_be_a_word(tmp_path: Path) -> None:
    data = read(
        tmp_path, "a.conll", "channel\tO\n#\tB-n\n5\tI-n\n# said O\n\n#hashtag B-n\n# x y\n"
    )
    assert [row.text for row in data.rows] == ["channel # 5", "#hashtag"]
    assert data.rows[0].spans == (TypedSpan(8, 11, "n"),)


def test_labels_of_columns(tmp_path: Path) -> None:
    content = "# label = a|b\nx O\n\n# label = a\n# label = c\nx O\n\n# label =\nx O\n\nx O\n"
    data = read(tmp_path, "a.conll", content, label_separator="|")
    assert [row.labels for row in data.rows] == [("a", "b"), ("a", "c"), (), None]
    assert (data.labels, data.unlabelled) == (("a", "b", "c"), 1)
    assert said(tmp_path, "b.conll", content) == (
        "FILE: 2 rows cannot be used; correct or remove them:\n"
        "  line 5: a second label for the text, the first is in line 4; a text has one label here. Of texts with "
        "several labels: neurolite-train --multi-label.\n"
        "  line 8: the label is missing; label the row or remove it."
    )
    assert "line 9: the text has no label" not in said(tmp_path, "b.conll", content)
    unlabelled = said(tmp_path, "c.conll", "x O\n", labelled=True)
    assert unlabelled == "FILE, line 1: the text has no label; put a line # label = x before it."
    assert read(tmp_path, "d.conll", ALARM, labelled=False).rows[0].labels is None


BAD_COLUMNS = {
    "a\tB_time\n": "line 1: the tag is 'B_time'; give O, B-type or I-type (or E, S, L, U)",
    "a\tB-\n": "line 1: the tag is 'B-'; give O",
    "a\tB\n": "line 1: the tag is 'B'; give O",
    "a\tX-time\n": "line 1: the tag is 'X-time'; give O",
    "word\n": "line 1: 'word' stands alone; give a word and its tag",
    "a O\nNew York O\n": "line 2: 3 columns where line 1 has 2; separate columns by tabs",
    "a\tB-a(b)\n": "line 1: Span type 'a(b)' cannot be used; leave out blanks, brackets",
    "a O\n# label = x\nb O\n": "line 2: a label inside a text; put a blank line before it",
    "a O\n\n# label = x\n": "line 3: a label without a text; remove the line",
    "a O\nb\0 O\n": "line 2: holds a NUL character",
    "# label = x\n# label = y\na O\n": "line 2: a second label for the text",
}


@pytest.mark.parametrize(("content", "problem"), BAD_COLUMNS.items())
def test_columns_that_cannot_be_used(tmp_path: Path, content: str, problem: str) -> None:
    assert problem in said(tmp_path, "a.conll", content)


def test_all_bad_texts_are_named_at_once_or_left_out(tmp_path: Path) -> None:
    content = "a B_x\nb C\n\ngood B-x\n\n" * 3
    message = said(tmp_path, "a.conll", content)
    assert re.findall(r"line (\d+):", message) == ["1", "6", "11"]
    data = read(tmp_path, "a.conll", content, on_bad="skip")
    assert (len(data.rows), data.skipped, data.skipped_first[1].line) == (3, 3, 6)
    assert said(tmp_path, "a.conll", "a B_x\n\n" * 30).count("line ") == 20
    nothing = said(tmp_path, "a.conll", "a B_x\n", on_bad="skip")
    assert nothing.startswith("FILE holds no text that can be read. Line 1: the tag is 'B_x'")


def test_files_of_other_encodings(tmp_path: Path) -> None:
    path = tmp_path / "a.conll"
    path.write_bytes(ALARM.encode("utf-16"))
    with pytest.raises(InputError, match="is UTF-16; save it as UTF-8"):
        read_span_data(path)
    path.write_bytes(ALARM.replace("six", "sìx").encode("latin-1"))
    with pytest.raises(InputError, match="line 7: not UTF-8: byte 0xec after 's'"):
        read_span_data(path)


TAGS = st.lists(
    st.sampled_from(["O"] + [f"{sign}-{name}" for sign in "BIES" for name in TYPES]),
    min_size=1,
    max_size=12,
)


@settings(deadline=None)
@given(sequences=st.lists(TAGS, min_size=1, max_size=5))
def test_any_tags_are_the_spans_that_seqeval_reads(sequences: Sequence[list[str]]) -> None:
    texts = ["".join(f"w{n}\t{tag}\n" for n, tag in enumerate(tags)) for tags in sequences]
    with tempfile.TemporaryDirectory() as folder:
        data = read(Path(folder), "a.conll", "\n".join(texts))
    for row, tags in zip(data.rows, sequences, strict=True):
        words = row.text.split(" ")
        found = [
            (span.type, row.text[: span.start].count(" "), row.text[: span.end].count(" "))
            for span in row.spans
        ]
        assert found == [tuple(each) for each in get_entities(tags)]
        assert [row.text[s.start : s.end].split(" ") for s in row.spans] == [
            words[first : last + 1] for _, first, last in get_entities(tags)
        ]


@st.composite
def texts_with_spans(draw: st.DrawFn) -> tuple[str, tuple[TypedSpan, ...]]:
    text = draw(st.text(PLAIN | st.sampled_from("[]()\\ "), max_size=30))
    places = sorted(draw(st.lists(st.integers(0, len(text)), unique=True, max_size=8)))
    kind = st.sampled_from(TYPES)
    pairs = zip(places[::2], places[1::2], strict=False)
    return text, tuple(TypedSpan(start, end, draw(kind)) for start, end in pairs)


@settings(deadline=None)
@given(row=texts_with_spans(), objects=st.booleans())
def test_json_lines_give_back_what_was_written(
    row: tuple[str, tuple[TypedSpan, ...]], objects: bool
) -> None:
    text, spans = row
    written: list[object] = [
        {"start": s.start, "end": s.end, "type": s.type, "score": 1.0}
        if objects
        else [s.start, s.end, s.type]
        for s in reversed(spans)
    ]
    line = json.dumps({"text": text, "spans": written, "label": "x"})
    with tempfile.TemporaryDirectory() as folder:
        data = read(Path(folder), "a.jsonl", line + "\n")
        assert holds_spans(Path(folder) / "a.jsonl")
    assert data.rows == (SpanRow(text, spans, ("x",), 1),)


@given(row=texts_with_spans())
def test_inline_marks_give_back_what_was_written(row: tuple[str, tuple[TypedSpan, ...]]) -> None:
    text, spans = row
    assert parse_inline(write_inline(text, spans)) == (text, list(spans), None)


@given(text=st.text(st.sampled_from("ab[]()\\ "), max_size=20))
def test_inline_marks_are_read_wholly_or_refused(text: str) -> None:
    plain, spans, problem = parse_inline(text)
    if problem is None:
        assert parse_inline(write_inline(plain, spans)) == (plain, spans, None)
    else:
        assert "a bracket that is no span's in" in problem


BAD_JSON = {
    '{"text": "seven", "spans": [[0, 0, "t"]]}': "the span [0, 0, 't'] is empty",
    '{"text": "seven", "spans": [[3, 2, "t"]]}': "[3, 2, 't'] is not in the text, which has 5 characters",
    '{"text": "seven", "spans": [[0, 6, "t"]]}': "give 0 <= start < end <= 5",
    '{"text": "seven", "spans": [[-1, 2, "t"]]}': "[-1, 2, 't'] is not in the text",
    '{"text": "seven", "spans": [[0.0, 2, "t"]]}': "[0.0, 2, 't'] is no span; give [[start, end, \"type\"]",
    '{"text": "seven", "spans": [[true, 2, "t"]]}': "[True, 2, 't'] is no span",
    '{"text": "seven", "spans": [["0", 2, "t"]]}': "['0', 2, 't'] is no span",
    '{"text": "seven", "spans": [[0, 2]]}': "[0, 2] is no span",
    '{"text": "seven", "spans": [[0, 2, 7]]}': "[0, 2, 7] is no span",
    '{"text": "seven", "spans": ["t"]}': "'t' is no span",
    '{"text": "seven", "spans": [{"start": 0, "end": 2}]}': "is no span",
    '{"text": "seven", "spans": {}}': "'spans' is {}; give",
    '{"text": "seven", "spans": null}': "'spans' is missing; give",
    '{"text": "seven"}': "'spans' is missing; give",
    '{"text": "seven", "spans": [[0, 3, "t"], [2, 5, "u"]]}': "'sev' (t, 0 to 3) and 'ven' (u, 2 to 5) overlap",
    '{"text": "seven", "spans": [[0, 3, "t"], [0, 3, "t"]]}': "overlap; keep one of them",
    '{"text": "seven", "spans": [[0, 3, "a b"]]}': "Span type 'a b' cannot be used",
    '{"text": "seven", "spans": [[0, 3, ""]]}': "Span type '' cannot be used",
    '{"text": "cafe\\u0301", "spans": [[0, 4, "t"]]}': "cuts a character: U+0301 at 4 belongs to what stands before it",
    '{"text": "se\\u00adven", "spans": [[2, 6, "t"]]}': "cuts a character: U+00AD at 2",
    '{"text": "go\\u200d\\u200dx", "spans": [[3, 5, "t"]]}': "cuts a character: U+200D at 3",
    '{"text": "\\u0e01\\u0e34\\u0e19", "spans": [[0, 1, "t"]]}': "cuts a character",
    '{"text": 7.5, "spans": []}': "the text, 'text', is 7.5, not a string",
    "[1]": "is not an object",
    '{"text": "seven", "spans": []': "not valid JSON",
}


@pytest.mark.parametrize(("line", "problem"), BAD_JSON.items())
def test_json_lines_that_cannot_be_used(tmp_path: Path, line: str, problem: str) -> None:
    good = '{"text": "at seven", "spans": [[3, 8, "t"]]}\n'
    message = said(tmp_path, "a.jsonl", f"{good}{line}\n")
    assert message.startswith("FILE, line 2: ")
    assert problem in message


def test_pairs_of_escapes_are_one_character(tmp_path: Path) -> None:
    line = '{"text": "\\ud83d\\ude00 at 7", "spans": [[5, 6, "t"], [0, 1, "face"]]}\n'
    (row,) = read(tmp_path, "a.jsonl", line).rows
    assert [row.text[span.start : span.end] for span in row.spans] == ["\U0001f600", "7"]


def test_what_is_invisible_behind_a_blank_is_nobodys(tmp_path: Path) -> None:
    (row,) = read(tmp_path, "a.jsonl", '{"text": "at \\u200bseven", "spans": [[3, 9, "t"]]}').rows
    assert row.spans == (TypedSpan(3, 9, "t"),)


BAD_INLINE = {
    "at [seven": "a bracket that is no span's in 'at [seven'; write [words](type), or \\[ for the bracket",
    "at seven](t)": "or \\] for the bracket",
    "at [seven] (t)": "a bracket that is no span's",
    "at [[seven](t)": "a bracket that is no span's",
    "at [](t)": "the span [3, 3, 't'] is empty",
    "at [seven]()": "Span type '' cannot be used",
    "at [seven](a b)": "Span type 'a b' cannot be used",
}


@pytest.mark.parametrize(("text", "problem"), BAD_INLINE.items())
def test_inline_marks_that_cannot_be_used(tmp_path: Path, text: str, problem: str) -> None:
    message = said(tmp_path, "a.txt", f"wake me\n{text}\n", form="inline")
    assert message.startswith("FILE, line 2: ")
    assert problem in message


def test_inline_marks_in_texts_and_tables(tmp_path: Path) -> None:
    marked = r"wake me at [half\] \\ six](time), \[x] or [8](time)".replace("[x]", r"[x\]")
    plain = r"wake me at half] \ six, [x] or 8"
    spans = (TypedSpan(11, 22, "time"), TypedSpan(31, 32, "time"))
    assert read(tmp_path, "a.txt", marked, form="inline").rows == (SpanRow(plain, spans, None, 1),)
    data = read(tmp_path, "a.csv", f'intent,text\nalarm,"{marked}"\n', form="inline")
    assert data.rows == (SpanRow(plain, spans, ("alarm",), 2),)
    assert "label from 'intent'" in data.describe()
    data = read(tmp_path, "a.tsv", f"{marked}\ta|b\n", form="inline", text_column="1", label_column="2",
                label_separator="|")  # fmt: skip
    assert data.rows[0].labels == ("a", "b")


def test_json_columns_and_several_labels(tmp_path: Path) -> None:
    line = '{"words": "at 7", "spans": [[3, 4, "t"]], "kinds": ["a", "b"]}\n'
    options = {"text_column": "words", "label_column": "kinds", "label_separator": "|"}
    assert read(tmp_path, "a.jsonl", line, **options).rows[0].labels == ("a", "b")
    with pytest.raises(InputError, match="a text has one label here"):
        read(tmp_path, "a.jsonl", line, text_column="words", label_column="kinds")


def test_types_that_a_model_does_not_have(tmp_path: Path) -> None:
    known = ("date", "size")
    for name, content, form in (
        ("a.conll", ALARM, "auto"),
        ("a.jsonl", '{"text": "at 7", "spans": [[3, 4, "time"]]}', "auto"),
        ("a.txt", "at [7](time)", "inline"),
    ):
        message = said(tmp_path, name, content, types=known, form=form)
        assert "type 'time' is not known here; the types are 'date', 'size'" in message
    assert read(tmp_path, "a.conll", ALARM, types=("time", "x")).types == ("time",)


def test_which_files_hold_spans(tmp_path: Path) -> None:
    for name, content, wanted in (
        ("a.jsonl", '{"text": "a", "label": "b"}\n', False),
        ("b.ndjson", '{"text": "a"}\nbroken\n{"text": "a", "spans": []}\n', True),
        ("c.txt", "at [seven](time)\n", False),
        ("d.csv", "text,label\n[a](b),c\n", False),
        (
            "e.jsonl",
            '{"text": "a", "label": "b", "spans": null}\n{"text": "c", "spans": "d"}\n',
            False,
        ),
    ):
        (tmp_path / name).write_text(content)
        assert holds_spans(tmp_path / name) is wanted
    assert not holds_spans("hf:snips")
    assert not holds_spans(tmp_path)


def test_what_is_asked_for_and_cannot_be(tmp_path: Path) -> None:
    assert "does not end in .conll, .iob, .bio, .jsonl, .ndjson" in said(tmp_path, "a.txt", "a")
    assert "name its form: conll, json, inline." in said(tmp_path, "a.txt", "a")
    assert said(tmp_path, "a.txt", "a", form="xml") == (
        "form is 'xml'; choose one of: auto, conll, json, inline."
    )
    assert "leave out 'word'" in said(tmp_path, "a.conll", "a O", text_column="word")
    with pytest.raises(InputError, match="are read from files, and 'hf:snips' is none"):
        read_span_data("hf:snips")
    with pytest.raises(InputError, match="Cannot read"):
        read_span_data(tmp_path / "none.conll")
    assert read(tmp_path, "b.txt", ALARM, form="conll").rows == (ROW,)


def test_a_store_is_built_from_the_texts(tmp_path: Path) -> None:
    data = read(
        tmp_path, "a.conll", ALARM + "\n" + ALARM.replace("alarm", "clock") + "\nx\n", on_bad="skip"
    )
    store = build_store([data.as_source()], tmp_path / "store")
    assert (len(store), store.labels) == (2, ("alarm", "clock"))
    assert store.text(0) == b"Wake me at half past six"
    assert store.sources[0].skipped == 1
    again = build_store([data.as_source()], tmp_path / "store")
    assert again.text(1) == b"Wake me at half past six"


@settings(deadline=None)
@given(
    content=st.binary(max_size=80)
    | st.text(st.sampled_from('aO-BI#\t \n[]()\\"{}:,0é\u0301'), max_size=60).map(str.encode),
    name=st.sampled_from(["a.conll", "a.jsonl", "a.txt", "a.csv"]),
    policy=st.sampled_from(["raise", "skip"]),
)
def test_any_content_is_read_or_refused(content: bytes, name: str, policy: str) -> None:
    form = "inline" if name in ("a.txt", "a.csv") else "auto"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        with contextlib.suppress(InputError):
            for row in read_span_data(path, form=form, on_bad=policy).rows:
                assert all(row.text[span.start : span.end] for span in row.spans)
                assert list(row.spans) == sorted(row.spans)


@pytest.mark.parametrize(("part", "rows"), [("train", 13_084), ("valid", 700), ("test", 700)])
def test_snips_slots(part: str, rows: int) -> None:
    path = DATA / "snips_slots" / f"{part}.conll"
    if not path.is_file():
        pytest.skip(f"real data absent: {path}")
    data = read_span_data(path)
    assert (len(data.rows), len(data.types), len(data.labels)) == (rows, 39, 7)
    assert (data.unlabelled, data.skipped) == (0, 0)
    # Each B begins a span there, and nothing else does.
    assert data.num_spans == path.read_text("utf-8").count("\tB-")


def test_more_than_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neurolite_core.data.spans.reading.LIMIT", 2**20)
    content = "a\tB-x\n\n" * 4_000
    assert said(tmp_path, "a.conll", content) == (
        "FILE: the texts up to line 5447 take more than 1 MiB; part the file."
    )


def test_hostile_sizes_take_linear_time(tmp_path: Path) -> None:
    # Each of these took minutes or gigabytes where a step looked at all that was before it.
    size = 20_000
    labels = "".join(f"# label = {n}\n" for n in range(size)) + "a O\n"
    assert len(read(tmp_path, "a.conll", labels, label_separator="|").labels) == size
    spans = [[n, n + 1, "t"] for n in range(0, 2 * size, 2)]
    line = json.dumps({"text": "é " * size, "spans": spans}, ensure_ascii=False)
    data = read(tmp_path, "a.jsonl", line)
    assert word_spans(data.rows, ("t",), 9).report.exact == size
    invisible = json.dumps(
        {"text": " " + "\u200b" * size, "spans": [[n, n + 1, "t"] for n in range(size)]}
    )
    assert word_spans(read(tmp_path, "b.jsonl", invisible).rows, ("t",), 9).report.lost == size
    assert parse_inline("[" + "\\" * size)[2]
    assert parse_inline("[" + "a\\" * size + "b](t)")[1] == [TypedSpan(0, 2 * size + 1, "t")]
    colliding = [*spans[:-1], [2 * size - 2, 2 * size - 1, "t"], [2 * size - 1, 2 * size, "t"]]
    line = json.dumps({"text": "a " * (size - 1) + "aa", "spans": colliding})
    assert word_spans(read(tmp_path, "c.jsonl", line).rows, ("t",), 9).report.lost == 1


def test_halves_of_a_pair_are_not_parted() -> None:
    assert cuts_character("a\ud83d\ude00", 2)  # as rows that were made in Python may have them
    assert not cuts_character("a\ud83d\ude00", 1)
    assert not cuts_character("a\ude00\ud83d", 2)
    assert cuts_character("e\u0301\u0323", 2)
    assert not cuts_character("\u200b\u200bx", 1)  # belongs to nothing
