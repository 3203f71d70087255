"""What an exported generator says of the words of texts: each behind all before it, or as many as the file reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.generation.scoring import Said, heard
from neurolite_core.answer.tasks import GENERATION
from neurolite_core.ground.errors import InputError
from neurolite_core.text.segments import last_words, split_segments
from neurolite_core.text.vocabulary import Vocabulary
from neurolite_runtimes.session import Session, run
from neurolite_runtimes.turn_by_turn import logits_of_turns

_AT_ONCE: Final = 256
_SIDE_BY_SIDE: Final = 16


def spread(texts: Sequence[bytes], words: int) -> list[bytes]:
    """Texts evenly taken, of about so many words together; the first ones of texts of fewer."""
    total = sum(len(segments.words) + 1 for segments in split_segments(texts))
    return list(texts[:: max(1, -(-total // words))])


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
    """Asks for every word of every text, and its end: by the state of the words before, or a window of them.

    Args:
        session: of a generator.
        texts: in which words are asked for.
        vocabulary: its entries.
    """
    return heard(answers(session, texts, vocabulary))


def answers(
    session: Session, texts: Sequence[bytes], vocabulary: Vocabulary
) -> Iterator[tuple[NDArray[np.float32], int]]:
    """The logits float32 [V] before each word of every text, and the entry that came."""
    asked = _streamed if session.metadata.state else _windows
    return asked(session, texts, vocabulary)


def _streamed(
    session: Session, texts: Sequence[bytes], vocabulary: Vocabulary
) -> Iterator[tuple[NDArray[np.float32], int]]:
    """By the state; some texts go on side by side."""
    for first in range(0, len(texts), _SIDE_BY_SIDE):
        some = texts[first : first + _SIDE_BY_SIDE]
        read = [(b"", *segments.words) for segments in split_segments(some)]
        found = logits_of_turns(session, read, side_by_side=_SIDE_BY_SIDE)
        for text, logits in zip(some, found, strict=True):
            yield from zip(logits, vocabulary.targets(text), strict=True)


def _windows(
    session: Session, texts: Sequence[bytes], vocabulary: Vocabulary
) -> Iterator[tuple[NDArray[np.float32], int]]:
    """By windows, of a file that keeps no state."""
    remaining = _asked(session, texts, vocabulary)
    while some := list(islice(remaining, _AT_ONCE)):
        logits = run(session, [window for window, _ in some]).values["logits"]
        yield from zip(logits, (wanted for _, wanted in some), strict=True)


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
