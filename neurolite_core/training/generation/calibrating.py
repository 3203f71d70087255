"""How sure a generator is, set by words that it did not learn: two factors of its logits, which its head then carries.

A network that learned its texts many times over is too sure of its answers, on other texts more than on its own.
Temperature scaling (Guo et al. 2017, arXiv:1706.04599) divides all logits by one number that makes held texts most
probable. Here what the words before say and what an entry has by itself, the bias, have a factor each. The nats are
convex in both, so that a few steps of Newton's method find the least.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from neurolite_core.network.heads import EntryHead
from neurolite_core.network.model import NeuroLiteForGeneration
from neurolite_core.training.generation.task import asked_vectors
from neurolite_core.training.generation.tokens import Tokens

FEWEST_WORDS: Final = 500  # that two factors are found by
MOST_WORDS: Final = 32_768
_LEAST, _MOST = 0.25, 4.0  # what either factor may be
_STEPS: Final = 20
_HALVINGS: Final = 8
_CLOSE: Final = 1e-6  # nats a word
_AT_ONCE: Final = 1_024
_STEADY: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was found.

    Attributes:
        context: the factor of what the words before say.
        bias: the factor of the entries' biases.
        words: by which they were found.
        before, after: perplexity on those words.
    """

    context: float
    bias: float
    words: int
    before: float
    after: float


@dataclass(frozen=True, slots=True, eq=False)
class _Point:
    """Nats a word of two factors, float64: their value, gradient [2] and curvature [2, 2]."""

    nats: float
    gradient: NDArray[np.float64]
    curvature: NDArray[np.float64]


@torch.no_grad()
def calibrate(
    network: NeuroLiteForGeneration, tokens: Tokens, rows: NDArray[np.int64], device: torch.device
) -> Calibration | None:
    """Multiplies the head's weights by the factors that make some windows most probable, in place.

    Args:
        network: on ``device``, its head not tied.
        tokens: of windows that it did not learn.
        rows: int64 [R], at least one, of which some are taken evenly, with about ``MOST_WORDS`` words.
        device: where the network is.

    Returns:
        What was found; None, and a network as it was, where fewer than ``FEWEST_WORDS`` are asked for, or nothing is
        better than what it has.
    """
    vectors, wanted = _some(network, tokens, rows, device)
    if len(wanted) < FEWEST_WORDS:
        return None
    head = network.head
    factors = np.ones(2)
    first = here = _nats(head, vectors, wanted, factors)
    for _ in range(_STEPS):
        found = _better(head, vectors, wanted, factors, here)
        if found is None:
            break
        gained = here.nats - found[1].nats
        factors, here = found
        if gained < _CLOSE:
            break
    if here.nats >= first.nats:
        return None
    context, bias = factors.tolist()
    head.entries.weight.mul_(context)
    head.entries.bias.mul_(bias)
    return Calibration(context, bias, len(wanted), math.exp(first.nats), math.exp(here.nats))


def _some(
    network: NeuroLiteForGeneration, tokens: Tokens, rows: NDArray[np.int64], device: torch.device
) -> tuple[Tensor, Tensor]:
    """Of asked words the vectors before the last product, float32 (A, D), and their entries int64 (A)."""
    sizes = tokens.bounds[rows + 1] - tokens.bounds[rows]
    evenly = rows[:: max(1, -(-int(sizes.sum()) // MOST_WORDS))]
    found = [
        (network.head.narrow(vectors), wanted)
        for vectors, wanted in asked_vectors(network, tokens, evenly, device)
    ]
    return torch.cat([vectors for vectors, _ in found]), torch.cat([wanted for _, wanted in found])


def _better(
    head: EntryHead,
    vectors: Tensor,
    wanted: Tensor,
    factors: NDArray[np.float64],
    here: _Point,
) -> tuple[NDArray[np.float64], _Point] | None:
    """Factors a step further, by as much of Newton's step as is better; None where none of it is."""
    step = -np.linalg.solve(here.curvature + _STEADY * np.eye(2), here.gradient)
    for _ in range(_HALVINGS):
        tried = np.clip(factors + step, _LEAST, _MOST)
        there = _nats(head, vectors, wanted, tried)
        if there.nats < here.nats:
            return tried, there
        step = step / 2
    return None


def _nats(head: EntryHead, vectors: Tensor, wanted: Tensor, factors: NDArray[np.float64]) -> _Point:
    """Logits are linear in the factors: the gradient is a mean of them, and the curvature their covariance."""
    context, own = factors.tolist()
    nats, gradient, curvature = 0.0, np.zeros(2), np.zeros((2, 2))
    bias = head.entries.bias
    for start in range(0, len(wanted), _AT_ONCE):
        said = functional.linear(vectors[start : start + _AT_ONCE], head.entries.weight)
        right = wanted[start : start + _AT_ONCE, None]
        logs = (context * said + own * bias).log_softmax(dim=1)
        shares = logs.exp()
        mean_said, mean_bias = (shares * said).sum(dim=1), shares @ bias
        nats -= float(logs.gather(1, right).sum())
        gradient[0] += float((mean_said - said.gather(1, right)[:, 0]).sum())
        gradient[1] += float((mean_bias - bias[right[:, 0]]).sum())
        both = (shares * said) @ bias - mean_said * mean_bias
        curvature[0, 0] += float(((shares * said.square()).sum(dim=1) - mean_said.square()).sum())
        curvature[1, 1] += float((shares @ bias.square() - mean_bias.square()).sum())
        curvature[0, 1] += float(both.sum())
    curvature[1, 0] = curvature[0, 1]
    words = len(wanted)
    return _Point(nats / words, gradient / words, curvature / words)
