"""Spans brought onto words against a loop over the words of each text, and back into characters."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golden import plain
from neurolite_core.answer.spans import WordSpan
from neurolite_core.data.spans import (
    SpanRow,
    TypedSpan,
    character_spans,
    read_span_data,
    word_spans,
)
from neurolite_core.ground.errors import InputError
from neurolite_core.text.word_offsets import word_offsets
from python_lines import counted
from texts import DATA, follower_texts, generated_texts

TYPES = ("a", "b", "c")
LETTERS = st.sampled_from("ab' .,7é東京 \u0e01\u0e34\u200b\u0301\U0001f44d\U0001f3fd\ud800")


def words_of(text: str) -> list[tuple[int, int]]:
    """First byte and the one behind the last, of each word, by the plain implementation of the specification."""
    words = plain.words_of(text.encode("utf-8", "surrogatepass"))
    return [(word[0].position, word[-1].end) for word in words]


def expected(row: SpanRow) -> tuple[list[WordSpan], list[int], int]:
    """Spans on words, types of the lost, and how many are exact; each span against each word."""
    words = words_of(row.text)
    candidates = []
    for span in row.spans:
        low = len(row.text[: span.start].encode("utf-8", "surrogatepass"))
        high = len(row.text[: span.end].encode("utf-8", "surrogatepass"))
        own = [n for n, (start, end) in enumerate(words) if start < high and end > low]
        exact = bool(own) and (words[own[0]][0], words[own[-1]][1]) == (low, high)
        candidates.append((not exact, span.start, set(own), TYPES.index(span.type)))
    taken: set[int] = set()
    kept, lost, right = [], [], 0
    for moved, _, own_words, kind in sorted(candidates, key=lambda each: each[:2]):
        if not own_words or own_words & taken:
            lost.append(kind)
            continue
        taken |= own_words
        right += not moved
        kept.append(WordSpan(min(own_words), max(own_words) + 1, kind))
    return sorted(kept), sorted(lost), right


def check(rows: Sequence[SpanRow]) -> None:
    found = word_spans(rows, TYPES, 3)
    exact = behind = 0
    for row, spans, lost in zip(rows, found.spans, found.lost, strict=True):
        kept, gone, right = expected(row)
        assert (list(spans), sorted(lost)) == (kept, gone), row
        exact += right
        behind += sum(span.behind > 3 for span in spans)
    report = found.report
    assert report.spans == sum(len(row.spans) for row in rows)
    assert report.exact == exact
    assert report.lost == sum(map(len, found.lost))
    assert report.exact + report.snapped + report.lost == report.spans
    assert report.behind == behind
    assert len(report.examples) == min(report.snapped, 20)
    assert len(report.lost_examples) == min(report.lost, 20)


def drawn_spans(rng: random.Random, text: str) -> tuple[TypedSpan, ...]:
    places = sorted(rng.sample(range(len(text) + 1), min(len(text) + 1, 2 * rng.randrange(5))))
    pairs = zip(places[::2], places[1::2], strict=False)
    return tuple(TypedSpan(start, end, rng.choice(TYPES)) for start, end in pairs)


@settings(deadline=None)
@given(texts=st.lists(st.text(LETTERS, max_size=12), max_size=6), seed=st.integers(0, 99))
def test_any_spans_of_any_texts(texts: list[str], seed: int) -> None:
    rng = random.Random(seed)
    check([SpanRow(text, drawn_spans(rng, text), None, n) for n, text in enumerate(texts)])


def test_spans_of_texts_in_many_scripts() -> None:
    rng = random.Random(5)
    texts = [
        text.decode("utf-8", "replace")
        for text in (*generated_texts(600, 3), *follower_texts(200, 4))
    ]
    check([SpanRow(text, drawn_spans(rng, text), None, n) for n, text in enumerate(texts)])


def test_what_is_snapped_and_what_is_lost() -> None:
    text = "Fly to New-York at 7am, now!"
    spans = (
        TypedSpan(7, 10, "a"),  # New
        TypedSpan(10, 16, "b"),  # -York and a blank
        TypedSpan(19, 20, "b"),  # 7
        TypedSpan(20, 22, "c"),  # am
        TypedSpan(23, 24, "a"),  # a blank
        TypedSpan(24, 26, "a"),  # no
    )
    found = word_spans([SpanRow(text, spans, None, 9)], TYPES, 9)
    assert found.spans == [
        (WordSpan(2, 3, 0), WordSpan(3, 5, 1), WordSpan(6, 7, 1), WordSpan(8, 9, 0))
    ]
    assert found.lost == [(2, 0)]
    report = found.report
    assert (report.spans, report.exact, report.snapped, report.lost, report.behind) == (
        6,
        1,
        3,
        2,
        0,
    )
    assert [(each.line, each.type, each.before, each.after) for each in report.examples] == [
        (9, "b", "-York ", "-York"), (9, "b", "7", "7am"), (9, "a", "no", "now"),
    ]  # fmt: skip
    assert [(each.before, each.why) for each in report.lost_examples] == [
        ("am", "another span has its words"), (" ", "it holds no word"),
    ]  # fmt: skip


def test_a_span_with_borders_of_words_keeps_its_own() -> None:
    row = SpanRow(
        "in New York", (TypedSpan(3, 5, "a"), TypedSpan(5, 7, "b"), TypedSpan(7, 11, "c")), None, 1
    )
    assert word_spans([row], TYPES, 9).spans == [(WordSpan(1, 2, 0), WordSpan(2, 3, 2))]
    # "N" and " Y" both lie on York's or New's words; " York" begins before it, and is not exact.
    row = SpanRow("New York", (TypedSpan(0, 5, "a"), TypedSpan(5, 8, "b")), None, 1)
    assert word_spans([row], TYPES, 9).spans == [(WordSpan(0, 2, 0),)]


def test_types_that_are_not_known_are_named_with_their_line() -> None:
    with pytest.raises(
        InputError, match="Line 4: type 'z' is not known here; the types are 'a', 'b', 'c'"
    ):
        word_spans([SpanRow("x", (TypedSpan(0, 1, "z"),), None, 4)], TYPES, 9)


def test_nothing_at_all() -> None:
    found = word_spans([], TYPES, 9)
    assert (found.spans, found.lost, found.report.spans) == ([], [], 0)
    found = word_spans(
        [SpanRow(" ", (TypedSpan(0, 1, "a"),), None, 1), SpanRow("", (), None, 2)], TYPES, 9
    )
    assert (found.spans, found.lost) == ([(), ()], [(0,), ()])


@settings(deadline=None)
@given(text=st.text(LETTERS, max_size=20), data=st.data())
def test_back_into_characters(text: str, data: st.DataObject) -> None:
    words = words_of(text)
    places = data.draw(st.lists(st.integers(0, len(words)), unique=True, max_size=6).map(sorted))
    pairs = zip(places[::2], places[1::2], strict=False)
    spans = tuple(WordSpan(first, behind, n % 3) for n, (first, behind) in enumerate(pairs))
    raw = text.encode("utf-8", "surrogatepass")
    offsets = word_offsets([raw], 10_000, len(words) + 2)[0]
    found = character_spans(text, offsets, spans, TYPES)
    for span, (first, behind, kind) in zip(
        found, ((s.first, s.behind, s.type) for s in spans), strict=True
    ):
        own = text[span.start : span.end].encode("utf-8", "surrogatepass")
        assert own == raw[words[first][0] : words[behind - 1][1]]
        assert span.type == TYPES[kind]
    # What words stand for comes back as it was, and nothing of it is moved.
    again = word_spans([SpanRow(text, found, None, 1)], TYPES, 10_000)
    assert (again.spans, again.report.exact) == ([spans], len(spans))


@pytest.mark.parametrize(
    ("part", "counts"),
    [
        ("train", (33_958, 33_957, 1, 0)),
        ("valid", (1_794, 1_794, 0, 0)),
        ("test", (1_790, 1_790, 0, 0)),
    ],
)
def test_snips_slots(part: str, counts: tuple[int, ...]) -> None:
    path = DATA / "snips_slots" / f"{part}.conll"
    if not path.is_file():
        pytest.skip(f"real data absent: {path}")
    data = read_span_data(path)
    found, lines = counted(lambda: word_spans(data.rows, data.types, 32))
    assert lines < 500 * len(data.rows)  # a hundred a text
    report = found.report
    assert (report.spans, report.exact, report.snapped, report.lost) == counts
    # The one: six characters U+FFFD, of which our words have none.
    assert all("\ufffd" in each.before for each in report.examples)
    for row, spans in list(zip(data.rows, found.spans, strict=True))[::20]:
        offsets = word_offsets([row.text.encode()], 99, 99)[0]
        back = character_spans(row.text, offsets, spans, data.types)
        assert back == row.spans or "\ufffd" in row.text
