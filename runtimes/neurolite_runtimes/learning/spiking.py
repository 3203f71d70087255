"""A spiking attractor memory over prototypes: an option beside the plain one, with what it gains in docs/learning.md.

Each prototype is a leaky integrate-and-fire neuron (Gerstner and Kistler 2002, "Spiking Neuron Models", 4.1) that is
driven by the text's cosine with its weights. Neurons of one label excite each other and inhibit all others, so that the
network falls into the attractor of one label; the labels' spikes are counted. Weights begin as the prototypes. Each
correction changes them by spike-timing-dependent plasticity with reward (Izhikevich 2007, "Solving the Distal Reward
Problem"): neurons of the right label that fired are drawn towards the text, those of the label that was answered are
pushed away. Everything is computed from the records, in their order, so that nothing else has to be stored.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_runtimes.learning.memory import Memory, Table
from neurolite_runtimes.learning.prototypes import unit

STEPS: Final = 40
LEAK: Final = 0.8  # of a potential that is left after a step
EXCITATION: Final = 0.02  # of a neuron's spike on others of its label
INHIBITION: Final = 0.05  # on those of other labels
LEARNING: Final = 0.1
_DRIVE: Final = 8.0  # how much more the nearest prototypes are driven
_TRACE: Final = 0.9  # of an eligibility that is left after a step


def spiking(memory: Memory, vector: NDArray[np.float32]) -> NDArray[np.float64]:
    """Spikes of each label's most active neuron, float64 [L], of a text's vector float32 [D]."""
    table = memory.table()
    weights = memory.remembered("spiking", lambda: _learned(memory, table))
    spikes, _ = simulate(weights, vector.astype(np.float64), table.owners)
    found = np.zeros(len(table.labels))
    np.maximum.at(found, table.owners, spikes)
    return found


def simulate(
    weights: NDArray[np.float64], vector: NDArray[np.float64], owners: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Runs the network on a text.

    Args:
        weights: float64 [P, D] of length 1.
        vector: float64 [D].
        owners: int [P], the label of each neuron.

    Returns:
        Spikes of each neuron and its eligibility at the end, float64 [P] each.
    """
    driven = drive(weights @ vector)
    potential = np.zeros(len(driven))
    spikes = np.zeros(len(driven))
    trace = np.zeros(len(driven))
    for _ in range(STEPS):
        potential = LEAK * potential + driven
        fired = (potential >= 1).astype(np.float64)
        potential[fired > 0] = 0.0
        spikes += fired
        # Inputs arrive in every step, so that each spike finds one just before it: the potentiating side of the window.
        trace = _TRACE * trace + fired
        own = np.bincount(owners, fired, int(owners.max()) + 1)[owners]
        potential += EXCITATION * (own - fired) - INHIBITION * (fired.sum() - own)
    return spikes, trace


def drive(cosines: NDArray[np.float64]) -> NDArray[np.float64]:
    """What goes into each neuron in a step, float64 [..., P] of cosines [..., P]."""
    # The nearest neuron is driven just over its threshold of 1 at rest, all others by how much farther they are.
    nearest = cosines.max(axis=-1, keepdims=True)
    found: NDArray[np.float64] = 1.25 * (1 - LEAK) * np.exp(_DRIVE * (cosines - nearest))
    return found


def _learned(memory: Memory, table: Table) -> NDArray[np.float64]:
    weights = table.units.astype(np.float64)
    places = {label: place for place, label in enumerate(table.labels)}
    for item in memory.corrections:
        row = memory.row(item.id)
        right = places[int(memory.labels[row])]
        wrong = places.get(item.answered)
        vector = memory.vectors[row].astype(np.float64)
        _, trace = simulate(weights, vector, table.owners)
        eligible = trace / max(float(trace.max()), 1.0)
        reward = np.where(table.owners == right, 1.0, 0.0)
        if wrong is not None and wrong != right:
            reward -= np.where(table.owners == wrong, 1.0, 0.0)
        # The nearest neuron of the right label is taught even where it was held down, as a teacher's current would.
        own = np.flatnonzero(table.owners == right)
        eligible[own[np.argmax(weights[own] @ vector)]] = 1.0
        change = (LEARNING * reward * eligible)[:, None]
        weights = unit(weights + change * (vector - weights))
    return weights
