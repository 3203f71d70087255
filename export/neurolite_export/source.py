"""Where a reference model comes from: a preset with random weights, or a checkpoint."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import torch

from neurolite_core.artifact.checkpoint import checkpoint_digest, load_checkpoint
from neurolite_core.ground.checks import require_choice
from neurolite_core.ground.errors import InputError
from neurolite_core.network.config import PRESETS
from neurolite_core.network.model import NeuroLiteForClassification, TextNetwork


@dataclass(frozen=True, slots=True)
class Source:
    """A reference model and where its weights came from."""

    network: TextNetwork
    name: str
    weights: str


def seeded_source(size: str, seed: int) -> Source:
    """A preset with random weights: the right size and speed, meaningless answers.

    Raises:
        InputError: unknown size, or a seed out of range.
    """
    require_choice("--size", size, PRESETS)
    if not 0 <= seed < 2**63:
        raise InputError(f"--seed is {seed}; give a number from 0 to 2^63 - 1.")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = NeuroLiteForClassification(PRESETS[size]())
    return Source(network.eval(), size, f"random, seed {seed}: not trained")


def checkpoint_source(folder: Path) -> Source:
    """A checkpoint's model.

    Raises:
        CheckpointError: missing or damaged.
    """
    network = load_checkpoint(folder)
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", folder.resolve().name).strip("-.") or "checkpoint"
    return Source(network, name, f"checkpoint, sha256 {checkpoint_digest(folder)}")
