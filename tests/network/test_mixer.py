"""The mixer by its formulas, in float64 and without PyTorch's layers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from formulas import Values, layer, norm
from neurolite_core.network.backbones.mixer import MixerBackbone
from neurolite_core.network.backbones.mixer_options import MixerOptions

OPTIONS = MixerOptions(num_layers=2, token_hidden=5, channel_hidden=7)
CHANNELS, MOST_WORDS = 6, 9


def mixed(values: Values, text: NDArray[np.float64], words: int) -> NDArray[np.float64]:
    """A text [L, H] of so many words; the rest is padding."""
    full = np.zeros((MOST_WORDS, CHANNELS))
    full[: len(text)] = text
    for number in range(OPTIONS.num_layers):
        block = {
            name.removeprefix(f"blocks.{number}."): value
            for name, value in values.items()
            if name.startswith(f"blocks.{number}.")
        }
        across = norm(block, "word_norm", full)
        across[words:] = 0
        hidden = np.maximum(layer(block, "word_mixing.expand", across.T), 0)
        full = full + layer(block, "word_mixing.contract", hidden).T
        hidden = np.maximum(
            layer(block, "channel_mixing.expand", norm(block, "channel_norm", full)), 0
        )
        full = full + layer(block, "channel_mixing.contract", hidden)
    return full[:words]


@torch.no_grad()
@pytest.mark.parametrize("length", [1, 4, MOST_WORDS])
def test_the_mixer_is_its_formulas(length: int) -> None:
    torch.manual_seed(length)
    mixer = MixerBackbone(CHANNELS, MOST_WORDS, OPTIONS, 0.3).eval()
    for parameter in mixer.parameters():
        torch.nn.init.normal_(parameter)
    values = {name: value.double().numpy() for name, value in mixer.state_dict().items()}
    counts = [length, max(1, length - 2)]
    x = torch.randn(2, length, CHANNELS)
    mask = (torch.arange(length)[None] < torch.tensor(counts)[:, None]).float()[:, :, None]
    found = mixer(x, mask).double().numpy()
    for row, words in enumerate(counts):
        expected = mixed(values, x[row].double().numpy(), words)
        np.testing.assert_allclose(found[row, :words], expected, rtol=1e-4, atol=1e-4)
