"""The scan of trainings has the values and gradients of the scan that is exported."""

from __future__ import annotations

import pytest
import torch

from neurolite_core.network.scan import scan
from neurolite_core.network.training_scan import training_scan


@pytest.mark.parametrize("length", [1, 2, 7, 8, 9, 64, 65, 130])
@pytest.mark.parametrize("backward", [False, True])
def test_it_is_the_recurrence_with_its_gradient(length: int, backward: bool) -> None:
    torch.manual_seed(length)
    shape = (2, length, 3)
    factors = torch.rand(shape, dtype=torch.float64, requires_grad=True)
    inputs = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    weights = torch.randn(shape, dtype=torch.float64)
    expected = scan(factors, inputs, length, backward=backward)
    found = training_scan(factors, inputs, backward=backward)
    torch.testing.assert_close(found, expected)
    gradients = [
        torch.autograd.grad(
            (each * weights).sum(), (factors, inputs), allow_unused=True, materialize_grads=True
        )
        for each in (found, expected)
    ]
    torch.testing.assert_close(*gradients)


def test_it_goes_word_by_word() -> None:
    factors, inputs = torch.tensor([0.5, 2.0, 0.25, 1.0]), torch.tensor([8.0, 1.0, -2.0, 3.0])
    found = training_scan(factors[None, :, None], inputs[None, :, None])
    assert found.flatten().tolist() == [8.0, 17.0, 2.25, 5.25]
