"""Texts to one vector per word: the hash, the projection, the window over neighbours and the backbone."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from neurolite_core.ground.errors import InputError
from neurolite_core.network.backbones.table import BACKBONES
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.features import features_of, graph_hash, graph_ngrams
from neurolite_core.network.initialise import initialise
from neurolite_core.network.projection import PROJECTIONS, WindowMixing


class NeuroLiteModel(nn.Module):
    """Texts to one vector per word.

    Example::

        hidden = NeuroLiteModel(NeuroLiteConfig.tiny())(input_texts=["book a table"])  # (1, 3, H)
    """

    def __init__(self, config: NeuroLiteConfig) -> None:
        super().__init__()
        self.config = config
        self.hash = graph_hash(config)
        self.ngrams = graph_ngrams(config)
        self.projection = PROJECTIONS[config.table_bits](config)
        self.window = WindowMixing(config)
        self.backbone = BACKBONES[config.backbone].build(config)
        initialise(self)

    def encode(self, indices: Tensor, counts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The network behind the hash, which every target lowers.

        Args:
            indices: int (N, L, K), each below the table size.
            counts: int or float32 (N), real words of each text; later positions are padding.

        Returns:
            float32 (N, L, H); the words' own vectors float32 (N, L, E), zero where padded; and the mask float32
            (N, L, 1) of 1 for real words.
        """
        layers, words, mask = self.layers(indices, counts)
        return layers[-1], words, mask

    def layers(self, indices: Tensor, counts: Tensor) -> tuple[list[Tensor], Tensor, Tensor]:
        """As ``encode``, with what each layer of the backbone gives, the first layer's first."""
        positions = torch.arange(indices.shape[1], dtype=torch.float32, device=indices.device)
        # Arithmetic, not a comparison: accelerators take it, and both numbers are small integers.
        mask = (counts.to(torch.float32).reshape(-1, 1, 1) - positions[:, None]).clamp(0.0, 1.0)
        words = self.projection(indices, mask)
        return self.backbone.layers(self.window(words), mask), words, mask

    def encode_words(self, words: Tensor, mask: Tensor) -> Tensor:
        """Words' own vectors (N, L, E), zero where padded, and the mask (N, L, 1) -> float32 (N, L, H)."""
        encoded: Tensor = self.backbone(self.window(words), mask)
        return encoded

    def featurize(
        self, input_texts: Sequence[str | bytes] | None, input_bytes: Tensor | None
    ) -> tuple[Tensor, ...]:
        """As ``features_of``, from exactly one of the two inputs.

        Raises:
            InputError: none or both were given, or they are of the wrong kind.
        """
        device = self.window.linear.weight.device
        if input_bytes is None and input_texts is not None:
            found = features_of(input_texts, self.config)
        elif input_bytes is not None and input_texts is None:
            if input_bytes.dim() != 2 or input_bytes.dtype not in (torch.uint8, torch.int32):
                raise InputError(
                    f"input_bytes is {input_bytes.dtype} of shape {tuple(input_bytes.shape)}; "
                    "give uint8 or int32 of shape (N, T)."
                )
            clusters = self.hash.read_clusters(input_bytes.to(device))
            indices, counts = self.hash.of_clusters(clusters)
            found = (indices, counts.clamp(max=self.config.max_words))
            if self.ngrams is not None:
                found = (*found, self.ngrams(clusters)[0])
        else:
            raise InputError("Give exactly one of input_texts and input_bytes.")
        return tuple(each.to(device) for each in found)

    def forward(
        self,
        input_texts: Sequence[str | bytes] | None = None,
        *,
        input_bytes: Tensor | None = None,
    ) -> Tensor:
        """Word vectors of a batch.

        Args:
            input_texts: N texts, str or UTF-8 bytes.
            input_bytes: in their place, zero-padded UTF-8, uint8 or int32 (N, T).

        Returns:
            float32 (N, L, H), L the longest text in words but at least 1; padded positions hold
            values that no head reads.
        """
        indices, counts, *_ = self.featurize(input_texts, input_bytes)
        return self.encode(indices, counts)[0]
