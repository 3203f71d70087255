"""Rules compiled for one model: everything that its graph looks up, adds and compares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown
from neurolite_core.hashing.words import hash_words
from neurolite_core.rules.beginnings import Beginnings, make_beginnings
from neurolite_core.rules.checking import check_rules
from neurolite_core.rules.effects import Effects, build_effects
from neurolite_core.rules.logic import Logic, build_logic
from neurolite_core.rules.parts import Element, Rule, RuleSet
from neurolite_core.rules.phrases import Classes, Trie, build_trie, find_classes
from neurolite_core.rules.word_table import WordTable, as_rows, make_word_table

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """Compiled rules. Letters in shapes: S places, B groups, F columns of facts, G different rows of them.

    Attributes:
        rules: as they were read.
        logic: how rules follow from columns.
        effects: what they do.
        classes: of words.
        beginnings: how words are looked into; None where rules do not ask for that.
        table: of the exact words.
        indices: int32 [V, K], of the exact words.
        words: float32 [S, 4], keys, class and base in the trie of the word at each place.
        others: float32 [2 * prefixes + 2, 2], class and base of words that are not in the table, by twice the number of
            the longest prefix plus whether it is a number.
        trie: of the phrases.
        sets: float32 [nodes, 1], which row of ``columns`` is true at a node.
        columns: float32 [G, F], 0 and 1; row 0 is zero.
    """

    rules: RuleSet
    logic: Logic
    effects: Effects
    classes: Classes
    beginnings: Beginnings | None
    table: WordTable
    indices: NDArray[np.int32]
    words: Floats
    others: Floats
    trie: Trie
    sets: Floats
    columns: Floats

    @property
    def order(self) -> tuple[Rule, ...]:
        """The rules in the order of the output."""
        return self.logic.rules

    @property
    def looks_inside(self) -> bool:
        """Whether prefixes or numbers are asked for, which indices do not show."""
        return self.beginnings is not None


def compile_rules(
    rules: RuleSet, labels: Sequence[str], *, several: bool, num_hashes: int, table_size: int
) -> Program:
    """Rules for a model's labels and hash.

    Args:
        rules: of a file.
        labels: of the model, C of them.
        several: whether a text may have several labels.
        num_hashes: K.
        table_size: M.

    Raises:
        InputError: rules that do not fit the model (``check_rules``), words that have the same indices, or phrases with
            too many ways to go on.
    """
    check_rules(rules, labels, several=several)
    logic = build_logic(rules)
    needed = [name for name in rules.facts if any(name in column for column in logic.columns)]
    facts = [rules.facts[name] for name in needed]
    classes = find_classes(facts)
    trie = build_trie(facts, classes)
    indices = _indices_of(classes.words, num_hashes, table_size, rules.source)
    table = make_word_table(indices, table_size)
    numbers = range(1, len(classes.words) + 1)
    of_words = [(number, trie.bases[number]) for number in numbers]
    others = np.zeros((2 * len(classes.prefixes) + 2, 2), np.float32)
    for (prefix, is_number), number in classes.others.items():
        others[2 * prefix + is_number] = (number, trie.bases[number])
    sets, columns = _columns(trie, needed, logic)
    words = as_rows(table, of_words) if of_words else np.pad(table.keys, ((0, 0), (0, 2)))
    return Program(
        rules=rules,
        logic=logic,
        effects=build_effects(rules, logic.rules, labels, several=several),
        classes=classes,
        beginnings=_beginnings(classes),
        table=table,
        indices=indices,
        words=words,
        others=others,
        trie=trie,
        sets=sets,
        columns=columns,
    )


def _indices_of(
    words: Sequence[Element], num_hashes: int, table_size: int, source: str
) -> NDArray[np.int32]:
    """int32 [V, K]; words that share all cannot be told apart."""
    found = hash_words(
        [word.text for word in words] or [b""], num_hashes=num_hashes, table_size=table_size
    )
    indices = found.indices
    seen: dict[bytes, Element] = {}
    for word, row in zip(words, indices, strict=True):
        key = row.tobytes()
        if key in seen:
            pair = " and ".join(
                shown(item.text.decode("utf-8", "replace")) for item in (seen[key], word)
            )
            raise InputError(
                f"{source}: the words {pair} have the same {num_hashes} indices in a table of {table_size:,}, so that "
                "this model cannot tell them apart; leave one out."
            )
        seen[key] = word
    return indices


def _beginnings(classes: Classes) -> Beginnings | None:
    number = any(is_number and place for (_, is_number), place in classes.others.items())
    if not classes.prefixes and not number:
        return None
    return make_beginnings(classes.prefixes, numbers=number)


def _columns(trie: Trie, facts: Sequence[str], logic: Logic) -> tuple[Floats, Floats]:
    """Rows of columns, each once, and which of them each node has."""
    number = {name: at for at, name in enumerate(facts)}
    wanted = [frozenset(number[name] for name in column) for column in logic.columns]
    rows: dict[frozenset[int], int] = {frozenset(): 0}
    sets = np.zeros((len(trie.facts), 1), np.float32)
    known: dict[frozenset[int], int] = {}
    for node, own in enumerate(trie.facts):
        if own not in known:
            row = frozenset(at for at, column in enumerate(wanted) if column & own)
            known[own] = rows.setdefault(row, len(rows))
        sets[node, 0] = known[own]
    columns = np.zeros((len(rows), len(wanted)), np.float32)
    for row, at in rows.items():
        columns[at, sorted(row)] = 1
    return sets, columns
