"""Texts that are read further and further: as if each were read at once, and at the cost of what is new."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from neurolite_core.answer.reading import Reading, State, StreamReading, WindowReading
from neurolite_core.answer.sampling import Sampling
from neurolite_core.answer.writing import Writer, _stands_alone
from neurolite_core.ground.errors import InputError
from neurolite_core.text.line_breaks import with_breaks
from neurolite_core.text.segments import last_words, split_segments
from neurolite_core.text.vocabulary import Vocabulary, count_words, make_vocabulary
from neurolite_core.text.word_offsets import word_borders

ENTRIES = 4
WORDS, BYTES = 3, 24
VOCABULARY = make_vocabulary(count_words([b"one two's three.\nOne two, four"]), 300)

# No accents by themselves: an apostrophe behind a sign that has one is read as if nothing stood before it.
texts = st.text(alphabet="ab' .,5\n\u00e9\u4eca", max_size=12).map(str.encode) | st.binary(
    max_size=4
)


def words_of(text: bytes) -> list[bytes]:
    """The words alone, as the hash makes them."""
    read = with_breaks(text)
    return [read[first:last] for first, last in word_borders([read])[1].tolist()]


def logits_of(words: list[bytes], seen: int = 0) -> tuple[NDArray[np.float32], int]:
    """What depends on all words in their order, and a number that stands for them."""
    for word in words:
        seen = zlib.crc32(word + b"\0", seen)
    return np.random.default_rng(seen).normal(size=ENTRIES).astype(np.float32), seen


class Model:
    """Goes on from the number of all words before, and counts what it is asked to read."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def __call__(self, text: bytes, state: State | None) -> tuple[NDArray[np.float32], State]:
        assert len(text) <= BYTES
        words = words_of(text)
        assert len(words) <= WORDS
        self.calls.append(len(words))
        logits, seen = logits_of(words, 0 if state is None else int(state["seen"][0]))
        return logits, {"seen": np.array([seen])}


def read_at_once(text: bytes) -> NDArray[np.float32]:
    """Of all words but those that no call can take."""
    return logits_of([word for word in words_of(text) if len(word) <= BYTES])[0]


def window(text: bytes) -> NDArray[np.float32]:
    return logits_of(words_of(text))[0]


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: StreamReading(Model(), WORDS, BYTES), read_at_once),
        (
            lambda: WindowReading(window, WORDS, BYTES),
            lambda text: window(last_words(text, WORDS, BYTES)),
        ),
    ],
    ids=["stream", "window"],
)
@given(steps=st.lists(texts | st.integers(0, 30), max_size=8))
@settings(max_examples=300, deadline=None)
def test_pieces_are_read_as_the_whole_text_is(
    make: Callable[[], Reading],
    expected: Callable[[bytes], NDArray[np.float32]],
    steps: list[bytes | int],
) -> None:
    """Whatever is put behind a text, or taken from its end."""
    reading, text = make(), b""
    for step in steps:
        if isinstance(step, int):
            length = max(0, len(text) - step)
            if not reading.back_to(length):
                reading = make()
                reading.add(text[:length])
            text = text[:length]
        else:
            reading.add(step)
            text += step
        assert np.array_equal(reading.logits(), expected(text))
        rest = split_segments([text])[0].rest
        assert rest.endswith(reading.rest)
        assert len(reading.rest) >= min(len(rest), BYTES)
        assert text.endswith(reading.tail)


def test_a_long_text_costs_no_more_than_a_short_one() -> None:
    model = Model()
    reading = StreamReading(model, WORDS, BYTES)
    reading.add(b"ab " * 4_000)
    reading.logits()
    assert max(model.calls) == WORDS
    assert sum(model.calls) == 4_000
    model.calls.clear()
    for _ in range(500):
        reading.add(b" ab", is_word=True)
        reading.logits()
    assert model.calls == [1] * 500
    assert len(reading.tail) <= BYTES
    assert np.array_equal(reading.logits(), read_at_once(b"ab " * 4_500))


def test_what_is_being_typed_is_read_again_and_nothing_else() -> None:
    model = Model()
    reading = StreamReading(model, WORDS, BYTES)
    for letter in b"don't say that":
        reading.add(bytes([letter]))
        reading.logits()
    # An apostrophe behind letters is a word, until letters follow; a space is none.
    assert model.calls == [1] * 4 + [1, 1, 1, 1, 1, 1, 1, 1, 1][: len(model.calls) - 4]
    assert len(model.calls) == 12
    assert reading.back_to(5)
    model.calls.clear()
    assert np.array_equal(reading.logits(), read_at_once(b"don't"))
    assert model.calls == []


def test_a_word_that_no_call_takes_is_left_out_and_separators_do_not_count() -> None:
    reading = StreamReading(Model(), WORDS, BYTES)
    reading.add(b"ab " + b"c" * (BYTES + 1) + b" " * 100 + b"d")
    assert np.array_equal(reading.logits(), logits_of([b"ab", b"d"])[0])


@pytest.mark.parametrize("prompt", [b"", b"One ", b"two's three.\n", b"three"])
def test_a_writer_writes_the_same_in_both_forms(prompt: bytes) -> None:
    def whole(text: bytes) -> NDArray[np.float32]:
        seen = logits_of(words_of(text))[1]
        return np.random.default_rng(seen).normal(size=len(VOCABULARY)).astype(np.float32)

    def step(text: bytes, state: State | None) -> tuple[NDArray[np.float32], State]:
        assert len(words_of(text)) <= WORDS
        seen = logits_of(words_of(text), 0 if state is None else int(state["seen"][0]))[1]
        logits = np.random.default_rng(seen).normal(size=len(VOCABULARY)).astype(np.float32)
        return logits, {"seen": np.array([seen])}

    one = Writer(whole, VOCABULARY, max_words=400, max_bytes=4_000)
    other = Writer(step, VOCABULARY, max_words=WORDS, max_bytes=BYTES, reading=StreamReading)
    for seed in range(6):
        how = Sampling(temperature=2.0)
        written = [list(each.write(prompt, how, words=40, seed=seed)) for each in (one, other)]
        assert written[0] == written[1]
    for text in (prompt, prompt + b"tw", b"", prompt + b"two", b"One two"):
        assert one.suggest(text, 3) == other.suggest(text, 3)
        assert one.complete(text, 3) == other.complete(text, 3)
        assert one.offer(text, 3) == other.offer(text, 3)


@given(
    pieces=st.lists(
        st.sampled_from([b" a", b"b", b".", b"!\n", b",", b" 5", b"'", b" '", b"\n", b" \xc3\xa9"])
    )
)
@settings(max_examples=200, deadline=None)
def test_what_stands_alone_for_certain_does(pieces: list[bytes]) -> None:
    reading, text = StreamReading(Model(), WORDS, BYTES), b""
    for piece in pieces:
        reading.add(piece, is_word=_stands_alone(text, piece))
        text += piece
        assert np.array_equal(reading.logits(), read_at_once(text))
        assert reading.rest == b""


def test_emoji_are_entries_as_others_and_a_nul_is_none() -> None:
    vocabulary = make_vocabulary(
        count_words(["yes \U0001f600 \U0001f44d\U0001f3fd!".encode()]), 300
    )
    emoji = vocabulary.places[" \U0001f44d\U0001f3fd".encode()]

    def certain(text: bytes, _: State | None) -> tuple[NDArray[np.float32], State]:
        logits = np.zeros(len(vocabulary), np.float32)
        logits[emoji] = 9
        return logits, {}

    writer = Writer(certain, vocabulary, max_words=4, max_bytes=64, reading=StreamReading)
    greedy = Sampling(temperature=0, repetition_penalty=1.0)
    written = list(writer.write("\0yes \U0001f600".encode(), greedy, words=2, seed=0))
    assert written == [" \U0001f44d\U0001f3fd".encode()] * 2
    assert writer.suggest(b"a\0", 1)[0].piece != b""
    assert not any(b"\0" in word for word in vocabulary.places)
    with pytest.raises(InputError, match="is not one word"):
        Vocabulary((*vocabulary.labels, " a\0b"))
