"""Experts as whole numbers, and their router in float32: docs/c-arithmetic.md, "Experts"."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.formats.nlm_experts import ExpertSizes
from neurolite_core.artifact.formats.nlm_shape import LANES, up
from neurolite_core.network.experts import Experts
from neurolite_core.network.model import TextNetwork
from neurolite_export.targets.c.built_module import BuiltModule, by_groups, floats
from neurolite_export.targets.c.calibrate import WORD_SUMS, Ranges
from neurolite_export.targets.c.quantize import (
    FINE,
    POSITIVE,
    SIGNED,
    FloatArray,
    Scales,
    quantize_head,
    quantize_product,
)

_EPS: Final = 1e-5  # of one expert, which has no router


def build_experts(network: TextNetwork, ranges: Ranges) -> BuiltModule:
    """The experts of a network that has some."""
    module: Any = network.experts
    options = network.config.experts
    assert options is not None  # noqa: S101  # the caller looked
    routes = isinstance(module, Experts)
    own = module.expert if routes else module
    final = ranges["final"] / SIGNED
    scales = [ranges[WORD_SUMS], final / FINE, SIGNED * FINE / ranges["routed"]]
    eps = module.router.norm.eps if routes else _EPS
    numbers: dict[str, NDArray[Any]] = {
        "numbers": np.array([scales[0], eps, *scales[1:]]),
        **(_router(module.router) if routes else {}),
        **_layers(own, final, ranges["expert hidden"] / POSITIVE),
    }
    sizes = ExpertSizes(top=options.top, width=up(options.width, LANES))
    return BuiltModule(sizes, {f"expert_{name}": values for name, values in numbers.items()})


def _router(router: Any) -> dict[str, NDArray[Any]]:  # noqa: ANN401  # a module's children are untyped
    return {
        "gain": floats(router.norm.weight),
        "offset": floats(router.norm.bias),
        "router": floats(router.weight),
        "bias": floats(router.bias),
    }


def _layers(own: Any, given: float, hidden: float) -> dict[str, NDArray[Any]]:  # noqa: ANN401
    """Of all experts; ``given`` and ``hidden`` are what steps of the input and of the hidden layer stand for."""
    expand, contract = (_each(layer) for layer in (own.expand, own.contract))
    width = expand[0].shape[1]
    room = up(width, LANES) - width
    first = [
        quantize_product(
            np.pad(weight, ((0, room), (0, 0))),
            np.pad(bias, (0, room)),
            Scales(given, hidden),
            narrow=True,
        )
        for weight, bias in zip(*expand, strict=True)
    ]
    last = [
        quantize_head(np.pad(weight, ((0, 0), (0, room))), bias, hidden, len(bias), zero=0)
        for weight, bias in zip(*contract, strict=True)
    ]
    return {
        "expand_weights": np.stack([by_groups(each.weights) for each in first]),
        "expand_init": np.stack([each.init for each in first]),
        "expand_mult": np.stack([each.mult for each in first]),
        "expand_shift": np.array([each.shift for each in first]),
        "contract_weights": np.stack([by_groups(each[0]) for each in last]),
        "contract_init": np.stack([each[1] for each in last]),
        "contract_scale": np.stack([each[2] for each in last]),
    }


def _each(layer: Any) -> tuple[FloatArray, FloatArray]:  # noqa: ANN401
    """Weights [experts, n, k] and biases [experts, n]."""
    weight, bias = floats(layer.weight), floats(layer.bias)
    return (weight, bias) if weight.ndim == 3 else (weight[None], bias[None])
