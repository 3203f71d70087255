"""What rules mean, word for word: the slow and plain reading that tables and graphs are held against."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from neurolite_core.rules.entries import words_of
from neurolite_core.rules.parts import Letters, Phrase, RuleSet


def true_facts(rules: RuleSet, text: bytes, max_words: int) -> frozenset[str]:
    """The facts that are true of a text's first words.

    Args:
        rules: of a file.
        text: UTF-8, or any bytes.
        max_words: words that the model reads.
    """
    words = [letters for letters, _ in words_of(text)[:max_words]]
    return frozenset(
        name
        for name, phrases in rules.facts.items()
        if any(_stands(phrase, words) for phrase in phrases)
    )


def fired_rules(
    rules: RuleSet, facts: Collection[str], answer: Collection[str] = ()
) -> dict[str, bool]:
    """Which rules fire, by name, in the order of the file.

    Args:
        rules: of a file.
        facts: that are true.
        answer: labels of the network's own answer.
    """
    found: dict[str, bool] = {}
    by_name = {rule.name: rule for rule in rules.rules}

    def holds(name: str) -> bool:
        return fires(name) if name in by_name else name in facts

    def fires(name: str) -> bool:
        if name not in found:
            rule = by_name[name]
            found[name] = (
                all(map(holds, rule.all_of))
                and (not rule.any_of or any(map(holds, rule.any_of)))
                and not any(map(holds, rule.none_of))
                and (not rule.answer or any(label in answer for label in rule.answer))
            )
        return found[name]

    return {rule.name: fires(rule.name) for rule in rules.rules}


def _stands(phrase: Phrase, words: Sequence[Letters]) -> bool:
    size = len(phrase)
    return any(
        all(element.holds(words[at + step]) for step, element in enumerate(phrase))
        for at in range(len(words) - size + 1)
    )
