"""Which rules fire differently in a file and in the reference, and whether what they decide is as decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from neurolite_core.answer.outputs import RULES
from neurolite_core.network.model import TextNetwork
from neurolite_core.rules.effects import DECIDED
from neurolite_export.target import ProbeOutputs


@dataclass(slots=True)
class RuleCounts:
    """Counts over batches; names and meanings are those of ``ParityReport``."""

    rules: int = 0
    rules_different: int = 0
    asking_different: int = 0

    def add(self, network: TextNetwork, answers: Mapping[str, Tensor], found: ProbeOutputs) -> None:
        """Counts a batch.

        Args:
            network: the reference, with rules.
            answers: of it.
            found: of the file.
        """
        assert network.rules is not None  # noqa: S101  # the caller looked
        expected = answers[RULES].numpy()
        self.rules += expected.size
        if found.rules is None or found.rules.shape != expected.shape:
            self.rules_different += expected.size
            return
        asks = network.rules.program.logic.asks
        differ = (found.rules != expected).sum(axis=0)
        plain = expected.shape[1] - asks
        self.rules_different += int(differ[:plain].sum())
        self.asking_different += int(differ[plain:].sum())
        if not asks:
            logits = answers["logits"].numpy()
            decided = np.abs(logits) == DECIDED
            self.rules += int(decided.sum())
            self.rules_different += int((found.values["logits"] != logits)[decided].sum())
