"""The shape of a generator by the options of the command, without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from neurolite_core.network.backbones.ssm_options import SsmOptions
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.generation_options import GenerationOptions
from neurolite_core.training.options import TrainingOptions

LAYERS: Final = 2
_STATE: Final = 1  # more of them learned less in the same time
_INNER: Final = 2  # channels of a state for each of the backbone's, as in Mamba
_BYTES_PER_WORD: Final = 16
_FEWEST_BYTES, _MOST_BYTES = 256, 65_536


def generator_config(config: NeuroLiteConfig, values: Mapping[str, Any]) -> NeuroLiteConfig:
    """A preset's shape, or one of a file, as a generator's: causal, of a window of so many words.

    Args:
        config: of another task or of a generator; its mixer gives way to a state space, its other backbones stay.
        values: of the options ``hidden_size``, ``num_layers`` and ``seq_length``, None where they were not given.

    Raises:
        InputError: a value is out of its range.
    """
    hidden = values["hidden_size"] or config.hidden_size
    length = values["seq_length"] or TrainingOptions().seq_length
    options = config.backbone_options
    if config.backbone == "mixer":
        options = SsmOptions(num_layers=LAYERS, inner=_INNER * hidden, state=_STATE, causal=True)
    if isinstance(options, SsmOptions):
        layers = values["num_layers"] or options.num_layers
        options = replace(options, num_layers=layers, causal=True)
    return replace(
        config,
        backbone="ssm" if isinstance(options, SsmOptions) else config.backbone,
        backbone_options=options,
        hidden_size=hidden,
        max_words=length,
        max_bytes=min(_MOST_BYTES, max(_FEWEST_BYTES, _BYTES_PER_WORD * length)),
        pooling="last",
        bag=False,
        generation=config.generation or GenerationOptions(),
    )
