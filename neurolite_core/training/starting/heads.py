"""A classifier's head that is solved for, on the vectors of a network that stays.

Regularised logistic regression has one minimum, so nothing depends on a seed or a learning rate, and few rows are
enough. How strongly the weights are held small is tried from strong to weak, each from the one before; a search ends
after 500 steps, which is before the minimum only where the weights are hardly held at all, or after fewer with many
rows. L-BFGS (Nocedal and Wright 2006, "Numerical Optimization", section 7.2). With one label a text, shrunk means
(``means.py``) are tried beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurolite_core.answer.tasks import CLASSIFICATION
from neurolite_core.evaluation.calibration import fit_temperature
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.training.fitting.objectives import OBJECTIVES, Truths
from neurolite_core.training.fitting.predict import text_vectors
from neurolite_core.training.fitting.task import Task
from neurolite_core.training.starting.means import SHRINKAGES, shrunk_means

# Weights of a prior around zero, in rows: large ones make every label's direction its mean.
PENALTIES: Final = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
STEPS: Final = 500
_FEWEST_STEPS: Final = 20
_MOST_PRODUCTS: Final = 10**11  # of all searches: some ten seconds of a core
_SMALL_CHANGE: Final = 1e-12
_SMALL_SLOPE: Final = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A linear head, and how it was solved for.

    Attributes:
        name: of the way, equal for equal ways on other rows.
        weight: float64 [C, D].
        bias: float64 [C].
        sized: whether its logits are as sure as the rows allow; those of means are far too sure.
    """

    name: str
    weight: NDArray[np.float64]
    bias: NDArray[np.float64]
    sized: bool = True

    def logits(self, vectors: NDArray[np.floating]) -> NDArray[np.float32]:
        """float32 [N, C] of vectors [N, D]."""
        found: NDArray[np.float32] = (vectors @ self.weight.T + self.bias).astype(np.float32)
        return found

    def scaled(self, temperature: float) -> Head:
        """The same with its logits divided."""
        return replace(self, weight=self.weight / temperature, bias=self.bias / temperature)

    @torch.no_grad()
    def put_into(self, network: NeuroLiteForClassification) -> None:
        """Gives it to a network, in place."""
        network.head.linear.weight.copy_(torch.from_numpy(self.weight))
        network.head.linear.bias.copy_(torch.from_numpy(self.bias))


def solve_heads(
    task: str,
    vectors: NDArray[np.floating],
    truths: Truths,
    labels: int,
    *,
    steps: int | None = None,
) -> Iterator[Head]:
    """Every head that is tried, solved for when it is asked for.

    Args:
        task: key of ``OBJECTIVES``.
        vectors: of the labelled rows, [N, D].
        truths: of them, as the objective has them.
        labels: C.
        steps: after which a search ends; None for ``affordable_steps``.
    """
    if steps is None:
        rows, size = vectors.shape
        steps = affordable_steps(rows, size, labels)
    # In float32 the search ends at its noise, far from the minimum where the penalty is small.
    inputs = torch.from_numpy(vectors).double()
    expected = torch.from_numpy(truths)
    expected = expected.double() if expected.is_floating_point() else expected
    start = (inputs.new_zeros((labels, inputs.shape[1])), inputs.new_zeros(labels))
    for penalty in PENALTIES[::-1]:
        start = _solved(OBJECTIVES[task].loss, inputs, expected, penalty, start, steps)
        weight, bias = (part.numpy() for part in start)
        yield Head(f"logistic regression, penalty {penalty:g}", weight, bias)
    if task == CLASSIFICATION:
        for shrinkage in SHRINKAGES:
            weight, bias = shrunk_means(vectors, truths, labels, shrinkage)
            yield Head(f"means, shrunk by {shrinkage:g} rows", weight, bias, sized=False)


def affordable_steps(rows: int, size: int, labels: int) -> int:
    """Steps of a search, 20 to 500: fewer with many rows, which would take an hour and train on from there anyway.

    Args:
        rows: N.
        size: D.
        labels: C.
    """
    products = 6 * rows * size * labels * len(PENALTIES)
    return int(min(STEPS, max(_FEWEST_STEPS, _MOST_PRODUCTS // products)))


def solve_head(
    task: str,
    vectors: NDArray[np.float32],
    truths: Truths,
    labels: int,
    penalty: float,
    steps: int,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights float32 [C, D] and biases [C] of one logistic regression; float32 throughout, for many rows.

    Args:
        task: key of ``OBJECTIVES``.
        vectors: of the labelled rows, [N, D].
        truths: of them, as the objective has them.
        labels: C.
        penalty: of ``PENALTIES``'s kind.
        steps: after which the search ends.
    """
    inputs = torch.from_numpy(vectors)
    start = inputs.new_zeros((labels, inputs.shape[1])), inputs.new_zeros(labels)
    expected = torch.from_numpy(truths)
    weight, bias = _solved(OBJECTIVES[task].loss, inputs, expected, penalty, start, steps)
    return weight.numpy(), bias.numpy()


def ways_of(task: str) -> int:
    """How many heads ``solve_heads`` gives."""
    return len(PENALTIES) + (len(SHRINKAGES) if task == CLASSIFICATION else 0)


def merit(
    task: str, logits: NDArray[np.float32], truths: Truths
) -> tuple[tuple[float, float], float]:
    """How good answers are, to be compared, and the temperature that suits them.

    Of equally many right ones those are better that, at their temperature, are the surer.
    """
    objective = OBJECTIVES[task]
    temperature = fit_temperature(logits, truths) if task == CLASSIFICATION else 1.0
    loss = objective.validation_loss(logits / np.float32(temperature), truths)
    return (objective.score(logits, truths), -loss), temperature


def fit_head(task: Task, report: Callable[[float], None]) -> float:
    """Fits the head in place to the labelled rows, the rest of the network as it is.

    Args:
        task: its network is a classifier; its validation rows choose the head.
        report: told how far it is.

    Returns:
        The validation score.
    """
    network = task.network
    assert isinstance(network, NeuroLiteForClassification)  # noqa: S101  # what classifiers' tasks have
    part, held = task.parts[0], task.validation
    device = network.head.linear.weight.device
    inputs = text_vectors(network, part.store, part.rows, device)
    truths = task.objective.truths(part.store, part.rows, task.width)
    unseen = text_vectors(network, held.store, held.rows, device)
    expected = held.truths(task.width)
    best: tuple[float, float] | None = None
    for number, head in enumerate(solve_heads(network.task, inputs, truths, task.width)):
        found, temperature = merit(network.task, head.logits(unseen), expected)
        if best is None or found > best:
            best = found
            (head if head.sized else head.scaled(temperature)).put_into(network)
        report((number + 1) / ways_of(network.task))
    assert best is not None  # noqa: S101  # there are penalties
    return best[0]


def _solved(
    loss: Callable[..., Tensor],
    inputs: Tensor,
    truths: Tensor,
    penalty: float,
    start: tuple[Tensor, Tensor],
    steps: int,
) -> tuple[Tensor, Tensor]:
    """Weights (C, D) and biases (C) of the least mean loss plus penalty / (2 N) times the squared weights."""
    weight, bias = (value.clone().requires_grad_() for value in start)
    optimizer = torch.optim.LBFGS(
        [weight, bias],
        max_iter=steps,
        max_eval=2 * steps,
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
