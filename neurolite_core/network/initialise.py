"""Starting weights: variance kept from layer to layer, biases zero (LeCun et al., 1998)."""

from __future__ import annotations

from torch import nn


def initialise(network: nn.Module) -> None:
    """Draws every linear layer's weights from the global torch generator, in place."""
    for module in network.modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=module.in_features**-0.5)
            nn.init.zeros_(module.bias)
