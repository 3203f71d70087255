"""What may be trained: a shape, what it begins with, and how fast it learns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from neurolite_core.ground.errors import InputError
from neurolite_core.models.encoders import ENCODERS, encoders_here
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.training.options import TrainingOptions

if TYPE_CHECKING:
    from neurolite_core.artifact.checkpoint import Checkpoint

MEGABYTE: Final = 1_000_000
DEFAULT_MOST: Final = 1.4
"""Megabytes of the int8 ONNX file of a model that nobody named."""
DEFAULT_MOST_WITH_SPANS: Final = 1.6
"""The same of one that finds spans, whose head stands beside all of it."""

AUTO: Final = "auto"
NONE: Final = "none"
START_NAMES: Final = (AUTO, NONE, *ENCODERS)
"""What ``--start`` takes besides folders."""


@dataclass(frozen=True, slots=True)
class Rates:
    """What is learned by where it is not given: fields of ``TrainingOptions``."""

    learning_rate: float
    table_rate: float
    batch_size: int = TrainingOptions().batch_size
    weight_decay: float = TrainingOptions().weight_decay
    word_dropout: float = TrainingOptions().word_dropout
    teacher_weight: float = TrainingOptions().teacher_weight
    variants: int = TrainingOptions().variants


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One of the models that are trained, of which validation rows pick one.

    Attributes:
        name: for people, and for its folder: ``none``, a key of ``ENCODERS``, or the name of a folder.
        config: of the model.
        start: an encoder whose weights it begins with, of ``config`` but for ``table_bits`` and for
            layers; None for drawn ones.
        options: of the training.
    """

    name: str
    config: NeuroLiteConfig
    start: Checkpoint | None
    options: TrainingOptions


def starts_of(value: str, *, shaped: str | None) -> dict[str, Checkpoint | None]:
    """What ``--start`` asks for, by name, in the order in which it is trained.

    Args:
        value: one of ``START_NAMES``, or a folder.
        shaped: the option that names a shape, or None.

    Raises:
        InputError: an encoder and a shape were named, and the shape is the encoder's; nothing is there.
        CheckpointError: what is there is damaged.
    """
    from neurolite_core.training.starting.encoder import read_encoder

    if value == NONE or (value == AUTO and shaped is not None):
        return {NONE: None}
    if value == AUTO:
        here = {name: read_encoder(folder) for name, folder in encoders_here().items()}
        return {**here, NONE: None}
    if shaped is not None:
        raise InputError(
            f"{shaped} was given with --start, whose encoder has a shape of its own. Leave one of them out."
        )
    if value not in ENCODERS:
        folder = Path(value)
        return {folder.resolve().name or value: read_encoder(folder)}
    if value not in encoders_here():
        raise InputError(
            f"--start {value}: this installation lacks the package's encoder; {ENCODERS[value]} is not there. Install "
            "the package from its wheel, or give a folder."
        )
    return {value: read_encoder(ENCODERS[value])}
