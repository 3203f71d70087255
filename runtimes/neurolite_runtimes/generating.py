"""A writer over an opened generator, of any runtime."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.tasks import GENERATION
from neurolite_core.answer.writing import Writer
from neurolite_core.ground.errors import InputError
from neurolite_core.text.vocabulary import Vocabulary
from neurolite_runtimes.session import Session, run


def writer_of(session: Session, source: str) -> Writer:
    """What goes on with texts by a file, which reads a window of their last words.

    Args:
        session: of the file.
        source: its name, for the error.

    Raises:
        InputError: it is no generator.
    """
    metadata = session.metadata
    if metadata.task != GENERATION:
        raise InputError(
            f"{source} is of the task {metadata.task}, which writes nothing; give a generator: neurolite-train --task "
            "generation"
        )

    def answer(text: bytes) -> NDArray[np.floating]:
        logits: NDArray[np.floating] = run(session, [text]).values["logits"][0]
        return logits

    return Writer(
        answer,
        Vocabulary(metadata.labels),
        max_words=metadata.max_words,
        max_bytes=metadata.max_bytes,
    )
