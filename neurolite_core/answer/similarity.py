"""What a cosine similarity of text vectors means: how likely a text belongs to a label of which examples are known.

Vectors alone have no threshold: 0.6 is near for one encoder and far for another. It is measured, once for each encoder
and length of its vectors, on labelled texts that it did not learn, and travels in the metadata.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

FEWEST_ROWS: Final = 10  # with fewer, a threshold would be that of a text or two
_MOST_ROWS: Final = 4_000  # that are asked; all are in the means
_SMALLEST: Final = 1e-12
_STEPS: Final = 100
_LEAST_STEP: Final = 1e-10
_DAMPING: Final = 1e-9
_DIGITS: Final = 6
_SHARPEST: Final = 1e4


@dataclass(frozen=True, slots=True)
class Similarity:
    """How to read cosines of vectors cut to their first ``dimension`` numbers and brought to length 1 again.

    Attributes:
        dimension: D, the length of the vectors.
        scale, offset: in_scope = 1 / (1 + exp(-(scale * cosine + offset))), of the cosine with the nearest prototype:
            how likely the text has any of the labels; scale is above 0.
        sharpness: softmax(sharpness * cosines) are the labels' scores; above 0.
        threshold: a text whose in_scope is below it better gets no answer; from 0 up to, not including, 1.
    """

    dimension: int
    scale: float
    offset: float
    sharpness: float
    threshold: float

    def in_scope(self, cosines: Floats) -> NDArray[np.float64]:
        """float64 from 0 to 1, in the shape of the cosines."""
        found: NDArray[np.float64] = _sigmoid(
            self.scale * np.asarray(cosines, np.float64) + self.offset
        )
        return found


def is_similarity(value: object) -> bool:
    """Whether a JSON value from anywhere is one that can be."""
    names = {item.name for item in fields(Similarity)}
    if not isinstance(value, Mapping) or value.keys() != names:
        return False
    dimension, *numbers = (value[item.name] for item in fields(Similarity))
    if isinstance(dimension, bool) or not isinstance(dimension, int):
        return False
    if not all(isinstance(x, int | float) and not isinstance(x, bool) for x in numbers):
        return False
    scale, offset, sharpness, threshold = numbers
    return (
        1 <= dimension < 2**31
        and 0 < scale <= _SHARPEST
        and abs(offset) <= _SHARPEST
        and 0 < sharpness <= _SHARPEST
        and 0 <= threshold < 1
    )


def cut(vectors: Floats, dimension: int) -> NDArray[np.float32]:
    """The first ``dimension`` numbers of vectors [N, E], of length 1 again, float32 [N, D]; zero vectors stay so."""
    short = np.asarray(vectors, np.float32)[:, :dimension]
    lengths = np.sqrt(np.square(short, dtype=np.float64).sum(axis=1, keepdims=True))
    found: NDArray[np.float32] = (short / np.maximum(lengths, _SMALLEST)).astype(np.float32)
    return found


def fit_similarity(
    vectors: Floats, label_ids: NDArray[np.integer], dimension: int
) -> Similarity | None:
    """Measures what cosines mean, leaving each text out in turn.

    A text is asked twice: against the means of all labels, its own without it, as one that has a label; and against
    the other labels alone, as one that has none. Both are told apart by Platt's fit (Platt 1999, "Probabilistic
    Outputs for Support Vector Machines", with his targets, so that separable texts give no infinite scale).

    Args:
        vectors: float [N, E], E at least ``dimension``.
        label_ids: int [N], from 0.
        dimension: D, to which vectors are cut.

    Returns:
        None where there are too few: fewer than ``FEWEST_ROWS`` texts whose label has another text, or fewer than two
        labels; or where similar texts are no likelier to share a label.
    """
    inside, outside, own, others = _left_out(cut(vectors, dimension), label_ids)
    if len(inside) < FEWEST_ROWS:
        return None
    scale, offset = _platt(inside, outside)
    if not _LEAST_STEP < scale <= _SHARPEST or abs(offset) > _SHARPEST:
        return None
    border = _border(inside, outside)
    found = Similarity(
        dimension=dimension,
        scale=round(scale, _DIGITS),
        offset=round(offset, _DIGITS),
        sharpness=round(_sharpness(own, others), _DIGITS),
        threshold=min(
            round(float(_sigmoid(np.array(scale * border + offset))), _DIGITS), 1 - 1e-6
        ),
    )
    return found if is_similarity({f.name: getattr(found, f.name) for f in fields(found)}) else None


def _left_out(
    units: NDArray[np.float32], label_ids: NDArray[np.integer]
) -> tuple[NDArray[np.float64], ...]:
    """Best cosines of texts with their label among the labels and without it; with their own; with all [n, C]."""
    _, ids, counts = np.unique(label_ids, return_inverse=True, return_counts=True)
    if len(counts) < 2:
        return (np.zeros(0), np.zeros(0), np.zeros(0), np.zeros((0, 1)))
    sums = np.zeros((len(counts), units.shape[1]), np.float64)
    np.add.at(sums, ids, units)
    means = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), _SMALLEST)
    rows = np.arange(0, len(units), max(1, -(-len(units) // _MOST_ROWS)))
    asked, truth = units[rows].astype(np.float64), ids[rows]
    cosines = asked @ means.T
    rest = sums[truth] - asked
    lengths = np.maximum(np.linalg.norm(rest, axis=1), _SMALLEST)
    own = np.einsum("nd,nd->n", asked, rest) / lengths
    cosines[np.arange(len(rows)), truth] = -np.inf
    outside = cosines.max(axis=1)
    cosines[np.arange(len(rows)), truth] = own
    known = counts[truth] > 1
    return cosines[known].max(axis=1), outside, own[known], cosines[known]


def _platt(inside: Floats, outside: Floats) -> tuple[float, float]:
    """Scale and offset by Newton's method; both groups weigh the same."""
    x = np.concatenate([inside, outside])
    high, low = (len(inside) + 1) / (len(inside) + 2), 1 / (len(outside) + 2)
    targets = np.concatenate([np.full(len(inside), high), np.full(len(outside), low)])
    weights = np.concatenate(
        [np.full(len(inside), 0.5 / len(inside)), np.full(len(outside), 0.5 / len(outside))]
    )
    design = np.stack([x, np.ones_like(x)], axis=1)
    found = np.zeros(2)
    loss = _platt_loss(design @ found, targets, weights)
    for _ in range(_STEPS):
        p = _sigmoid(design @ found)
        gradient = design.T @ (weights * (p - targets))
        curvature = (design * (weights * p * (1 - p))[:, None]).T @ design
        step = np.linalg.solve(curvature + _DAMPING * np.eye(2), gradient)
        share = 1.0
        while (
            new := _platt_loss(design @ (found - share * step), targets, weights)
        ) > loss and share > _LEAST_STEP:
            share /= 2
        found, loss = found - share * step, new
        if np.abs(share * step).max() < _LEAST_STEP:
            break
    return float(found[0]), float(found[1])


def _platt_loss(z: Floats, targets: Floats, weights: Floats) -> float:
    return float((weights * (np.logaddexp(0.0, z) - targets * z)).sum())


def _border(inside: Floats, outside: Floats) -> float:
    """The cosine between two that occur with the best mean of insiders kept and outsiders refused."""
    values = np.unique(np.concatenate([inside, outside]))
    kept = 1 - np.searchsorted(np.sort(inside), values, side="left") / len(inside)
    refused = np.searchsorted(np.sort(outside), values, side="left") / len(outside)
    best = int(np.argmax(kept + refused))  # of equals the lowest, which answers more
    return float((values[best - 1] + values[best]) / 2) if best else float(values[0])


def _sharpness(own: Floats, cosines: Floats) -> float:
    """The factor whose softmax gives the true labels the highest likelihood; golden section on its logarithm."""

    def loss(power: float) -> float:
        z = math.exp(power) * cosines
        top = z.max(axis=1)
        sums = np.log(np.exp(z - top[:, None]).sum(axis=1)) + top
        return float((sums - math.exp(power) * own).mean())

    low, high = 0.0, math.log(1e3)
    ratio = (math.sqrt(5) - 1) / 2
    while high - low > 1e-4:
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if loss(left) <= loss(right):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)


def _sigmoid(z: Floats) -> NDArray[np.float64]:
    powers = np.exp(-np.abs(z))
    found: NDArray[np.float64] = np.where(z >= 0, 1.0, powers) / (1 + powers)
    return found
