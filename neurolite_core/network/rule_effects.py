"""What fired rules do to a text's labels.

Products with constant matrices (``rules/effects.py``); but for evidence all of it is whole numbers, exact in float32.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from neurolite_core.rules.effects import DECIDED, HIGHEST, LOWEST, Effects


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
            # XNNPACK reshapes, but does not take or drop an axis: that would cut its part of a graph in two.
            stacked = numbers.reshape(1, -1, self.weight.shape[1])
            found = torch.bmm(stacked, self.weight).reshape(-1, self.weight.shape[2])
        return found + self.bias if self.is_biased else found


class RuleEffects(nn.Module):
    """The network's logits to those of the answer, by the rules that fired.

    A module of its own, so that a target can replace it by its type.

    Args:
        effects: of R rules and C labels.
        behind_network: whether rules ask for the network's answer.

    Attributes:
        has_hard: whether any rule forces, forbids or abstains.
        several: whether a text may have several labels.
        num_labels: C.
    """

    strength: Tensor
    ranks: Tensor
    limits: Tensor

    def __init__(self, effects: Effects, *, behind_network: bool) -> None:
        super().__init__()
        self.has_hard, self.several = effects.hard, effects.several
        self.num_labels = effects.num_labels
        strength = torch.from_numpy(effects.strength)
        self.register_buffer("strength", strength, persistent=False)
        # 1 more, but of rules that neither force nor abstain, whose strength is 0.
        self.register_buffer("ranks", strength + strength.clamp(max=1.0), persistent=False)

        def product(matrix: np.ndarray | None) -> Product | None:
            return None if matrix is None else Product(matrix, behind_network=behind_network)

        self.contested = product(None if effects.contested is None else effects.contested.T)
        if effects.limits is not None:
            self.register_buffer("limits", torch.from_numpy(effects.limits), persistent=False)
        self.chosen = Product(effects.chosen, behind_network=behind_network)
        self.forbids = product(effects.forbids)
        self.evidence = product(effects.evidence)

    @property
    def num_parts(self) -> int:
        """0 where no rule does anything to a label; 2 with hard rules, and 1 more with evidence."""
        return 2 * self.has_hard + (self.evidence is not None)

    def forward(
        self, logits: Tensor, fired: Tensor, scale: Tensor, hard: bool = True
    ) -> tuple[Tensor, Tensor]:
        """The answer of each text.

        Args:
            logits: float32 (N, C), of the network.
            fired: float32 0 and 1 (N, R).
            scale: what each rule's evidence adds, float32 (R).
            hard: whether rules that force, forbid or abstain do so.

        Returns:
            logits float32 (N, C); and what rules make of the text, float32 (N, ...).
        """
        parts = []
        if self.evidence is not None:
            parts.append(self.evidence(fired * scale))
            logits = logits + parts[0]
        if self.has_hard:
            kept, added = self.decided(fired)
            parts += [kept, added]
            logits = logits.clamp(LOWEST, HIGHEST) * kept + added if hard else logits
        return logits, torch.cat(parts, dim=1) if parts else fired

    def decided(self, fired: Tensor) -> tuple[Tensor, Tensor]:
        """0 where rules decide on a label, else 1, and what is added to its logit, float32 (N, C) each."""
        holds = fired
        if self.contested is not None:
            limit = self.contested((fired.reshape(-1, 1, fired.shape[1]) * self.limits).amax(dim=2))
            holds = fired * (self.strength - limit).clamp(0.0, 1.0)
        if not self.several:
            strongest = (holds * self.strength).amax(dim=1, keepdim=True)
            holds = (holds * self.ranks - strongest).clamp(0.0, 1.0)  # 1 of the strongest alone
        chosen = self.chosen(holds)
        decided, added = chosen[:, : self.num_labels], chosen[:, self.num_labels :]
        if self.several:  # more than one may force a label
            added = added.clamp(max=2 * DECIDED)
        if self.forbids is not None:
            decided = decided + self.forbids(fired)
        decided = decided.clamp(max=1.0)
        return 1.0 - decided, added - decided * DECIDED
