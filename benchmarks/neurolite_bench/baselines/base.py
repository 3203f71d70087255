"""What a baseline gives when it is fitted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurolite_bench.quality_measure import Classify


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted baseline.

    Attributes:
        classify: texts -> labels and scores.
        size_bytes: what would be shipped: weights and vocabulary, without code.
        options: what was chosen on the validation rows.
        validation_accuracy: of the choice, 0 to 1.
    """

    classify: Classify
    size_bytes: int
    options: dict[str, Any]
    validation_accuracy: float


@dataclass(frozen=True, slots=True)
class Settings:
    """How to fit: the seed, and the folder of the sentence encoder where one is wanted."""

    seed: int
    teacher: Path | None = None
