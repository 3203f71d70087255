"""Products and norms as whole numbers: docs/c-arithmetic.md, "A product" and "A norm"."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
WEIGHT: Final = 63  # largest
SIGNED: Final = 63  # largest activation on either side of the zero
POSITIVE: Final = 127
STREAM: Final = 32_767 / 4  # what calibrated values of the residual stream reach
FINE: Final = 16  # steps of the final norm's y in one of its u7
ZERO: Final = 64
NORM_ZERO: Final = 8  # of what rounding left of a norm's activations
_FRACTION: Final = 2.0**15
_NARROW_BITS: Final = 4  # of a u7's fraction that are kept until it is rounded
_BIAS_SHARE: Final = 2.0**14  # of a shifted sum
_LARGEST_SUM: Final = 2**30
_LARGEST_SHIFT: Final = 31
_SMALLEST_SCALE: Final = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Product:
    """The parts of one product; ``weights`` int8 [n, k], ``init`` int32 [n] or [2, n], ``mult`` int16 [n]."""

    weights: NDArray[np.int8]
    init: NDArray[np.int32]
    mult: NDArray[np.int16]
    shift: int


@dataclass(frozen=True, slots=True)
class Scales:
    """What one step stands for, of a layer's input and of its output."""

    given: float
    found: float


@dataclass(frozen=True, slots=True, eq=False)
class Norm:
    """The parts of one norm; ``gain`` and ``offset`` int16 [H]."""

    gain: NDArray[np.int16]
    offset: NDArray[np.int16]
    eps: int


def quantize_product(
    weight: FloatArray, bias: FloatArray, scales: Scales, *, zero: int = ZERO, narrow: bool = False
) -> Product:
    """A linear layer.

    Args:
        weight: [n, k].
        bias: [n].
        scales: of its input and of its output.
        zero: of its input, whose share goes into ``init``.
        narrow: its output is u7, which is rounded again.
    """
    steps = np.maximum(np.abs(weight).max(axis=1) / WEIGHT, _SMALLEST_SCALE)
    top = float(steps.max()) * scales.given / scales.found
    shift = max(0, math.floor(-math.log2(top)) - (_NARROW_BITS if narrow else 0))
    # A row of small weights and a large bias needs larger steps, or its bias alone would leave int16.
    steps = np.maximum(steps, np.abs(bias) / (scales.given * _BIAS_SHARE * 2.0**shift))
    rounded = np.rint(weight / steps[:, None])
    init = bias / (steps * scales.given) - zero * rounded.sum(axis=1) + (1 << shift) // 2
    mult = np.clip(np.rint(steps * scales.given / scales.found * 2.0**shift * _FRACTION), 0, 32_767)
    return Product(
        rounded.astype(np.int8),
        np.clip(np.rint(init), -_LARGEST_SUM, _LARGEST_SUM).astype(np.int32),
        mult.astype(np.int16),
        min(shift, _LARGEST_SHIFT),
    )


def with_second(product: Product, zero: int, bits: int) -> Product:
    """A product with where a second one begins, by its weights: of what rounding left of its activations.

    Args:
        product: the first one.
        zero: of what is left.
        bits: by which that is finer.
    """
    shift = min(product.shift, _LARGEST_SHIFT - bits)  # what has a larger one is nothing by any
    second = -zero * product.weights.sum(axis=1, dtype=np.int64) + (1 << (shift + bits)) // 2
    inits = np.stack([product.init, np.clip(second, -_LARGEST_SUM, _LARGEST_SUM)])
    return Product(product.weights, inits.astype(np.int32), product.mult, shift)


def quantize_norm(gain: FloatArray, bias: FloatArray, eps: float, scales: Scales) -> Norm:
    """A layer norm of the residual stream, or of what was pooled of it, to activations."""
    width = len(gain)
    pairs = max(0, math.ceil(math.log2(width)) - 1)
    top = 14 - math.ceil(math.log2(width) / 2)
    whole = round(eps / scales.given**2 * width / 2**pairs) + width // 2
    return Norm(
        _int16(gain / scales.found * 2.0 ** (19 - top)),
        _int16(16 * (bias / scales.found + ZERO) + 8),
        min(max(whole, 1), _LARGEST_SUM),
    )


def quantize_head(
    weight: FloatArray, bias: FloatArray, from_scale: float, padded: int, *, zero: int = ZERO
) -> tuple[NDArray[np.int8], NDArray[np.int32], NDArray[np.float32]]:
    """The head's weights int8 [NP, k], its init int32 [NP] and the scales of its sums float32 [NP]."""
    scales = np.maximum(np.abs(weight).max(axis=1) / WEIGHT, _SMALLEST_SCALE)
    scales = np.maximum(scales, np.abs(bias) / (from_scale * 2.0**28))
    rounded = np.rint(weight / scales[:, None])
    init = np.rint(bias / (scales * from_scale) - zero * rounded.sum(axis=1))
    room = padded - len(bias)
    return (
        np.pad(rounded, ((0, room), (0, 0))).astype(np.int8),
        np.pad(init, (0, room)).astype(np.int32),
        np.pad(scales * from_scale, (0, room)).astype(np.float32),
    )


def _int16(values: FloatArray) -> NDArray[np.int16]:
    return np.clip(np.rint(values), -32_767, 32_767).astype(np.int16)
