"""Operations on single elements, as MIL's documentation of opset CoreML7 defines them.

Parameters have MIL's names. Results keep the type of their inputs, so that a float16 program is
rounded after each operation; numpy computes each float16 element in float32.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.ground.errors import ArtifactError

Array = NDArray[Any]

CAST_TYPES: Final = {
    "bool": np.bool_,
    "fp16": np.float16,
    "fp32": np.float32,
    "int8": np.int8,
    "int16": np.int16,
    "int32": np.int32,
    "uint8": np.uint8,
    "uint16": np.uint16,
}


def add(x: Array, y: Array) -> Array:
    """``x + y``, broadcast."""
    total: Array = x + y
    return total


def sub(x: Array, y: Array) -> Array:
    """``x - y``, broadcast."""
    difference: Array = x - y
    return difference


def mul(x: Array, y: Array) -> Array:
    """``x * y``, broadcast."""
    product: Array = x * y
    return product


def real_div(x: Array, y: Array) -> Array:
    """``x / y`` of floats, broadcast."""
    return np.asarray(x / y)


def floor_div(x: Array, y: Array) -> Array:
    """``x / y`` rounded towards negative infinity, broadcast."""
    if not np.all(y):
        raise ArtifactError("its program divides an integer by zero")
    return np.asarray(x // y)


def maximum(x: Array, y: Array) -> Array:
    """The larger one, broadcast."""
    larger: Array = np.maximum(x, y)
    return larger


def minimum(x: Array, y: Array) -> Array:
    """The smaller one, broadcast."""
    smaller: Array = np.minimum(x, y)
    return smaller


def less(x: Array, y: Array) -> Array:
    """``x < y``, broadcast."""
    return np.asarray(x < y)


def absolute(x: Array) -> Array:
    """``|x|``."""
    return np.asarray(np.abs(x))


def floor(x: Array) -> Array:
    """Rounded towards negative infinity."""
    return np.asarray(np.floor(x))


def relu(x: Array) -> Array:
    """``max(0, x)``."""
    return np.asarray(np.maximum(x, x.dtype.type(0)))


def exp(x: Array) -> Array:
    """``e`` to the power of ``x``; infinite where it is too large for the type."""
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(x))


def log(x: Array, epsilon: Array) -> Array:
    """Natural logarithm of ``x + epsilon``."""
    return np.asarray(np.log(x + epsilon))


def tanh(x: Array) -> Array:
    """Hyperbolic tangent."""
    return np.asarray(np.tanh(x))


def sigmoid(x: Array) -> Array:
    """``1 / (1 + exp(-x))``, by the tangent, which does not overflow."""
    half = x.dtype.type(0.5)
    return np.asarray(np.tanh(x * half) * half + half)


def silu(x: Array) -> Array:
    """``x * sigmoid(x)``, in float32, as float16 has too few digits of what is nearly 0."""
    return np.asarray(x * sigmoid(x.astype(np.float32)), dtype=x.dtype)


def sqrt(x: Array) -> Array:
    """Square root."""
    return np.asarray(np.sqrt(x))


def rsqrt(x: Array, epsilon: Array) -> Array:
    """``1 / sqrt(x + epsilon)``."""
    return np.asarray(x.dtype.type(1) / np.sqrt(x + epsilon))


def clip(x: Array, alpha: Array, beta: Array) -> Array:
    """Below ``alpha`` it becomes ``alpha``, above ``beta`` it becomes ``beta``."""
    clipped: Array = np.minimum(np.maximum(x, alpha), beta)
    return clipped


def cast(x: Array, dtype: str) -> Array:
    """Another type; floats become integers towards zero, and true where they are not zero."""
    if dtype not in CAST_TYPES:
        raise ArtifactError(f"its program casts to {dtype!r}, which is not known")
    return x.astype(CAST_TYPES[dtype])


def affine(data: Array, zero_point: Array, scale: Array, axis: Array) -> Array:
    """``scale * (data - zero_point)``; vectors lie along ``axis``. In the type of ``scale``."""
    shape = [1] * data.ndim
    if scale.ndim == 1:
        shape[int(axis)] = -1
    centred = data.astype(np.float32)
    centred -= zero_point.astype(np.float32).reshape(shape if zero_point.ndim else ())
    product = centred * scale.astype(np.float32).reshape(shape if scale.ndim else ())
    return np.asarray(product, dtype=scale.dtype)


def dequantize(input: Array, scale: Array) -> Array:  # noqa: A002  # MIL's name
    """``scale * input`` of int8 or uint8, one scale for all."""
    # All 256 products, and then a look at the table, which costs less than float16's rounding.
    possible = np.arange(256, dtype=np.uint8).view(input.dtype).astype(np.float32)
    return (possible * np.float32(scale)).astype(scale.dtype).take(input.view(np.uint8))


def constexpr_affine_dequantize(
    quantized_data: Array, zero_point: Array, scale: Array, axis: Array
) -> Array:
    """``scale * (quantized_data - zero_point)``, computed when the file is opened."""
    return affine(quantized_data, zero_point, scale, axis)


def constexpr_sparse_to_dense(nonzero_data: Array, mask: Array, shape: Sequence[int]) -> Array:
    """Values where bits of ``mask`` are set, the lowest of a byte first, and zeros; when the file is opened.

    Raises:
        ArtifactError: there are not as many values as bits, or not a bit for each number.
    """
    size = math.prod(int(each) for each in shape)
    bits = np.unpackbits(mask, bitorder="little")
    if len(mask) != -(-size // 8) or bits[size:].any() or int(bits.sum()) != len(nonzero_data):
        raise ArtifactError(
            f"A sparse weight of {size:,} numbers has {len(nonzero_data):,} values and {int(bits.sum()):,} bits in "
            f"{len(mask):,} bytes. Export the model again."
        )
    dense = np.zeros(size, nonzero_data.dtype)
    dense[bits[:size] != 0] = nonzero_data
    return dense.reshape([int(each) for each in shape])
