"""The forms of a generator's file: one reads the last words anew for each, the other goes on from a state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import cycle, islice
from types import MappingProxyType
from typing import Final

from neurolite_core.ground.checks import require_choice
from neurolite_core.ground.errors import InputError
from neurolite_core.network.model import NeuroLiteForGeneration, TextNetwork
from neurolite_core.network.streaming import Streamed
from neurolite_core.text.segments import split_segments
from neurolite_export.probes import Probes
from neurolite_export.source import Source

WINDOW: Final = "window"
STREAM: Final = "stream"
MOST_PIECES: Final = 1_000
# Words of a call: a writer's single ones, and prompts' many.
_SIZES: Final = (1, 3, 1, 16)


def _streamed(source: Source) -> Source:
    network = source.network
    if not isinstance(network, NeuroLiteForGeneration):
        raise InputError(
            f"--form {STREAM} is about generators, and {source.name} is of the task {network.task}. Leave --form out."
        )
    return replace(source, network=Streamed(network), name=f"{source.name}-{STREAM}")


FORMS: Final[Mapping[str, Callable[[Source], Source]]] = MappingProxyType(
    {WINDOW: lambda source: source, STREAM: _streamed}
)


def formed(source: Source, form: str) -> Source:
    """A model in the form that its file is to have, whose name says so.

    Raises:
        InputError: an unknown form, or one that the model cannot have.
    """
    require_choice("--form", form, FORMS)
    return FORMS[form](source)


def probes_of(network: TextNetwork, probes: Probes) -> Probes:
    """Probes as a network reads them: whole texts, or of one that goes on each in pieces, which are its conversation.

    At most ``MOST_PIECES``, of texts that are evenly taken.
    """
    if not isinstance(network, Streamed):
        return probes
    config = network.config
    split = [list(_pieces(text, config.max_words, config.max_bytes)) for text in probes.texts]
    step = -(-sum(map(len, split)) // MOST_PIECES)
    chosen = split[:: max(1, step)]
    texts = tuple(piece for pieces in chosen for piece in pieces)
    numbers = tuple(number for number, pieces in enumerate(chosen) for _ in pieces)
    return Probes(probes.source, texts, conversations=numbers)


def _pieces(text: bytes, most_words: int, most_bytes: int) -> Iterator[bytes]:
    """A text cut between words, and where a word is too long, inside it."""
    (segments,) = split_segments([text])
    rest, sizes = iter((*segments.words, segments.rest)), cycle(_SIZES)
    piece = b"".join(islice(rest, min(next(sizes), most_words)))
    yield piece[:most_bytes]
    while piece:
        for first in range(most_bytes, len(piece), most_bytes):
            yield piece[first : first + most_bytes]
        piece = b"".join(islice(rest, min(next(sizes), most_words)))
        if piece:
            yield piece[:most_bytes]
