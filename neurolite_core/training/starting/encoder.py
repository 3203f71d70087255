"""An encoder's weights for a classifier."""

from __future__ import annotations

from pathlib import Path

import torch

from neurolite_core.artifact.checkpoint import Checkpoint, build_checkpoint, read_checkpoint
from neurolite_core.ground.checks import require_path
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown
from neurolite_core.network.config import FLOAT_BITS
from neurolite_core.network.model import TextNetwork
from neurolite_core.network.table_bits import with_table_bits


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
