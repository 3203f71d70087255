"""What became of spans that were given in characters when they were brought onto whole words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Snapped:
    """A span whose borders were moved to those of words.

    Attributes:
        line: of its text, from 1.
        text: at most 200 characters of it.
        type: the span's.
        before: its characters as they were given.
        after: those of its words.
    """

    line: int
    text: str
    type: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Lost:
    """A span that no words stand for.

    Attributes:
        line: of its text, from 1.
        text: at most 200 characters of it.
        type: the span's.
        before: its characters as they were given.
        why: for people.
    """

    line: int
    text: str
    type: str
    before: str
    why: str


@dataclass(frozen=True, slots=True)
class SnapReport:
    """Spans that were given, and how they fall on words.

    Attributes:
        spans: how many there are.
        exact: whose borders are those of words.
        snapped: that were brought onto the words that they overlap.
        lost: that hold no word, or whose words are another span's; no model can be taught or asked them.
        behind: of the exact and snapped ones, those that reach behind the model's first ``max_words`` words.
        examples: the first 20 of the snapped ones.
        lost_examples: the first 20 of the lost ones.
    """

    spans: int
    exact: int
    snapped: int
    lost: int
    behind: int
    examples: tuple[Snapped, ...]
    lost_examples: tuple[Lost, ...]
