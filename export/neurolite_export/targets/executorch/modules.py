"""Modules in operations that XNNPACK takes.

XNNPACK has no sum over an axis, no layer norm and no vector norm; a product with ones is one. What is
replaced here computes the same up to the order of float32 sums; whatever is not in the table stays as it
is and runs on ExecuTorch's portable kernels, correct but slow.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.network.backbones.fnet import FourierMixing
from neurolite_core.network.backbones.mixer import WordMixing
from neurolite_core.network.experts import ChosenProduct
from neurolite_core.network.heads import EmbeddingHead
from neurolite_core.network.memory.retrieval import Lengths, Scores, Weighted
from neurolite_core.network.pooling import MeanPooling, RootSum
from neurolite_core.network.projection import BloomProjection, PackedProjection
from neurolite_core.network.row_packing import OFFSET
from neurolite_core.network.rule_effects import Product
from neurolite_core.network.sparse_products import SparseFromWords, SparseToWords
from neurolite_core.network.wide import WideSums
from neurolite_core.network.word_products import FromWords, ToWords
from neurolite_export.chosen import GatheredProduct
from neurolite_export.computed import scores, weighted
from neurolite_export.packed_pairs import STEP, PairSums, signed_pairs
from neurolite_export.plain_wide import PlainWideSums
from neurolite_export.replacing import Lowering, Replacement

_SMALLEST_LENGTH: Final = 1e-12
_TABLE_LIMIT: Final = 127
_MIDDLE: Final = 128  # of the values of a byte


def _sums(x: Tensor, scale: float = 1.0) -> Tensor:
    """Sum over the last axis times ``scale``, which stays as an axis of 1."""
    return functional.linear(x, torch.full((1, x.shape[-1]), scale))


class _NormByProduct(nn.Module):
    """``nn.LayerNorm`` over the last axis."""

    def __init__(self, norm: nn.LayerNorm) -> None:
        super().__init__()
        self.weight, self.bias, self.eps = norm.weight, norm.bias, norm.eps

    def forward(self, x: Tensor) -> Tensor:
        """x float32 (..., H) -> (..., H)."""
        share = 1.0 / x.shape[-1]
        centred = x - _sums(x, share)
        variance = _sums(centred * centred, share)
        normal: Tensor = centred * torch.rsqrt(variance + self.eps) * self.weight + self.bias
        return normal


class _UnitByProduct(nn.Module):
    """``EmbeddingHead``."""

    def forward(self, pooled: Tensor) -> Tensor:
        """pooled float32 (1, H) -> (1, H)."""
        return pooled / torch.sqrt(_sums(pooled * pooled)).clamp(min=_SMALLEST_LENGTH)


class _MeanByProduct(nn.Module):
    """``MeanPooling`` of one text."""

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x float32 (1, L, H), mask float32 (1, L, 1) -> (1, H)."""
        row = mask.reshape(1, 1, -1)
        return torch.bmm(row, x).reshape(1, -1) / _sums(row).reshape(1, 1).clamp(min=1.0)


class _FixedWordMixing(nn.Module):
    """``WordMixing`` of one bucket's length."""

    def __init__(self, mixing: WordMixing, length: int) -> None:
        super().__init__()
        self.expand = _linear(mixing.expand.weight[:, :length], mixing.expand.bias)
        self.contract = _linear(mixing.contract.weight[:length], mixing.contract.bias[:length])

    def forward(self, x: Tensor) -> Tensor:
        """x float32 (1, L, H), zero where padded -> (1, L, H)."""
        _, length, channels = x.shape
        x = x.transpose(1, 2).reshape(channels, length)
        x = self.contract(functional.relu(self.expand(x)))
        return x.reshape(1, channels, length).transpose(1, 2)


class _FixedToWords(nn.Module):
    """``ToWords`` of one bucket's length."""

    def __init__(self, product: ToWords, length: int) -> None:
        super().__init__()
        self.product = _linear(product.weight[:length], product.bias[:length])

    def forward(self, x: Tensor, length: int) -> Tensor:
        """x float32 (R, S) -> (R, L)."""
        del length
        found: Tensor = self.product(x)
        return found


class _FixedFourier(FourierMixing):
    """``FourierMixing`` of one bucket's length, whose matrices are cut before the graph is traced."""

    def __init__(self, mixing: FourierMixing, length: int) -> None:
        nn.Module.__init__(self)
        self.repeats = mixing.repeats
        for name, buffer in mixing.named_buffers():
            self.register_buffer(name, buffer)
        self.cosines = mixing.cosines[:, :length].clone()
        self.sines = mixing.sines[:, :length].clone()

    def cut(self, length: int) -> tuple[Tensor, Tensor]:
        """They are."""
        del length
        return self.cosines, self.sines


class _RootSumByProduct(nn.Module):
    """``RootSum`` of one text."""

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x float32 (1, L, E), zero where padded, mask float32 (1, L, 1) -> (1, E)."""
        row = mask.reshape(1, 1, -1)
        count = _sums(row).reshape(1, 1).clamp(min=1.0)
        return torch.bmm(row, x).reshape(1, -1) / torch.sqrt(count)


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight = nn.Parameter(weight.detach().clone(), requires_grad=False)
    layer.bias = nn.Parameter(bias.detach().clone(), requires_grad=False)
    return layer


class _RowSum(nn.Module):
    """``BloomProjection``; with ``int8_table`` the gathered rows, and only they, become float32."""

    def __init__(self, projection: BloomProjection, *, int8_table: bool) -> None:
        super().__init__()
        table = projection.table.detach()
        self.scale = 1.0
        if int8_table:
            self.scale = max(float(table.abs().max()) / _TABLE_LIMIT, _SMALLEST_LENGTH)
            table = torch.round(table / self.scale).to(torch.int8)
        self.register_buffer("table", table)
        self.table: Tensor

    def forward(self, indices: Tensor, mask: Tensor) -> Tensor:
        """indices int32 (1, L, K), mask float32 (1, L, 1) -> float32 (1, L, E), zero where padded."""
        _, length, num_hashes = indices.shape
        rows = functional.embedding(indices.reshape(-1), self.table)
        if rows.dtype == torch.int8:
            rows = torch.ops.quantized_decomposed.dequantize_per_tensor(
                rows, self.scale, 0, -_TABLE_LIMIT, _TABLE_LIMIT, torch.int8
            )
        # A mean, because that is what XNNPACK has; see ``passes.pool_means``.
        means = rows.reshape(length, num_hashes, -1).mean(dim=1)
        return means.reshape(1, length, -1) * (mask * float(num_hashes))


class _PackedRowSum(PairSums):
    """``PackedProjection``: bytes are gathered, and only the gathered ones become float32."""

    def __init__(self, projection: PackedProjection) -> None:
        super().__init__(projection)
        self.pairs = signed_pairs(projection)
        self.factors = (projection.factors.to(torch.int16) - _MIDDLE).to(torch.int8)

    def gathered(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """indices int32 (1, L, K) -> pairs (L, K, E / 2) and factors (L, K, 1), float32."""
        _, length, num_hashes = indices.shape
        rows = indices.reshape(-1)
        pairs = _from_int8(functional.embedding(rows, self.pairs), STEP, 0)
        factors = _from_int8(functional.embedding(rows, self.factors), 1.0, -_MIDDLE)
        return pairs.reshape(length, num_hashes, -1), factors.reshape(length, num_hashes, 1)

    def weighed(self, rows: Tensor, factors: Tensor) -> Tensor:
        """The sum over K of rows (L, K, C) times factors (L, K, 1) -> (1, L, C)."""
        length, num_hashes, _ = rows.shape
        if num_hashes & (num_hashes - 1):
            summed = torch.bmm(factors.reshape(length, 1, num_hashes), rows)
        else:  # a mean, which is a fifth faster (``passes.pool_means``), and exact over a power of two
            summed = (rows * factors).mean(dim=1) * float(num_hashes)
        return summed.reshape(1, length, -1)

    def added(self, factors: Tensor) -> Tensor:
        """What stands for zero in K rows of factors (L, K, 1) -> (1, L, 1)."""
        length, num_hashes, _ = factors.shape
        return _sums(factors.reshape(1, length, num_hashes), float(OFFSET))


class _WideSums(PlainWideSums):
    """``WideSums``: bytes are gathered, and only the gathered ones become float32."""

    def __init__(self, sums: WideSums) -> None:
        super().__init__(sums)
        self.rows = sums.rows.clone()

    def gathered(self, kept: Tensor) -> Tensor:
        """Row numbers int32 (S) -> float32 (S, C + 1)."""
        return _from_int8(functional.embedding(kept, self.rows), 1.0, 0)

    def added(self, rows: Tensor) -> Tensor:
        """float32 (S, C + 1) -> (1, C + 1)."""
        size, width = rows.shape
        return torch.bmm(torch.ones(1, 1, size), rows.reshape(1, size, width)).reshape(1, width)


class _ChosenProduct(GatheredProduct):
    """``ChosenProduct``; with ``int8`` the gathered bytes, and only they, become float32."""

    def __init__(self, product: ChosenProduct, *, int8: bool) -> None:
        super().__init__(product)
        if int8:
            self.table = torch.round(self.table * _TABLE_LIMIT).to(torch.int8)

    def gathered(self, number: Tensor) -> Tensor:
        """int32 (1) -> the weights float32 (1, inner, outer)."""
        if self.table.dtype != torch.int8:
            return super().gathered(number)
        rows = _from_int8(functional.embedding(number, self.table), 1.0 / _TABLE_LIMIT, 0)
        return rows.reshape(1, self.inner, self.outer)


class _ProductOfZerosAndOnes(nn.Module):
    """``Product`` as a layer, whose matrix XNNPACK packs when a file is opened, not in every run."""

    weight: Tensor

    def __init__(self, product: Product) -> None:
        super().__init__()
        self.register_buffer("weight", product.weight[0].T.contiguous())

    def forward(self, numbers: Tensor) -> Tensor:
        """numbers float32 (1, U) -> float32 (1, R)."""
        return functional.linear(numbers, self.weight)


def _from_int8(values: Tensor, scale: float, zero: int) -> Tensor:
    """scale * (values - zero), which XNNPACK takes."""
    found: Tensor = torch.ops.quantized_decomposed.dequantize_per_tensor(
        values, scale, zero, -_MIDDLE, _MIDDLE - 1, torch.int8
    )
    return found


class _LengthsByProduct(nn.Module):
    """``Lengths``."""

    def forward(self, x: Tensor) -> Tensor:
        """x float32 (N, P, D) -> float32 (N, P, 1)."""
        return torch.sqrt(_sums(x * x))


def _lengths(_: Lengths, __: Lowering) -> nn.Module:
    return _LengthsByProduct()


def _norm(module: nn.LayerNorm, _: Lowering) -> nn.Module:
    return _NormByProduct(module)


def _unit(_: EmbeddingHead, __: Lowering) -> nn.Module:
    return _UnitByProduct()


def _mean(_: MeanPooling, __: Lowering) -> nn.Module:
    return _MeanByProduct()


def _root_sum(_: RootSum, __: Lowering) -> nn.Module:
    return _RootSumByProduct()


def _packed_row_sum(module: PackedProjection, _: Lowering) -> nn.Module:
    return _PackedRowSum(module)


def _wide_sums(module: WideSums, _: Lowering) -> nn.Module:
    return _WideSums(module)


def _chosen_product(module: ChosenProduct, lowering: Lowering) -> nn.Module:
    return _ChosenProduct(module, int8=lowering.precision == "int8")


def _product(module: Product, _: Lowering) -> nn.Module:
    ones = bool(((module.weight == 0) | (module.weight == 1)).all())
    if module.behind_network or module.is_biased or not ones:
        return module
    return _ProductOfZerosAndOnes(module)


def _row_sum(module: BloomProjection, lowering: Lowering) -> nn.Module:
    return _RowSum(module, int8_table=lowering.precision == "int8")


def _fourier(module: FourierMixing, lowering: Lowering) -> nn.Module:
    return module if lowering.length is None else _FixedFourier(module, lowering.length)


def _word_mixing(module: WordMixing, lowering: Lowering) -> nn.Module:
    return module if lowering.length is None else _FixedWordMixing(module, lowering.length)


def _from_words(module: FromWords, lowering: Lowering) -> nn.Module:
    length = lowering.length
    return module if length is None else _linear(module.weight[:, :length], module.bias)


def _to_words(module: ToWords, lowering: Lowering) -> nn.Module:
    return module if lowering.length is None else _FixedToWords(module, lowering.length)


REPLACEMENTS: Final[Mapping[type[nn.Module], Replacement]] = MappingProxyType(
    {
        nn.LayerNorm: _norm,
        EmbeddingHead: _unit,
        MeanPooling: _mean,
        RootSum: _root_sum,
        BloomProjection: _row_sum,
        PackedProjection: _packed_row_sum,
        WordMixing: _word_mixing,
        FourierMixing: _fourier,
        FromWords: _from_words,
        ToWords: _to_words,
        SparseFromWords: _from_words,
        SparseToWords: _to_words,
        WideSums: _wide_sums,
        Scores: scores,
        Weighted: weighted,
        Lengths: _lengths,
        ChosenProduct: _chosen_product,
        Product: _product,
    }
)
