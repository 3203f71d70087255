"""Texts for a teacher to answer: the rows, copies whose spans say something else, and copies of words close in meaning.

They stand in files that every process maps. Held in memory are 16 bytes a text and 16 a row; made are they some
thousand rows at a time, so that any number of rows is possible.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import replaced_atomically
from neurolite_core.text.word_offsets import word_borders
from neurolite_core.training.spans.placing import PlacedText, place_rows
from neurolite_core.training.spans.swapping import Values, swap_spans, values_of
from neurolite_core.training.spans.tagged import Tagged

TEACHERS_OWN: Final = -1
"""Tag of words whose tags are the teacher's."""
_ROWS: Final = 2_000  # at a time
_SWAPPED: Final = 0.7
_SWAPPED_BEFORE: Final = 0.5  # of the texts whose words then give way, every second copy
_CHANGED: Final = (0.15, 0.3, 0.5)  # share of the words that give way
_SWAPPED_COPIES: Final = 2 / 7
_HEADER, _TEXTS, _TAGS = "variants.npz", "texts.bin", "tags.bin"


class Variants:
    """Texts by the rows in whose place they may stand.

    Args:
        folder: that ``keep_variants`` wrote.

    Raises:
        InputError: the folder is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        try:
            with np.load(folder / _HEADER, allow_pickle=False) as found:
                self.rows: NDArray[np.int64] = found["rows"]
                self.first: NDArray[np.int64] = found["first"]
                self.bytes: NDArray[np.int64] = found["bytes"]
                self.words: NDArray[np.int64] = found["words"]
            self._texts = np.memmap(folder / _TEXTS, np.uint8, "r", shape=(self.bytes[-1],))
            self._tags = np.memmap(folder / _TAGS, "<i2", "r", shape=(self.words[-1],))
        except (OSError, ValueError, KeyError, IndexError) as error:
            raise InputError(
                f"{folder} is damaged ({error}); remove it, and it is made again."
            ) from error

    def __len__(self) -> int:
        """Texts."""
        return len(self.bytes) - 1

    def __reduce__(self) -> tuple[Callable[..., Variants], tuple[Path]]:
        """Another process maps the files itself."""
        return Variants, (self.folder,)

    def of_row(self, row: int) -> range:
        """Numbers of a row's texts, the row itself among them; none of a row without words."""
        place = int(np.searchsorted(self.rows, row))
        if place == len(self.rows) or self.rows[place] != row:
            return range(0)
        return range(int(self.first[place]), int(self.first[place + 1]))

    def text(self, number: int) -> bytes:
        """A text."""
        return self._texts[self.bytes[number] : self.bytes[number + 1]].tobytes()

    def tags(self, number: int) -> NDArray[np.int64]:
        """Tags int64 [L] of its words, or ``TEACHERS_OWN``."""
        return self._tags[self.words[number] : self.words[number + 1]].astype(np.int64)

    def placed(self, numbers: range) -> list[PlacedText]:
        """Some texts with their words and tags."""
        texts = [self.text(number) for number in numbers]
        text_of, borders = word_borders(texts)
        bounds = np.searchsorted(text_of, np.arange(len(texts) + 1)).tolist()
        return [
            PlacedText(text, borders[first:behind], self.tags(number))
            for text, number, (first, behind) in zip(texts, numbers, pairwise(bounds), strict=True)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class HowToVary:
    """What variants are made by.

    Attributes:
        count: changed copies of each row.
        near: words that may stand in for a word, in lower case.
        limits: bytes and words that are read of a text.
        seed: equal seeds give equal variants.
    """

    count: int
    near: Mapping[str, Sequence[str]]
    limits: tuple[int, int]
    seed: int

    def copies(self) -> tuple[int, int]:
        """Copies whose spans alone are swapped, and those whose words give way."""
        swapped = round(self.count * _SWAPPED_COPIES) if self.near else self.count
        return swapped, self.count - swapped


def keep_variants(
    tagged: Tagged,
    rows: NDArray[np.int64],
    how: HowToVary,
    folder: Path,
    report: Callable[[float], None],
) -> Variants:
    """The texts of some rows in files; what was made before is read again.

    Args:
        tagged: the texts with their spans.
        rows: int64 [R], which of them.
        how: they are changed.
        folder: for the files; its name says what they are made from.
        report: told the share that is done.
    """
    if (folder / _HEADER).is_file():
        return Variants(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rows = np.sort(rows)
    values, limits = values_of(tagged, rows), how.limits
    kept: list[int] = []
    first, sizes, words = [0], [0], [0]
    with replaced_atomically(folder / _TEXTS) as texts, replaced_atomically(folder / _TAGS) as tags:
        for place in range(0, len(rows), _ROWS):
            here = rows[place : place + _ROWS]
            originals = place_rows(tagged, here, *limits)
            for row, own in zip(here.tolist(), _varied(originals, here, how, values), strict=True):
                if not own:
                    continue
                for one in own:
                    texts.write(one.text)
                    tags.write(one.tags.astype("<i2").tobytes())
                    sizes.append(len(one.text))
                    words.append(len(one.tags))
                kept.append(row)
                first.append(first[-1] + len(own))
            report((place + len(here)) / len(rows))
    with replaced_atomically(folder / _HEADER) as stream:
        np.savez(
            stream,
            rows=np.array(kept, np.int64),
            first=np.array(first, np.int64),
            bytes=np.cumsum(sizes, dtype=np.int64),
            words=np.cumsum(words, dtype=np.int64),
        )
    return Variants(folder)


def _varied(
    originals: Sequence[PlacedText], rows: NDArray[np.int64], how: HowToVary, values: Values
) -> list[list[PlacedText]]:
    """Of each text itself and its changed copies; nothing of texts without words."""
    found = [[text] if len(text.tags) else [] for text in originals]
    for copies in _copies(originals, rows, how, values):
        for own, text, copy in zip(found, originals, copies, strict=True):
            if copy is not None and copy.text != text.text:
                own.append(copy)
    return found


def _copies(
    originals: Sequence[PlacedText], rows: NDArray[np.int64], how: HowToVary, values: Values
) -> Iterator[Sequence[PlacedText | None]]:
    def drawn(what: str) -> list[random.Random]:
        # By the row: how many are made at a time changes nothing.
        return [random.Random(f"{how.seed} {what} {row}") for row in rows.tolist()]  # noqa: S311  # no secret

    swapped, changed = how.copies()
    most_words = how.limits[1]
    for copy in range(swapped):
        yield swap_spans(originals, drawn(f"swapped {copy}"), _SWAPPED, values, most_words)
    for copy in range(changed):
        texts = originals
        if copy % 2:
            rngs = drawn(f"before {copy}")
            texts = swap_spans(originals, rngs, _SWAPPED_BEFORE, values, most_words)
        yield _replaced(texts, drawn(f"near {copy}"), how.near)


def _replaced(
    texts: Sequence[PlacedText], rngs: Sequence[random.Random], near: Mapping[str, Sequence[str]]
) -> list[PlacedText | None]:
    """Texts some of whose words gave way to words near them; None where the words are not as many as before."""
    made = [_with_near(text, rng, near) for text, rng in zip(texts, rngs, strict=True)]
    text_of, borders = word_borders(made)
    bounds = np.searchsorted(text_of, np.arange(len(made) + 1)).tolist()
    found: list[PlacedText | None] = []
    for text, given, (first, behind) in zip(made, texts, pairwise(bounds), strict=True):
        whole = behind - first == len(given.tags)
        tags = np.full(len(given.tags), TEACHERS_OWN)
        found.append(PlacedText(text, borders[first:behind], tags) if whole else None)
    return found


def _with_near(given: PlacedText, rng: random.Random, near: Mapping[str, Sequence[str]]) -> bytes:
    share, parts, at = rng.choice(_CHANGED), list[bytes](), 0
    for start, end in given.borders.tolist():
        piece = given.text[start:end]
        close = near.get(piece.decode("utf-8", "replace").lower())
        changed = close and rng.random() < share
        parts += [given.text[at:start], rng.choice(close).encode() if close and changed else piece]
        at = end
    return b"".join([*parts, given.text[at:]])
