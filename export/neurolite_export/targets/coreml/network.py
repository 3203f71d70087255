"""Bytes to answer for every bucket at once, captured by torch.export with a free length."""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import Tensor, nn

from neurolite_core.answer.outputs import EFFECTS
from neurolite_core.answer.tasks import ANSWERINGS
from neurolite_core.artifact.buckets import BLOCK, BYTES_PER_WORD, Bucket
from neurolite_core.artifact.outputs import INDICES, NGRAMS, WORDS
from neurolite_core.network.features import graph_ngrams
from neurolite_core.network.model import TextNetwork
from neurolite_core.network.remembering import initial_tensors
from neurolite_export.fixed_shape import TextHash
from neurolite_export.targets.coreml.tools import quiet

PROBABILITIES: Final = "probabilities"
_EXAMPLES: Final = (3 * BLOCK, 5 * BLOCK)
_LOGITS: Final = "logits"


def gives_one_label(task: str) -> bool:
    """Whether Core ML can name the answer: its classifiers have one label a text, and a probability for each."""
    return task in ANSWERINGS and not ANSWERINGS[task].several


class FlexibleNetwork(nn.Module):
    """``FixedShapeNetwork`` with the number of word slots derived from the input's length.

    Args:
        network: the reference; its weights are shared, not copied.
        outputs: names of the network's outputs, in the order that ``forward`` gives them.
    """

    def __init__(self, network: TextNetwork, outputs: tuple[str, ...]) -> None:
        super().__init__()
        self.hash = TextHash(network)
        self.ngrams = graph_ngrams(network.config)
        self.network = network
        self.outputs = outputs
        self.max_words = network.config.max_words

    @property
    def names(self) -> tuple[str, ...]:
        """Names of what ``forward`` gives."""
        shares = (PROBABILITIES,) if gives_one_label(self.network.task) else ()
        ngrams = () if self.ngrams is None else (NGRAMS,)
        following = (spec.next_name for spec in self.network.state_specs)
        effects = () if self.network.rules is None else (EFFECTS,)
        return (*self.outputs, *following, *shares, WORDS, INDICES, *ngrams, *effects)

    def forward(self, input_bytes: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        """Runs one text.

        Args:
            input_bytes: int32 (1, T), zero-padded UTF-8, T of a bucket.
            state: (1, *shape) of each of the network's ``state_specs``.

        Returns:
            the network's outputs in the order of ``outputs``, and the next state; of a model of one label a text also
            the probabilities (1, C); ``words`` int32 (1), ``indices`` int32 (1, L, K) and, with a wide path, ``ngrams``
            int32 (1, P, O); with rules ``effects``, float32.
        """
        slots = torch.sym_min(  # type: ignore[no-untyped-call]
            input_bytes.shape[1] // BYTES_PER_WORD, self.max_words
        )
        clusters = self.hash.read_clusters(input_bytes)
        indices, words, starts, offsets = self.hash(clusters, slots)
        ngrams: tuple[Tensor, ...] = ()
        if self.ngrams is not None:
            # Each byte may be a word with a border before it; one length for all buckets, whatever their words.
            symbols = torch.sym_min(  # type: ignore[no-untyped-call]
                2 * input_bytes.shape[1] + 1, self.ngrams.config.max_symbols
            )
            ngrams = self.ngrams.fixed(clusters, symbols)[:1]
        answers = self.network.network(indices, words, *ngrams, *starts, state=state, hidden=True)
        answers |= offsets
        shares: tuple[Tensor, ...] = ()
        if gives_one_label(self.network.task):
            shares = (torch.softmax(answers[_LOGITS], dim=-1),)
        found = (words.to(torch.int32), indices, *ngrams)
        effects = () if self.network.rules is None else (answers[EFFECTS],)
        names = (*self.outputs, *(spec.next_name for spec in self.network.state_specs))
        return (*(answers[name] for name in names), *shares, *found, *effects)


def capture(network: FlexibleNetwork, buckets: tuple[Bucket, ...]) -> torch.export.ExportedProgram:
    """The network's operations, for all lengths of the buckets.

    Args:
        network: in evaluation mode.
        buckets: smallest first; their bytes are multiples of ``BLOCK``.
    """
    dynamic: Any = None
    specs = network.network.state_specs
    example = buckets[-1].num_bytes
    if len(buckets) > 1:
        # Of a length where both sides of the minimum are equal torch.export makes a constant.
        example = next(size for size in _EXAMPLES if size // BYTES_PER_WORD != network.max_words)
        most = max(buckets[-1].num_bytes, *_EXAMPLES) // BLOCK
        dynamic = ({1: BLOCK * torch.export.Dim("blocks", min=1, max=most)},)
        if specs:
            dynamic = (*dynamic, (None,) * len(specs))
    row = torch.zeros((1, example), dtype=torch.int32)
    arguments = (row, *initial_tensors(specs, 1, row.device))
    with quiet():
        program = torch.export.export(network, arguments, dynamic_shapes=dynamic, strict=False)
        plain: torch.export.ExportedProgram = program.run_decompositions({})
    return plain
