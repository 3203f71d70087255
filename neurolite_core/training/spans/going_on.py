"""How readily a span goes on: one number, chosen on validation texts, that stands in the head's bias.

Each word's tags are learned by themselves, and from texts whose words are left out and misspelt, so that a network is
less sure than it might be that a span goes on with the next word; decoded, one span comes out as two. Transitions
between tags would say so, in a table of T * T numbers beside each file. Their greatest part is the same for all types,
and a number that is added to every I is already in a file: it is the bias of the last product.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from neurolite_core.network.model import TextNetwork
from neurolite_core.training.spans.answering import answers_of
from neurolite_core.training.spans.reading import SpanSources

STEPS: Final = tuple(np.arange(0.0, 2.75, 0.25).tolist())
"""What may be added to the logit of every I, nats."""
_MOST_ROWS: Final = 5_000  # are answered so many times


def choose_going_on(network: TextNetwork, found: SpanSources, device: torch.device) -> float:
    """Adds to the network's I what gives the best F1 of spans on the validation rows, in place.

    Args:
        network: fitted, with spans, on ``device``.
        found: the data; of more than 5,000 validation rows every n-th is answered.
        device: where the network is.

    Returns:
        What was added, one of ``STEPS``.
    """
    assert network.spans is not None  # noqa: S101  # trainings with spans have a head over words
    bias = network.spans.last.bias
    before = bias.detach().clone()
    inside = torch.zeros_like(before)
    inside[2::2] = 1.0
    held, rows = found.validation, found.sources.validation.rows
    rows = rows[:: -(-len(rows) // _MOST_ROWS)]
    scores = []
    with torch.no_grad():
        for step in STEPS:
            bias.copy_(before + step * inside)
            scores.append(held.f1(rows, answers_of(network, held, rows, device).spans()))
        chosen: float = STEPS[best_step(np.array(scores))]
        bias.copy_(before + chosen * inside)
    return chosen


def best_step(scores: NDArray[np.float64]) -> int:
    """The place of the best of N scores in a row, each taken with its neighbours: one alone may be high by chance.

    Of equally good ones the first.
    """
    padded = np.pad(scores, 1, constant_values=np.nan)
    means = np.nanmean([padded[:-2], padded[1:-1], padded[2:]], axis=0)
    return int(np.argmax(np.round(means, 12)))
