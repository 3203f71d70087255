"""The whole model of one bucket, in the form that Core AI lowers: what it keeps is written in place."""

from __future__ import annotations

import copy
from contextlib import nullcontext

import torch
from torch import Tensor, nn

from neurolite_core.answer.outputs import EFFECTS
from neurolite_core.artifact.buckets import Bucket
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.outputs import INDICES, NGRAMS, WORDS
from neurolite_core.network.model import TextNetwork
from neurolite_export.fixed_shape import FixedShapeNetwork
from neurolite_export.replacing import Lowering, with_replacements
from neurolite_export.targets.coreai.modules import REPLACEMENTS
from neurolite_export.targets.coreai.narrow import HalfProducts, narrow_products


class BucketNetwork(nn.Module):
    """``FixedShapeNetwork`` whose state is replaced by the next one, which is no output.

    Args:
        fixed: the bucket.
        in_half: its products are computed in float16.
    """

    def __init__(self, fixed: FixedShapeNetwork, *, in_half: bool) -> None:
        super().__init__()
        self.fixed = fixed
        self.in_half = in_half

    @property
    def names(self) -> tuple[str, ...]:
        """Names of what ``forward`` gives."""
        ngrams = () if self.fixed.ngrams is None else (NGRAMS,)
        effects = (EFFECTS,) if self.fixed.shows_effects else ()
        return (*self.fixed.outputs, WORDS, INDICES, *ngrams, *effects)

    def forward(self, input_bytes: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        """Runs one text.

        Args:
            input_bytes: uint8 (1, T), zero-padded UTF-8, T of the bucket.
            state: (1, *shape) of each of the network's ``state_specs``; changed.

        Returns:
            the tensors of ``names``.
        """
        with HalfProducts() if self.in_half else nullcontext():
            found = self.fixed(input_bytes, *state)
        first = len(self.fixed.outputs)
        for kept, following in zip(state, found[first : first + len(state)], strict=True):
            kept.copy_(following)
        return (*found[:first], *found[first + len(state) :])


def bucket_networks(
    network: TextNetwork, metadata: ArtifactMetadata
) -> dict[Bucket, BucketNetwork]:
    """The model for each bucket; all share one set of weights, which are stored as the precision wants them.

    Args:
        network: the reference; it is not changed.
        metadata: of the file.
    """
    precision = metadata.precision
    copied = copy.deepcopy(network)  # narrowed in place
    replaced = with_replacements(copied, REPLACEMENTS, Lowering(None, precision))
    made = {
        bucket: FixedShapeNetwork(replaced, bucket, metadata.outputs, shows_effects=True).eval()
        for bucket in metadata.buckets
    }
    if precision != "float32":
        first = next(iter(made.values()))
        narrow_products(first, first.example(torch.uint8), precision)
    in_half = precision == "float16"
    return {bucket: BucketNetwork(fixed, in_half=in_half).eval() for bucket, fixed in made.items()}
