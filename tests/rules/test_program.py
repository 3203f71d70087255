"""Compiled rules say what the file says: word tables, tries and layers against plain readings."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from neurolite_core.artifact.rule_facts import RuleFact, overruled
from neurolite_core.hashing.words import hash_words
from neurolite_core.rules.beginnings import make_beginnings, word_starts
from neurolite_core.rules.entries import read_entry, words_of
from neurolite_core.rules.logic import Logic, build_logic
from neurolite_core.rules.meaning import fired_rules, true_facts
from neurolite_core.rules.parts import Element
from neurolite_core.rules.program import Program, compile_rules
from neurolite_core.rules.reading import parse_rules
from neurolite_core.rules.telling import telling
from neurolite_core.rules.word_table import chance_of_others, find, make_word_table
from rules_made import LABELS, TEXT, WORDS
from texts import generated_texts

NAMES = ("f0", "f1", "f2", "f3")


def compiled(text: str = TEXT) -> Program:
    return compile_rules(
        parse_rules(text, "rules.toml"), LABELS, several=False, num_hashes=16, table_size=8_192
    )


# --- Words -----------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(
    st.integers(1, 400),
    st.sampled_from([(4, 512), (16, 8_192), (64, 65_536)]),
    st.integers(0, 2**20),
)
def test_tables_find_their_words_and_no_others(
    count: int, shape: tuple[int, int], seed: int
) -> None:
    num_hashes, table_size = shape
    rng = random.Random(seed)
    words = {
        "".join(rng.choices("abcdefghijklmnop", k=rng.randrange(1, 9))) for _ in range(2 * count)
    }
    data = [word.encode() for word in sorted(words)]
    indices = np.unique(
        hash_words(data, num_hashes=num_hashes, table_size=table_size).indices, axis=0
    )
    rng_order = np.random.default_rng(seed).permutation(len(indices))
    own, others = indices[rng_order[:count]], indices[rng_order[count:]]
    table = make_word_table(own, table_size)
    assert np.array_equal(find(table, own), table.places)
    assert len(set(table.places.tolist())) == len(own)
    assert (find(table, others) == -1).all()
    # What a graph adds up stays exact in float32.
    assert (table.weights.sum(axis=1) * (table_size - 1) < 2**24).all()


def test_the_chance_of_others_is_that_of_drawn_indices() -> None:
    """With few hashes and rows it is large enough to be counted."""
    rng = np.random.default_rng(3)
    num_hashes, table_size = 2, 64
    own = np.unique(rng.integers(0, table_size, (300, num_hashes)), axis=0)[:200]
    table = make_word_table(own, table_size)
    drawn = rng.integers(0, table_size, (400_000, num_hashes))
    keys = table.weights[1:].astype(np.int64)
    # Without the place, by which sums that are equal are parted once more.
    known = {tuple(row) for row in (own @ keys.T).tolist()}
    hits = sum(tuple(row) in known for row in (drawn @ keys.T).tolist()) / len(drawn)
    expected = chance_of_others(table, own, table_size) * len(table.keys)
    assert expected == pytest.approx(hits, rel=1.0)


def test_what_was_compiled_is_told() -> None:
    first, second = telling(compiled(), 8_192)
    assert first == "4 rules, 3 of them hard, over 14 words, 6 phrases and 5 prefixes"
    assert second.startswith("another word is taken for one of these with a chance of ")


# --- Beginnings ------------------------------------------------------------------------------------


def beginnings_of(words: list[str], prefixes: list[str]) -> tuple[NDArray[Any], list[int]]:
    elements = [read_entry(f"{prefix}*")[-1] for prefix in prefixes]
    elements.sort(key=lambda item: len(item.letters))
    found = word_starts([w.encode() for w in words], make_beginnings(elements, numbers=True), 1, 1)
    expected = []
    for word in words:
        letters = words_of(word.encode())[0][0]
        longest = max((at for at, e in enumerate(elements, 1) if e.holds(letters)), default=0)
        number = Element("number", ()).holds(letters)
        expected.append(2 * longest + number)
    return found[:, 0], expected


def test_prefixes_and_numbers_are_found() -> None:
    words = [
        "refund",
        "refunds",
        "REFUNDING",
        "re",
        "r",
        "ref",
        "réfund",
        "reservé",
        "résérvé",
        "2024",
        "12a",
        "7",
        "pickpockets",
        "pockpicket",
    ]
    found, expected = beginnings_of(words, ["re", "refund", "pickpocket", "12", "rés"])
    assert found.tolist() == expected
    assert expected[0] == expected[1] == expected[2] > expected[3] > 0


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_any_prefixes_are_found_in_any_words(data: st.DataObject) -> None:
    letters = st.text("abcé", min_size=1, max_size=6)
    prefixes = data.draw(st.lists(letters, min_size=1, max_size=12, unique=True))
    words = data.draw(st.lists(letters, min_size=1, max_size=20))
    kept = []
    for prefix in prefixes:
        try:
            read_entry(f"{prefix}*")
        except ValueError:  # could not be told from another
            continue
        kept.append(prefix)
    if kept:
        found, expected = beginnings_of(words, kept)
        assert found.tolist() == expected


# --- Logic -----------------------------------------------------------------------------------------


def evaluated(logic: Logic, facts: set[str], answer: str) -> list[bool]:
    """Which rules fire, by the layers as they are."""
    numbers = np.array([float(bool(column & facts)) for column in logic.columns])
    for layer in logic.layers:
        numbers = np.append(numbers, np.clip(layer.weight @ numbers + layer.bias, 0, 1))
    own = len(numbers)
    if logic.asking:
        numbers = np.append(numbers, [float(answer in labels) for labels in logic.answers])
        for layer in logic.asking:
            numbers = np.append(numbers, np.clip(layer.weight @ numbers + layer.bias, 0, 1))
    columns = len(logic.columns)
    fired = [*numbers[columns - logic.direct : own]]
    fired += [*numbers[own + len(logic.answers) :]] if logic.asking else []
    assert set(fired) <= {0.0, 1.0}
    return [value == 1 for value in fired]


@st.composite
def rule_files(draw: st.DrawFn) -> str:
    """Files of up to eight rules over four facts and earlier rules."""
    lines = ["[facts]", *(f'{name} = ["{name}x"]' for name in NAMES)]
    known = list(NAMES)
    for number in range(draw(st.integers(1, 8))):
        parts = {}
        for key in ("all", "any", "none"):
            parts[key] = draw(st.lists(st.sampled_from(known), max_size=3, unique=True))
        answer = draw(st.lists(st.sampled_from(LABELS), max_size=2, unique=True))
        parts["none"] = [name for name in parts["none"] if name not in parts["all"]]
        if parts["any"] and set(parts["any"]) <= set(parts["none"]):
            parts["none"] = []
        if draw(st.booleans()):
            answer = []
        if not any(parts.values()) and not answer:
            parts["any"] = [known[0]]
        lines += ["[[rules]]", f'name = "r{number}"']
        lines += [
            f"{key} = {names!r}" for key, names in (*parts.items(), ("answer", answer)) if names
        ]
        known.append(f"r{number}")
    return "\n".join(lines) + "\n"


@settings(max_examples=200, deadline=None)
@given(rule_files(), st.sets(st.sampled_from(NAMES)), st.sampled_from(LABELS))
def test_layers_mean_what_rules_say(text: str, facts: set[str], answer: str) -> None:
    rules = parse_rules(text, "rules.toml")
    logic = build_logic(rules)
    expected = fired_rules(rules, facts, {answer})
    found = evaluated(logic, facts, answer)
    assert dict(zip((rule.name for rule in logic.rules), found, strict=True)) == expected


# --- Phrases ---------------------------------------------------------------------------------------


def test_the_trie_finds_what_stands_in_a_text() -> None:
    program = compiled()
    rng = random.Random(7)
    texts = [" ".join(rng.choices(WORDS, k=rng.randrange(9))).encode() for _ in range(500)]
    for text in (*texts, *generated_texts(100, seed=9)):
        facts = set()
        letters = [each for each, _ in words_of(text)]
        numbers = [class_of(program, each) for each in letters]
        names = list(program.rules.facts)
        for at in range(len(numbers)):
            node, rest = numbers[at], numbers[at + 1 :]
            facts |= {names[fact] for fact in program.trie.facts[node]}
            for number in rest:
                parent, child, _ = program.trie.edges[program.trie.bases[node] + number]
                if parent != node:
                    break
                node = int(child)
                facts |= {names[fact] for fact in program.trie.facts[node]}
        assert facts == true_facts(program.rules, text, 10**6)


def class_of(program: Program, letters: tuple[tuple[int, int], ...]) -> int:
    held = frozenset(
        element
        for phrases in program.rules.facts.values()
        for phrase in phrases
        for element in phrase
        if element.holds(letters)
    )
    return program.classes.elements.index(held)


# --- Effects ---------------------------------------------------------------------------------------


def fact(name: str, effect: str, labels: tuple[str, ...], strength: int) -> RuleFact:
    weight = 1.0 if effect == "evidence" else None
    return RuleFact(
        name=name,
        effect=effect,
        labels=labels,
        strength=strength,
        weight=weight,
        asks=False,
        reason="",
    )


def test_overruled_rules_are_told_apart() -> None:
    rules = [
        fact("force a", "force", ("a",), 4),
        fact("force b", "force", ("b",), 3),
        fact("forbid a", "forbid", ("a",), 5),
        fact("forbid b", "forbid", ("b",), 1),
        fact("abstain", "abstain", (), 2),
        fact("for c", "evidence", ("c",), 0),
    ]

    def of(*names: str, several: bool = False) -> list[str]:
        fired = [rule.name in names for rule in rules]
        lost = overruled(rules, fired, several=several)
        return [rule.name for rule, one in zip(rules, lost, strict=True) if one]

    assert of("force a") == []
    assert of("force a", "force b") == ["force b"]
    assert of("force a", "force b", several=True) == []
    assert of("force a", "forbid a") == ["force a"]
    assert of("force a", "force b", "forbid a") == ["force a"]
    assert of("force b", "forbid b") == ["forbid b"]
    assert of("force b", "abstain") == ["abstain"]
    assert of("abstain", "for c") == []
    assert of("forbid a", "abstain", several=True) == []
