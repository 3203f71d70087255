"""What a network begins with: an encoder's weights, or drawn ones."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import torch

from neurolite_core.artifact.checkpoint import Checkpoint, build_checkpoint, read_checkpoint
from neurolite_core.ground.checks import require_path
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown
from neurolite_core.network.config import FLOAT_BITS
from neurolite_core.network.exits import close_all
from neurolite_core.network.growing import stacked
from neurolite_core.network.model import TextNetwork
from neurolite_core.network.table_bits import trained_table, with_table_bits
from neurolite_core.training.choosing.deeper import layers_of

# Words that the data never shows then say little, instead of something random; on 8,412 rows of topics in
# twelve languages it was worth 5 points.
SMALL_START: Final = 0.1
_HEADS: Final = ("head.", "spans.")


def read_encoder(folder: Path) -> Checkpoint:
    """Reads a checkpoint to start from, of any task.

    Raises:
        InputError: it is no folder.
        CheckpointError: it is damaged.
    """
    require_path("--start", str(folder))
    if not folder.is_dir():
        raise InputError(f"--start is {shown(str(folder))}; give the folder of a checkpoint.")
    return read_checkpoint(folder)


@torch.no_grad()
def start_from_encoder(network: TextNetwork, checkpoint: Checkpoint) -> None:
    """Takes over all weights but those of the heads, in place; where there are more layers, as ``growing`` stacks them.

    Args:
        network: of the checkpoint's config, but for ``table_bits``, which are 32, for spans, and for more layers.
        checkpoint: from ``read_encoder``.
    """
    encoder = with_table_bits(build_checkpoint(checkpoint), FLOAT_BITS)
    values = {
        name: value for name, value in encoder.state_dict().items() if not name.startswith(_HEADS)
    }
    layers, more = layers_of(checkpoint.config), layers_of(network.config)
    if more > layers:
        values = stacked(values, layers, more)
    network.load_state_dict(values, strict=False)
    if network.exits is not None:
        close_all(network.exits)


def begin_with(network: TextNetwork, start: Checkpoint | None) -> None:
    """Takes over an encoder's weights, or makes the drawn table small where there is none; in place."""
    if start is not None:
        start_from_encoder(network, start)
        return
    with torch.no_grad():
        trained_table(network).mul_(SMALL_START)
