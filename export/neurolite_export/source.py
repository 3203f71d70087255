"""Where a reference model comes from: a preset with random weights, or a checkpoint."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from neurolite_core.artifact.checkpoint import PROBES, build_checkpoint, read_checkpoint
from neurolite_core.ground.checks import require_choice
from neurolite_core.ground.errors import InputError
from neurolite_core.network.config import PRESETS
from neurolite_core.network.model import NeuroLiteForClassification, TextNetwork
from neurolite_core.network.settings import with_backbone, with_settings
from neurolite_core.text.words import to_bytes
from neurolite_export.probes import Probes


@dataclass(frozen=True, slots=True)
class Source:
    """A reference model and where its weights came from.

    Attributes:
        network: ready for evaluation.
        name: of its files.
        weights: what they are, for the metadata.
        probes: texts that the checkpoint carries, None where it has none.
        differing: copies beside the checkpoint that say something else, and are not read.
    """

    network: TextNetwork
    name: str
    weights: str
    probes: Probes | None = None
    differing: tuple[str, ...] = ()


def seeded_source(
    size: str, seed: int, backbone: str | None = None, settings: Sequence[str] = ()
) -> Source:
    """A preset with random weights: the right size and speed, meaningless answers.

    Args:
        size: key of ``PRESETS``.
        seed: of the weights.
        backbone: in place of the preset's, of about as many parameters.
        settings: values of its shape, each ``NAME=VALUE``.

    Raises:
        InputError: unknown size or backbone, a seed out of range, or a value that cannot be.
    """
    require_choice("--size", size, PRESETS)
    if not 0 <= seed < 2**63:
        raise InputError(f"--seed is {seed}; give a number from 0 to 2^63 - 1.")
    config = PRESETS[size]()
    if backbone is not None:
        config = with_backbone(config, backbone)
    config = with_settings(config, settings)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = NeuroLiteForClassification(config)
    name = size if backbone is None else f"{size}-{backbone}"
    return Source(network.eval(), name, f"random, seed {seed}: not trained")


def checkpoint_source(folder: Path) -> Source:
    """A checkpoint's model.

    Raises:
        CheckpointError: missing or damaged.
    """
    checkpoint = read_checkpoint(folder)
    network = build_checkpoint(checkpoint)
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", folder.resolve().name).strip("-.") or "checkpoint"
    rows = checkpoint.probe_rows()
    texts = tuple(to_bytes(text) for text, _ in rows)
    probes = None
    if rows:
        turns = checkpoint.probe_conversations()
        unlabelled = frozenset(place for place, (_, given) in enumerate(rows) if given is None)
        # Some turns of a conversation are only read; of other rows all are labelled, or none counts.
        labelled = len(unlabelled) < len(rows) if turns else not unlabelled
        labels = tuple(given or () for _, given in rows) if labelled else None
        own = unlabelled if labelled else frozenset()
        probes = Probes(PROBES, texts, labels, turns, own, checkpoint.probe_spans())
    weights = f"checkpoint, sha256 {checkpoint.digest}"
    return Source(network, name, weights, probes, checkpoint.differing)
