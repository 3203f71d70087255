"""The compiled C library of models from Python; ``runtimes/native/include/neurolite_model.h`` has its functions."""

from __future__ import annotations

import ctypes
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.ground.errors import ArtifactError, InputError
from neurolite_runtimes.native_library import check_digest, declare, library_path

_PATHS: Final = range(16)  # more than there are
_STRUCT: Final = 4_096  # bytes, more than sizeof(nl_model)
_ALIGNED: Final = 64
_OK: Final = 0


class _Out(ctypes.Structure):
    """``nl_out``."""

    _fields_ = (
        ("words", ctypes.c_int32),
        ("truncated", ctypes.c_int32),
        ("logits", ctypes.c_void_p),
        ("embedding", ctypes.c_void_p),
    )


@dataclass(frozen=True, slots=True, eq=False)
class NativeAnswer:
    """What the library says of one text.

    Attributes:
        words: of the text, those beyond ``max_words`` included.
        truncated: something of the text was not read.
        logits: float32 [C], empty where there are no labels.
        embedding: float32 [D].
    """

    words: int
    truncated: bool
    logits: NDArray[np.float32]
    embedding: NDArray[np.float32]


def model_library_path() -> Path:
    """Where this machine's library of models is, or would be; beside ``library_path()``."""
    op_library = library_path()
    return op_library.with_name(op_library.name.replace("neurolite", "neurolite_model"))


@dataclass(frozen=True, slots=True)
class ModelLibrary:
    """The library, loaded.

    Attributes:
        path: the file.
        paths: instruction sets by number that this processor can take, the fastest last.
    """

    path: Path
    paths: dict[int, str]
    _functions: ctypes.CDLL = field(repr=False, compare=False)

    def open(self, content: bytes, source: str) -> NativeModel:
        """Opens a .nlm.

        Raises:
            ArtifactError: the library does not take it; the message says why.
        """
        return NativeModel(self._functions, content, source)


def load_model_library(path: Path | None = None, *, fresh: bool = False) -> ModelLibrary:
    """Loads the library.

    Args:
        path: the file; ``model_library_path()`` by default.
        fresh: it was compiled a moment ago and has no digest yet.

    Raises:
        InputError: missing, damaged or not loadable here; the message is one line.
    """
    path = model_library_path() if path is None else path
    if not path.is_file():
        raise InputError(f"There is no model library at {path}. Build it: neurolite-ops build")
    if not fresh:
        check_digest(path)
    try:
        functions = ctypes.CDLL(str(path.resolve()))
        _declare(functions)
    except (OSError, AttributeError) as error:
        raise InputError(
            f"{path} cannot be loaded ({error}). Build it again: neurolite-ops build"
        ) from error
    names = {number: functions.nl_path_name(number) for number in _PATHS}
    return ModelLibrary(
        path, {number: name.decode() for number, name in names.items() if name}, functions
    )


class _Room:
    """What a thread's calls write to; addresses are asked for once, as asking takes as long as some words."""

    def __init__(self, labels: int, width: int, scratch: int) -> None:
        self.logits, self.embedding = np.zeros(labels, np.float32), np.zeros(width, np.float32)
        self.scratch = _aligned(scratch)
        logits = self.logits.ctypes.data if labels else None
        self.out = _Out(0, 0, logits, self.embedding.ctypes.data)
        self.out_at, self.scratch_at = ctypes.addressof(self.out), self.scratch.ctypes.data


class NativeModel:
    """An open model; any number of threads may ask it at once, each thread with memory of its own.

    Args:
        functions: of the library.
        content: the file's bytes, kept as long as the model.
        source: its path, for messages.

    Raises:
        ArtifactError: the library does not take it.
    """

    def __init__(self, functions: ctypes.CDLL, content: bytes, source: str) -> None:
        self._functions = functions
        self._blob = _aligned(len(content))
        self._blob[:] = np.frombuffer(content, np.uint8)
        self._struct = _aligned(_STRUCT)
        self._model = self._struct.ctypes.data
        status = functions.nl_open(self._model, self._blob.ctypes.data, len(content))
        if status != _OK:
            reason: bytes = functions.nl_status_text(status)
            raise ArtifactError(
                f"{source} cannot be opened by the C library: {reason.decode()} Export the model again."
            )
        self._labels: int = functions.nl_labels(self._model)
        self._width: int = functions.nl_embedding_size(self._model)
        self._scratch: int = functions.nl_scratch(self._model, functions.nl_max_words(self._model))
        self._own = threading.local()

    def choose(self, path: int) -> None:
        """Computes by another instruction set, a key of ``ModelLibrary.paths``.

        Raises:
            InputError: this processor or library lacks it.
        """
        if self._functions.nl_choose_path(self._model, path) != _OK:
            raise InputError(f"path is {path}; this processor has no such path.")

    def is_verified(self) -> bool:
        """Whether digest and weights are in order."""
        return bool(self._functions.nl_verify(self._model) == _OK)

    def run(self, text: bytes) -> NativeAnswer:
        """Answers one text of any bytes, cut by the library at the model's limits."""
        room: _Room | None = getattr(self._own, "room", None)
        if room is None:
            room = self._own.room = _Room(self._labels, self._width, self._scratch)
        out = room.out
        status = self._functions.nl_run(
            self._model, text, len(text), None, room.out_at, room.scratch_at, self._scratch
        )
        if status != _OK:
            reason: bytes = self._functions.nl_status_text(status)
            raise InputError(f"The C library refused a text: {reason.decode()}")
        return NativeAnswer(
            out.words, bool(out.truncated), room.logits.copy(), room.embedding.copy()
        )

    def abstains(self, logits: NDArray[np.float32]) -> bool:
        """Whether a text of these logits gets no answer."""
        return bool(self._functions.nl_abstains(self._model, logits.ctypes.data))

    def label(self, number: int) -> str | None:
        """A label's name; None where there is no such label."""
        size = ctypes.c_size_t()
        place = self._functions.nl_label(self._model, number, ctypes.byref(size))
        return None if place is None else ctypes.string_at(place, size.value).decode()

    def best(self, logits: NDArray[np.float32]) -> int:
        """Number of the label of the greatest logit; -1 where there are no labels."""
        return int(self._functions.nl_best(self._model, logits.ctypes.data))


def _aligned(size: int) -> NDArray[np.uint8]:
    room = np.zeros(size + _ALIGNED, np.uint8)
    first = -room.ctypes.data % _ALIGNED
    return room[first : first + size]


def _declare(functions: ctypes.CDLL) -> None:
    """Tells ctypes the prototypes of neurolite_model.h."""
    number, size, pointer, text = ctypes.c_int32, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_char_p
    prototypes: dict[str, tuple[Any, ...]] = {
        "nl_open": (number, pointer, pointer, size),
        "nl_verify": (number, pointer),
        "nl_path_name": (text, number),
        "nl_choose_path": (number, pointer, number),
        "nl_scratch": (size, pointer, number),
        "nl_run": (number, pointer, text, size, pointer, pointer, pointer, size),
        "nl_labels": (number, pointer),
        "nl_embedding_size": (number, pointer),
        "nl_max_words": (number, pointer),
        "nl_label": (pointer, pointer, number, pointer),
        "nl_best": (number, pointer, pointer),
        "nl_abstains": (number, pointer, pointer),
        "nl_status_text": (text, number),
    }
    declare(functions, prototypes)
