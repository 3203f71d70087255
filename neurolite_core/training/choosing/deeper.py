"""More layers than the encoder has that a training starts from: ``--start FOLDER --set num_layers=N``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from neurolite_core.ground.errors import InputError
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.settings import with_settings
from neurolite_core.training.choosing.candidates import AUTO, NONE

_LAYERS: Final = "num_layers"


def deepens(start: str, settings: Sequence[str]) -> bool:
    """Whether settings say of an encoder that was named nothing but how many layers to grow to."""
    return start not in (AUTO, NONE) and {each.partition("=")[0] for each in settings} == {_LAYERS}


def layers_of(config: NeuroLiteConfig) -> int:
    """Blocks of its backbone; 0 where it counts none."""
    return int(getattr(config.backbone_options, _LAYERS, 0))


def deeper(config: NeuroLiteConfig, settings: Sequence[str]) -> NeuroLiteConfig:
    """An encoder's config with more layers.

    Args:
        config: of the encoder.
        settings: for which ``deepens`` holds; none for the config as it is.

    Raises:
        InputError: it has none to grow from, or as many.
    """
    if not settings:
        return config
    grown, layers = with_settings(config, settings), layers_of(config)
    if not 0 < layers < layers_of(grown):
        raise InputError(
            f"--set {settings[-1]} was given with --start, whose encoder has {layers} layers; it can only grow from 1 or "
            "more. Give a larger number, or leave one of them out."
        )
    return grown
