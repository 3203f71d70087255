"""Facts of a text by its words one after the other: classes of words, and a trie of the phrases over them.

Words that the same elements hold of are of one class, so that a word has exactly one, whatever prefixes and numbers are
about. The trie of phrases is deterministic over classes, and lies in a double array (Aoe 1989): the child of a node by
a class is at the node's base plus the class, if the number that stands there is the node's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.ground.errors import InputError
from neurolite_core.rules.parts import NUMBER, PREFIX, WORD, Element, Letters, Phrase

MOST_NODES: Final = 2**17
_FREE: Final = -1.0

Floats = NDArray[np.float32]
_Place = tuple[int, int, int]  # fact, phrase, words read


@dataclass(frozen=True, slots=True)
class Classes:
    """Classes of words, from 1; class 0 is every word that no element holds of.

    Attributes:
        words: the exact words, of classes 1 to V.
        prefixes: the beginnings, numbered from 1, a longer one behind those that it begins with.
        others: of each number of a prefix (0 for none) and of whether it is a number, the class.
        elements: of each class, the elements that hold of its words.
    """

    words: tuple[Element, ...]
    prefixes: tuple[Element, ...]
    others: Mapping[tuple[int, bool], int]
    elements: tuple[frozenset[Element], ...]


def find_classes(facts: Sequence[Sequence[Phrase]]) -> Classes:
    """The classes that all phrases need."""
    elements = dict.fromkeys(
        element for phrases in facts for phrase in phrases for element in phrase
    )
    words = tuple(element for element in elements if element.kind == WORD)
    prefixes = tuple(
        sorted(
            (item for item in elements if item.kind == PREFIX), key=lambda item: len(item.letters)
        )
    )
    number = next((element for element in elements if element.kind == NUMBER), None)
    loose = [*prefixes, *([] if number is None else [number])]
    found: list[frozenset[Element]] = [
        frozenset(),
        *(frozenset([word, *(x for x in loose if x.holds(word.letters))]) for word in words),
    ]
    others: dict[tuple[int, bool], int] = {(0, False): 0}
    for at, prefix in enumerate((None, *prefixes)):
        letters: Letters = () if prefix is None else prefix.letters
        held = [item for item in prefixes if item.letters == letters[: len(item.letters)]]
        for is_number in (False, True):
            if is_number and (number is None or not number.holds(letters)):
                # No word is both, or nothing asks for it.
                others[at, True] = others[at, False]
            elif at or is_number:
                others[at, is_number] = len(found)
                found.append(frozenset([*held, *([number] if is_number and number else [])]))
    return Classes(words, prefixes, others, tuple(found))


@dataclass(frozen=True, slots=True, eq=False)
class Trie:
    """Phrases over classes.

    Attributes:
        bases: int [nodes]; the nodes of depth 1 are those of the classes' numbers.
        edges: float32 [slots, 3], of a child: its parent, its number and its base; -1 and zeros where there is none.
        facts: of each node, which facts the phrases that end on the way to it make true.
        depth: words of the longest phrase.
    """

    bases: NDArray[np.int64]
    edges: Floats
    facts: tuple[frozenset[int], ...]
    depth: int


@dataclass(slots=True)
class _State:
    """Places in phrases where a text may be."""

    places: frozenset[_Place]
    facts: frozenset[int]
    children: dict[int, int] = field(default_factory=dict)


def build_trie(facts: Sequence[Sequence[Phrase]], classes: Classes) -> Trie:
    """The trie of all phrases of all facts.

    Raises:
        InputError: it has too many nodes.
    """
    builder = _Builder(facts, classes)
    states = [builder.begun(elements) for elements in classes.elements]
    depth, layer = 1, range(len(states))
    while any(states[at].places for at in layer):
        first = len(states)
        for at in layer:
            for number, places in builder.ways_on(states[at]):
                states[at].children[number] = len(states)
                states.append(builder.reached(places, states[at].facts))
            if len(states) > MOST_NODES:
                raise InputError(
                    f"The phrases have more than {MOST_NODES:,} ways to go on; use fewer phrases with prefixes."
                )
        depth, layer = depth + 1, range(first, len(states))
    bases, edges = _laid_out(states, len(classes.elements))
    return Trie(bases, edges, tuple(state.facts for state in states), depth)


class _Builder:
    """Where the words of a text lead to in all phrases at once."""

    def __init__(self, facts: Sequence[Sequence[Phrase]], classes: Classes) -> None:
        self.facts = facts
        self.begins: dict[Element, list[_Place]] = {}
        for number, phrases in enumerate(facts):
            for at, phrase in enumerate(phrases):
                self.begins.setdefault(phrase[0], []).append((number, at, 1))
        self.of_element: dict[Element, list[int]] = {}
        for number, elements in enumerate(classes.elements):
            for element in elements:
                self.of_element.setdefault(element, []).append(number)

    def begun(self, elements: frozenset[Element]) -> _State:
        """Behind a first word of which these hold."""
        places = [place for element in elements for place in self.begins.get(element, [])]
        return self.reached(places, frozenset())

    def reached(self, places: Sequence[_Place], before: frozenset[int]) -> _State:
        """A state at places, on the way to which facts were true already."""
        ended = {fact for fact, at, read in places if read == len(self.facts[fact][at])}
        rest = [item for item in places if item[2] < len(self.facts[item[0]][item[1]])]
        return _State(frozenset(rest), before | ended)

    def ways_on(self, state: _State) -> list[tuple[int, list[_Place]]]:
        """The classes that a next word may be of, and the places behind it."""
        following: dict[int, list[_Place]] = {}
        for fact, phrase, read in sorted(state.places):
            for number in self.of_element[self.facts[fact][phrase][read]]:
                following.setdefault(number, []).append((fact, phrase, read + 1))
        return sorted(following.items())


def _laid_out(states: Sequence[_State], num_classes: int) -> tuple[NDArray[np.int64], Floats]:
    """The double array; base 0 has no children, so that what has gone wrong stays so."""
    bases = np.zeros(len(states), np.int64)
    used = np.ones(num_classes, np.bool_)
    first = num_classes
    order = sorted(range(len(states)), key=lambda at: -len(states[at].children))
    placed: dict[int, tuple[int, int]] = {}
    for at in order:
        wanted = np.array(sorted(states[at].children))
        if not len(wanted):
            break
        base = max(1, first - int(wanted[0]))
        while True:
            slots = base + wanted
            if slots[-1] >= len(used):
                used = np.pad(used, (0, int(slots[-1]) + num_classes + 1 - len(used)))
            if not used[slots].any():
                break
            base += 1
        used[slots] = True
        while first < len(used) and used[first]:
            first += 1
        bases[at] = base
        placed |= {int(base + number): (at, child) for number, child in states[at].children.items()}
    # Whatever base and class are added, the slot exists.
    size = int(bases.max(initial=0)) + num_classes
    edges = np.zeros((size, 3), np.float32)
    edges[:, 0] = _FREE
    for slot, (parent, child) in placed.items():
        edges[slot] = (parent, child, bases[child])
    return bases, edges


def beginnings(prefixes: Sequence[Element]) -> list[int]:
    """Of each prefix, how much its number is above that of the longest other one that it begins with."""
    found = []
    for at, prefix in enumerate(prefixes):
        shorter = [
            number + 1
            for number, other in enumerate(prefixes[:at])
            if other.letters == prefix.letters[: len(other.letters)]
        ]
        found.append(at + 1 - max(shorter, default=0))
    assert all(len(a.letters) <= len(b.letters) for a, b in pairwise(prefixes))  # noqa: S101  # sorted by length
    return found
