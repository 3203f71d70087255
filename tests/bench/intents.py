"""Rows of a few intents, for what is measured of trainings and baselines."""

from __future__ import annotations

from collections.abc import Sequence

from neurolite_bench.quality_sets import Split

INTENTS = {
    "book": ("reserve a table for {}", "book dinner for {} people", "table for {} please"),
    "music": ("play song number {}", "put on album {}", "play some music from {}"),
    "weather": ("will it rain in {} days", "forecast for the next {} days", "is it sunny at {}"),
}


def split_of(first: int, last: int, labels: Sequence[str] = tuple(INTENTS)) -> Split:
    """Each pattern of the labels with each number of a range."""
    rows = [
        (pattern.format(number), label)
        for number in range(first, last)
        for label in labels
        for pattern in INTENTS[label]
    ]
    texts, names = zip(*rows, strict=True)
    return Split(texts, names)
