"""Operations that sum: products, reductions and norms, as MIL's documentation defines them.

Float16 sums are carried in float32 and rounded once, at the end; a device may round more often.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolite_core.ground.errors import ArtifactError

Array = NDArray[Any]


def _wide(x: Array) -> Array:
    return x.astype(np.float32) if x.dtype == np.float16 else x


def matmul(x: Array, y: Array, transpose_x: Array, transpose_y: Array) -> Array:
    """Product of the last two axes, the others broadcast."""
    left = np.swapaxes(x, -1, -2) if transpose_x else x
    right = np.swapaxes(y, -1, -2) if transpose_y else y
    return np.asarray(np.matmul(_wide(left), _wide(right)), dtype=x.dtype)


def linear(x: Array, weight: Array, bias: Array) -> Array:
    """``x weight^T + bias``."""
    product = np.matmul(_wide(x), _wide(weight).T)
    return np.asarray(product + _wide(bias), dtype=x.dtype)


def reduce_sum(x: Array, axes: tuple[int, ...], keep_dims: Array) -> Array:
    """Sum over axes."""
    total = _wide(x).sum(axes, dtype=_wide(x).dtype, keepdims=bool(keep_dims))
    return np.asarray(total, dtype=x.dtype)


def reduce_mean(x: Array, axes: tuple[int, ...], keep_dims: Array) -> Array:
    """Mean over axes; the converter makes it of a sum that is divided by their length."""
    mean = _wide(x).mean(axes, dtype=_wide(x).dtype, keepdims=bool(keep_dims))
    return np.asarray(mean, dtype=x.dtype)


def reduce_max(x: Array, axes: tuple[int, ...], keep_dims: Array) -> Array:
    """Maximum over axes."""
    return np.asarray(x.max(axes, keepdims=bool(keep_dims)))


def reduce_l2_norm(x: Array, axes: tuple[int, ...], keep_dims: Array) -> Array:
    """Square root of the sum of squares over axes."""
    squares = np.square(_wide(x)).sum(axes, keepdims=bool(keep_dims))
    return np.asarray(np.sqrt(squares), dtype=x.dtype)


def layer_norm(x: Array, axes: tuple[int, ...], gamma: Array, beta: Array, epsilon: Array) -> Array:
    """``gamma * (x - mean) / sqrt(variance + epsilon) + beta`` over the last axes."""
    over = tuple(axis % x.ndim for axis in axes)
    if over != tuple(range(x.ndim - len(over), x.ndim)):
        raise ArtifactError(f"its program normalises axes {over}, which are not the last ones")
    wide = _wide(x)
    centred = wide - wide.mean(over, keepdims=True)
    variance = np.square(centred).mean(over, keepdims=True)
    scaled = centred / np.sqrt(variance + _wide(epsilon))
    return np.asarray(scaled * _wide(gamma) + _wide(beta), dtype=x.dtype)


def softmax(x: Array, axis: Array) -> Array:
    """``exp(x)`` as shares of their sum along an axis."""
    wide = _wide(x)
    powers = np.exp(wide - wide.max(int(axis), keepdims=True))
    return np.asarray(powers / powers.sum(int(axis), keepdims=True), dtype=x.dtype)


def classify(probabilities: Array, classes: tuple[str, ...]) -> tuple[str, dict[str, float]]:
    """The class of the largest probability, and all probabilities by class."""
    flat = probabilities.reshape(-1)
    if len(flat) != len(classes):
        raise ArtifactError(f"its program has {len(classes)} classes for {len(flat)} probabilities")
    return classes[int(flat.argmax())], dict(zip(classes, flat.tolist(), strict=True))
