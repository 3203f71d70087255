"""Rules of a .nlm in numpy: docs/c-arithmetic.md, "Rules"."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.formats.nlm_rules import RuleSizes
from neurolite_core.artifact.formats.nlm_shape import damaged
from neurolite_core.rules.beginnings import Beginnings, word_starts
from neurolite_core.rules.effects import DECIDED, HIGHEST, LOWEST
from neurolite_runtimes.nlm_reference.model import NlmModel

Floats = NDArray[np.float32]
_KEYS: Final = 2
_NOT_A_WORD: Final = (0, 0)


class RuleEvaluator:
    """Computes what the rules of a model make of a text.

    Args:
        model: with rules.
    """

    def __init__(self, model: NlmModel) -> None:
        sizes = model.modules["rules"]
        assert isinstance(sizes, RuleSizes)  # noqa: S101  # as the table of modules has it
        self._sizes, self._shape = sizes, model.shape
        self._tables: dict[str, Any] = {
            name.removeprefix("rule_"): table
            for name, table in model.scales.items()
            if name.startswith("rule_")
        }
        self._limit = np.int32(sizes.limit).view(np.float32)
        self._starts: Beginnings | None = None
        if sizes.start_groups:
            moves, rows = self._tables["start_moves"], self._tables["start_rows"]
            self._starts = Beginnings(moves[:, None], rows, 0, numbers=bool(sizes.numbers))

    def run(
        self, data: bytes, indices: NDArray[np.int32], logits: Floats
    ) -> tuple[Floats, NDArray[np.int32]]:
        """The answer's logits float32 [C], and which rules fired, int32 [R].

        Args:
            data: the text.
            indices: int32 [L, K] of its words.
            logits: float32 [C], of the network.
        """
        sizes = self._sizes
        numbers = self._facts(data, indices)
        first = sizes.columns - sizes.direct
        fired = numbers[first:]
        if sizes.asking:
            asked = np.concatenate([numbers, self._asked(logits)])
            conditions, biases = self._tables["asking_conditions"], self._tables["asking_biases"]
            found = _conditions(asked, conditions, biases)
            fired = np.concatenate([fired, found[len(asked) :]])
        return self._effects(logits, fired), fired.astype(np.int32)

    def _facts(self, data: bytes, indices: NDArray[np.int32]) -> NDArray[np.float64]:
        """Columns and rules of the text alone, 0 and 1 [U]."""
        words = self._words(data, indices)
        rows = {0} | {self._row(words[at:]) for at in range(len(words))}
        columns = self._tables.get("columns", np.zeros((1, 0)))[sorted(rows)].max(axis=0)
        if not self._sizes.text_rules:
            return np.asarray(columns, np.float64)
        return _conditions(columns, self._tables["conditions"], self._tables["biases"])

    def _words(self, data: bytes, indices: NDArray[np.int32]) -> list[tuple[int, int]]:
        """Class of each word, and base of the class in the trie."""
        tables, sizes = self._tables, self._sizes
        sums = indices.astype(np.int64) @ tables["weights"].astype(np.int64)
        starts = np.zeros(len(indices), np.int32)
        if self._starts is not None:
            length = len(indices)
            starts = word_starts([data], self._starts, length, max(length, 1))[0]
        found = []
        for (place, *keys), start in zip(sums.tolist(), starts, strict=False):
            move = int(tables["moves"][keys[0] % sizes.groups])
            row = tables["words"][(place + move) % sizes.places]
            if row[:_KEYS].tolist() == keys:
                found.append((int(row[_KEYS]), int(row[_KEYS + 1])))
            elif self._starts is not None:
                if start >= sizes.others:
                    raise damaged("The opened file")
                node, base = tables["others"][start]
                found.append((int(node), int(base)))
            else:
                found.append(_NOT_A_WORD)
        return found

    def _row(self, words: list[tuple[int, int]]) -> int:
        """Row of columns of the deepest node that the words from the first one on lead to."""
        node, base = words[0]
        last = node
        for step in range(1, self._sizes.depth):
            following = words[step][0] if step < len(words) else 0
            parent, child, own = self._tables["edges"][base + following]
            if parent != node:
                break
            node, base = int(child), int(own)
            last = max(last, node)
        return int(self._tables["sets"][last])

    def _asked(self, logits: Floats) -> Floats:
        """Of each set of labels whether the network's own answer is one."""
        several = self._shape.several_labels
        given = logits >= self._limit if several else logits == logits.max()
        if not self._sizes.answers:
            return np.zeros(0, np.float32)
        found: Floats = (self._tables["answers"] * given).max(axis=1)
        return found

    def _effects(self, logits: Floats, fired: NDArray[np.float64]) -> Floats:
        """float32 [C]; additions one by one, of rules in their order."""
        tables, sizes = self._tables, self._sizes
        evidence = np.zeros(len(logits), np.float32)
        if sizes.evidence:
            for row in np.flatnonzero(fired):
                evidence = evidence + tables["evidence"][row]
        answer: Floats = logits + evidence
        if not sizes.hard:
            return answer
        decided, added = self._decided(fired)
        kept = np.clip(answer, np.float32(LOWEST), np.float32(HIGHEST))
        return np.where(decided > 0, added - DECIDED, kept + added).astype(np.float32)

    def _decided(self, fired: NDArray[np.float64]) -> tuple[Floats, Floats]:
        """Labels that rules decide on, and what is added to all labels' logits."""
        tables, sizes = self._tables, self._sizes
        strength, ranks = tables["strengths"]
        holds = np.array(fired)
        if sizes.contested:
            for limits, contested in zip(tables["limits"], tables["contested"], strict=True):
                holds[(contested > 0) & (strength < (fired * limits).max())] = 0
        if not self._shape.several_labels:
            holds = np.clip(holds * ranks - (holds * strength).max(), 0, 1)
        decided, added = (holds @ tables["chosen"]).reshape(2, -1)
        if self._shape.several_labels:
            added = np.minimum(added, 2 * DECIDED)
        if sizes.forbids:
            decided = decided + fired @ tables["forbids"]
        return decided.astype(np.float32), added.astype(np.float32)


def _conditions(numbers: NDArray[Any], weights: Floats, biases: Floats) -> NDArray[np.float64]:
    """The numbers, and behind them the rules in their order, each of all before it."""
    found = np.zeros(len(numbers) + len(biases))
    found[: len(numbers)] = numbers
    for rule, bias in enumerate(biases):
        found[len(numbers) + rule] = np.clip(found @ weights[:, rule] + bias, 0, 1)
    return found
