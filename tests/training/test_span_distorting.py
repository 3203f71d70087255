"""Distorted texts keep their words' tags: whatever is left out, misspelt or replaced, in any script."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from neurolite_core.answer.spans import WordSpan, spans_of, tags_of
from neurolite_core.text.word_offsets import word_borders
from neurolite_core.training.spans.distorting import Retagged, distort_tagged, kept_tags
from neurolite_core.training.spans.placed import PlacedText
from neurolite_core.training.spans.recipe import Distortion
from neurolite_core.training.spans.swapping import mentions_of, swapped

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
ALL = Distortion(share=1.0, typos=0.5, word_dropout=0.3, replaced=0.2, swapped=0.0)


def read(text: bytes) -> NDArray[np.int64]:
    return word_borders([text])[1]


def distorted(
    text: bytes,
    tags: list[int],
    seed: int,
    how: Distortion = ALL,
    drawn: tuple[str, ...] = ("jazz", "дом", "a.b", ""),
) -> Retagged:
    (found,) = distort_tagged(
        [PlacedText(text, read(text), np.array(tags, np.int64))],
        [random.Random(seed)],
        how,
        lambda rng: rng.choice(drawn).encode(),
        {},
    )
    return found


def placed(text: str, *spans: WordSpan) -> PlacedText:
    borders = read(text.encode())
    return PlacedText(text.encode(), borders, np.array(tags_of(spans, len(borders)), np.int64))


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
        Distortion(share=0.0, typos=0.9, word_dropout=0.9, replaced=0.9, swapped=0.9),
        Distortion(share=1.0, typos=0.0, word_dropout=0.0, replaced=0.0, swapped=0.0),
    ):
        for seed in range(20):
            found, own = distorted(text, tags, seed, how)
            assert (found, own.tolist()) == (text, tags)


@pytest.mark.parametrize(
    ("how", "least"),
    [
        (Distortion(share=1.0, typos=0.5, word_dropout=0.0, replaced=0.0, swapped=0.0), 0.35),
        (Distortion(share=1.0, typos=0.0, word_dropout=0.0, replaced=0.5, swapped=0.0), 0.4),
    ],
)
def test_words_are_misspelt_and_replaced_as_often_as_asked_for(
    how: Distortion, least: float
) -> None:
    words = ["wake", "me", "at", "seven", "in", "the", "old", "harbour", "of", "oslo", "please"]
    changed = 0
    for seed in range(200):
        found, own = distorted(" ".join(words).encode(), [0] * len(words), seed, how, ("jazz",))
        assert len(own) == len(words)
        changed += sum(a != b for a, b in zip(found.decode().split(), words, strict=True))
    assert least < changed / (200 * len(words)) < 0.55


def test_bytes_that_are_no_text_stay_as_they_are() -> None:
    text = b"caf\xe9 \xff\xfe at \xc3\xa9t\xc3\xa9 noon today"
    count = len(read(text))
    found, own = distorted(text, [0] * count, 1, Distortion(
        share=1.0, typos=0.0, word_dropout=0.4, replaced=0.0, swapped=0.0
    ))  # fmt: skip
    assert len(own) < count
    assert all(piece in text for piece in found.split())


def told(text: PlacedText) -> list[tuple[str, int]]:
    """Spans as they are read, with their types."""
    found = []
    for span in spans_of(text.tags.tolist()):
        start, end = text.borders[span.first, 0], text.borders[span.behind - 1, 1]
        found.append((text.text[start:end].decode(), span.type))
    return found


def test_spans_give_way_to_others_of_their_type() -> None:
    texts = [
        placed("fly to new york, at seven", WordSpan(2, 4, 0), WordSpan(6, 7, 1)),
        placed("half past nine in Łódź", WordSpan(0, 3, 1), WordSpan(4, 5, 0)),
        placed("東京 now", WordSpan(0, 2, 0)),
    ]
    mentions = mentions_of(texts)
    names = {type_: {each.text.decode() for each in own} for type_, own in mentions.items()}
    assert names == {0: {"new york", "Łódź", "東京"}, 1: {"seven", "half past nine"}}
    seen = set()
    for seed in range(60):
        found = swapped(texts[0], random.Random(seed), 1.0, mentions)
        assert found.borders.tolist() == read(found.text).tolist()
        (place, _), (time, _) = told(found)
        assert found.text.decode() == f"fly to {place}, at {time}"
        assert place in names[0]
        assert time in names[1]
        seen.add((place, time))
    assert len(seen) == 6
    assert swapped(texts[0], random.Random(0), 0.0, mentions) is texts[0]
    assert swapped(texts[0], random.Random(0), 1.0, {}) is texts[0]


def test_names_that_would_grow_together_with_their_neighbours_are_not_put_there() -> None:
    text = placed("x東京y", WordSpan(1, 3, 0))
    other = placed("oslo", WordSpan(0, 1, 0))
    how = Distortion(share=1.0, typos=0.0, word_dropout=0.0, replaced=0.0, swapped=1.0)
    (found,) = distort_tagged([text], [random.Random(0)], how, lambda _: b"", mentions_of([other]))
    assert found[0] == text.text  # xosloy would be one word
    assert found[1].tolist() == text.tags.tolist()
