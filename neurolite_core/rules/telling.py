"""What is said of compiled rules: how many there are, and how likely another word is taken for one of theirs."""

from __future__ import annotations

from typing import Final

from neurolite_core.rules.beginnings import FUNCTIONS, SUM_BASE
from neurolite_core.rules.program import Program
from neurolite_core.rules.word_table import chance_of_others

_WORDS: Final = 100_000
_LETTERS: Final = 6  # of a word, at each of which a prefix may seem to end


def chance_of_word(program: Program, table_size: int) -> float:
    """How likely a word that no rule names is taken for one that a rule names, by its indices."""
    return (
        chance_of_others(program.table, program.indices, table_size)
        if program.classes.words
        else 0.0
    )


def chance_of_prefix(program: Program) -> float:
    """How likely a word of usual length that begins with no prefix of the rules is taken for one that does.

    At each letter three sums modulo 4,096 would have to be those of a prefix, at the place of a table that it is at.
    """
    table = program.beginnings
    if table is None or not table.count:
        return 0.0
    return _LETTERS * table.count / SUM_BASE**FUNCTIONS


def telling(program: Program, table_size: int) -> list[str]:
    """Lines for people."""
    rules, words = len(program.order), len(program.classes.words)
    prefixes = len(program.classes.prefixes)
    phrases = sum(len(phrase) > 1 for facts in program.rules.facts.values() for phrase in facts)
    hard = sum(rule.effect not in ("evidence", "nothing") for rule in program.order)
    lines = [
        f"{rules:,} rules, {hard:,} of them hard, over {words:,} words, {phrases:,} phrases and {prefixes:,} prefixes"
    ]
    by_word, by_prefix = chance_of_word(program, table_size), chance_of_prefix(program)
    lines.append(
        f"another word is taken for one of these with a chance of {by_word + by_prefix:.1e}: of {_WORDS:,} different "
        f"words {(by_word + by_prefix) * _WORDS:.1g} are to be expected"
    )
    return lines
