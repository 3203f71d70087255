"""The symbolic module: rules on facts of a text, which force, forbid, or add evidence to labels, or abstain.

Conditions are layers of thresholds on numbers 0 and 1 (``rules/logic.py``), effects products with constant matrices
(``rules/effects.py``); all of it is exact in float32. docs/rules.md says what it means.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from neurolite_core.answer.tasks import SEVERAL_THRESHOLD
from neurolite_core.network.rule_effects import Product, RuleEffects
from neurolite_core.network.rule_facts import RuleFacts
from neurolite_core.network.word_starts import WordStarts
from neurolite_core.rules.logic import Layer
from neurolite_core.rules.program import Program

_HUGE: Final = 1e30  # makes any difference of two logits more than 1


class Conditions(nn.Module):
    """Layers of rules: each is computed of all numbers before it, (N, U) -> (N, U + rules)."""

    def __init__(self, layers: tuple[Layer, ...], *, behind_network: bool) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            Product(layer.weight, layer.bias, behind_network=behind_network) for layer in layers
        )

    def forward(self, numbers: Tensor) -> Tensor:
        """float32 0 and 1 (N, U) -> (N, U + rules)."""
        for layer in self.layers:
            numbers = torch.cat([numbers, layer(numbers).clamp(0.0, 1.0)], dim=1)
        return numbers


class TextRules(nn.Module):
    """What a text alone says: columns of facts, and rules that do not ask for the network's answer.

    A module of its own, so that a target can replace it by its type.

    Args:
        program: compiled rules.
    """

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.program = program
        self.facts = RuleFacts(program)
        self.conditions = Conditions(program.logic.layers, behind_network=False)

    def forward(self, indices: Tensor, starts: Tensor | None = None) -> Tensor:
        """indices int (N, L, K), starts int (N, L) of rules that look inside words -> float32 0 and 1 (N, U)."""
        found: Tensor = self.conditions(self.facts(indices, starts))
        return found


class RulePath(nn.Module):
    """Rules of a classifier.

    Args:
        program: compiled rules, of R.
        threshold: of a model of several labels a text, from which score on it gives a label.

    Attributes:
        label_ids: of each rule, the numbers of the labels that its effect is about.
        hard: whether rules that force, forbid or abstain do so; training turns it off, so that calibration sees what
            the network says.
    """

    def __init__(self, program: Program, threshold: float | None = None) -> None:
        super().__init__()
        self.program, self.hard = program, True
        self.threshold = SEVERAL_THRESHOLD if threshold is None else threshold
        logic, effects = program.logic, program.effects
        behind = bool(logic.asking)
        self.asks, self.direct = behind, logic.direct
        self.text = TextRules(program)
        table = program.beginnings
        self.starts = None if table is None else WordStarts(table)
        self.asking = Conditions(logic.asking, behind_network=True)
        self.num_columns, self.num_answers = len(logic.columns), len(logic.answers)
        self.count = len(logic.rules)
        self.weights = nn.Parameter(torch.zeros(self.count))
        for name in ("given", "learned"):
            self.register_buffer(name, torch.from_numpy(getattr(effects, name)), persistent=False)
        self.given: Tensor
        self.learned: Tensor
        self.several = effects.several
        self.effects = RuleEffects(effects, behind_network=behind)
        self.answers: Product | None = None

    def ask_of(self, labels: tuple[str, ...]) -> None:
        """Prepares rules that ask for the network's own answer, whose labels are these."""
        place = {label: at for at, label in enumerate(labels)}
        self.label_ids = tuple(
            tuple(place[label] for label in rule.labels) for rule in self.program.order
        )
        sets = self.program.logic.answers
        if sets:
            asked = np.array([[label in own for label in labels] for own in sets], np.float32)
            self.answers = Product(asked, behind_network=True)

    def scale(self) -> Tensor:
        """What each rule's evidence adds, float32 (R)."""
        return self.given + self.weights * self.learned

    @property
    def limit(self) -> float:
        """Of several labels a text, the logit from which on the network gives a label."""
        return math.log(self.threshold / (1 - self.threshold)) if self.threshold else -1e4

    def divide(self, temperature: float) -> None:
        """Divides the learned weights by a number above 0, in place."""
        self.weights.data.div_(temperature)

    def forward(
        self, logits: Tensor, indices: Tensor, starts: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """What rules make of the network's logits.

        Args:
            logits: float32 (N, C), of the network.
            indices: int (N, L, K).
            starts: int (N, L), of rules that look inside words.

        Returns:
            logits float32 (N, C); which rules fired, int32 (N, R), 0 and 1; and what of it does not depend on the
            network, float32 (N, ...), by which targets know what may not be rounded.
        """
        numbers = self.text(indices, starts)
        first = self.num_columns - self.direct
        if not self.asks:
            fired = numbers[:, first:]
            logits, effects = self.effects(logits, fired, self.scale(), self.hard)
            return logits, fired.to(torch.int32), effects
        found = self.asking(torch.cat([numbers, self.asked(logits)], dim=1))
        own = numbers.shape[1]
        fired = torch.cat([found[:, first:own], found[:, own + self.num_answers :]], dim=1)
        logits, _ = self.effects(logits, fired, self.scale(), self.hard)
        return logits, fired.to(torch.int32), numbers

    def asked(self, logits: Tensor) -> Tensor:
        """Of each set of labels that is asked for, whether the network's own answer is one: float32 (N, sets)."""
        if self.answers is None:
            return logits[:, :0]
        if self.several:
            given = ((logits - self.limit) * _HUGE + 1.0).clamp(0.0, 1.0)
        else:
            below = logits.amax(dim=1, keepdim=True) - logits
            given = 1.0 - (below * _HUGE).clamp(0.0, 1.0)
        found: Tensor = self.answers(given).clamp(max=1.0)
        return found
