"""Sampling against its definitions, and a writer over a model of a few rules."""

from __future__ import annotations

import sys
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from neurolite_core.answer.sampling import Sampling, draw, penalised, shares
from neurolite_core.answer.writing import Writer
from neurolite_core.ground.errors import InputError
from neurolite_core.text.segments import last_words, split_segments
from neurolite_core.text.vocabulary import END, FIRST_WORD, count_words, make_vocabulary

PLAIN = Sampling(temperature=1.0, top_k=0, top_p=1.0, repetition_penalty=1.0)
VOCABULARY = make_vocabulary(count_words([b"one two three.\nOne two", b"one two three"]), 300)
NEXT = {b"one": b" two", b"two": b" three", b"three": b".\n", b".": b"One", b"\n": b"One"}

logits = st.lists(st.floats(-20, 20), min_size=1, max_size=12).map(np.array)


@given(logits=logits, k=st.integers(0, 12), p=st.floats(0.01, 1), t=st.floats(0.05, 5))
@settings(max_examples=200, deadline=None)
def test_shares_are_those_of_the_definitions(
    logits: NDArray[np.float64], k: int, p: float, t: float
) -> None:
    found = shares(logits, Sampling(temperature=t, top_k=k, top_p=p))
    ranked = sorted(range(len(logits)), key=lambda place: (-logits[place], place))
    kept = ranked[: k or len(ranked)]
    weights = {place: float(np.exp((logits[place] - max(logits)) / t)) for place in kept}
    total, nucleus, mass = sum(weights.values()), list[int](), 0.0
    for place in kept:
        if mass >= p - 1e-12 and nucleus:
            break
        nucleus.append(place)
        mass += weights[place] / total
    # What adds less than rounding does may be kept or not, where the sum is p.
    chosen = set(np.flatnonzero(found > 1e-10).tolist())
    # A sum that is p but for rounding may stop on either side of it.
    assert chosen <= set(kept)
    assert abs(len(chosen) - sum(weights[place] > 1e-10 * total for place in nucleus)) <= 1
    assert found.sum() == pytest.approx(1)
    inside = [place for place in chosen if weights[place]]
    ratios = [found[place] / weights[place] for place in inside]
    assert np.ptp(ratios) <= 1e-9 * max(ratios)


def test_without_temperature_the_first_of_the_most_probable_is_taken() -> None:
    found = shares(np.array([1.0, 3.0, 3.0]), Sampling(temperature=0))
    assert found.tolist() == [0, 1, 0]


def test_what_was_written_is_penalised_on_both_sides_of_zero() -> None:
    found = penalised(np.array([2.0, -2.0, 1.0, -np.inf]), [0, 1, 3], 2.0)
    assert found.tolist() == [1.0, -4.0, 1.0, -np.inf]


def test_draws_have_the_frequencies_of_the_shares() -> None:
    random, wanted = np.random.default_rng(3), np.array([0.5, 0.0, 0.3, 0.2])
    counts = np.bincount([draw(wanted, random) for _ in range(20_000)], minlength=4)
    assert counts[1] == 0
    assert np.abs(counts / 20_000 - wanted).max() < 0.015


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"temperature": -1}, "temperature is -1"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"top_k": -1}, "top_k is -1"),
        ({"top_p": 0}, "top_p is 0"),
        ({"repetition_penalty": 0}, "repetition_penalty is 0"),
    ],
)
def test_values_out_of_range_are_refused(values: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Sampling(**values)  # type: ignore[arg-type]  # on purpose


@given(
    text=st.text(alphabet="ab c.\n\u00e9\u4eca", max_size=60).map(str.encode),
    words=st.integers(1, 8),
    size=st.integers(1, 90),
)
@settings(max_examples=200, deadline=None)
def test_the_last_words_are_the_last_words(text: bytes, words: int, size: int) -> None:
    found = last_words(text, words, size)
    assert text.endswith(found)
    assert len(found) <= size
    whole, own = (split_segments([each])[0].words for each in (text, found))
    assert len(own) <= words
    stripped = [word.strip() for word in whole[len(whole) - len(own) :]]
    assert [word.strip() for word in own] == stripped
    if len(text) <= size:
        assert len(own) == min(words, len(whole))


def follow(text: bytes) -> NDArray[np.float64]:
    """Certain of ``NEXT``, and that the text is over behind anything else; <unk> and bytes more probable than all."""
    found = np.zeros(len(VOCABULARY))
    found[:FIRST_WORD] = 50.0
    words = split_segments([text])[0].words
    wanted = NEXT.get(words[-1].strip().lower() or b"\n") if words else b"one"
    found[END if wanted is None else VOCABULARY.places[wanted]] = 40.0
    found[END] = 30.0 if wanted else 40.0
    return found


def writer() -> Writer:
    return Writer(follow, VOCABULARY, max_words=4, max_bytes=64)


def test_a_text_goes_on_until_it_is_over_or_long_enough() -> None:
    greedy = Sampling(temperature=0, repetition_penalty=1.0)
    assert (
        b"".join(writer().write(b"", greedy, words=5, seed=0, spell=False))
        == b"one two three.\nOne"
    )
    assert b"".join(writer().write(b"three", greedy, words=2, seed=0, spell=False)) == b".\nOne"
    assert b"".join(writer().write(b"One", greedy, words=2, seed=0, spell=False)) == b" two three"
    assert list(writer().write(b"unheard of", greedy, words=9, seed=0, spell=False)) == []


def test_separators_behind_a_prompt_are_the_gap_of_what_follows() -> None:
    greedy = Sampling(temperature=0, repetition_penalty=1.0)
    assert b"".join(writer().write(b"one ", greedy, words=1, seed=0, spell=False)) == b"two"
    # No entry is "two" without a gap: of what may follow two spaces the end is the most probable.
    assert list(writer().write(b"one  ", greedy, words=1, seed=0, spell=False)) == []
    assert b"".join(writer().write(b"three.\n", greedy, words=1, seed=0, spell=False)) == b"One"


def test_a_seed_gives_its_text_again_and_another_one_others() -> None:
    flat = Sampling(temperature=100, top_k=0, top_p=1.0, repetition_penalty=1.0)
    texts = [
        b"".join(writer().write(b"", flat, words=30, seed=seed, spell=False))
        for seed in (1, 1, 2, 3, 4)
    ]
    assert texts[0] == texts[1]
    assert len(set(texts)) > 2
    words = {VOCABULARY.written(entry) for entry in range(FIRST_WORD, len(VOCABULARY))}
    pieces = writer().write(b"", flat, words=30, seed=2, spell=False)
    assert {piece if piece in words else b" " + piece for piece in pieces} <= words


def flat(_: bytes) -> NDArray[np.float64]:
    """The more probable the lower the number."""
    return -0.1 * np.arange(float(len(VOCABULARY)))


def test_suggestions_are_the_best_words_and_no_end() -> None:
    found = Writer(flat, VOCABULARY, max_words=4, max_bytes=64).suggest(b"one", 3)
    words = [VOCABULARY.written(FIRST_WORD + number) for number in range(3)]
    assert [item.piece for item in found] == words
    powers = np.exp(-0.1 * np.arange(len(VOCABULARY) - FIRST_WORD))
    assert [item.score for item in found] == pytest.approx(list(powers[:3] / powers.sum()))
    (best,) = writer().suggest(b"one", 1)
    assert best.piece == b" two"


def test_what_is_being_typed_is_completed_by_words_that_begin_so() -> None:
    own = Writer(flat, VOCABULARY, max_words=4, max_bytes=64)
    assert [item.piece for item in own.complete(b"one t", 5)] in (
        [b"wo", b"hree"],
        [b"hree", b"wo"],
    )
    assert sum(item.score for item in own.complete(b"one t", 5)) == pytest.approx(1)
    assert [item.piece for item in own.complete(b"one th", 5)] == [b"ree"]
    assert [item.piece for item in own.complete(b"o", 5)] == [b"ne"]
    assert own.complete(b"one two", 5) == []  # nothing is longer
    assert own.complete(b"one zz", 5) == []
    # Nothing is being typed.
    assert own.complete(b"three.\n", 2) == own.suggest(b"three.\n", 2)
    assert own.complete(b"one ", 2) == own.suggest(b"one ", 2)
    assert own.complete(b"", 2) == own.suggest(b"", 2)


def test_a_keyboard_is_offered_rests_of_a_word_and_what_follows_it_by_their_probabilities() -> None:
    """Against all that may come, written out: the word goes on, or it is whole and another one follows."""
    vocabulary = make_vocabulary(count_words([b"the then there her, the new"] * 2), 300)

    def answer(text: bytes) -> NDArray[np.float64]:
        return np.random.default_rng([len(text)]).normal(size=len(vocabulary))

    own = Writer(answer, vocabulary, max_words=4, max_bytes=64)
    words = [vocabulary.written(number) for number in range(FIRST_WORD, len(vocabulary))]
    before, behind = (np.exp(own.following(text)[FIRST_WORD:]) for text in (b"new", b"new the"))
    begun = {
        word: power for word, power in zip(words, before, strict=True) if word.startswith(b" the")
    }
    assert len(begun) == 3
    total = sum(begun.values())
    wanted = {word[4:]: power / total for word, power in begun.items() if word != b" the"}
    whole = begun[b" the"] / total
    for word, power in zip(words, behind, strict=True):
        wanted[word] = whole * power / behind.sum()
    found = {item.piece: item.score for item in own.offer(b"new the", len(wanted))}
    assert found == pytest.approx(wanted)
    assert list(found) == sorted(wanted, key=lambda piece: -wanted[piece])
    assert [item.piece for item in own.offer(b"new the", 2)] == list(found)[:2]
    # What is no entry goes on alone; what nothing goes on, or is not being typed, is followed.
    assert [item.piece for item in own.offer(b"new ther", 3)] == [b"e"]
    for text in (b"new there", b"new the ", b"", b"zz"):
        assert own.offer(text, 3) == own.suggest(text, 3)


def test_a_writer_has_no_second_copy_of_its_words() -> None:
    words = b" ".join(b"word%05d" % number for number in range(20_000))
    vocabulary = make_vocabulary(count_words([words]), 20_258)
    own = sum(map(sys.getsizeof, vocabulary.labels))
    tracemalloc.start()
    try:
        writer = Writer(
            lambda _: np.zeros(len(vocabulary), np.float32), vocabulary, max_words=4, max_bytes=64
        )
        kept = [tracemalloc.get_traced_memory()[0]]
        assert [item.piece for item in writer.complete(b"a word0000", 2)] == [b"1", b"2"]
        kept.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert max(kept) < own / 2
    assert "places" not in vars(vocabulary)
