"""What the float64 formulas of backbones have in common, and how a backbone is held to its own."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

Values = dict[str, NDArray[np.float64]]


def layer(values: Values, name: str, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """A linear layer of x [..., I]."""
    found: NDArray[np.float64] = x @ values[f"{name}.weight"].T + values[f"{name}.bias"]
    return found


def norm(values: Values, name: str, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Layer normalisation of each word of x [L, H]."""
    centred = x - x.mean(axis=1, keepdims=True)
    unit = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5)
    found: NDArray[np.float64] = unit * values[f"{name}.weight"] + values[f"{name}.bias"]
    return found


def assert_texts_are(
    backbone: nn.Module,
    formula: Callable[[Values, NDArray[np.float64]], NDArray[np.float64]],
    shape: tuple[int, int],
    tolerance: float,
) -> None:
    """Two texts of this shape [L, H], one of them padded, in a batch: each is what the formula gives it alone."""
    values = {name: value.double().numpy() for name, value in backbone.state_dict().items()}
    length, channels = shape
    counts = [length, max(1, length - 2)]
    x = torch.randn(2, length, channels)
    mask = (torch.arange(length)[None] < torch.tensor(counts)[:, None]).float()[:, :, None]
    found = backbone(x, mask).double().numpy()
    for row, words in enumerate(counts):
        expected = formula(values, x[row, :words].double().numpy())
        np.testing.assert_allclose(found[row, :words], expected, rtol=tolerance, atol=tolerance)
