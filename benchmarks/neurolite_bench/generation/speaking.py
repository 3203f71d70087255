"""Files that say the next word from a state, read alike: ours by bytes, the reference points by entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.generation.generator import vocabulary_of
from neurolite_bench.generation.neural.stepping import MOST_WORDS, Stepper, is_peer
from neurolite_bench.generation.rows import GENERATOR
from neurolite_bench.sessions import session_of
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.ground.errors import InputError
from neurolite_core.text.vocabulary import UNKNOWN, Vocabulary
from neurolite_core.text.words import pack_texts
from neurolite_runtimes.native_library import NativeLibrary
from neurolite_runtimes.nlm_library import ModelLibrary, load_model_library
from neurolite_runtimes.nlm_places import found_library_path
from neurolite_runtimes.opening import open_artifact

States = Mapping[str, NDArray[Any]]
Said = tuple[NDArray[np.float32], States]
"""The logits float32 [V] of what follows, and the state behind what was read."""

FUNCTION_BODY: Final = ", function body"
PYTHON: Final = ", in Python"
_STATE: Final = "state"
_ANY_BYTES: Final = 2**31
_STEP: Final = 16  # bytes; a text is padded to a multiple, as ``OnnxSession`` does


class Speaker(Protocol):
    """A file, opened on one thread."""

    @property
    def kind(self) -> str:
        """Of a row."""

    @property
    def vocabulary(self) -> Vocabulary:
        """What it chooses from."""

    @property
    def most(self) -> tuple[int, int]:
        """Words and bytes of a call."""

    def begin(self) -> Said:
        """Before the first word of a text."""

    def step(self, pieces: Sequence[bytes], states: States, /) -> Said:
        """Reads segments of a text that goes on, at most ``most``."""


class PeerSpeaker:
    """A reference point."""

    most: Final = (MOST_WORDS, _ANY_BYTES)

    def __init__(self, file: Path) -> None:
        self._stepper = Stepper(file)
        self.kind, self.vocabulary = self._stepper.kind, self._stepper.vocabulary
        self._places = self.vocabulary.places

    def begin(self) -> Said:
        """Before the first word of a text."""
        return self._stepper.begin()

    def step(self, pieces: Sequence[bytes], states: States) -> Said:
        """Reads segments; what is no entry as the unknown word."""
        entries = [self._places.get(piece, UNKNOWN) for piece in pieces]
        return self._stepper.step(entries, dict(states))


class StreamSpeaker:
    """An exported generator in stream form, by onnxruntime alone, as the reference points are.

    Args:
        file: the .onnx file.
        library: where given, its native ops hash; else the function body.

    Raises:
        InputError: it is no generator, or keeps no state.
    """

    kind: Final = GENERATOR

    def __init__(self, file: Path, library: NativeLibrary | None) -> None:
        opened = open_artifact(file)
        self.vocabulary = vocabulary_of(opened, str(file))
        specs = opened.metadata.state
        self._begin = _begin(opened.metadata, file)
        self.most = opened.metadata.max_words, opened.metadata.max_bytes
        self._input = opened.metadata.input_name
        self._names = [spec.name for spec in specs]
        self._session: Any = session_of(file, library, arena=False)  # as ``OnnxSession``
        self._outputs = ["logits", *(spec.next_name for spec in specs)]

    def begin(self) -> Said:
        """Before the first word of a text."""
        return self.step((), self._begin)

    def step(self, pieces: Sequence[bytes], states: States) -> Said:
        """Reads segments."""
        text = b"".join(pieces)
        packed = np.zeros((1, max(1, -(-len(text) // _STEP)) * _STEP), np.uint8)
        packed[0, : len(text)] = np.frombuffer(text, np.uint8)
        logits, *found = self._session.run(self._outputs, {self._input: packed, **states})
        return logits[0], dict(zip(self._names, found, strict=True))


class SessionSpeaker:
    """An exported generator in stream form, of any runtime, by the package's own session.

    Raises:
        InputError: it is no generator, or keeps no state.
    """

    kind: Final = GENERATOR

    def __init__(self, file: Path) -> None:
        self._session = open_artifact(file)
        self.vocabulary = vocabulary_of(self._session, str(file))
        metadata = self._session.metadata
        self._begin, self.most = _begin(metadata, file), (metadata.max_words, metadata.max_bytes)

    def begin(self) -> Said:
        """Before the first word of a text."""
        return self.step((), self._begin)

    def step(self, pieces: Sequence[bytes], states: States) -> Said:
        """Reads segments."""
        found = self._session.run_bytes(pack_texts([b"".join(pieces)]), states)
        following = {spec.name: found[spec.next_name] for spec in self._session.metadata.state}
        return found["logits"][0], following


class LibrarySpeaker:
    """An exported generator in stream form, by the C library alone, as the reference points are by onnxruntime.

    Args:
        file: the .nlm file.
        library: that computes it.

    Raises:
        InputError: it is no generator, or keeps no state.
    """

    kind: Final = GENERATOR

    def __init__(self, file: Path, library: ModelLibrary) -> None:
        opened = open_artifact(file)
        self.vocabulary = vocabulary_of(opened, str(file))
        self.most = opened.metadata.max_words, opened.metadata.max_bytes
        _begin(opened.metadata, file)
        self._model = library.open(file.read_bytes(), str(file))

    def begin(self) -> Said:
        """Before the first word of a text."""
        found = self._model.run(b"")
        return found.logits, {_STATE: found.state}

    def step(self, pieces: Sequence[bytes], states: States) -> Said:
        """Reads segments; a state may be gone on from again."""
        found = self._model.run(b"".join(pieces), states[_STATE])
        return found.logits, {_STATE: found.state}


def open_speakers(file: Path, library: NativeLibrary | None) -> dict[str, Speaker]:
    """A file of any kind, in each way that it is timed in: its name and the way, "" for the first.

    Args:
        file: a reference point, or an exported generator in stream form.
        library: where given, its native ops hash in onnxruntime, and the function body is another way.

    Raises:
        InputError: it is none of these.
    """
    if file.suffix == ".nlm" and (path := found_library_path()) is not None:
        by_library: Speaker = LibrarySpeaker(file, load_model_library(path))
        return {"": by_library, PYTHON: SessionSpeaker(file)}
    if file.suffix != ".onnx":
        return {"": SessionSpeaker(file)}
    if is_peer(file):
        return {"": PeerSpeaker(file)}
    ways: dict[str, Speaker] = {"": StreamSpeaker(file, library)}
    return ways if library is None else ways | {FUNCTION_BODY: StreamSpeaker(file, None)}


def _begin(metadata: ArtifactMetadata, file: Path) -> dict[str, NDArray[Any]]:
    if not metadata.state:
        raise InputError(
            f"{file} keeps no state; give the stream form: neurolite-export --form stream"
        )
    return {
        spec.name: np.full((1, *spec.shape), spec.initial, spec.numpy_type)
        for spec in metadata.state
    }


def speak(speaker: Speaker, pieces: Sequence[bytes]) -> Said:
    """What follows a text, read from its beginning in as few calls as can be."""
    said = speaker.begin()
    for own in _calls(pieces, *speaker.most):
        said = speaker.step(own, said[1])
    return said


def _calls(pieces: Sequence[bytes], most_words: int, most_bytes: int) -> Iterator[list[bytes]]:
    """As many segments as a call may have: of words and of bytes."""
    own, size = list[bytes](), 0
    for piece in pieces:
        if own and (len(own) == most_words or size + len(piece) > most_bytes):
            yield own
            own, size = [], 0
        own.append(piece)
        size += len(piece)
    if own:
        yield own
