"""Rules and texts made to be checked: 200 rules over 2,000 words, and texts full of these and of near misses."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import torch

from neurolite_bench.generated import generated_texts
from neurolite_bench.hash_quality import one_word, sib200_words
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.network.ruling import with_rules
from neurolite_core.rules.entries import words_of
from neurolite_core.rules.parts import Letters, RuleSet
from neurolite_core.rules.reading import parse_rules

DRAWN: Final = 120_000  # of the words of sib200
FACTS: Final = 200
ENTRIES: Final = 10  # of each fact
LABELS: Final = tuple(f"label {number}" for number in range(10))
WORDS: Final = "words"
ALL: Final = "words, phrases, prefixes and numbers"
KINDS: Final = (WORDS, ALL)
_PREFIX_LETTERS: Final = 5
_JOINS: Final = (" ", " ", " ", " ", "  ", ", ", "\n", ". ", "! ")


def distinct_words(data: Path) -> list[str]:
    """Words of sib200, each one word to the specification, no two of the same letters, in a drawn order."""
    words = sib200_words(data)
    random.Random(0).shuffle(words)  # noqa: S311  # no secret
    words = one_word(words[:DRAWN])
    found: dict[Letters, str] = {}
    for word, letters in zip(words, letters_of(words), strict=True):
        found.setdefault(letters, word)
    return list(found.values())


def letters_of(words: Sequence[str]) -> list[Letters]:
    """The letters of words, each one word to the specification."""
    return [letters for letters, _ in words_of("\n".join(words).encode())]


def made_rules(words: Sequence[str], kind: str, seed: int = 0) -> RuleSet:
    """200 rules over 2,000 of these words.

    Three quarters of the rules are about one fact, the others about several, or about other rules; they force, forbid,
    add evidence and abstain, with priorities.

    Args:
        words: at least 2,000, each one word to the specification.
        kind: one of ``KINDS``.
        seed: equal seeds give equal rules.
    """
    rng = random.Random(seed)  # noqa: S311  # no secret
    chosen = list(words[: FACTS * ENTRIES])
    lines = ["[facts]"]
    for fact in range(FACTS):
        entries = chosen[fact * ENTRIES : (fact + 1) * ENTRIES]
        if kind == ALL:
            entries[0] = f"{entries[0]} {rng.choice(chosen)}"
            entries[1] = f"{entries[1]} {rng.choice(chosen)} {rng.choice(chosen)}"
        if kind == ALL:
            if len(entries[2]) > _PREFIX_LETTERS and fact % 4 == 0:
                entries[2] = f"{entries[2][:_PREFIX_LETTERS]}*"
            entries[3] = f"{entries[3]} <number>" if fact % 4 == 1 else entries[3]
        quoted = ", ".join(f'"{entry}"' for entry in dict.fromkeys(entries))
        lines.append(f"fact{fact} = [{quoted}]")
    for rule in range(FACTS):
        lines += ["", "[[rules]]", f'name = "rule {rule}"', f"priority = {rng.randrange(5)}"]
        lines += _conditions(rule, rng) + _effect(rule, rng)
    return parse_rules("\n".join(lines) + "\n", f"{kind} of the benchmark")


def _conditions(rule: int, rng: random.Random) -> list[str]:
    own = f'any = ["fact{rule}"]'
    other = rng.randrange(FACTS)
    if rule % 4 or rule < 8:
        return [own]
    if rule % 8 == 0:
        return [own, f'none = ["fact{(rule + 1 + other) % FACTS if other else 1}"]']
    return [
        f'all = ["fact{rule}"]',
        f'any = ["rule {rng.randrange(8)}", "fact{(rule + 7) % FACTS}"]',
    ]


def _effect(rule: int, rng: random.Random) -> list[str]:
    label = rng.choice(LABELS)
    kinds = (
        f'force = "{label}"',
        f'forbid = "{label}"',
        f'evidence = "{label}"\nweight = {rng.uniform(-4, 4):.3f}',
        "abstain = true",
        f'force = "{label}"',
    )
    return [kinds[rule % len(kinds)]]


def ruled_model(
    config: NeuroLiteConfig, rules: RuleSet | None, seed: int = 0
) -> NeuroLiteForClassification:
    """Random weights of a config, with rules or without."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = NeuroLiteForClassification(replace(config), labels=LABELS, threshold=0.3).eval()
    return network if rules is None else with_rules(network, rules)


def full_texts(
    rules: RuleSet, words: Sequence[str], count: int, longest: int, seed: int = 0
) -> list[bytes]:
    """Texts in which rules fire, nearly fire and do not fire; a tenth are made to find faults of words.

    Args:
        rules: whose entries they are made of.
        words: others.
        count: how many.
        longest: bytes of a text at most.
        seed: equal seeds give equal texts.
    """
    rng = random.Random(seed)  # noqa: S311  # no secret
    entries = [phrase for phrases in rules.facts.values() for phrase in phrases]
    texts = [text[:longest] for text in generated_texts(count // 10, seed)]
    while len(texts) < count:
        parts: list[str] = []
        for _ in range(rng.randrange(1, 5)):
            draw = rng.random()
            if draw < 0.45:
                phrase = rng.choice(entries)
                parts += [_word_of(element.kind, element.text, rng) for element in phrase]
                if rng.random() < 0.2:
                    parts.pop(rng.randrange(len(parts)))
            else:
                parts.append(rng.choice(words))
        text = "".join(_changed(part, rng) + rng.choice(_JOINS) for part in parts)
        texts.append(text.encode("utf-8", "surrogatepass")[:longest])
    return texts


def _word_of(kind: str, text: bytes, rng: random.Random) -> str:
    if kind == "number":
        return str(rng.randrange(10 ** rng.randrange(1, 7)))
    word = text.decode("utf-8")
    if kind == "prefix":
        return word + "".join(rng.choices("abcdefgh", k=rng.randrange(5)))
    return word


def _changed(word: str, rng: random.Random) -> str:
    """Mostly as it is; in another case, or with a letter that is missing, doubled or another."""
    draw = rng.random()
    if draw < 0.6 or not word:
        return word
    if draw < 0.8:
        return rng.choice((word.upper(), word.capitalize()))
    at = rng.randrange(len(word))
    return word[:at] + rng.choice(("", word[at] * 2, "x")) + word[at + 1 :]
