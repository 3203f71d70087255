"""The compiled C library of models from Python; ``runtimes/native/include/neurolite_model.h`` has its functions."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.span_decoding import FoundSpan
from neurolite_core.answer.spans import WordSpan
from neurolite_core.artifact.formats.protobuf import Bytes
from neurolite_core.ground.errors import ArtifactError, InputError
from neurolite_runtimes.native_library import SPAN, check_digest, declare, library_path

_PATHS: Final = range(16)  # more than there are
_STRUCT: Final = 4_096  # bytes, more than sizeof(nl_model)
_ALIGNED: Final = 64
_OK: Final = 0
_UNSUPPORTED: Final = 4


class _Out(ctypes.Structure):
    """``nl_out``."""

    _fields_ = (
        ("words", ctypes.c_int32),
        ("truncated", ctypes.c_int32),
        ("logits", ctypes.c_void_p),
        ("embedding", ctypes.c_void_p),
        ("rules", ctypes.c_void_p),
        ("tags", ctypes.c_void_p),
        ("offsets", ctypes.c_void_p),
        ("experts", ctypes.c_void_p),
    )


class NativeAnswer(NamedTuple):
    """What the library says of one text.

    Attributes:
        words: of the text, those beyond ``max_words`` included.
        truncated: something of the text was not read.
        logits: float32 [C], empty where there are no labels.
        embedding: float32 [D].
        rules: int32 [R], 1 for each that fired; empty where there are none.
        tags: float32 [L, T], L the words that were read; T is 0 where no spans are found.
        offsets: int32 [L, 2], where these words stand.
        state: float32, what is remembered then; empty of a model that keeps nothing.
        expert: int32 [1] or [2], the experts that the text chose, in ascending order; empty where there is no choice.
    """

    words: int
    truncated: bool
    logits: NDArray[np.float32]
    embedding: NDArray[np.float32]
    rules: NDArray[np.int32]
    tags: NDArray[np.float32]
    offsets: NDArray[np.int32]
    state: NDArray[np.float32]
    expert: NDArray[np.int32]


def model_library_path() -> Path:
    """Where this machine's library of models is once it was built; beside ``library_path()``."""
    op_library = library_path()
    return op_library.with_name(model_library_name(op_library.name))


def model_library_name(op_library: str) -> str:
    """Its name beside that of the op library."""
    return op_library.replace("neurolite", "neurolite_model")


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

    def open(self, content: Bytes, source: str) -> NativeModel:
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


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Numbers of each output of a model, and of its state."""

    labels: int
    width: int
    rules: int
    words: int
    tags: int
    state: int
    experts: int


class _Room:
    """What a thread's calls write to; addresses are asked for once, as asking takes as long as some words."""

    def __init__(self, sizes: _Sizes, scratch: int) -> None:
        words = sizes.words if sizes.tags else 0
        self.logits = np.zeros(sizes.labels, np.float32)
        self.embedding = np.zeros(sizes.width, np.float32)
        self.rules = np.zeros(sizes.rules, np.int32)
        self.tags = np.zeros((words, sizes.tags), np.float32)
        self.offsets = np.zeros((words, 2), np.int32)
        self.expert = np.zeros(sizes.experts, np.int32)
        self.scratch = _aligned(scratch)
        outputs = (self.logits, self.embedding, self.rules, self.tags, self.offsets, self.expert)
        self.out = _Out(0, 0, *map(_place, outputs))
        self.out_at, self.scratch_at = ctypes.addressof(self.out), self.scratch.ctypes.data

    def answer(self, state: NDArray[np.float32]) -> NativeAnswer:
        """What was written, copied, and the state that was written over."""
        words = self.out.words
        read = min(words, len(self.tags))
        return NativeAnswer(
            words,
            bool(self.out.truncated),
            _kept(self.logits),
            _kept(self.embedding),
            _kept(self.rules),
            _kept(self.tags[:read]),
            _kept(self.offsets[:read]),
            state,
            _kept(self.expert),
        )


class NativeModel:
    """An open model; any number of threads may ask it at once, each thread with memory of its own.

    Args:
        functions: of the library.
        content: the file's bytes, kept as long as the model: they themselves where they begin at a multiple of 64,
            as those of ``read_into_pages`` do, else a copy.
        source: its path, for messages.

    Raises:
        ArtifactError: the library does not take it.
    """

    def __init__(self, functions: ctypes.CDLL, content: Bytes, source: str) -> None:
        self._functions = functions
        self._blob = np.frombuffer(content, np.uint8)
        if self._blob.ctypes.data % _ALIGNED:
            self._blob = _aligned(len(content))
            self._blob[:] = np.frombuffer(content, np.uint8)
        self._struct = _aligned(_STRUCT)
        self._model = self._struct.ctypes.data
        status = functions.nl_open(self._model, self._blob.ctypes.data, len(content))
        if status != _OK:
            reason: bytes = functions.nl_status_text(status)
            help_is = (
                "If the library is an older one, build it again: neurolite-ops build"
                if status == _UNSUPPORTED
                else "Export the model again."
            )
            raise ArtifactError(
                f"{source} cannot be opened by the C library: {reason.decode()} {help_is}"
            )
        most = functions.nl_max_words(self._model)
        self._sizes = _Sizes(
            labels=functions.nl_labels(self._model),
            width=functions.nl_embedding_size(self._model),
            rules=functions.nl_rules(self._model),
            words=most,
            tags=functions.nl_tags(self._model),
            state=functions.nl_state_size(self._model) // np.dtype(np.float32).itemsize,
            experts=functions.nl_experts(self._model),
        )
        self._scratch: int = functions.nl_scratch(self._model, most)
        self._own = threading.local()

    @property
    def state_numbers(self) -> int:
        """float32 numbers of a conversation's state; 0 of a model that keeps none."""
        return self._sizes.state

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

    def run(self, text: bytes, state: NDArray[np.float32] | None = None) -> NativeAnswer:
        """Answers one text of any bytes, cut by the library at the model's limits.

        Args:
            text: the bytes.
            state: float32 [``state_numbers``], what is remembered; None for a new conversation.
        """
        kept = np.empty(self._sizes.state, np.float32)
        kept[:] = 0 if state is None else state
        return self.go_on(text, kept)

    def go_on(self, text: bytes, state: NDArray[np.float32]) -> NativeAnswer:
        """As ``run``, of a state that is written over: it is the answer's.

        Args:
            text: the bytes.
            state: float32 [``state_numbers``] in one piece, of nobody else's.
        """
        if state.shape != (self._sizes.state,):
            raise InputError(f"state has {state.size} numbers; give {self._sizes.state}.")
        room: _Room | None = getattr(self._own, "room", None)
        if room is None:
            room = self._own.room = _Room(self._sizes, self._scratch)
        place = _writable_place(state) if len(state) else None
        status = self._functions.nl_run(
            self._model, text, len(text), place, room.out_at, room.scratch_at, self._scratch
        )
        if status != _OK:
            reason: bytes = self._functions.nl_status_text(status)
            raise InputError(f"The C library refused a text: {reason.decode()}")
        return room.answer(state)

    def spans(self, tags: NDArray[np.float32]) -> list[FoundSpan]:
        """The spans of a text's tags, float32 [L, T] in one piece; scores in float32."""
        room = np.empty(max(1, len(tags)), SPAN)
        found = self._functions.nl_spans(self._model, tags.ctypes.data, len(tags), room.ctypes.data)
        rows = room[:found].tolist()
        return [FoundSpan(WordSpan(*numbers), score) for *numbers, score in rows]

    def abstains(self, logits: NDArray[np.float32]) -> bool:
        """Whether a text of these logits gets no answer."""
        return bool(self._functions.nl_abstains(self._model, logits.ctypes.data))

    def rule(self, number: int) -> tuple[str, str] | None:
        """A rule's name and reason; None where there is no such rule."""
        name = self._text(self._functions.nl_rule_name, number)
        reason = self._text(self._functions.nl_rule_reason, number)
        return None if name is None or reason is None else (name, reason)

    def span_type(self, number: int) -> str | None:
        """The name of a type of spans; None where there is no such type."""
        return self._text(self._functions.nl_span_type, number)

    def label(self, number: int) -> str | None:
        """A label's name; None where there is no such label."""
        return self._text(self._functions.nl_label, number)

    def _text(self, function: Callable[..., Any], number: int) -> str | None:
        size = ctypes.c_size_t()
        place = function(self._model, number, ctypes.byref(size))
        return None if place is None else ctypes.string_at(place, size.value).decode()

    def best(self, logits: NDArray[np.float32]) -> int:
        """Number of the label of the greatest logit; -1 where there are no labels."""
        return int(self._functions.nl_best(self._model, logits.ctypes.data))


def _kept(values: NDArray[Any]) -> NDArray[Any]:
    """A copy, which nothing needs that has no numbers."""
    return values.copy() if len(values) else values


def _place(values: NDArray[Any]) -> int | None:
    """Where an output is to be written; None of one that the model lacks."""
    return values.ctypes.data if len(values) else None


def _writable_place(values: NDArray[Any]) -> int:
    """Where an array stands that is new in each call: numpy takes three times as long to say it."""
    return ctypes.addressof(ctypes.c_char.from_buffer(values.data))


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
        "nl_state_size": (size, pointer),
        "nl_experts": (number, pointer),
        "nl_rules": (number, pointer),
        "nl_tags": (number, pointer),
        "nl_spans": (number, pointer, pointer, number, pointer),
        **dict.fromkeys(
            ("nl_label", "nl_rule_name", "nl_rule_reason", "nl_span_type"),
            (pointer, pointer, number, pointer),
        ),
        "nl_best": (number, pointer, pointer),
        "nl_abstains": (number, pointer, pointer),
        "nl_status_text": (text, number),
    }
    declare(functions, prototypes)
