"""N-grams alone: a candidate whose wide path answers by itself, before a network that takes next to no room.

Of a few hundred rows with many words the wide path knows more than the network learns (docs/training.md), and in the
network's place it has room for more n-grams. What stays is a small drawn one: its table is a random projection of the
words, so that the text's vector still tells texts apart.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_core.network.config import FLOAT_BITS, NeuroLiteConfig

NGRAMS: Final = "n-grams"
"""The candidate's name."""

MOST_ALONE: Final = 32_767
"""Rows of its wide path."""


def small_config(config: NeuroLiteConfig) -> NeuroLiteConfig:
    """Of a network that is drawn and stays so; what it reads of a text is as before."""
    return replace(
        config,
        table_size=2_048,
        projection_size=64,
        hidden_size=16,
        num_hashes=8,
        window=0,
        bag=True,
        table_bits=FLOAT_BITS,
        dropout=0.0,
        backbone="mixer",
        backbone_options=MixerOptions(num_layers=0, token_hidden=1, channel_hidden=1),
        wide=None,
        exits=None,
    )
