"""What a file of rules consists of: facts, rules and what they do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

WORD: Final = "word"
PREFIX: Final = "prefix"
NUMBER: Final = "number"

FORCE: Final = "force"
FORBID: Final = "forbid"
EVIDENCE: Final = "evidence"
ABSTAIN: Final = "abstain"
NOTHING: Final = "nothing"
HARD: Final = (FORCE, FORBID, ABSTAIN)

MOST_RULES: Final = 1_000
MOST_ENTRIES: Final = 20_000  # of all facts
MOST_PHRASE_WORDS: Final = 8
MOST_PREFIX_LETTERS: Final = 32
MOST_NAME: Final = 80  # characters
MOST_REASON: Final = 500
MOST_PRIORITY: Final = 1_000_000
LARGEST_WEIGHT: Final = 20.0

# Code point and accent number of a character with what follows it (section 3 of docs/hash-spec.md).
Letters = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Element:
    """What one word of a text is held against.

    Attributes:
        kind: ``WORD`` (exactly this one), ``PREFIX`` (one that begins so) or ``NUMBER`` (one of digits 0 to 9 alone).
        letters: of the word or its beginning; empty for a number.
        text: the bytes of that, which hash to it.
    """

    kind: str
    letters: Letters
    text: bytes = field(default=b"", compare=False)

    def holds(self, letters: Letters) -> bool:
        """Whether a word of these letters is one."""
        if self.kind == NUMBER:
            return all(0x30 <= code <= 0x39 and not accent for code, accent in letters)
        if self.kind == PREFIX:
            return letters[: len(self.letters)] == self.letters
        return letters == self.letters


Phrase = tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; it fires where all of its conditions hold.

    Attributes:
        name: of the rule.
        line: in the file, from 1; 0 where it is not known.
        all_of, any_of, none_of: names of facts and of other rules.
        answer: labels, of which the network's own answer has to be one; empty where that does not matter.
        effect: ``FORCE``, ``FORBID``, ``EVIDENCE``, ``ABSTAIN`` or ``NOTHING``.
        labels: that the effect is about.
        weight: of evidence, what is added to the label's logit; None where it is learned.
        priority: of two rules that contradict each other in a text, the one with the higher number holds; of equal
            ones the one that stands first.
        reason: for people.
    """

    name: str
    line: int
    all_of: tuple[str, ...]
    any_of: tuple[str, ...]
    none_of: tuple[str, ...]
    answer: tuple[str, ...]
    effect: str
    labels: tuple[str, ...]
    weight: float | None
    priority: int
    reason: str

    @property
    def conditions(self) -> tuple[str, ...]:
        """All names of facts and rules that it asks for."""
        return (*self.all_of, *self.any_of, *self.none_of)

    @property
    def learns(self) -> bool:
        """Whether its weight is learned."""
        return self.effect == EVIDENCE and self.weight is None


@dataclass(frozen=True, slots=True, eq=False)
class RuleSet:
    """A file of rules, read and checked in itself.

    Attributes:
        source: name of the file, for messages.
        text: its content.
        facts: name -> phrases, any of which makes the fact true.
        rules: in the order of the file.
        lines: of facts, by name.
    """

    source: str
    text: str
    facts: Mapping[str, tuple[Phrase, ...]]
    rules: tuple[Rule, ...]
    lines: Mapping[str, int]

    @property
    def learned(self) -> tuple[Rule, ...]:
        """The rules whose weights are learned."""
        return tuple(rule for rule in self.rules if rule.learns)
