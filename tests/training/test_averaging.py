"""Averaged weights: the average of what the steps gave, in the network only while it is asked for."""

import pytest
import torch

from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.training.fitting.averaging import Average
from neurolite_core.training.fitting.task import Task, Validation
from neurolite_core.training.options import TrainingOptions
from training.making_spans import SMALL


def task_of(averaging: float) -> Task:
    torch.manual_seed(0)
    network = NeuroLiteForClassification(SMALL.replace(spans=None))
    nothing: Validation = None  # type: ignore[assignment]  # no row is looked at
    return Task(network, (), nothing, TrainingOptions(), averaging=averaging)


@pytest.mark.parametrize("averaging", [0.5, 0.998])
def test_the_average_is_that_of_the_formula(averaging: float) -> None:
    task = task_of(averaging)
    bias = task.network.get_parameter("head.linear.bias")
    average = Average(task, {})
    expected = bias.detach().double().clone()
    for step in range(1, 40):
        with torch.no_grad():
            bias.add_(torch.tensor([1.0, -0.5]) * step)
        average.update(step)
        kept = min(averaging, (1 + step) / (10 + step))
        expected = kept * expected + (1 - kept) * bias.detach().double()
    own = bias.detach().clone()
    with average.applied():
        torch.testing.assert_close(bias.detach().double(), expected, rtol=1e-5, atol=1e-4)
    assert torch.equal(bias, own)
    # A training that goes on has the same average.
    again = Average(task, average.tensors())
    with again.applied():
        torch.testing.assert_close(bias.detach().double(), expected, rtol=1e-5, atol=1e-4)


def test_without_an_average_the_weights_are_their_own() -> None:
    task = task_of(0.0)
    average = Average(task, {})
    bias = task.network.get_parameter("head.linear.bias")
    with torch.no_grad():
        bias.add_(1.0)
    average.update(1)
    own = bias.detach().clone()
    with average.applied():
        assert torch.equal(bias, own)
    assert average.tensors() == {}
