"""What this target has whole-number arithmetic for, by module type; everything else is refused by its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from torch import nn

from neurolite_core.artifact.formats.nlm_memory import MOST_JOINED
from neurolite_core.artifact.formats.nlm_shape import LANES, MOST_BLOCKS
from neurolite_core.ground.errors import UnsupportedError
from neurolite_core.network.backbones.hypermixer import HyperMixerBackbone
from neurolite_core.network.backbones.hypermixer_options import HyperMixerOptions
from neurolite_core.network.backbones.liquid import LiquidBackbone
from neurolite_core.network.backbones.liquid_options import LiquidOptions
from neurolite_core.network.backbones.mixer import MixerBackbone
from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_core.network.backbones.reservoir import ReservoirBackbone
from neurolite_core.network.backbones.ssm import SsmBackbone
from neurolite_core.network.backbones.ssm_options import SsmOptions
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.experts import Experts, OneExpert
from neurolite_core.network.heads import BagHead, ClassificationHead, EmbeddingHead, EntryHead
from neurolite_core.network.memory.path import MemoryPath
from neurolite_core.network.model import TextNetwork
from neurolite_core.network.pooling import LastPooling, MaxPooling, MeanPooling, RootSum
from neurolite_core.network.projection import BloomProjection, PackedProjection
from neurolite_core.network.row_packing import PACKED_BITS
from neurolite_core.network.rules import RulePath
from neurolite_core.network.spans import SpanPath
from neurolite_core.network.wide import WidePath
from neurolite_core.network.words import NeuroLiteModel
from neurolite_export.replacing import Replacement

# Nothing is replaced: the network is read, not traced.
REPLACEMENTS: Final[Mapping[type[nn.Module], Replacement]] = MappingProxyType({})

# Children of a network that the page has a section for, by type; their own children belong to them.
PARTS: Final[frozenset[type[nn.Module]]] = frozenset(
    {
        NeuroLiteModel,
        BloomProjection,
        PackedProjection,
        MixerBackbone,
        HyperMixerBackbone,
        SsmBackbone,
        ReservoirBackbone,
        LiquidBackbone,
        MeanPooling,
        MaxPooling,
        LastPooling,
        RootSum,
        nn.LayerNorm,
        BagHead,
        ClassificationHead,
        EmbeddingHead,
        EntryHead,
        WidePath,
        RulePath,
        MemoryPath,
        Experts,
        OneExpert,
        SpanPath,
    }
)
_ASKED: Final = ("model.projection", "model.backbone")


def check_supported(network: TextNetwork) -> None:
    """Whether a network can be written.

    Raises:
        UnsupportedError: the target has no arithmetic for a part of it, or a size does not fit.
    """
    children = dict(network.named_children())
    children |= {name: network.get_submodule(name) for name in _ASKED}
    for name, module in children.items():
        if type(module) not in PARTS:
            raise UnsupportedError(
                f"The target c cannot compute {type(module).__name__} ({name}) yet. Export another target "
                "(neurolite-export --list), or a model without it."
            )
    _check_blocks(network.config)
    _check_memory(network)
    for name, size, step in _sizes_of(network.config):
        if size % step:
            raise UnsupportedError(
                f"{name} is {size}; the target c takes multiples of {step}, as vectors have {LANES} lanes. "
                f"Train with --set {name}={-(-size // step) * step}, or export another target."
            )


def _check_blocks(config: NeuroLiteConfig) -> None:
    """A .nlm has at least one block, and no more than the library has room for."""
    layers = getattr(config.backbone_options, "num_layers", 1)
    if not 1 <= layers <= MOST_BLOCKS:
        raise UnsupportedError(
            f"num_layers is {layers}; the target c takes 1 to {MOST_BLOCKS}. "
            "Export another target (neurolite-export --list)."
        )


def _check_memory(network: TextNetwork) -> None:
    """Text and reads together are the inputs of one product, whose sums have to stay in int32."""
    if network.memory is not None and network.memory.join.in_features > MOST_JOINED:
        raise UnsupportedError(
            f"The memory joins {network.memory.join.in_features:,} numbers of text and reads; the target c takes "
            f"{MOST_JOINED:,}. Train with fewer heads (--set working_heads=4), or export another target."
        )


def _sizes_of(config: NeuroLiteConfig) -> Iterator[tuple[str, int, int]]:
    """Name, size and the number that it must be a multiple of."""
    packed = config.table_bits == PACKED_BITS
    yield "projection_size", config.projection_size, 2 * LANES if packed else LANES
    yield "hidden_size", config.hidden_size, LANES
    options = config.backbone_options
    if isinstance(options, HyperMixerOptions):
        yield "hidden_size", config.hidden_size, LANES * options.heads
    if isinstance(options, SsmOptions):
        yield "inner", options.inner, LANES
    if isinstance(options, LiquidOptions) and config.generation is not None:
        yield "inner", options.inner, LANES  # a state has no other numbers
    if isinstance(options, MixerOptions | HyperMixerOptions):
        yield "token_hidden", options.token_hidden, LANES
        yield "channel_hidden", options.channel_hidden, LANES
