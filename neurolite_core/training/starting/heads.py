"""A classifier's head by a convex solver: regularised logistic regression on the vectors of a network that stays.

The minimum is the only one, so nothing depends on a seed or a learning rate, and few rows are enough. How strongly the
weights are held small is chosen on validation rows, from strong to weak, each from the one before; a search ends after
500 steps, which is before the minimum only where the weights are hardly held at all. L-BFGS (Nocedal and Wright 2006,
"Numerical Optimization", section 7.2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor

from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.training.fitting.loop import Task
from neurolite_core.training.fitting.predict import text_vectors

# Weights of a prior around zero, in rows: large ones make every label's direction its mean.
PENALTIES: Final = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
_STEPS: Final = 500
_SMALL_CHANGE: Final = 1e-12
_SMALL_SLOPE: Final = 1e-7


def fit_head(task: Task, report: Callable[[float], None]) -> float:
    """Fits the head in place to the labelled rows, the rest of the network as it is.

    Args:
        task: its network is a classifier; its validation rows choose the penalty.
        report: told how far it is.

    Returns:
        The validation score.
    """
    network, objective = task.network, task.objective
    assert isinstance(network, NeuroLiteForClassification)  # noqa: S101  # what classifiers' tasks have
    part, held = task.parts[0], task.validation
    device = network.head.linear.weight.device
    # In float32 the search ends at its noise, far from the minimum where the penalty is small.
    inputs = torch.from_numpy(text_vectors(network, part.store, part.rows, device)).double()
    truths = torch.from_numpy(objective.truths(part.store, part.rows, task.width))
    truths = truths.double() if truths.is_floating_point() else truths
    unseen = text_vectors(network, held.store, held.rows, device)
    expected = held.truths(task.width)
    best: tuple[float, float] | None = None
    start = _zeros(network)
    for number, penalty in enumerate(PENALTIES[::-1]):
        start = _solved(objective.loss, inputs, truths, penalty, start)
        weight, bias = (value.float().numpy() for value in start)
        logits = unseen @ weight.T + bias
        # Of equally many right ones the surer.
        found = (objective.score(logits, expected), -objective.validation_loss(logits, expected))
        if best is None or found > best:
            best = found
            with torch.no_grad():
                network.head.linear.weight.copy_(start[0])
                network.head.linear.bias.copy_(start[1])
        report((number + 1) / len(PENALTIES))
    assert best is not None  # noqa: S101  # there are penalties
    return best[0]


def _zeros(network: NeuroLiteForClassification) -> tuple[Tensor, Tensor]:
    shape = network.head.linear.weight.shape
    return torch.zeros(shape, dtype=torch.float64), torch.zeros(shape[0], dtype=torch.float64)


def _solved(
    loss: Callable[..., Tensor],
    inputs: Tensor,
    truths: Tensor,
    penalty: float,
    start: tuple[Tensor, Tensor],
) -> tuple[Tensor, Tensor]:
    """Weights (C, D) and biases (C) of the least mean loss plus penalty / (2 N) times the squared weights."""
    weight, bias = (value.clone().requires_grad_() for value in start)
    optimizer = torch.optim.LBFGS(
        [weight, bias],
        max_iter=_STEPS,
        max_eval=2 * _STEPS,
        tolerance_grad=_SMALL_SLOPE,
        tolerance_change=_SMALL_CHANGE,
        history_size=10,
        line_search_fn="strong_wolfe",
    )
    nothing = inputs.new_zeros(len(inputs), len(bias)), inputs.new_zeros(len(inputs))

    def closure() -> Tensor:
        optimizer.zero_grad()
        value = loss(inputs @ weight.T + bias, truths, *nothing)
        value = value + penalty / (2 * len(inputs)) * weight.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    return weight.detach(), bias.detach()
