"""Words that are no entries: their probabilities against the formula written out, and what a writer makes of them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from neurolite_core.answer.sampling import Sampling
from neurolite_core.answer.spelling import (
    BORDER,
    SYMBOLS,
    Speller,
    letters_of,
    next_symbol,
    weights_of,
)
from neurolite_core.answer.writing import Writer
from neurolite_core.text.vocabulary import (
    END,
    FIRST_WORD,
    UNKNOWN,
    count_words,
    make_vocabulary,
)

VOCABULARY = make_vocabulary(
    count_words([" anna banana ananas, band.\nbend caf\u00e9 \u6771 \U0001f44d sand".encode()]), 400
)
WORDS = [VOCABULARY.written(number) for number in range(FIRST_WORD, len(VOCABULARY))]
FREE = Sampling(temperature=1.0, top_k=0, top_p=1.0, repetition_penalty=1.0)


def written_out(weights: NDArray[np.float64], begun: bytes) -> dict[int, float]:
    """Witten and Bell's interpolation, order by order, word by word."""
    found = dict.fromkeys(range(SYMBOLS), 1 / SYMBOLS)
    before = (BORDER, *begun)
    for order in range(min(5, len(before) + 1)):
        counts: Counter[int] = Counter()
        for word, weight in zip(WORDS, weights, strict=True):
            symbols = (BORDER, *word, BORDER)
            for place in range(1, len(symbols)):
                if (
                    place >= order
                    and symbols[place - order : place] == before[len(before) - order :]
                ):
                    counts[symbols[place]] += weight
        if not counts:
            break
        unseen = 8 * len(counts)
        whole = sum(counts.values()) + unseen
        found = {symbol: (counts[symbol] + unseen * found[symbol]) / whole for symbol in found}
    return found


@pytest.mark.parametrize(
    "begun", [b"", b" ", b" b", b" ban", b" banan", b"xyz", b" caf\xc3", b"qan"]
)
def test_probabilities_are_those_of_the_formula(begun: bytes) -> None:
    weights = np.linspace(0.5, 1.5, len(WORDS))
    found = next_symbol(letters_of(WORDS), weights, begun)
    wanted = written_out(weights, begun)
    assert found == pytest.approx([wanted[symbol] for symbol in range(SYMBOLS)], rel=1e-12)
    assert found.sum() == pytest.approx(1)
    assert found.min() > 0


def test_entries_that_are_more_probable_count_more() -> None:
    logits = np.zeros(len(WORDS))
    logits[WORDS.index(b" sand")] = 8.0
    logits[WORDS.index(b",")] = -np.inf
    weights = weights_of(logits)
    assert weights.sum() == pytest.approx(len(WORDS))
    assert weights.min() == weights[WORDS.index(b",")] == pytest.approx(0.2)
    speller = Speller(VOCABULARY)
    even = weights_of(np.zeros(len(WORDS)))
    assert even == pytest.approx(np.ones(len(WORDS)))
    assert speller.shares(weights, b" ")[ord("s")] > 2 * speller.shares(even, b" ")[ord("s")]
    assert weights_of(np.full(3, -np.inf)).tolist() == [1, 1, 1]


def test_an_entry_and_a_half_character_are_no_ends() -> None:
    speller, even = Speller(VOCABULARY), np.ones(len(WORDS))
    for text, behind in ((b" band", 0), (b" caf\xc3", 0), (b"", 0), (b"  ", 2)):
        assert speller.shares(even, text, behind)[BORDER] == 0
    for text in (b" bandan", " caf\u00e9s".encode(), b" "):
        assert speller.shares(even, text)[BORDER] > 0


@given(word=st.text(min_size=1, max_size=8).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(max_examples=100, deadline=None)
def test_every_word_has_a_probability_unless_it_is_an_entry(word: bytes) -> None:
    speller, even = Speller(VOCABULARY), np.ones(len(WORDS))
    shares = [speller.shares(even, word[:place]) for place in range(len(word) + 1)]
    assert all(each.sum() == pytest.approx(1) for each in shares)
    logs = [shares[place][symbol] for place, symbol in enumerate((*word, BORDER))]
    try:
        word.decode()
    except UnicodeDecodeError:  # a lone surrogate
        assert min(logs) == 0
    else:
        assert (min(logs) > 0) == (word not in VOCABULARY.places)


def unsure(_: bytes) -> NDArray[np.float64]:
    """<unk> is as probable as all others together; bytes are more probable, and never chosen."""
    found = np.zeros(len(VOCABULARY))
    found[UNKNOWN] = np.log(len(WORDS) + 1)
    found[END + 1 : FIRST_WORD] = 50.0
    return found


def writer() -> Writer:
    return Writer(unsure, VOCABULARY, max_words=8, max_bytes=64)


@pytest.mark.parametrize("prompt", [b"", b"anna", b"anna ", b"anna  ", "\u00e9\t".encode()])
def test_a_writer_spells_what_is_no_entry(prompt: bytes) -> None:
    spelled = 0
    for seed in range(40):
        pieces = list(writer().write(prompt, FREE, words=6, seed=seed))
        assert pieces == list(writer().write(prompt, FREE, words=6, seed=seed))
        assert all(piece.decode() and len(piece) <= 64 + 3 for piece in pieces)
        rest = prompt[len(prompt.rstrip()) :]
        whole = [rest + piece if place == 0 else piece for place, piece in enumerate(pieces)]
        spelled += sum(piece not in VOCABULARY.places for piece in whole)
    assert spelled > 40


def test_no_word_is_spelled_where_nobody_asks_for_it() -> None:
    for seed in range(20):
        pieces = writer().write(b"", FREE, words=6, seed=seed, spell=False)
        assert set(pieces) <= set(WORDS)
    assert {item.piece for item in writer().suggest(b"anna", 99)} == set(WORDS)


def test_without_temperature_the_most_probable_bytes_are_written() -> None:
    greedy = Sampling(temperature=0, repetition_penalty=1.0)
    (piece,) = writer().write(b"", greedy, words=1, seed=0)
    speller, even, word = Speller(VOCABULARY), weights_of(np.zeros(len(WORDS))), b""
    while (symbol := int(speller.shares(even, word).argmax())) != BORDER and len(word) < 64:
        word += bytes([symbol])
    assert piece == word
    assert piece not in VOCABULARY.places
