"""The compiled native library: where it lies, whether it fits, and its C ABI from Python.

``runtimes/native/include/neurolite.h`` says what each function does.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.span_decoding import FoundSpan
from neurolite_core.answer.spans import WordSpan
from neurolite_core.ground.errors import InputError, NeuroLiteError
from neurolite_core.ground.files import file_digest, read_limited
from neurolite_core.hashing.ngrams import NgramConfig, Ngrams
from neurolite_core.hashing.words import HASH_VERSION, WordIndices

FOLDER_VARIABLE: Final = "NEUROLITE_OPS_DIR"
ABI_VERSION: Final = 1
SCALAR_PATH: Final = 0
_DIGEST_LIMIT: Final = 4096  # bytes
_PATHS: Final = range(8)
# Of ``neurolite_span``.
SPAN: Final = np.dtype(
    [(name, np.int32) for name in ("first", "behind", "type")] + [("score", np.float32)]
)


def library_path() -> Path:
    """Where this machine's library is, or would be: ``$NEUROLITE_OPS_DIR``, else the user's cache.

    Raises:
        NeuroLiteError: there is no home, and the variable is not set.
    """
    return _folder() / library_name()


def library_name() -> str:
    """Of this system's library."""
    names = {"win32": "neurolite.dll", "darwin": "libneurolite.dylib"}
    return names.get(sys.platform, "libneurolite.so")


def _folder() -> Path:
    chosen = os.environ.get(FOLDER_VARIABLE)
    if chosen:
        return Path(chosen)
    try:
        home = Path.home()
    except RuntimeError as error:
        raise NeuroLiteError(
            f"There is no home folder for the native library. Name its folder: {FOLDER_VARIABLE}=FOLDER"
        ) from error
    if sys.platform == "win32":
        cache = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        cache = home / "Library" / "Caches"
    else:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return cache / "neurolite" / "ops"


@dataclass(frozen=True, slots=True)
class NativeLibrary:
    """A library that was loaded and found to fit this release.

    Attributes:
        path: the file.
        best_path: number of the fastest way to compute on this processor.
        paths: instruction set by number, of all ways that this processor can take.
    """

    path: Path
    best_path: int
    paths: dict[int, str]
    _functions: ctypes.CDLL = field(repr=False, compare=False)

    @property
    def instruction_set(self) -> str:
        """Of the fastest way, such as ``avx2``."""
        return self.paths[self.best_path]

    def hash_words(
        self,
        texts: Sequence[bytes],
        *,
        num_hashes: int,
        table_size: int,
        path: int | None = None,
    ) -> WordIndices:
        """The native twin of ``neurolite_core.hashing.words.hash_words``.

        Args:
            texts: N byte strings, UTF-8 or not.
            num_hashes: K, 1 to 64.
            table_size: rows of the projection table, 64 to 65536.
            path: one of ``paths``; the fastest one by default.

        Raises:
            InputError: the library refused an argument.
        """
        rows, counts = [np.zeros((0, num_hashes), np.int32)], []
        for text in texts:
            room = np.zeros((len(text) + 1, num_hashes), np.int32)  # a word has at least one byte
            words = self.hash_into(text, room, table_size=table_size, path=path)
            rows.append(room[:words])
            counts.append(words)
        return WordIndices(np.concatenate(rows), np.array(counts, np.int32))

    def hash_into(
        self,
        text: bytes,
        indices: NDArray[np.int32],
        *,
        table_size: int,
        path: int | None = None,
    ) -> int:
        """Hashes one text into the caller's memory and returns its number of words.

        Args:
            text: UTF-8 or not.
            indices: int32 [max words, K], C-contiguous; rows past the last word stay as they are.
            table_size: rows of the projection table, 64 to 65536.
            path: one of ``paths``; the fastest one by default.

        Raises:
            InputError: the library refused an argument.
        """
        return self.prepare(text, indices, table_size=table_size, path=path)()

    def prepare(
        self,
        text: bytes,
        indices: NDArray[np.int32],
        *,
        table_size: int,
        path: int | None = None,
    ) -> Callable[[], int]:
        """``hash_into`` as a call without arguments, for timing the library and not Python."""
        words = ctypes.c_int32()
        hash_text = partial(
            self._functions.neurolite_hash_text,
            self.best_path if path is None else path,
            text,
            len(text),
            indices.shape[1],
            table_size,
            indices.shape[0],
            indices.ctypes.data_as(ctypes.c_void_p),
            ctypes.byref(words),
        )

        def call() -> int:
            self._check(hash_text())
            return words.value

        return call

    def hash_ngrams(self, texts: Sequence[bytes], config: NgramConfig) -> Ngrams:
        """The native twin of ``neurolite_core.hashing.ngrams.hash_ngrams``.

        Args:
            texts: N byte strings, UTF-8 or not.
            config: which n-grams.
        """
        rows, counts = [np.zeros((0, len(config.orders)), np.int32)], []
        for text in texts:
            room = np.zeros((2 * len(text) + 1, len(config.orders)), np.int32)
            counts.append(self.ngrams_into(text, room, config))
            rows.append(room[: min(counts[-1], config.max_symbols)])
        found = np.array(counts, np.int32)
        return Ngrams(np.concatenate(rows), found, np.minimum(found, np.int32(config.max_symbols)))

    def ngrams_into(self, text: bytes, values: NDArray[np.int32], config: NgramConfig) -> int:
        """Hashes one text's n-grams into the caller's memory and returns its number of symbols.

        Args:
            text: UTF-8 or not.
            values: int32 [max symbols, orders], C-contiguous; rows past the last symbol stay as they are.
            config: which n-grams; its own limit of symbols holds as well.

        Raises:
            InputError: the library refused an argument.
        """
        symbols = ctypes.c_int32()
        self._check(
            self._functions.neurolite_hash_ngrams(
                text,
                len(text),
                config.lowest,
                config.highest,
                int(config.across_words),
                min(config.max_symbols, len(values)),
                values.ctypes.data_as(ctypes.c_void_p),
                ctypes.byref(symbols),
            )
        )
        return symbols.value

    def offsets_into(self, text: bytes, offsets: NDArray[np.int32]) -> int:
        """Writes where one text's words stand into the caller's memory and returns its number of words.

        Args:
            text: UTF-8 or not.
            offsets: int32 [max words, 2], C-contiguous; rows past the last word stay as they are.

        Raises:
            InputError: the library refused an argument.
        """
        words = ctypes.c_int32()
        self._check(
            self._functions.neurolite_word_offsets(
                text,
                len(text),
                len(offsets),
                offsets.ctypes.data_as(ctypes.c_void_p),
                ctypes.byref(words),
            )
        )
        return words.value

    def count_words(self, text: bytes) -> int:
        """Number of words of a text."""
        words = ctypes.c_int32()
        self._check(
            self._functions.neurolite_count_words(text, len(text), ctypes.byref(words)),
        )
        return words.value

    def decode_spans(
        self, tags: NDArray[np.float32], thresholds: Sequence[float] = ()
    ) -> list[FoundSpan]:
        """The native twin of ``neurolite_core.answer.span_decoding.found_spans``, of one text; scores in float32.

        Args:
            tags: float32 [L, T], logits of real words alone; T = 1 + 2 * types.
            thresholds: of each type; none: all spans are given.

        Raises:
            InputError: the library refused an argument, or the shape is not that of tags.
        """
        words, types = tags.shape[0], (tags.shape[1] - 1) // 2
        if tags.shape[1] % 2 == 0 or len(thresholds) not in (0, types):
            raise InputError(
                f"Tags {list(tags.shape)}, {len(thresholds)} thresholds: no such types."
            )
        rows = np.ascontiguousarray(tags, np.float32)
        limits = np.array(thresholds, np.float64)
        room, found = np.zeros(words, SPAN), ctypes.c_int32()
        self._check(
            self._functions.neurolite_decode_spans(
                rows.ctypes.data_as(ctypes.c_void_p),
                words,
                types,
                limits.ctypes.data_as(ctypes.c_void_p) if len(limits) else None,
                room.ctypes.data_as(ctypes.c_void_p),
                words,
                ctypes.byref(found),
            )
        )
        spans = room[: found.value].tolist()
        return [FoundSpan(WordSpan(*numbers), score) for *numbers, score in spans]

    def _check(self, status: int) -> None:
        if status != 0:
            reason: bytes = self._functions.neurolite_status_text(status)
            raise InputError(f"The native library refused (status {status}): {reason.decode()}")


def digest_path(library: Path) -> Path:
    """Where the SHA-256 of a library is, as ``sha256sum`` writes it."""
    return library.with_name(f"{library.name}.sha256")


def load_library(path: Path | None = None, *, fresh: bool = False) -> NativeLibrary:
    """Loads the library and checks that it fits.

    A library that is cut off or damaged would end the process that loads or calls it, so its bytes are compared with
    the digest beside it before.

    Args:
        path: the file; ``library_path()`` by default.
        fresh: it was compiled a moment ago and has no digest yet.

    Raises:
        InputError: missing, damaged, not loadable here, or of another version; the message is one line.
        NeuroLiteError: there is no home to look in.
    """
    path = library_path() if path is None else path
    if not path.is_file():
        raise InputError(f"There is no native library at {path}. Build it: neurolite-ops build")
    if not fresh:
        check_digest(path)
    try:
        functions = ctypes.CDLL(str(path.resolve()))
        _declare(functions)
    except (OSError, AttributeError) as error:
        raise InputError(
            f"{path} cannot be loaded ({error}). Build it again: neurolite-ops build"
        ) from error
    for name, found, known in (
        ("ABI version", functions.neurolite_abi_version(), ABI_VERSION),
        ("hash version", functions.neurolite_hash_version(), HASH_VERSION),
    ):
        if found != known:
            raise InputError(
                f"{path} has {name} {found}; this release uses {known}. "
                "Build it again: neurolite-ops build"
            )
    names = {number: functions.neurolite_path_name(number) for number in _PATHS}
    paths = {number: name.decode() for number, name in names.items() if name}
    return NativeLibrary(path, functions.neurolite_best_path(), paths, functions)


def check_digest(path: Path) -> None:
    """Compares a library's bytes with the digest beside it.

    Raises:
        InputError: there is none, or it is another.
    """
    beside = digest_path(path)
    words = read_limited(beside, _DIGEST_LIMIT).split() if beside.is_file() else []
    if not words:
        raise InputError(
            f"{path} has no digest beside it ({beside.name}). Build it again: neurolite-ops build"
        )
    if words[0].decode("ascii", "replace") != file_digest(path):
        raise InputError(
            f"{path} is damaged: it is not what {beside.name} says. Build it again: neurolite-ops build"
        )


def _declare(functions: ctypes.CDLL) -> None:
    """Tells ctypes the prototypes of neurolite.h."""
    number, text, size, pointer = (
        ctypes.c_int32,
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_void_p,
    )
    prototypes: dict[str, tuple[Any, ...]] = {
        "neurolite_abi_version": (number,),
        "neurolite_hash_version": (number,),
        "neurolite_best_path": (number,),
        "neurolite_path_name": (text, number),
        "neurolite_status_text": (text, number),
        "neurolite_count_words": (number, text, size, pointer),
        "neurolite_word_offsets": (number, text, size, number, pointer, pointer),
        "neurolite_hash_ngrams": (number, text, size, *[number] * 4, pointer, pointer),
        "neurolite_decode_spans": (
            number,
            pointer,
            number,
            number,
            pointer,
            pointer,
            number,
            pointer,
        ),
        "neurolite_hash_text": (number, number, text, size, *[number] * 3, pointer, pointer),
    }
    declare(functions, prototypes)


def declare(functions: ctypes.CDLL, prototypes: Mapping[str, tuple[Any, ...]]) -> None:
    """Tells ctypes prototypes: name -> result, arguments.

    Raises:
        AttributeError: the library lacks one.
    """
    for name, (result, *arguments) in prototypes.items():
        function = getattr(functions, name)
        function.restype, function.argtypes = result, arguments
