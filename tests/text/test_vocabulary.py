"""Segments and entries: text is written exactly again, whatever it is."""

from __future__ import annotations

import sys
import tracemalloc
from collections import Counter
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from golden import plain
from neurolite_core.ground.errors import InputError
from neurolite_core.text.segments import split_segments
from neurolite_core.text.vocabulary import (
    END,
    FIRST_BYTE,
    FIRST_WORD,
    NO_WORDS,
    UNKNOWN,
    Vocabulary,
    are_entries,
    count_words,
    make_vocabulary,
)
from neurolite_core.text.word_offsets import word_borders
from texts import BLOCKS, generated_texts

TEXT = b'Yes, I\'m here. "Hello" I said;\nYes  I am, here'
VOCABULARY = make_vocabulary(count_words([TEXT, b"Yes, I'm here.\nYes\nYes"]), 300)
anything = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(st.sampled_from([*VOCABULARY.labels, " ", "\n", "\0", "’", "\u0301", "😀"])).map(
        lambda parts: "".join(parts).encode()
    ),
)


def test_a_segment_is_a_word_with_its_case_and_what_stands_before_it() -> None:
    (found,) = split_segments([b"Hello,  World's end\t"])
    assert found.words == (b"Hello", b",", b"  World's", b" end")
    assert found.rest == b"\t"
    assert split_segments([]) == []
    assert split_segments([b"Yes.\nNo\n\n ok"])[0].words == (b"Yes", b".\n", b"No", b"\n\n", b" ok")
    assert split_segments([b"", b" ", b"a"]) == [((), b""), ((), b" "), ((b"a",), b"")]


@given(st.lists(anything, max_size=5))
def test_segments_are_the_text_and_one_a_word(texts: list[bytes]) -> None:
    owner = (
        word_borders([text.replace(b"\n", b"|") for text in texts])[0]
        if texts
        else np.zeros(0, np.int64)
    )
    found = split_segments(texts)
    assert [b"".join([*segments.words, segments.rest]) for segments in found] == texts
    assert [len(segments.words) for segments in found] == [
        int((owner == number).sum()) for number in range(len(texts))
    ]


def test_ascii_is_cut_as_arrays_cut_it() -> None:
    every = [bytes(text) for size in (1, 2) for text in product(range(128), repeat=size)]
    every += [bytes(text) for size in (3, 4, 5) for text in product(b"a0'. \n", repeat=size)]
    # Several at once are read by arrays, one alone by an expression.
    assert [split_segments([text])[0] for text in every] == split_segments(every)


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=200).map(str.encode))
def test_ascii_has_the_words_of_the_specification(text: bytes) -> None:
    (segments,) = split_segments([text])
    ends = [end for _, end in plain.offsets_of(text.replace(b"\n", b"|"))]
    assert [text[left:right] for left, right in pairwise([0, *ends])] == list(segments.words)


def test_a_vocabulary_is_checked_in_less_memory_than_its_words_take() -> None:
    labels = (*NO_WORDS, *(f" word{number:05}" for number in range(20_000)))
    tracemalloc.start()
    try:
        Vocabulary(labels)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < sum(map(sys.getsizeof, labels)) * 3


@given(anything)
def test_what_is_encoded_is_written_exactly_again(text: bytes) -> None:
    numbers = VOCABULARY.encode(text)
    assert VOCABULARY.decode(numbers) == text
    assert UNKNOWN not in numbers
    assert END not in numbers


def test_texts_of_many_scripts_are_written_exactly_again() -> None:
    texts = generated_texts(len(BLOCKS) * 2, seed=3)
    vocabulary = make_vocabulary(count_words(texts), 2_000)
    for text in texts:
        assert vocabulary.decode(vocabulary.encode(text)) == text


def test_targets_are_one_for_each_word_and_the_end() -> None:
    targets = VOCABULARY.targets(b"Yes, nobody\nYes ")
    names = [VOCABULARY.labels[number] for number in targets]
    assert names == ["Yes", ",", "<unk>", "\n", "Yes", "</s>"]
    assert VOCABULARY.targets(b"") == [END]


def test_the_most_frequent_words_come_first_and_ties_by_bytes() -> None:
    counts = Counter({b" b": 2, b" a": 2, b"c": 5, b" d": 1, b"  e": 9, b"\tf": 9, b"\xff": 9})
    made = make_vocabulary(counts, FIRST_WORD + 3)
    assert made.labels == (*NO_WORDS, "c", " a", " b")
    assert len(make_vocabulary(counts, 10_000)) == FIRST_WORD + 4


def test_what_is_no_word_has_a_name_that_no_word_has() -> None:
    assert not any(are_entries([name.encode() for name in NO_WORDS]))
    assert all(
        len(segments.words) > 1 for segments in split_segments([n.encode() for n in NO_WORDS])
    )


def test_emoji_are_entries_and_nul_is_written_as_a_byte() -> None:
    vocabulary = make_vocabulary(count_words(["Fine 😀 \0x".encode()]), 400)
    assert " 😀" in vocabulary.labels
    assert vocabulary.encode(b"\0") == [FIRST_BYTE]
    assert not any("\0" in label for label in vocabulary.labels)


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        (("a", "b"), "begin with"),
        ((*NO_WORDS, " a", " a"), "twice"),
        ((*NO_WORDS, "two words"), "not one word"),
        ((*NO_WORDS, "\ta"), "not one word"),
        ((*NO_WORDS, "\nYes"), "not one word"),
        ((*NO_WORDS, ""), "not one word"),
        ((*NO_WORDS, *map(str, range(65_536))), "at most 65,536"),
    ],
)
def test_labels_of_no_vocabulary_are_refused(labels: tuple[str, ...], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        Vocabulary(labels)


def test_sizes_and_texts_that_make_none_are_refused() -> None:
    with pytest.raises(InputError, match="vocab_size"):
        make_vocabulary(Counter({b"a": 1}), FIRST_WORD)
    with pytest.raises(InputError, match="no words"):
        make_vocabulary(count_words([b" \t"]), 300)
    with pytest.raises(InputError, match="entry 9999"):
        VOCABULARY.written(9999)
