"""Whether other words set rules off by collision: 100,000 real words against the lists of the rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from neurolite_bench.rule_checks.made import ALL, LABELS, WORDS, letters_of, made_rules
from neurolite_core.hashing.words import hash_words
from neurolite_core.rules.beginnings import word_starts
from neurolite_core.rules.program import Program, compile_rules
from neurolite_core.rules.telling import chance_of_prefix, chance_of_word
from neurolite_core.rules.word_table import find

SHAPES = ((16, 8_192), (8, 8_192), (16, 512), (4, 512))  # hashes and rows; the first are tiny's


def measure_others(words: Sequence[str]) -> dict[str, Any]:
    """Of each shape of hash: words, those of the lists among them, and others that are taken for one of these.

    Args:
        words: more than 100,000, all different; the first 2,000 are those of the rules.
    """
    found: dict[str, Any] = {}
    for num_hashes, table_size in SHAPES:
        rules = made_rules(words, WORDS)
        program = compile_rules(
            rules, LABELS, several=False, num_hashes=num_hashes, table_size=table_size
        )
        found[f"K {num_hashes}, M {table_size:,}"] = _by_indices(
            program, words, num_hashes, table_size
        )
    rules = made_rules(words, ALL)
    program = compile_rules(rules, LABELS, several=False, num_hashes=16, table_size=8_192)
    found["prefixes"] = _by_letters(program, words)
    return found


def _by_indices(
    program: Program, words: Sequence[str], num_hashes: int, table_size: int
) -> dict[str, Any]:
    data = [word.encode() for word in words]
    indices = hash_words(data, num_hashes=num_hashes, table_size=table_size).indices
    places = find(program.table, indices)
    own = {element.letters: at for at, element in enumerate(program.classes.words)}
    wanted = np.array([own.get(letters, -1) for letters in letters_of(words)])
    expected = np.where(wanted >= 0, program.table.places[wanted], -1)
    others = wanted < 0
    return {
        "words": len(words),
        "listed": len(own),
        "others": int(others.sum()),
        "others taken for one": int((places[others] >= 0).sum()),
        "listed not found": int((places[~others] != expected[~others]).sum()),
        "expected": chance_of_word(program, table_size) * int(others.sum()),
    }


def _by_letters(program: Program, words: Sequence[str]) -> dict[str, Any]:
    assert program.beginnings is not None  # noqa: S101  # the rules have prefixes
    data = [word.encode() for word in words]
    starts = word_starts(data, program.beginnings, 1, 1)[:, 0] // 2
    prefixes = program.classes.prefixes
    wanted = np.zeros(len(words), np.int64)
    numbers = {prefix.letters: at for at, prefix in enumerate(prefixes, 1)}
    sizes = sorted({len(prefix.letters) for prefix in prefixes})
    for row, letters in enumerate(letters_of(words)):
        for size in sizes:  # the longest one last
            wanted[row] = numbers.get(letters[:size], wanted[row])
    return {
        "words": len(words),
        "prefixes": len(prefixes),
        "begin with one": int((wanted > 0).sum()),
        "others taken for one": int(((wanted == 0) & (starts > 0)).sum()),
        "not recognised": int(((wanted > 0) & (starts != wanted)).sum()),
        "expected": chance_of_prefix(program) * int((wanted == 0).sum()),
    }
