"""A readout that learns by spikes and reward, without gradients: STDP whose changes wait for a reward.

A text's vector v is the current of two neurons for each number of it, v and -v. Each label has a neuron. Where its own
spikes p follow those of an input s a weight is to grow, where they come before them to shrink (Song, Miller and Abbott,
"Competitive Hebbian learning through spike-timing-dependent synaptic plasticity", 2000), by traces of both:

    x_t = decay x_(t-1) + s_t    y_t = decay y_(t-1) + p_t    e = sum_t p_t x_t - depression sum_t s_t y_(t-1)

and a weight changes by e times the reward alone (Izhikevich, 2007, doi 10.1093/cercor/bhl152): of a right answer that
was not given 1, of a wrong one that was -1, else 0, as nothing was learned from what was expected. The neurons that are
rewarded or punished are driven to spike. Every change needs a weight's own input, its neuron's spikes and the reward.
The mean of the weights after all passes is the head: those of v less those of -v.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurolite_core.network.backbones.spiking_options import SpikingOptions
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.network.spiking_neurons import Neurons
from neurolite_core.training.fitting.objectives import Truths
from neurolite_core.training.fitting.predict import text_vectors
from neurolite_core.training.fitting.task import Task
from neurolite_core.training.starting.heads import Head, merit

STDP: Final = "stdp"
DECAY: Final = 0.5
DEPRESSION: Final = 0.25
_DRIVEN: Final = 1.5  # current of a neuron that is rewarded or punished
_PASSES: Final = 20
_BATCH: Final = 32
_RATE: Final = 0.01


def eligibility(inputs: Tensor, own: Tensor) -> Tensor:
    """What a reward would change: spikes of inputs (T, N, I) and of a neuron (T) -> float32 (N, I)."""
    before, after = torch.zeros_like(inputs[0]), 0.0
    found = torch.zeros_like(before)
    for spikes, fired in zip(inputs, own.tolist(), strict=True):
        before = DECAY * before + spikes
        found = found + fired * before - DEPRESSION * after * spikes
        after = DECAY * after + fired
    return found


@torch.no_grad()
def learn_by_reward(
    vectors: NDArray[np.floating], truths: Truths, labels: int, options: SpikingOptions, seed: int
) -> Head:
    """Weights of a head, without biases.

    Args:
        vectors: of the labelled rows, [N, D].
        truths: of them: numbers of labels [N], or for several labels a text 0 and 1, [N, C].
        labels: C.
        options: steps and leak of the neurons.
        seed: of the order of texts.
    """
    values = torch.from_numpy(np.asarray(vectors, np.float32))
    wanted = torch.from_numpy(np.asarray(truths))
    several = wanted.ndim > 1
    if not several:
        wanted = torch.nn.functional.one_hot(wanted.long(), labels)
    neurons = Neurons(options.leak)
    inputs = neurons([torch.cat([values, -values], dim=1)] * options.steps)  # (T, N, 2 D)
    own = neurons([torch.tensor([_DRIVEN])] * options.steps)[:, 0]
    changes, counts = eligibility(inputs, own), inputs.sum(dim=0)
    weights = torch.zeros(labels, counts.shape[1])
    total, generator = torch.zeros_like(weights), torch.Generator().manual_seed(seed)
    for _ in range(_PASSES):
        order = torch.randperm(len(counts), generator=generator)
        for rows in torch.split(order, _BATCH):
            potentials = counts[rows] @ weights.T
            given = potentials > 0
            if not several:
                given = torch.nn.functional.one_hot(potentials.argmax(dim=1), labels) > 0
            reward = wanted[rows].float() - given.float()  # (B, C)
            weights += _RATE * reward.T @ changes[rows]
            total += weights
    half = values.shape[1]
    weight = (total[:, :half] - total[:, half:]).double().numpy()
    size = float(np.abs(weight).max())
    return Head("rewarded STDP", weight / max(size, 1e-12), np.zeros(labels), sized=several)


def learn_readout(task: Task) -> float | None:
    """Puts a head that learned by reward in the place of the network's where its backbone's options say so.

    Args:
        task: fitted; its network has the weights that were chosen.

    Returns:
        The validation score; None where nothing was to be learned so.
    """
    network, options = task.network, task.network.config.backbone_options
    if not isinstance(options, SpikingOptions) or options.readout != STDP or not network.labels:
        return None
    assert isinstance(network, NeuroLiteForClassification)  # noqa: S101  # what has labels
    part, held = task.parts[0], task.validation
    device = network.head.linear.weight.device
    inputs = text_vectors(network, part.store, part.rows, device)
    truths = task.objective.truths(part.store, part.rows, task.width)
    head = learn_by_reward(inputs, truths, task.width, options, task.options.seed)
    expected = truths
    if len(held.rows):  # else all rows are learned, and answers were cross-fitted
        inputs = text_vectors(network, held.store, held.rows, device)
        expected = held.truths(task.width)
    (score, _), temperature = merit(network.task, head.logits(inputs), expected)
    (head if head.sized else head.scaled(temperature)).put_into(network)
    return score
