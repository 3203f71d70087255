"""The n-grams beside a computation by the book's sums, with dictionaries; and what holds of any distribution."""

from __future__ import annotations

import random
from collections import Counter, defaultdict

import numpy as np
import pytest

from neurolite_bench.generation.kneser_ney import BYTES_PER_GRAM, discounts, fit
from neurolite_core.ground.errors import InputError

V = 12
ORDER = 4
Gram = tuple[int, ...]


def made_texts(count: int, seed: int) -> list[list[int]]:
    """Texts of words that depend on the one before, so that there is something to learn."""
    chance = random.Random(seed)
    texts = []
    for _ in range(count):
        text, word = [], 1
        for _ in range(chance.randrange(9)):
            word = min(int(chance.expovariate(0.4)) + word % 3, V - 1)
            text.append(word)
        texts.append([*text, 0])
    return texts


def by_the_book(texts: list[list[int]]) -> list[Counter[Gram]]:
    """Adjusted counts of orders 1 to ``ORDER``."""
    raw: list[Counter[Gram]] = [Counter() for _ in range(ORDER)]
    for text in texts:
        marked = (V, *text)
        for n in range(1, ORDER + 1):
            raw[n - 1].update(marked[i : i + n] for i in range(len(marked) - n + 1))
    adjusted: list[Counter[Gram]] = []
    for n in range(1, ORDER):
        before: defaultdict[Gram, set[int]] = defaultdict(set)
        for gram in raw[n]:
            before[gram[1:]].add(gram[0])
        own = {g: raw[n - 1][g] if g[0] == V else len(before[g]) for g in raw[n - 1] if g != (V,)}
        adjusted.append(Counter(own))
    return [*adjusted, raw[-1]]


def book_probability(counts: list[Counter[Gram]], before: Gram, word: int) -> float:
    """Equation 22 of Chen and Goodman, term by term."""
    own = counts[len(before)]
    d = (0.0, *discounts(np.array(sorted(own.values()))))
    beside = {gram: count for gram, count in own.items() if gram[:-1] == before}
    lower = book_probability(counts, before[1:], word) if before else 1 / V
    if not beside:
        return lower
    total = sum(beside.values())
    left = sum(d[min(count, 3)] for count in beside.values())
    count = beside.get((*before, word), 0)
    return (max(count - d[min(count, 3)], 0) + left * lower) / total


def test_probabilities_are_those_of_the_book() -> None:
    train, test = made_texts(300, 1), made_texts(20, 2)
    counts = by_the_book(train)
    wanted = [
        book_probability(counts, (V, *text)[max(i + 2 - ORDER, 0) : i + 1], word)
        for text in test
        for i, word in enumerate(text)
    ]
    found = fit(train, V, ORDER).probabilities(test)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


@pytest.mark.parametrize("grams", [None, V, V + 10, V + 100])
def test_words_add_up_to_one_at_any_size(grams: int | None) -> None:
    size = None if grams is None else grams * BYTES_PER_GRAM
    model = fit(made_texts(300, 1), V, ORDER, size)
    if size is not None:
        assert model.bytes == size
    for text in made_texts(20, 2):
        alone = model.probabilities([text])
        for place, word in enumerate(text):
            everything = model.distribution(text[:place])
            assert everything.sum() == pytest.approx(1, abs=1e-12)
            assert everything.min() > 0
            assert everything[word] == pytest.approx(alone[place], rel=1e-12)


def test_more_room_is_better_on_what_it_was_made_of() -> None:
    texts = made_texts(300, 1)
    sizes = [V, V + 20, V + 200, None]
    bits = [
        -np.log2(
            fit(texts, V, ORDER, None if s is None else s * BYTES_PER_GRAM).probabilities(texts)
        ).mean()
        for s in sizes
    ]
    assert bits == sorted(bits, reverse=True)
    assert bits[-1] < bits[0] - 0.1


def test_discounts_are_those_of_known_counts() -> None:
    # n1 = 8, n2 = 4, n3 = 2, n4 = 1: Y = 1/2, so 1 - 1/2, 2 - 3/4, 3 - 1.
    counts = np.repeat([1, 2, 3, 4], [8, 4, 2, 1])
    assert discounts(counts) == pytest.approx((0.5, 1.25, 2.0))
    assert discounts(np.array([1, 1])) == (0.5, 1.0, 1.5)


def test_nothing_to_count_and_no_room_are_refused() -> None:
    with pytest.raises(InputError, match="empty"):
        fit([], V)
    with pytest.raises(InputError, match="words alone take"):
        fit([[1, 0]], V, max_bytes=3)
