"""Modules that this target computes in another way.

torch.onnx lowers every module that there is; the projection becomes one op after quantization (``row_sum.py``). The
wide path is one op from the start (``wide_logits.py``), and its place is held until that is written. Facts of rules are
marked, as runtimes scatter faster than they gather wide rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.network.experts import ChosenProduct
from neurolite_core.network.memory.retrieval import Scores, Weighted
from neurolite_core.network.rule_facts import RuleFacts, copied
from neurolite_core.network.rules import Product
from neurolite_core.network.wide import WidePath
from neurolite_export.chosen import GatheredProduct
from neurolite_export.computed import scores, weighted
from neurolite_export.replacing import Lowering, Replacement
from neurolite_export.targets.onnx.wide_logits import WidePlace


def _wide_place(module: WidePath, _: Lowering) -> nn.Module:
    return WidePlace(module)


def _gathered_product(module: ChosenProduct, _: Lowering) -> nn.Module:
    return GatheredProduct(module)


class _RuleFacts(RuleFacts):
    """``RuleFacts``: marks which rows of columns occur, and adds those, in place of a row for each word."""

    matrix: Tensor

    def true_of(self, sets: Tensor, batch: int, length: int) -> Tensor:
        """sets float32 (W, 1) -> float32 (N, F), 0 and 1."""
        own = sets.reshape(batch, length).to(torch.int64)
        marks = torch.zeros((batch, len(self.columns)), dtype=torch.float32)
        marks = marks.scatter(1, own, torch.ones_like(own, dtype=torch.float32))
        return (marks @ self.columns).clamp(max=1.0)

    def sums(self, numbers: Tensor) -> Tensor:
        """numbers float32 (1, W, K) -> float32 (W, 3)."""
        return functional.linear(numbers.reshape(-1, numbers.shape[2]), self.matrix)

    def modulo(self, numbers: Tensor, size: int) -> Tensor:
        """One node in place of four."""
        return torch.fmod(numbers, float(size))


class _Product(Product):
    """``Product`` as one node."""

    matrix: Tensor

    def forward(self, numbers: Tensor) -> Tensor:
        """numbers float32 (N, U) -> float32 (N, R)."""
        bias = self.bias if self.is_biased else None
        return functional.linear(numbers, self.matrix, bias)


def _product(module: Product, _: Lowering) -> nn.Module:
    made = copied(module, _Product)
    weight = module.weight[0] if module.behind_network else module.weight[0].T.contiguous()
    made.register_buffer("matrix", weight.clone(), persistent=False)
    return made


def _rule_facts(module: RuleFacts, _: Lowering) -> nn.Module:
    made = copied(module, _RuleFacts)
    made.register_buffer("matrix", module.weights[0].T.contiguous(), persistent=False)
    return made


REPLACEMENTS: Final[Mapping[type[nn.Module], Replacement]] = MappingProxyType(
    {
        WidePath: _wide_place,
        ChosenProduct: _gathered_product,
        RuleFacts: _rule_facts,
        Scores: scores,
        Weighted: weighted,
    }
)
