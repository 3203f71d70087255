"""Operations on shapes and positions, as MIL's documentation of opset CoreML7 defines them."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.ground.errors import ArtifactError

Array = NDArray[Any]
_MOST_ELEMENTS: Final = 2**26
Positions = Array | tuple[Any, ...]  # sizes, axes and masks: constants come as tuples


def _limited(sizes: list[Any]) -> list[Any]:
    """Sizes of a tensor that no input bounds."""
    if math.prod(sizes) > _MOST_ELEMENTS:
        raise ArtifactError(f"its program makes a tensor of shape {sizes}")
    return sizes


def _list(positions: Positions) -> list[Any]:
    return list(positions) if isinstance(positions, tuple) else positions.tolist()


def shape(x: Array) -> Array:
    """Sizes of ``x``, int32 [rank]."""
    return np.array(x.shape, np.int32)


def reshape(x: Array, shape: Positions) -> Array:
    """The same values in another shape; one size may be -1. 0 for "as it was" is not read."""
    sizes = _list(shape)
    if 0 in sizes:
        raise ArtifactError(
            "its program reshapes to a size of 0, which the reference does not read"
        )
    return x.reshape(sizes)


def expand_dims(x: Array, axes: Positions) -> Array:
    """New axes of size 1, at these positions of the result."""
    rank = x.ndim + len(axes)
    new = {axis % rank for axis in _list(axes)}
    sizes = iter(x.shape)
    return x.reshape([1 if axis in new else next(sizes) for axis in range(rank)])


def squeeze(x: Array, axes: Positions) -> Array:
    """Drops these axes where their size is 1; other sizes stay."""
    wanted = [axis % x.ndim for axis in _list(axes)]
    return np.squeeze(x, tuple(axis for axis in wanted if x.shape[axis] == 1))


def transpose(x: Array, perm: Positions) -> Array:
    """Axes in another order."""
    return x.transpose(_list(perm))


def concat(values: list[Array], axis: Array, interleave: Array) -> Array:
    """One after the other along an axis; scalars become a vector."""
    if interleave:
        raise ArtifactError("its program interleaves, which the reference does not read")
    return np.concatenate([np.atleast_1d(value) for value in values], int(axis))


def stack(values: list[Array], axis: Array) -> Array:
    """Joined along a new axis."""
    return np.stack(values, int(axis))


def slice_by_index(
    x: Array,
    begin: Positions,
    end: Positions,
    stride: Positions | None = None,
    begin_mask: Positions | None = None,
    end_mask: Positions | None = None,
    squeeze_mask: Positions | None = None,
) -> Array:
    """``x[begin:end:stride]`` of every axis.

    A mask of ``begin`` or ``end`` takes the axis from its start or to its end, one of ``squeeze``
    takes only ``begin`` and drops the axis; negative numbers count from the end.
    """
    no = [False] * x.ndim
    masks = [no if mask is None else _list(mask) for mask in (begin_mask, end_mask, squeeze_mask)]
    strides = [1] * x.ndim if stride is None else _list(stride)
    if min(strides, default=1) <= 0:
        raise ArtifactError(f"its program slices with strides of {strides}")
    index: list[slice | int] = []
    rows = zip(_list(begin), _list(end), strides, *masks, x.shape, strict=True)
    for first, last, step, from_start, to_end, drop, size in rows:
        if not drop:
            index.append(slice(None if from_start else first, None if to_end else last, step))
        elif -size <= first < size:
            index.append(first)
        else:
            raise ArtifactError(f"its program takes element {first} of {size}")
    taken: Array = x[tuple(index)]
    return taken


def pad(x: Array, pad: Positions, mode: str, constant_val: Array) -> Array:
    """Elements before and after each of the last axes, in pairs; constant mode only."""
    if mode != "constant":
        raise ArtifactError(f"its program pads in mode {mode!r}, which the reference does not read")
    numbers = _list(pad)
    untouched = x.ndim - len(numbers) // 2
    if len(numbers) % 2 or untouched < 0 or min(numbers, default=0) < 0:
        raise ArtifactError(f"its program pads {x.ndim} axes by {numbers}")
    before = [0] * untouched + numbers[0::2]
    after = [0] * untouched + numbers[1::2]
    rows = list(zip(before, x.shape, after, strict=True))
    padded = np.empty(_limited([first + size + last for first, size, last in rows]), x.dtype)
    padded.fill(constant_val)
    padded[tuple([slice(first, first + size) for first, size, _ in rows])] = x
    return padded


def gather(
    x: Array,
    indices: Array,
    axis: Array,
    batch_dims: Array,
    validate_indices: Array,  # noqa: ARG001
) -> Array:
    """Entries of ``x`` along an axis: ``x.shape[:axis] + indices.shape + x.shape[axis + 1:]``.

    Since opset CoreML7 an index that is negative or too large is outside, with undefined results;
    here it is refused, whatever ``validate_indices`` says.
    """
    if batch_dims:
        raise ArtifactError(
            "its program gathers with batch axes, which the reference does not read"
        )
    place = int(axis)
    if indices.size and not 0 <= indices.min() <= indices.max() < x.shape[place]:
        raise ArtifactError(
            f"its program gathers entries {indices.min()} to {indices.max()} of {x.shape[place]}"
        )
    return x.take(indices, place)


def range_1d(end: Array, start: Array, step: Array) -> Array:
    """``start``, ``start + step``, ... below ``end``."""
    if not step:
        raise ArtifactError("its program counts in steps of 0")
    _limited([abs(int((end.item() - start.item()) / step.item()))])
    return np.asarray(np.arange(start.item(), end.item(), step.item(), dtype=end.dtype))


def fill(shape: Positions, value: Array) -> Array:
    """A tensor of one value."""
    return np.full(_limited(_list(shape)), value, value.dtype)


def band_part(x: Array, lower: Array, upper: Array) -> Array:
    """Zero outside a band around the diagonal of the last two axes; a negative width keeps all."""
    rows, columns = np.arange(x.shape[-2])[:, None], np.arange(x.shape[-1])
    inside = np.ones((x.shape[-2], x.shape[-1]), np.bool_)
    if lower >= 0:
        inside &= rows - columns <= lower
    if upper >= 0:
        inside &= columns - rows <= upper
    return np.asarray(x * inside.astype(x.dtype))
