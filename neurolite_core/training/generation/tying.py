"""While a generator learns, an entry's row of the output matrix is in part made of its word's own rows of the table.

What is learned of a word that is read is then known of the word that is written, and of words that are spelled like it:
weight tying (Press and Wolf 2017, arXiv:1608.05859) for inputs that are hashed. To an entry's own row comes a product
of the sum of its word's rows; entries that are no words have their own alone. What is stored is the sum: the network is
one as any other, and its graph is the same.
"""

from __future__ import annotations

import copy
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.hashing.words import hash_words
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.heads import EntryHead
from neurolite_core.network.model import NeuroLiteForGeneration
from neurolite_core.network.projection import BloomProjection, PackedProjection
from neurolite_core.text.line_breaks import with_breaks
from neurolite_core.text.vocabulary import FIRST_WORD
from neurolite_core.text.words import to_bytes

_OWN: Final = 0.7  # of both parts at the start, so that their sum is as large as one alone


class TiedHead(EntryHead):
    """An ``EntryHead`` whose matrix is made anew at each call.

    Args:
        plain: whose weights it begins with.
        projection: of the network, which makes words of rows.
        rows: int64 (V - 258, K), the indices of each entry's word.
    """

    rows: Tensor

    def __init__(
        self,
        plain: EntryHead,
        projection: BloomProjection | PackedProjection,
        rows: Tensor,
        width: int,
    ) -> None:
        nn.Module.__init__(self)
        self.dropout, self.narrow, self.entries = plain.dropout, plain.narrow, plain.entries
        self.tie = nn.Linear(width, plain.narrow.out_features, bias=False)
        nn.init.normal_(self.tie.weight, std=_OWN * (width * plain.narrow.out_features) ** -0.5)
        with torch.no_grad():
            self.entries.weight.mul_(_OWN)
        self.register_buffer("rows", rows, persistent=False)
        self._projection = (projection,)  # in a tuple, as it is the network's own part already

    def matrix(self) -> Tensor:
        """float32 (V, D)."""
        one = torch.ones((1, len(self.rows), 1), device=self.rows.device)
        words = self._projection[0](self.rows[None], one)[0]
        made: Tensor = functional.pad(self.tie(words), (0, 0, FIRST_WORD, 0))
        return self.entries.weight + made

    def forward(self, vectors: Tensor) -> Tensor:
        """vectors float32 (..., H) -> float32 (..., V)."""
        narrow = self.narrow(self.dropout(vectors))
        return functional.linear(narrow, self.matrix(), self.entries.bias)


def tied(network: NeuroLiteForGeneration) -> NeuroLiteForGeneration:
    """The network itself, its head tied to its table from now on."""
    width = network.config.projection_size
    rows = torch.from_numpy(_rows(network.labels, network.config))
    network.head = TiedHead(network.head, network.model.projection, rows, width)
    return network


@torch.no_grad()
def untied(network: NeuroLiteForGeneration) -> NeuroLiteForGeneration:
    """A copy with a head as any other, that gives the same; of a network that is not tied the network itself."""
    head = network.head
    if not isinstance(head, TiedHead):
        return network
    config = network.config
    plain = EntryHead(
        config.hidden_size, head.narrow.out_features, len(network.labels), config.dropout
    )
    training = network.model.projection.training
    network.model.projection.train()  # the same sums ten times as fast
    plain.narrow.load_state_dict(head.narrow.state_dict())
    plain.entries.weight.copy_(head.matrix())
    plain.entries.bias.copy_(head.entries.bias)
    network.model.projection.train(training)
    found = NeuroLiteForGeneration(config, labels=network.labels)
    found.head = plain
    values = {
        name: value for name, value in network.state_dict().items() if not name.startswith("head.")
    }
    found.load_state_dict(values, strict=False)
    found.model.projection = copy.deepcopy(network.model.projection)
    return found.to(head.entries.weight.device).train(network.training)


def _rows(
    labels: tuple[str, ...], config: NeuroLiteConfig
) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """An entry is one word by itself, as vocabularies are made of."""
    words = [with_breaks(to_bytes(label)) for label in labels[FIRST_WORD:]]
    hashed = hash_words(words, num_hashes=config.num_hashes, table_size=config.table_size)
    return hashed.indices.astype(np.int64)
