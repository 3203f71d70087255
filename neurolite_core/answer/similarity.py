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
_Groups = tuple[Floats, NDArray[np.integer], NDArray[np.integer]]  # sums, counts, labels

FEWEST_ROWS: Final = 10  # with fewer, a threshold would be that of a text or two
COVERAGE: Final = 0.9  # of the texts that have a label
_MOST_ROWS: Final = 4_000  # that are asked; all are in the means
_SMALLEST: Final = 1e-12
_STEPS: Final = 100
_LEAST_STEP: Final = 1e-10
_LEAST_DIFFERENCE: Final = 1e-6
_DAMPING: Final = 1e-9
_DIGITS: Final = 6
_SHARPEST: Final = 1e4


@dataclass(frozen=True, slots=True)
class Similarity:
    """How to read cosines of vectors cut to their first ``dimension`` numbers and brought to length 1 again.

    Attributes:
        dimension: D, the length of the vectors.
        agreement: the mean cosine of two texts of one label, above 0, at most 1. A mean of n texts lies nearer to
            other texts the more they are, friends or strangers: by 1 / sqrt(agreement + (1 - agreement) / n).
            ``steadied`` cosines have that taken out.
        scale, offset: in_scope = 1 / (1 + exp(-(scale * x + offset))), of the highest steadied cosine x: how likely the
            text has any of the labels; scale is above 0.
        sharpness: softmax(sharpness * steadied cosines) are the labels' scores; above 0.
        threshold: a text whose in_scope is below it better gets no answer; from 0 up to, not including, 1.
    """

    dimension: int
    agreement: float
    scale: float
    offset: float
    sharpness: float
    threshold: float

    def steadied(self, cosines: Floats, counts: Floats) -> NDArray[np.float64]:
        """Cosines [N, P] with P prototypes, as if each were the mean of one text.

        Args:
            cosines: float [N, P].
            counts: float [P], from 1: of how many texts each prototype is the mean.
        """
        return steadied(cosines, counts, self.agreement)

    def in_scope(self, steady: Floats) -> NDArray[np.float64]:
        """float64 from 0 to 1, in the shape of the steadied cosines."""
        return _sigmoid(self.scale * np.asarray(steady, np.float64) + self.offset)


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
    agreement, scale, offset, sharpness, threshold = numbers
    return (
        1 <= dimension < 2**31
        and 0 < agreement <= 1
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


def steadied(
    cosines: Floats, counts: Floats | NDArray[np.integer], agreement: float
) -> NDArray[np.float64]:
    """See ``Similarity.steadied``; an agreement of 1 changes nothing."""
    found: NDArray[np.float64] = np.asarray(cosines, np.float64) * np.sqrt(
        agreement + (1 - agreement) / np.maximum(counts, 1)
    )
    return found


def fit_similarity(
    vectors: Floats,
    label_ids: NDArray[np.integer],
    dimension: int,
    *,
    groups: NDArray[np.integer] | None = None,
    most_rows: int = _MOST_ROWS,
    coverage: float = COVERAGE,
) -> Similarity | None:
    """Measures what cosines mean, leaving each text out in turn.

    A text is asked twice: against the means of all labels, its own without it, as one that has a label; and against
    the other labels alone, as one that has none. Both are told apart by Platt's fit (Platt 1999, "Probabilistic
    Outputs for Support Vector Machines", with his targets, so that separable texts give no infinite scale). The
    threshold is the best at that which still answers ``coverage`` of the texts that have a label: other labels of one
    set are nearer to each other than what people else say.

    Args:
        vectors: float [N, E], E at least ``dimension``.
        label_ids: int [N], from 0.
        dimension: D, to which vectors are cut.
        groups: int [N], which prototype of its label each text is of; None for one prototype a label.
        most_rows: texts that are asked, evenly chosen; all are in the means.
        coverage: share of the texts with a label that are answered at least.

    Returns:
        None where there are too few: fewer than ``FEWEST_ROWS`` texts whose label has another text, or fewer than two
        labels; or where similar texts are no likelier to share a label.
    """
    units = cut(vectors, dimension).astype(np.float64)
    own_group = label_ids if groups is None else groups
    _, first, ids, counts = np.unique(
        own_group, return_index=True, return_inverse=True, return_counts=True
    )
    owners = label_ids[first]
    if len(np.unique(owners)) < 2 or counts[counts > 1].sum() < FEWEST_ROWS:
        return None
    sums = np.zeros((len(counts), dimension))
    np.add.at(sums, ids, units)
    agreement = _agreement(sums, counts)
    if not _LEAST_STEP < agreement <= 1:
        return None
    inside, outside, own, others = _left_out(
        units, ids, (sums, counts, owners), agreement, most_rows
    )
    if inside.mean() - outside.mean() <= _LEAST_DIFFERENCE:
        return None
    scale, offset = _platt(inside, outside)
    if not _LEAST_STEP < scale <= _SHARPEST or abs(offset) > _SHARPEST:
        return None
    border = min(_border(inside, outside), float(np.quantile(inside, 1 - coverage)))
    found = Similarity(
        dimension=dimension,
        agreement=round(agreement, _DIGITS),
        scale=round(scale, _DIGITS),
        offset=round(offset, _DIGITS),
        sharpness=round(fit_sharpness(own, others), _DIGITS),
        threshold=min(round(float(_sigmoid(np.array(scale * border + offset))), _DIGITS), 1 - 1e-6),
    )
    return found if is_similarity({f.name: getattr(found, f.name) for f in fields(found)}) else None


def _agreement(sums: Floats, counts: NDArray[np.integer]) -> float:
    """Mean cosine over all pairs of texts of one label."""
    pairs = float((counts * (counts - 1)).sum())
    return float((np.square(sums).sum() - counts.sum()) / pairs)


def _left_out(
    units: Floats, ids: NDArray[np.integer], groups: _Groups, rho: float, most_rows: int
) -> tuple[NDArray[np.float64], ...]:
    """Steadied cosines: of texts with their label the best [n]; without it the best [N]; their own [n]; all [n, C]."""
    sums, counts, owners = groups
    means = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), _SMALLEST)
    rows = np.arange(0, len(units), max(1, -(-len(units) // most_rows)))
    asked, truth, places = units[rows], ids[rows], np.arange(len(rows))
    found = steadied(asked @ means.T, counts, rho)
    rest = sums[truth] - asked
    cosines = (asked * rest).sum(axis=1) / np.maximum(np.linalg.norm(rest, axis=1), _SMALLEST)
    own = steadied(cosines, counts[truth] - 1, rho)
    known = counts[truth] > 1
    found[places, truth] = np.where(known, own, -np.inf)
    outside = np.where(owners[None] == owners[truth][:, None], -np.inf, found).max(axis=1)
    return found[known].max(axis=1), outside, own[known], found[known]


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


def fit_sharpness(own: Floats, scores: Floats) -> float:
    """The factor, at most 1,000, whose softmax gives the true labels the highest likelihood.

    By golden section on its logarithm; the reciprocal of the temperature of Guo et al. 2017, arXiv:1706.04599.

    Args:
        own: float [n], the true labels' scores.
        scores: float [n, C], of all labels.
    """

    def loss(power: float) -> float:
        z = math.exp(power) * scores
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
