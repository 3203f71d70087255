"""Which encoder made a vector: a digest of what decides it, the same in every target and precision of one model."""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np

from neurolite_core.artifact.metadata import ID_DIGITS
from neurolite_core.hashing.words import HASH_VERSION
from neurolite_core.network.model import TextNetwork

_NOT_IN_VECTORS: Final = ("head.", "wide.", "rules.", "spans.")


def model_id_of(network: TextNetwork) -> str:
    """128 bits of a SHA-256 in hex, of the reference's weights in float32 without heads, the wide path and rules.

    Labels, thresholds, heads, the wide path and rules change no vector, so that they change no id either. Precisions
    change vectors by little and the id not at all: vectors of one id may be compared.

    Args:
        network: a task's; its weights may lie anywhere.
    """
    config = network.config
    facts: tuple[object, ...] = (
        *(HASH_VERSION, config.num_hashes, config.max_words, config.backbone, config.pooling),
        *(() if config.experts is None else (config.experts.top,)),
        # What other backbones compute is not all in the weights; ids that were given stay.
        *(() if config.backbone == "mixer" else (repr(config.backbone_options),)),
    )
    digest = hashlib.sha256(repr(facts).encode())
    for name, value in sorted(network.state_dict().items()):
        if not name.startswith(_NOT_IN_VECTORS):
            numbers = value.detach().cpu().numpy().astype("<f4")
            digest.update(f"{name} {numbers.shape}".encode())
            digest.update(np.ascontiguousarray(numbers).tobytes())
    return digest.hexdigest()[:ID_DIGITS]
