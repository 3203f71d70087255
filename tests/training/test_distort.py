"""Distortion: bounded, repeatable, in the text's own letters."""

import random

from hypothesis import given
from hypothesis import strategies as st

from neurolite_core.training.distort import distort, edit_word

WORDS = st.text(st.characters(exclude_categories=["Z", "C"]), min_size=3, max_size=12)


def distance(a: str, b: str) -> int:
    """Damerau-Levenshtein with adjacent swaps (optimal string alignment)."""
    rows = [[i + j if i * j == 0 else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            cost = a[i - 1] != b[j - 1]
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + cost)
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


@given(WORDS, st.integers())
def test_an_edit_is_at_most_one_step_away(word: str, seed: int) -> None:
    assert distance(word, edit_word(word, random.Random(seed), "xyz")) <= 1


def test_every_kind_of_edit_happens() -> None:
    found = {edit_word("abcd", random.Random(seed), "x") for seed in range(200)}
    assert {"bacd", "bcd", "xabcd", "xbcd"} <= found


@given(st.text(), st.integers())
def test_equal_seeds_give_equal_texts(text: str, seed: int) -> None:
    once, again = (
        distort(text, random.Random(seed), typos=0.3, word_dropout=0.2) for _ in range(2)
    )
    assert once == again
    assert set(once) <= set(text) | {" "}


def test_half_of_the_texts_stay_and_words_change_at_the_asked_rate() -> None:
    text = " ".join(f"word{number:03}" for number in range(200))
    same, kept, edited, words = 0, 0, 0, 0
    for seed in range(200):
        changed = distort(text, random.Random(seed), typos=0.2, word_dropout=0.1)
        if changed == text:
            same += 1
            continue
        kept += len(changed.split())
        words += 200
        edited += len(set(changed.split()) - set(text.split()))
    assert 80 < same < 120
    assert abs(kept / words - 0.9) < 0.01
    assert abs(edited / kept - 0.2) < 0.03  # a swap of equal letters changes nothing


def test_no_distortion_leaves_every_text() -> None:
    assert distort("  a  b ", random.Random(0), typos=0.0, word_dropout=0.0) == "  a  b "


def test_short_texts_keep_their_words() -> None:
    for seed in range(100):
        text = distort("play some jazz", random.Random(seed), typos=0.0, word_dropout=0.9)
        assert text == "play some jazz"
