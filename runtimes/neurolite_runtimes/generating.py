"""A writer over an opened generator, of any runtime and in either form."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.reading import StreamReading
from neurolite_core.answer.tasks import GENERATION
from neurolite_core.answer.writing import Writer
from neurolite_core.ground.errors import InputError
from neurolite_core.network.state_spec import State
from neurolite_core.text.vocabulary import Vocabulary
from neurolite_core.text.words import pack_texts
from neurolite_runtimes.session import Session

_BEGINNING: Final[State] = MappingProxyType({})


def writer_of(session: Session, source: str) -> Writer:
    """What goes on with texts by a file: one that reads a window of their last words, or one that keeps a state.

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
    vocabulary = Vocabulary(metadata.labels)
    words, size = metadata.max_words, metadata.max_bytes
    if not metadata.state:
        return Writer(
            lambda text: session.run_bytes(pack_texts([text]))["logits"][0],
            vocabulary,
            max_words=words,
            max_bytes=size,
        )
    kept = [(spec.name, spec.next_name) for spec in metadata.state]

    def step(text: bytes, state: State | None) -> tuple[NDArray[np.floating], State]:
        found = session.run_bytes(pack_texts([text]), state or _BEGINNING)
        return found["logits"][0], {name: found[following] for name, following in kept}

    return Writer(step, vocabulary, max_words=words, max_bytes=size, reading=StreamReading)
