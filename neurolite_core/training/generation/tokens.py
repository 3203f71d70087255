"""The windows of a store as numbers, made once: what a training reads again and again without hashing.

A word's features are its own, whatever words stand around it, so that distinct words have one row of a table each. All
that grows with the texts lies in files: 8 bytes a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.data.store import TextStore
from neurolite_core.data.windows import BEGINS, ENDS
from neurolite_core.ground.errors import InputError
from neurolite_core.hashing.words import hash_words
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.text.line_breaks import with_breaks
from neurolite_core.text.segments import split_segments
from neurolite_core.text.vocabulary import END, UNKNOWN, Vocabulary

_AT_ONCE: Final = 1_024
_MOST_DISTINCT: Final = 2**24  # words; a table of 64 indices each is 4 GB
_COUNTED_AT_ONCE: Final = 2**20
WORDS: Final = "words.bin"
ENTRIES: Final = "entries.bin"


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """N windows of T words together.

    Attributes:
        bounds: int64 [N + 1], of each window's words among all.
        words: int32 [T], of each word its row in ``table``.
        entries: int32 [T], of each word its entry in the vocabulary.
        kinds: int32 [N], places in ``data.windows.KINDS``.
        table: int32 [U, K], what ``features_of`` gives of each distinct word.
    """

    bounds: NDArray[np.int64]
    words: NDArray[np.int32]
    entries: NDArray[np.int32]
    kinds: NDArray[np.int32]
    table: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.kinds)


def read_tokens(
    store: TextStore, vocabulary: Vocabulary, config: NeuroLiteConfig, folder: Path
) -> Tokens:
    """Reads all windows once.

    Args:
        store: of ``data.windows.Windows``.
        vocabulary: whose entries are wanted.
        config: K and M of the features.
        folder: for two files, which are written anew.

    Raises:
        InputError: more than 16.7 million distinct words.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers: dict[bytes, int] = {}
    seen: list[bytes] = []
    entries: list[int] = []
    counts = []
    with (folder / WORDS).open("wb") as words_file, (folder / ENTRIES).open("wb") as entries_file:
        for first in range(0, len(store), _AT_ONCE):
            texts = store.texts(range(first, min(first + _AT_ONCE, len(store))))
            found = []
            for segments in split_segments(texts):
                counts.append(len(segments.words))
                earlier = before = b""
                for word in segments.words:
                    number = numbers.get(word)
                    if number is None:
                        number = numbers[word] = len(entries)
                        entries.append(vocabulary.places.get(word, UNKNOWN))
                        seen.append(earlier + before + word)
                    found.append(number)
                    earlier, before = before, word
            some = np.array(found, "<i4")
            words_file.write(some.tobytes())
            entries_file.write(np.array(entries, "<i4")[some].tobytes())
            if len(entries) > _MOST_DISTINCT:
                raise InputError(
                    f"the texts have more than {_MOST_DISTINCT:,} distinct words; give fewer: --max-samples"
                )
    bounds = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    return Tokens(
        bounds,
        _mapped(folder / WORDS),
        _mapped(folder / ENTRIES),
        np.asarray(store.label_ids, np.int32),
        _table(seen, config),
    )


def log_shares(tokens: Tokens, entries: int) -> NDArray[np.float32]:
    """The logarithm of how often each entry is right, float32 [V]; half a time more for each, as some never are.

    Args:
        tokens: of the windows that are learned.
        entries: V.
    """
    counts = np.full(entries, 0.5)
    counts[END] += int((tokens.kinds & ENDS != 0).sum())
    for first in range(0, len(tokens.entries), _COUNTED_AT_ONCE):
        some = tokens.entries[first : first + _COUNTED_AT_ONCE]
        counts += np.bincount(some, minlength=entries)
    again = tokens.bounds[:-1][tokens.kinds & BEGINS == 0]  # words that the window before asks for
    counts -= np.bincount(tokens.entries[again], minlength=entries)
    shares: NDArray[np.float32] = np.log(counts / counts.sum()).astype(np.float32)
    return shares


def _mapped(path: Path) -> NDArray[np.int32]:
    if path.stat().st_size == 0:
        return np.zeros(0, np.int32)
    return np.memmap(path, "<i4", "r")


def _table(seen: list[bytes], config: NeuroLiteConfig) -> NDArray[np.int32]:
    """Of each text's last word, which has the two before it with it.

    Where it begins, the one before it says; and what that is, if an apostrophe, the character before it.
    """
    found = [np.zeros((0, config.num_hashes), np.int32)]
    for first in range(0, len(seen), _AT_ONCE):
        some = [with_breaks(text) for text in seen[first : first + _AT_ONCE]]
        hashed = hash_words(some, num_hashes=config.num_hashes, table_size=config.table_size)
        found.append(hashed.indices[np.cumsum(hashed.counts) - 1].astype(np.int32))
    return np.concatenate(found)
