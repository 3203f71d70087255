"""Characters of bytes against Python's own decoding."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from neurolite_core.text.character_offsets import character_offsets, character_starts
from neurolite_core.text.word_offsets import word_offsets
from texts import follower_texts, generated_texts

any_characters = st.text(st.characters(), max_size=12)  # halves of surrogates too
broken = st.lists(
    st.sampled_from(
        [b"a", b"\xc3", b"\xa9", b"\xe4\xb8", b"\xad", b"\xf0\x9f", b"\xed\xa0", b"\xff"]
    )
)


@settings(max_examples=200, deadline=None)
@given(any_characters)
def test_of_strings(text: str) -> None:
    starts = [len(text[:place].encode("utf-8", "surrogatepass")) for place in range(len(text))]
    assert character_starts(text).tolist() == starts


@settings(max_examples=300, deadline=None)
@given(st.one_of(broken.map(b"".join), st.binary(max_size=12)))
def test_of_bytes_that_are_no_utf_8(data: bytes) -> None:
    starts = character_starts(data).tolist()
    whole = data.decode("utf-8", "replace")
    assert len(starts) == len(whole)
    parts = [data[first:behind] for first, behind in pairwise((*starts, len(data)))]
    assert [part.decode("utf-8", "replace") for part in parts] == list(whole)


def test_offsets_of_words_cut_no_character() -> None:
    texts = generated_texts(300, seed=4) + follower_texts(300, seed=4)
    offsets = word_offsets(texts, 64, 64)
    tried = 0
    for data, rows in zip(texts, offsets.tolist(), strict=True):
        try:
            text = data.decode()
        except UnicodeDecodeError:
            continue
        pairs = [(first, behind) for first, behind in rows if behind]
        for given_text in (text, data):
            found = character_offsets(given_text, pairs)
            assert [text[first:behind].encode() for first, behind in found] == [
                data[first:behind] for first, behind in pairs
            ]
        tried += len(pairs)
    assert tried > 500


def test_every_character_that_has_one_of_the_bytes() -> None:
    data = b"a\xe4\xb8 b\xff\xffc"  # a, U+FFFD of two bytes, a blank, b, twice U+FFFD, c
    assert character_starts(data).tolist() == [0, 1, 3, 4, 5, 6, 7]
    assert character_offsets(data, [(0, 1), (1, 3), (2, 3), (0, 2), (5, 8)]) == [
        (0, 1),
        (1, 2),
        (1, 2),
        (0, 2),
        (4, 7),
    ]
    assert character_offsets("\udc80 \U0001f600!", [(0, 3), (4, 8), (8, 9)]) == [
        (0, 1),
        (2, 3),
        (3, 4),
    ]
    assert character_offsets("", []) == []
