"""What a part of a network becomes in a .nlm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from neurolite_core.artifact.formats.nlm_modules import Sizes
from neurolite_core.artifact.formats.nlm_shape import GROUP
from neurolite_export.targets.c.quantize import FloatArray, Product


@dataclass(frozen=True, slots=True, eq=False)
class BuiltModule:
    """One module's parts.

    Attributes:
        sizes: of its part of sizes.
        numbers: name of each part of numbers -> its numbers; of those of no bytes anything.
        texts: of the part of texts; empty where it has none.
    """

    sizes: Sizes
    numbers: Mapping[str, NDArray[Any]]
    texts: tuple[str, ...] = ()


def product_numbers(
    name: str, product: Product, *, grouped: bool = True
) -> dict[str, NDArray[Any]]:
    """The numbers of a product's parts."""
    return {
        f"{name}_weights": by_groups(product.weights) if grouped else product.weights,
        f"{name}_init": product.init,
        f"{name}_mult": product.mult,
        f"{name}_shift": np.array([product.shift]),
    }


def by_groups(weights: NDArray[np.int8]) -> NDArray[np.int8]:
    """Weights [n, k] as they stand in the file, [k / 4, n, 4]."""
    outputs, inputs = weights.shape
    return weights.reshape(outputs, inputs // GROUP, GROUP).transpose(1, 0, 2)


def floats(values: Tensor) -> FloatArray:
    """Weights of a network in float64."""
    return values.detach().cpu().double().numpy()
