"""What an exported generator says of the words of texts: each behind as many before it as the file reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.generation.scoring import is_suggested
from neurolite_core.answer.scores import log_sum_exp
from neurolite_core.answer.tasks import GENERATION
from neurolite_core.ground.errors import InputError
from neurolite_core.text.segments import last_words, split_segments
from neurolite_core.text.vocabulary import Vocabulary
from neurolite_runtimes.session import Session, run

_AT_ONCE: Final = 256


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """Of W words, in the order of the texts.

    Attributes:
        probabilities: float64 [W], that each had.
        hits: bool [W], whether it was among the three suggestions.
    """

    probabilities: NDArray[np.float64]
    hits: NDArray[np.bool_]


def vocabulary_of(session: Session, source: str) -> Vocabulary:
    """The entries of a file.

    Raises:
        InputError: it is no generator.
    """
    metadata = session.metadata
    if metadata.task != GENERATION:
        raise InputError(
            f"{source} is of the task {metadata.task}; give a generator: neurolite-train --task generation"
        )
    return Vocabulary(metadata.labels)


def ask(session: Session, texts: Sequence[bytes], vocabulary: Vocabulary) -> Said:
    """Asks for every word of every text, and its end, by a window of the words before.

    Args:
        session: of a generator.
        texts: in which words are asked for.
        vocabulary: its entries.
    """
    probabilities, hits = list[float](), list[bool]()
    remaining = _asked(session, texts, vocabulary)
    while some := list(islice(remaining, _AT_ONCE)):
        logits = run(session, [window for window, _ in some]).values["logits"].astype(np.float64)
        totals = log_sum_exp(logits)
        for own, total, (_, wanted) in zip(logits, totals, some, strict=True):
            probabilities.append(float(np.exp(own[wanted] - total)))
            hits.append(is_suggested(own, wanted))
    return Said(np.array(probabilities), np.array(hits))


def _asked(
    session: Session, texts: Sequence[bytes], vocabulary: Vocabulary
) -> Iterator[tuple[bytes, int]]:
    """The window before each word, and the word's entry."""
    metadata = session.metadata
    for text, segments in zip(texts, split_segments(texts), strict=True):
        end = 0
        for place, wanted in enumerate(vocabulary.targets(text)):
            yield last_words(text[:end], metadata.max_words, metadata.max_bytes), wanted
            if place < len(segments.words):
                end += len(segments.words[place])
