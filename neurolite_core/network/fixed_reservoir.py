"""The fixed weights of an echo state network, drawn from a seed and turned so that its units are independent; no torch.

Leaky echo state networks (Jaeger et al., 2007, "Optimization and applications of echo state networks with leaky-
integrator neurons") keep h_t = (1 - a) h_(t-1) + a s(W h_(t-1) + V x_t) with W and V random and fixed. Here the units
are linear, s(x) = x, and what is read of them is not: such reservoirs are universal among filters that forget (Gonon
and Ortega, 2020, "Reservoir Computing Universality With Stochastic Inputs", arXiv:1807.02621). W is sparse and
symmetric, so that W = Q diag(w) Q' with Q orthogonal, and in the units' turned place z = Q' h each number goes alone:

    z_t = f z_(t-1) + a Q' V x_t        f = 1 - a + a w

which is scanned without a loop over words. Each number is divided by the size that it has over words without end,
a / sqrt(1 - f^2), so that slow and fast ones have one range in int8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.network.backbones.reservoir_options import ReservoirOptions

Values = NDArray[np.float64]
_SMALLEST: Final = 1e-12  # a radius below it is that of no connections


@dataclass(frozen=True, slots=True, eq=False)
class FixedReservoir:
    """One reservoir of D units over H inputs, by its published weights and turned.

    Attributes:
        recurrent: W, float64 [D, D], sparse and symmetric.
        inputs: V, float64 [D, H].
        kept: f, float64 [D], between -1 and 1.
        enter: float64 [D, H]; z_t = f z_(t-1) + enter @ x_t.
        turn: float64 [D, D]; the units' states are turn @ z_t.
    """

    recurrent: Values
    inputs: Values
    kept: Values
    enter: Values
    turn: Values


def draw_reservoir(
    units: int,
    inputs: int,
    *,
    spectral_radius: float,
    leak: float,
    density: float,
    input_scale: float,
    seed: tuple[int, ...],
) -> FixedReservoir:
    """A reservoir of a seed: the same W and V on every machine.

    Args:
        units: D.
        inputs: H.
        spectral_radius: largest size of an eigenvalue of W, above 0 and below 1.
        leak: a, above 0, at most 1.
        density: share of pairs of units that are connected.
        input_scale: length of what inputs of unit variance make in a unit, about.
        seed: numbers, such as an option's and the layer's.

    The turned weights come of an eigendecomposition, whose signs are the machine's: a model keeps them.
    """
    random = np.random.default_rng(seed)
    weights = np.triu(random.normal(size=(units, units)))
    weights *= np.triu(random.random((units, units)) < density)
    weights = weights + np.triu(weights, 1).T
    entering = random.normal(size=(units, inputs)) * (input_scale * inputs**-0.5)
    places, turned = np.linalg.eigh(weights)
    scale = spectral_radius / max(float(np.abs(places).max()), _SMALLEST)
    weights *= scale
    kept = 1.0 - leak + leak * scale * places
    size = leak / np.sqrt(1.0 - kept**2)
    enter = (leak / size)[:, None] * (turned.T @ entering)
    return FixedReservoir(weights, entering, kept, enter, turned * size)


def reservoir_of(options: ReservoirOptions, channels: int, layer: int) -> FixedReservoir:
    """The reservoir of a block, by its number, over H channels."""
    return draw_reservoir(
        options.units,
        channels,
        spectral_radius=options.spectral_radius,
        leak=options.leak,
        density=options.density,
        input_scale=options.input_scale,
        seed=(options.reservoir_seed, layer),
    )
