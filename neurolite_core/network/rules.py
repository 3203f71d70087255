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
from neurolite_core.network.rule_facts import RuleFacts
from neurolite_core.network.word_starts import WordStarts
from neurolite_core.rules.effects import DECIDED, HIGHEST, LOWEST, REFUSED
from neurolite_core.rules.logic import Layer
from neurolite_core.rules.program import Program

_HUGE: Final = 1e30  # makes any difference of two logits more than 1


class Product(nn.Module):
    """Numbers (N, U) times a constant matrix [R, U], plus a bias, without a ``linear`` that targets would round.

    Args:
        weight: float32 [R, U].
        bias: float32 [R], or None.
        behind_network: whether what it multiplies depends on the network's answer; it is then written as sums, which
            no target takes for one of the network's products.
    """

    weight: Tensor
    bias: Tensor

    def __init__(
        self, weight: np.ndarray, bias: np.ndarray | None = None, *, behind_network: bool = False
    ) -> None:
        super().__init__()
        self.behind_network = behind_network
        stored = weight if behind_network else weight.T
        self.register_buffer("weight", torch.from_numpy(stored.copy())[None], persistent=False)
        zeros = np.zeros(len(weight), np.float32)
        self.register_buffer(
            "bias", torch.from_numpy(zeros if bias is None else bias), persistent=False
        )
        self.is_biased = bias is not None

    def forward(self, numbers: Tensor) -> Tensor:
        """numbers float32 (N, U) -> float32 (N, R)."""
        if self.behind_network:
            found = (numbers[:, None] * self.weight).sum(dim=2)
        else:
            found = torch.bmm(numbers[None], self.weight)[0]
        return found + self.bias if self.is_biased else found


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
        self.facts = RuleFacts(program)
        table = program.beginnings
        self.starts = None if table is None else WordStarts(table)
        self.conditions = Conditions(logic.layers, behind_network=False)
        self.asking = Conditions(logic.asking, behind_network=True)
        self.num_columns, self.num_answers = len(logic.columns), len(logic.answers)
        self.count = len(logic.rules)
        self.weights = nn.Parameter(torch.zeros(self.count))
        for name in ("given", "learned", "strength"):
            self.register_buffer(name, torch.from_numpy(getattr(effects, name)), persistent=False)
        self.given: Tensor
        self.learned: Tensor
        self.strength: Tensor

        def product(matrix: np.ndarray | None) -> Product | None:
            return None if matrix is None else Product(matrix, behind_network=behind)

        self.several = effects.several
        self.has_hard = effects.hard
        self.blocks = product(effects.blocks)
        self.chosen = product(None if effects.several else effects.chosen)
        self.forces = product(effects.forces)
        self.forbids = product(effects.forbids)
        self.evidence = product(effects.evidence)
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
        places = torch.arange(1, len(labels) + 1, dtype=torch.float32)[None]
        self.register_buffer("places", places, persistent=False)
        self.places: Tensor

    def scale(self) -> Tensor:
        """What each rule's evidence adds, float32 (R)."""
        return self.given + self.weights * self.learned

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
        numbers = self.conditions(self.facts(indices, starts))
        if not self.asks:
            fired = torch.cat([numbers[:, : self.direct], numbers[:, self.num_columns :]], dim=1)
            effects = self.effects(fired)
            return self.apply_to(logits, effects), fired.to(torch.int32), effects
        found = torch.cat([numbers, self.asked(logits)], dim=1)
        found = self.asking(found)
        own = numbers.shape[1]
        parts = [found[:, : self.direct], found[:, self.num_columns : own]]
        fired = torch.cat([*parts, found[:, own + self.num_answers :]], dim=1)
        return self.apply_to(logits, self.effects(fired)), fired.to(torch.int32), numbers

    def asked(self, logits: Tensor) -> Tensor:
        """Of each set of labels that is asked for, whether the network's own answer is one: float32 (N, sets)."""
        if self.answers is None:
            return logits[:, :0]
        if self.several:
            limit = math.log(self.threshold / (1 - self.threshold)) if self.threshold else -1e4
            given = ((logits - limit) * _HUGE + 1.0).clamp(0.0, 1.0)
        else:
            below = logits.amax(dim=1, keepdim=True) - logits
            given = 1.0 - (below * _HUGE).clamp(0.0, 1.0)
        found: Tensor = self.answers(given).clamp(max=1.0)
        return found

    def effects(self, fired: Tensor) -> Tensor:
        """float32 0 and 1 (N, R) -> what stays of the labels, what is added to them, and evidence: (N, parts * C)."""
        parts = []
        if self.has_hard:
            on, off, refused = self.decided(fired)
            kept = 1.0 - (on + off)
            added = (on - off) * DECIDED
            parts = [kept, added if refused is None else added + refused * REFUSED]
        if self.evidence is not None:
            parts.append(self.evidence(fired * self.scale()))
        return torch.cat(parts, dim=1) if parts else fired

    def decided(self, fired: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """Labels that are on, and off, float32 (N, C), and whether there is no answer, (N, 1)."""
        effective = fired if self.blocks is None else (fired - self.blocks(fired)).clamp(min=0.0)
        refused = None
        if self.forces is not None:
            on = self.forces(effective).clamp(max=1.0)
            off = on * 0.0
        else:
            assert self.chosen is not None  # noqa: S101  # one of the two is there
            ranked = effective * self.strength
            strongest = ranked.amax(dim=1, keepdim=True)
            # 1 of the strongest alone; of rules that neither force nor abstain, whose strength is 0, never.
            holds = (ranked + effective * self.strength.clamp(max=1.0) - strongest).clamp(0.0, 1.0)
            found = self.chosen(holds)
            on = 1.0 - (self.places - found[:, :1]).abs().clamp(max=1.0)
            off = found[:, :1].clamp(max=1.0)
            refused = found[:, 1:]
        if self.forbids is not None:
            off = off + self.forbids(fired)
        return on, off.clamp(max=1.0) * (1.0 - on), refused

    def apply_to(self, logits: Tensor, effects: Tensor) -> Tensor:
        """The network's logits float32 (N, C) and ``effects`` -> the logits of the answer."""
        size = self.places.shape[1]
        if self.evidence is not None:
            logits = logits + effects[:, -size:]
        if not self.has_hard or not self.hard:
            return logits
        return logits.clamp(LOWEST, HIGHEST) * effects[:, :size] + effects[:, size : 2 * size]
