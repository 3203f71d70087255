"""What is compared: backbones, the reservoir in closed form beside them, and five data sets. Conditions are equal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from neurolite_core.network.backbones.table import BACKBONES

SIZE: Final = "tiny"
CLOSED: Final = "reservoir, closed form"
CONVERSATIONS: Final = "sgd"
CONVERSATION_COLUMN: Final = "dialogue"
# Learning rates to try, of which validation rows choose; the first is that of neurolite-train.
RATES: Final = (0.003, 0.006, 0.0015)
RUNTIMES: Final = ("onnx", "litert", "executorch")
SHORT: Final = 12  # words of the texts that are timed
LONG: Final = 256
STEP_TEXTS: Final = 128
_BY_GRADIENTS: Final = ("--start", "none", "--wide", "off", "--no-pictures")


@dataclass(frozen=True, slots=True)
class ComparedSet:
    """A data set.

    Attributes:
        title: how the page calls it.
        options: of ``neurolite-train``, for every backbone the same.
        typos: whether its test texts are also tried misspelt.
    """

    title: str
    options: tuple[str, ...]
    typos: bool = False


COMPARED: Final[Mapping[str, ComparedSet]] = MappingProxyType(
    {
        "clinc150": ComparedSet("clinc150", ("--typos", "0.2", "--epochs", "16"), typos=True),
        "snips": ComparedSet("snips", ("--typos", "0.2", "--epochs", "16"), typos=True),
        "sst2": ComparedSet("sst2", ("--epochs", "4", "--batch-size", "256")),
        CONVERSATIONS: ComparedSet(
            "sgd, conversations",
            ("--epochs", "5", "--batch-size", "384", "--turns", "40"),
            typos=True,
        ),
        "topic": ComparedSet(
            "topic, 12 languages",
            ("--word-dropout", "0.5", "--weight-decay", "0.1", "--epochs", "8"),
        ),
    }
)
# Row of the page -> options of neurolite-train that make it.
ROWS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        **{name: ("--backbone", name, *_BY_GRADIENTS) for name in BACKBONES},
        CLOSED: ("--backbone", "reservoir", "--epochs", "0", "--no-pictures"),
    }
)


def backbone_of(row: str) -> str:
    """The backbone of a row of the page."""
    return ROWS[row][1]
