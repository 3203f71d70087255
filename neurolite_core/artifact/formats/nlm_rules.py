"""Rules in a .nlm: docs/c-arithmetic.md, "Rules"."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from neurolite_core.artifact.formats.nlm_modules import Sizes
from neurolite_core.artifact.formats.nlm_shape import NlmShape, PartRow

RULES_KIND: Final = 44  # of the part of sizes; names and reasons stand in the next
_TABLE: Final = 2**20
_SIZES: Final = (1, 2**17)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSizes(Sizes):
    """Sizes of the tables of rules.

    Attributes:
        columns: F, of facts.
        text_rules: Q, of the text alone, behind the ``direct`` ones.
        direct: rules that are columns themselves, the last ones.
        answers: A, sets of labels that rules ask for.
        asking: rules that ask for the network's own answer.
        depth: words of the longest phrase.
        groups, places: of the table of words, powers of two.
        others: rows for words that are not in it.
        edges, nodes: of the trie.
        rows: G, of columns.
        contested: D, labels that are forced by one rule and forbidden by a stronger one.
        hard, forbids, evidence: 1 where there is the table.
        start_groups, start_places: of the table of prefixes, powers of two; 0: rules do not look inside words.
        numbers: 1 where it matters which words are numbers.
        limit: float32 bits, of several labels a text: the logit from which on the network gives a label.
    """

    LIMITS: ClassVar = {
        "columns": (0, 2**16),
        "text_rules": (0, 1_000),
        "direct": (0, 1_000),
        "answers": (0, 1_000),
        "asking": (0, 1_000),
        "depth": (1, 8),
        "groups": _SIZES,
        "places": _SIZES,
        "others": (2, 2**13),
        "edges": (1, _TABLE),
        "nodes": (1, _TABLE),
        "rows": (1, _TABLE),
        "contested": (0, 2**16),
        "hard": (0, 1),
        "forbids": (0, 1),
        "evidence": (0, 1),
        "start_groups": (0, 2**12),
        "start_places": (0, 2**12),
        "numbers": (0, 1),
    }
    columns: int
    text_rules: int
    direct: int
    answers: int
    asking: int
    depth: int
    groups: int
    places: int
    others: int
    edges: int
    nodes: int
    rows: int
    contested: int
    hard: int
    forbids: int
    evidence: int
    start_groups: int
    start_places: int
    numbers: int
    limit: int

    @property
    def of_text(self) -> int:
        """U, columns and rules of a text alone."""
        return self.columns + self.text_rules

    def fits(self, shape: NlmShape) -> bool:
        """Whether the numbers go together."""
        powers = (self.groups, self.places, max(self.start_groups, 1), max(self.start_places, 1))
        return (
            all(size & (size - 1) == 0 for size in powers)
            and bool(self.start_groups) == bool(self.start_places)
            and self.direct <= self.columns
            and self.direct + self.text_rules + self.asking == shape.rules
            and shape.num_labels > 0
            and self.contested <= shape.num_labels
            and (self.hard == 1 or not (self.contested or self.forbids))
            and math.isfinite(np.int32(self.limit).view(np.float32))
        )

    def parts(self, shape: NlmShape) -> Iterator[PartRow]:
        """All tables; letters as in docs/c-arithmetic.md."""
        rules, labels, text = shape.rules, shape.num_labels, self.of_text
        tables = {
            "rule_weights": (shape.num_hashes, 3),
            "rule_moves": (self.groups,),
            "rule_words": (self.places, 4),
            "rule_others": (self.others, 2),
            "rule_edges": (self.edges, 3),
            "rule_sets": (self.nodes,),
            "rule_columns": (self.rows, self.columns),
            "rule_conditions": (text, self.text_rules),
            "rule_biases": (self.text_rules,),
            "rule_start_moves": (self.start_groups,),
            "rule_start_rows": (self.start_places, 3),
            "rule_answers": (self.answers, labels),
            "rule_asking_conditions": (text + self.answers + self.asking, self.asking),
            "rule_asking_biases": (self.asking,),
            "rule_limits": (self.contested, rules),
            "rule_contested": (self.contested, rules),
            "rule_strengths": (2 * self.hard, rules),
            "rule_chosen": (self.hard * rules, 2 * labels),
            "rule_forbids": (self.forbids * rules, labels),
            "rule_evidence": (self.evidence * rules, labels),
        }
        for kind, (name, dims) in enumerate(tables.items(), RULES_KIND + 2):
            yield PartRow(kind, name, 0, np.float32, dims)
