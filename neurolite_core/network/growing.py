"""A network of more layers, whose weights begin with those of one with fewer.

Gong et al., "Efficient Training of BERT by Progressively Stacking", ICML 2019, section 3.2: the blocks of the shallow
network, once more from the first on, until there are enough; what is not of a block is taken as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from torch import Tensor

BLOCKS: Final = "model.backbone.blocks."


def stacked(values: Mapping[str, Tensor], layers: int, more: int) -> dict[str, Tensor]:
    """Weights of a network with more blocks.

    Args:
        values: by name, of a network of any backbone.
        layers: its blocks, at least 1.
        more: blocks of the other, at least as many; block i begins with block i modulo ``layers``.

    Returns:
        By name, in no other order than blocks have; tensors are not copied.
    """
    found = dict(values)
    for name, value in values.items():
        if not name.startswith(BLOCKS):
            continue
        number, _, rest = name.removeprefix(BLOCKS).partition(".")
        for block in range(int(number) + layers, more, layers):
            found[f"{BLOCKS}{block}.{rest}"] = value
    return found
