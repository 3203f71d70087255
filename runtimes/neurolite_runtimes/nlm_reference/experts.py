"""Experts of a .nlm in numpy: docs/c-arithmetic.md, "Experts"."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.formats.nlm_experts import ExpertSizes
from neurolite_runtimes.nlm_reference.arithmetic import Int64Array, products, u7
from neurolite_runtimes.nlm_reference.floats import dots, nearest, softmax, total
from neurolite_runtimes.nlm_reference.model import NlmModel

Floats = NDArray[np.float32]
_STEPS: Final = 1024
_LARGEST: Final = np.float32(127)
_OFFSET: Final = 1032  # of a vector's whole numbers
_MOST: Final = 16_383
_ONE: Final = np.float32(1)


class ExpertEvaluator:
    """Lets a text's experts compute.

    Args:
        model: with experts.
    """

    def __init__(self, model: NlmModel) -> None:
        sizes = model.modules["experts"]
        assert isinstance(sizes, ExpertSizes)  # noqa: S101  # as the table of modules has it
        self._top, self._count = sizes.top, model.shape.experts
        self._floats: dict[str, Any] = {
            name.removeprefix("expert_"): table for name, table in model.scales.items()
        }
        self._numbers = {
            name.removeprefix("expert_"): numbers.astype(np.int64)
            for (name, _), numbers in model.numbers.items()
            if name.startswith("expert_")
        }

    def run(
        self, sums: Int64Array, words: int, y: Int64Array, pooled: Int64Array
    ) -> tuple[Int64Array, Int64Array, NDArray[np.int32]]:
        """The text's whole numbers y [H] and u7 [H] behind its experts, and their numbers in ascending order.

        Args:
            sums: of the words' e16, [E].
            words: how many were read.
            y: int16 [H], of the final norm.
            pooled: its u7 [H].
        """
        chosen, weights = self._choose(sums, words)
        x = (y - _OFFSET).astype(np.float32) * self._floats["numbers"][2]
        for expert, weight in zip(chosen, weights, strict=True):
            x = x + self._made(expert, pooled) * weight
        inverse = self._floats["numbers"][3]
        routed = np.array([nearest(each, _MOST) for each in (x * inverse).tolist()], np.int64)
        found = routed + _OFFSET
        return found, u7(found >> 4), np.array(sorted(chosen), np.int32)

    def _choose(self, sums: Int64Array, words: int) -> tuple[list[int], list[np.float32]]:
        """The experts, the best one first, and how much each counts."""
        if self._count == 1:
            return [0], [_ONE]
        own = self._floats
        scale, eps = own["numbers"][:2]
        x = sums.astype(np.float32) * (scale / np.float32(max(words, 1)))
        size = np.float32(len(x))
        x = x - total(x) / size
        x = x * (_ONE / np.sqrt(dots(x[None], x)[0] / size + eps)) * own["gain"] + own["offset"]
        logits = dots(own["router"], x) + own["bias"]
        kept = np.clip(logits, -_LARGEST, _LARGEST) * np.float32(_STEPS) + np.float32(0.5)
        keys = np.floor(kept).astype(np.int64) * self._count - np.arange(self._count)
        chosen = np.argsort(-keys, kind="stable")[: self._top].tolist()
        shares = softmax(logits)[chosen]
        if self._top == 1:
            return chosen, [shares[0]]
        both = shares[0] + shares[1]
        return chosen, [shares[0] / both, shares[1] / both]

    def _made(self, expert: int, pooled: Int64Array) -> Floats:
        """What an expert makes of the text, float32 [H]."""
        own = self._numbers
        expand, contract = (
            _plain(own[f"{name}_weights"][expert]) for name in ("expand", "contract")
        )
        init, mult, shift = (own[f"expand_{what}"][expert] for what in ("init", "mult", "shift"))
        hidden = u7(products(pooled[None], expand, init, mult, int(shift)))[0]
        sums = contract @ hidden + own["contract_init"][expert]
        found: Floats = sums.astype(np.float32) * self._floats["contract_scale"][expert]
        return found


def _plain(weights: Int64Array) -> Int64Array:
    """[k / 4, n, 4] as [n, k]."""
    groups, outputs, size = weights.shape
    return weights.transpose(1, 0, 2).reshape(outputs, groups * size)
