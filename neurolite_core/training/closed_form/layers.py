"""What a transformer's hidden layers say of words, made ready for a reservoir's layers to reproduce; numpy alone.

Every value of a layer is standardised over the words, a third of its number of deviations, cut off at -1 and 1. A
reservoir has fewer channels than a transformer: it learns the principal components of the last layer's values, and
those of the other layers along the same directions, as each layer of a transformer adds to the one before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_DEVIATIONS: Final = 3.0  # that are 1
_SMALLEST: Final = 1e-6  # a deviation below it is that of a value that never changes
_PART: Final = 20_000


class Kept(Protocol):
    """Vectors in a file, as ``teaching.kept_logits.KeptLogits``."""

    @property
    def shape(self) -> tuple[int, int]:
        """Words, and numbers of each."""

    def between(self, first: int, behind: int) -> NDArray[np.float16]:
        """Those of some words."""


@dataclass(frozen=True, slots=True, eq=False)
class LayerLessons:
    """What each block is to say of each of W words.

    Attributes:
        name: of the teacher.
        layers: of the transformer, by block.
        targets: float32 [W, T] by block, components of standardised values, around 0.
        varied: by block, the sum of squares of all its standardised values around their means.
    """

    name: str
    layers: tuple[int, ...]
    targets: tuple[Floats, ...]
    varied: tuple[float, ...]

    @property
    def width(self) -> int:
        """T."""
        return int(self.targets[0].shape[1])


def layers_of(blocks: int, layers: int) -> tuple[int, ...]:
    """Which hidden layer each block is to reproduce: the last ones, of which the last block has the last.

    Args:
        blocks: of the reservoir.
        layers: M of the transformer, behind its embeddings; the first is 1.
    """
    return tuple(max(1, layers - blocks + 1 + block) for block in range(blocks))


def make_lessons(name: str, kept: Kept, layers: Sequence[int], width: int) -> LayerLessons:
    """The components of layers that were kept beside each other.

    Args:
        name: of the teacher.
        kept: float16 [W, n * D], of the different ones among the layers, in their order.
        layers: by block.
        width: T, at most D.
    """
    different = sorted(set(layers))
    size = kept.shape[1] // len(different)
    found = {
        layer: _Standardised(kept, slice(place * size, (place + 1) * size))
        for place, layer in enumerate(different)
    }
    _, turned = np.linalg.eigh(found[different[-1]].covariance)
    directions = turned[:, ::-1][:, :width]
    targets = {layer: one.along(directions) for layer, one in found.items()}
    return LayerLessons(
        name,
        tuple(layers),
        tuple(targets[layer] for layer in layers),
        tuple(float(np.trace(found[layer].covariance)) for layer in layers),
    )


class _Standardised:
    """One layer's values, read part by part."""

    def __init__(self, kept: Kept, columns: slice) -> None:
        self._kept, self._columns = kept, columns
        count = kept.shape[0]
        self._middle = sum(part.sum(axis=0) for part in self._raw()) / count
        squares = sum(((part - self._middle) ** 2).sum(axis=0) for part in self._raw())
        self._scale = _DEVIATIONS * np.maximum(np.sqrt(squares / count), _SMALLEST)
        self._mean = sum(part.sum(axis=0) for part in self._parts()) / count
        self.covariance = sum((part - self._mean).T @ (part - self._mean) for part in self._parts())

    def along(self, directions: NDArray[np.float64]) -> Floats:
        """Components float32 [W, T] along directions [D, T]."""
        parts = [(part - self._mean) @ directions for part in self._parts()]
        return np.concatenate(parts).astype(np.float32)

    def _parts(self) -> Iterator[NDArray[np.float64]]:
        for part in self._raw():
            yield np.clip((part - self._middle) / self._scale, -1.0, 1.0)

    def _raw(self) -> Iterator[NDArray[np.float64]]:
        for first in range(0, self._kept.shape[0], _PART):
            behind = min(first + _PART, self._kept.shape[0])
            yield self._kept.between(first, behind)[:, self._columns].astype(np.float64)
