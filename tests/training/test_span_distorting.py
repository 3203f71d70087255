"""Distorted texts keep their words' tags: whatever is left out, misspelt or swapped, in any script."""

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from neurolite_core.answer.spans import WordSpan, spans_of, tags_of
from neurolite_core.text.word_offsets import word_borders
from neurolite_core.training.spans.distorting import distort_tagged, kept_tags
from neurolite_core.training.spans.placing import PlacedText
from neurolite_core.training.spans.recipe import Distortion
from neurolite_core.training.spans.swapping import Values, swap_spans

SCRIPTS = [
    "wake",
    "me",
    "at",
    "half past",
    "eight.",
    "don't",
    "дом",
    "नमस्ते",
    "東京",
    "٣٤",
    "é!",
    "🙂",
    "5.30",
]
ALL = Distortion(share=1.0, typos=0.5, word_dropout=0.3, unknown=0.2, swapped=0.0)


VALUES: Values = (
    ((b"half past eight", 3), (b"noon", 1)),
    (("дом".encode(), 1), ("東京".encode(), 2), (b"a, b", 3)),
    (),
)


def read(text: bytes) -> NDArray[np.int64]:
    return word_borders([text])[1]


def placed(text: bytes, tags: list[int]) -> PlacedText:
    return PlacedText(text, read(text), np.array(tags, np.int64))


def distorted(
    text: bytes, tags: list[int], seed: int, how: Distortion = ALL
) -> tuple[bytes, NDArray[np.int64]]:
    (found,) = distort_tagged([placed(text, tags)], [random.Random(seed)], how, VALUES, 99)
    np.testing.assert_array_equal(found.borders, read(found.text))
    return found.text, found.tags


@st.composite
def tagged_texts(draw: st.DrawFn) -> tuple[bytes, list[int]]:
    words = draw(st.lists(st.sampled_from(SCRIPTS), min_size=1, max_size=8))
    gaps = draw(st.lists(st.sampled_from([" ", "  ", "\u00a0", "-"]), min_size=8, max_size=8))
    text = "".join(word + gap for word, gap in zip(words, gaps, strict=False)).strip().encode()
    text = text[: int(read(text)[-1, 1])]
    count, spans, place = len(read(text)), [], 0
    while place < count:
        size = draw(st.integers(0, 3))
        if size:
            spans.append(WordSpan(place, min(place + size, count), draw(st.integers(0, 2))))
        place += max(1, size)
    return text, tags_of(spans, count)


@given(tagged_texts(), st.integers(0, 2**32))
def test_a_distorted_text_has_a_tag_for_each_of_its_words(
    given_text: tuple[bytes, list[int]], seed: int
) -> None:
    text, tags = given_text
    found, own = distorted(text, tags, seed)
    assert len(read(found)) == len(own) > 0
    kinds = [(tag - 1) // 2 for tag in own.tolist() if tag]
    left = iter([(tag - 1) // 2 for tag in tags if tag])
    assert all(kind in left for kind in kinds)  # in their order, and none that was not there
    # Every I continues a span: read as spans and written again, the tags are the same.
    assert tags_of(spans_of(own.tolist()), len(own)) == own.tolist()


@given(tagged_texts(), st.data())
def test_the_first_word_that_is_left_of_a_span_begins_it(
    given_text: tuple[bytes, list[int]], data: st.DataObject
) -> None:
    _, tags = given_text
    kept = data.draw(st.sets(st.integers(0, len(tags) - 1), min_size=1).map(sorted))
    found = kept_tags(np.array(tags, np.int64), np.array(kept)).tolist()
    expected = [0] * len(kept)
    for span in spans_of(tags):
        places = [place for place, word in enumerate(kept) if span.first <= word < span.behind]
        for number, place in enumerate(places):
            expected[place] = 1 + 2 * span.type + (number > 0)
    assert found == expected


def test_nothing_is_changed_where_nothing_is_asked_for() -> None:
    text, tags = b"wake  me, at half past eight.", [0, 0, 0, 0, 1, 2, 2, 0]
    for how in (
        Distortion(share=0.0, typos=0.9, word_dropout=0.9, unknown=0.0, swapped=0.0),
        Distortion(share=1.0, typos=0.0, word_dropout=0.0, unknown=0.0, swapped=0.0),
    ):
        for seed in range(20):
            found, own = distorted(text, tags, seed, how)
            assert (found, own.tolist()) == (text, tags)


def test_words_are_misspelt_as_often_as_asked_for() -> None:
    words = ["wake", "me", "at", "seven", "in", "the", "old", "harbour", "of", "oslo", "please"]
    how = Distortion(share=1.0, typos=0.5, word_dropout=0.0, unknown=0.0, swapped=0.0)
    changed = 0
    for seed in range(200):
        found, own = distorted(" ".join(words).encode(), [0] * len(words), seed, how)
        assert len(own) == len(words)
        changed += sum(a != b for a, b in zip(found.decode().split(), words, strict=True))
    assert 0.35 < changed / (200 * len(words)) < 0.55


def test_of_unknown_words_nothing_is_left_but_their_length() -> None:
    text = b"zzzz me, at 5.30"
    how = Distortion(share=1.0, typos=0.0, word_dropout=0.0, unknown=1.0, swapped=0.0)
    found = {distorted(text, [0] * 7, seed, how)[0] for seed in range(50)}
    assert len(found) > 40
    assert all(len(each) == len(text) and each[7:9] == b", " for each in found)


def test_bytes_that_are_no_text_stay_as_they_are() -> None:
    text = b"caf\xe9 \xff\xfe at \xc3\xa9t\xc3\xa9 noon today"
    count = len(read(text))
    found, own = distorted(text, [0] * count, 1, Distortion(
        share=1.0, typos=0.0, word_dropout=0.4, unknown=0.0, swapped=0.0
    ))  # fmt: skip
    assert len(own) < count
    assert all(piece in text for piece in found.split())


# --- Spans that give way to others --------------------------------------------------------------------


@given(tagged_texts(), st.integers(0, 2**32))
def test_a_swapped_span_is_one_of_its_type_and_the_rest_stays(
    given_text: tuple[bytes, list[int]], seed: int
) -> None:
    text, tags = given_text
    (found,) = swap_spans([placed(text, tags)], [random.Random(seed)], 1.0, VALUES, 99)
    np.testing.assert_array_equal(found.borders, read(found.text))
    before, after = spans_of(tags), spans_of(found.tags.tolist())
    assert [span.type for span in before] == [span.type for span in after]
    assert tags_of(after, len(found.tags)) == found.tags.tolist()

    def pieces(whole: PlacedText) -> list[tuple[int, bytes]]:
        spans = spans_of(whole.tags.tolist())
        return [
            (
                span.type,
                whole.text[whole.borders[span.first, 0] : whole.borders[span.behind - 1, 1]],
            )
            for span in spans
        ]

    if found.text != text:
        said = {(kind, value) for kind, own in enumerate(VALUES) for value, _ in own}
        for was, now in zip(pieces(placed(text, tags)), pieces(found), strict=True):
            assert now in said or was == now
    outside = [word for word, tag in zip(words(text), tags, strict=True) if not tag]
    left = [word for word, tag in zip(words(found.text), found.tags, strict=True) if not tag]
    assert left == outside


def words(text: bytes) -> list[bytes]:
    return [text[start:end] for start, end in read(text)]


def test_spans_are_swapped_as_often_as_asked_for_and_within_the_words_that_are_read() -> None:
    text, tags = b"wake me at six", [0, 0, 0, 1]
    swapped = 0
    for seed in range(400):
        (found,) = swap_spans([placed(text, tags)], [random.Random(seed)], 0.25, VALUES, 99)
        swapped += found.text != text
        (short,) = swap_spans([placed(text, tags)], [random.Random(seed)], 1.0, VALUES, 4)
        assert short.text in (text, b"wake me at noon")
    assert 60 < swapped < 140
