"""What a config may be made of: the types of its fields, of its flat names, and the values of its presets."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypedDict

from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_core.network.backbones.options import BackboneOptions
from neurolite_core.network.exits_options import ExitsOptions
from neurolite_core.network.experts_options import ExpertsOptions
from neurolite_core.network.generation_options import GenerationOptions
from neurolite_core.network.memory.options import MemoryOptions
from neurolite_core.network.row_packing import PACKED_BITS
from neurolite_core.network.rules_options import RulesOptions
from neurolite_core.network.spans_options import SpansOptions
from neurolite_core.network.wide_options import WideOptions


class FlatValues(TypedDict, total=False):
    """Names that stand for a field's options; ``flat_names`` says which."""

    num_mixer_layers: int
    use_external_memory: bool
    use_dynamic_routing: bool
    num_experts: int
    use_symbolic_module: bool


class ConfigValues(FlatValues, total=False):
    """All names that ``NeuroLiteConfig`` takes, any of which may be left out."""

    table_size: int
    projection_size: int
    hidden_size: int
    backbone_options: BackboneOptions
    backbone: str
    num_hashes: int
    window: int
    max_words: int
    max_bytes: int
    pooling: str
    bag: bool
    table_bits: int
    dropout: float
    wide: WideOptions | None
    memory: MemoryOptions | None
    experts: ExpertsOptions | None
    exits: ExitsOptions | None
    rules: RulesOptions | None
    spans: SpansOptions | None
    generation: GenerationOptions | None
    hash_version: int


# Presets of one shape in three sizes, the smallest first: what a config is not given comes from the nearest.
SIZES: Final[Mapping[str, ConfigValues]] = MappingProxyType(
    {
        "tiny": {
            "table_size": 8_192,
            "projection_size": 96,
            "hidden_size": 96,
            "backbone_options": MixerOptions(num_layers=2, token_hidden=64, channel_hidden=192),
        },
        "small": {
            "table_size": 16_384,
            "projection_size": 144,
            "hidden_size": 144,
            "backbone_options": MixerOptions(num_layers=4, token_hidden=128, channel_hidden=288),
        },
        "base": {
            "table_size": 30_720,
            "projection_size": 224,
            "hidden_size": 224,
            "backbone_options": MixerOptions(num_layers=4, token_hidden=128, channel_hidden=448),
        },
    }
)

# With the C library's code it fits 512 kB of flash, and 64 kB of memory (docs/c-microcontrollers.md).
MICRO: Final[ConfigValues] = {
    "table_size": 6_144,
    "projection_size": 96,
    "hidden_size": 96,
    "backbone_options": MixerOptions(num_layers=2, token_hidden=64, channel_hidden=192),
    "max_words": 32,
    "max_bytes": 512,
    "table_bits": PACKED_BITS,
}

ENGLISH: Final[ConfigValues] = {
    "table_size": 7_168,
    "projection_size": 256,
    "hidden_size": 96,
    "backbone_options": MixerOptions(num_layers=2, token_hidden=64, channel_hidden=192),
    "max_words": 128,
    "bag": True,
    "table_bits": PACKED_BITS,
}
