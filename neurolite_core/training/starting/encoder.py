"""An encoder's weights for a classifier."""

from __future__ import annotations

from pathlib import Path

import torch

from neurolite_core.artifact.checkpoint import Checkpoint, build_checkpoint, read_checkpoint
from neurolite_core.ground.errors import InputError
from neurolite_core.models.encoders import ENCODERS
from neurolite_core.network.config import FLOAT_BITS
from neurolite_core.network.model import TextNetwork
from neurolite_core.network.table_bits import with_table_bits


def find_encoder(start: str) -> Path:
    """The folder of an encoder of the package, by its name, or one that is given.

    Raises:
        InputError: neither.
    """
    if start in ENCODERS:
        return ENCODERS[start]
    if not Path(start).is_dir():
        raise InputError(
            f"--start is {start!r}; give {', '.join(ENCODERS)}, or the folder of a checkpoint."
        )
    return Path(start)


def read_encoder(start: str) -> Checkpoint:
    """Reads a checkpoint to start from, of any task.

    Raises:
        InputError: no such encoder.
        CheckpointError: it is damaged.
    """
    return read_checkpoint(find_encoder(start))


@torch.no_grad()
def start_from_encoder(network: TextNetwork, checkpoint: Checkpoint) -> None:
    """Takes over all weights but those of the head, in place.

    Args:
        network: of the checkpoint's config, but for ``table_bits``, which are 32.
        checkpoint: from ``read_encoder``.
    """
    encoder = with_table_bits(build_checkpoint(checkpoint), FLOAT_BITS)
    values = {
        name: value for name, value in encoder.state_dict().items() if not name.startswith("head.")
    }
    network.load_state_dict(values, strict=False)
