"""Length buckets: the fixed shapes of the formats whose graphs have no free dimensions.

A bucket reads a number of bytes and a number of words. Every byte of a text must fit; when its words
do not, the bucket's ``words`` output says so and the next one is run. The largest takes any text that
was cut to ``max_bytes``, and as many words as the model reads, so it is always final.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.outputs import WORDS

BYTES_PER_WORD: Final = 4  # below the average of most languages, so that a second run is rare
BLOCK: Final = 64  # bytes of every bucket are a multiple of it
_SIZES: Final = (64, 192, 512, 1536)  # about threefold: at most that much is padding


@dataclass(frozen=True, slots=True, order=True)
class Bucket:
    """One fixed shape.

    Attributes:
        num_bytes: T, of the zero-padded input.
        num_words: L, word slots of the network behind the hash.
    """

    num_bytes: int
    num_words: int


def buckets_of(max_bytes: int, max_words: int) -> tuple[Bucket, ...]:
    """The buckets of a model, smallest first; words are ``min(bytes / 4, max_words)`` in each."""
    largest = -(-max(max_bytes, BYTES_PER_WORD * max_words) // BLOCK) * BLOCK
    sizes = [size for size in _SIZES if size < largest]
    return tuple(Bucket(size, min(size // BYTES_PER_WORD, max_words)) for size in (*sizes, largest))


def stream_buckets(buckets: Sequence[Bucket]) -> tuple[Bucket, ...]:
    """Of a model that goes on word by word: the shortest one is of a single word, where there is another.

    Args:
        buckets: of its config, smallest first.
    """
    if len(buckets) < 2:
        return tuple(buckets)
    return (Bucket(BLOCK, 1), *(bucket for bucket in buckets if bucket.num_bytes > BLOCK))


def first_bucket(buckets: Sequence[Bucket], num_bytes: int) -> int:
    """Position of the smallest bucket that takes so many bytes; the largest where none does."""
    for position, bucket in enumerate(buckets):
        if num_bytes <= bucket.num_bytes:
            return position
    return len(buckets) - 1


def next_bucket(buckets: Sequence[Bucket], position: int, words: int) -> int:
    """Where to run a text again that turned out to have so many words; ``position`` if it fitted."""
    limit = buckets[-1].num_words
    while buckets[position].num_words < min(words, limit):
        position += 1
    return position


def run_in_buckets(
    buckets: Sequence[Bucket],
    packed: NDArray[np.uint8],
    run: Callable[[int, NDArray[np.uint8], Mapping[str, NDArray[Any]]], Mapping[str, NDArray[Any]]],
    state: Mapping[str, NDArray[Any]] = MappingProxyType({}),
) -> list[Mapping[str, NDArray[Any]]]:
    """Answers row by row, each from the smallest bucket that holds its bytes and its words.

    Args:
        buckets: of the file, smallest first.
        packed: zero-padded UTF-8, uint8 [N, T], no row longer than the largest bucket.
        run: runs the bucket at a position on uint8 [1, its bytes] and a state; output name -> [1, ...].
        state: what each row is answered in the light of, name -> [N, ...]; ``run`` is given [1, ...] of each.

    Returns:
        the outputs of each row.
    """
    answers = []
    for number, row in enumerate(packed):
        own = {name: values[number : number + 1] for name, values in state.items()}
        # A NUL is a separator, so those at the end are as good as padding.
        filled = np.flatnonzero(row)
        data = row[: filled[-1] + 1] if len(filled) else row[:0]
        position = first_bucket(buckets, len(data))
        found = run(position, padded(data, buckets[position]), own)
        again = next_bucket(buckets, position, int(found[WORDS][0]))
        if again != position:
            found = run(again, padded(data, buckets[again]), own)
        answers.append(found)
    return answers


def padded(data: NDArray[np.uint8], bucket: Bucket) -> NDArray[np.uint8]:
    """A text's bytes uint8 [B] as the bucket takes them: uint8 [1, T], zeros at the end."""
    filled = np.zeros((1, bucket.num_bytes), np.uint8)
    filled[0, : len(data)] = data
    return filled
