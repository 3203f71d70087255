"""What is settled for trainings with spans: each figure was chosen on validation texts (docs/spans.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from neurolite_core.training.options import TrainingOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Distortion:
    """How texts are seen that are not seen as they are; shares of their words.

    Attributes:
        share: of the texts that are distorted at all.
        typos: of the words of two characters or more that get an edit.
        word_dropout: left out, where there are more than three.
        unknown: of the words of two characters or more, that give way to letters by chance: a word that was never seen
            has to be told by what stands around it.
        swapped: of their spans, that give way to what another span of their type says.
    """

    share: float
    typos: float
    word_dropout: float
    unknown: float
    swapped: float


DISTORTED: Final = 0.9
UNKNOWN: Final = 0.05
SWAPPED: Final = 0.7
SMOOTHING_OF_TAGS: Final = 0.0
TAUGHT: Final = 0.6
"""Of the rows, in whose place a text stands that a teacher answered (``spans.teaching``)."""
AVERAGING: Final = 0.998
"""Of the weights, over some 500 steps (``fitting.averaging``)."""


def distortion_of(options: TrainingOptions) -> Distortion:
    """As the options ask."""
    return Distortion(
        share=DISTORTED,
        typos=options.typos,
        word_dropout=options.word_dropout,
        unknown=UNKNOWN,
        swapped=SWAPPED,
    )
