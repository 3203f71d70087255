"""Texts as people really type them, whose words still have their tags (``training.distort`` has no tags to keep).

Words here are the hash's: what stands between them stays as it is, and an edit that would make two words of one, or
one of two, is found by reading the text again, which then is seen undistorted.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.text.word_offsets import word_borders
from neurolite_core.training.distort import edit_word
from neurolite_core.training.spans.placing import PlacedText
from neurolite_core.training.spans.recipe import Distortion
from neurolite_core.training.spans.swapping import Values, swap_spans

_SHORTEST_EDITED: Final = 2
_FEWEST_WORDS: Final = 3  # texts of fewer words keep all of them


def distort_tagged(
    texts: Sequence[PlacedText],
    rngs: Sequence[random.Random],
    how: Distortion,
    values: Values,
    most_words: int,
) -> list[PlacedText]:
    """N texts with their tags and a teacher's answers to their words, some of them distorted.

    Args:
        texts: N of them.
        rngs: one for each text; the same states give the same answer.
        how: shares.
        values: of each type what spans may say in place of what they say.
        most_words: that are read of a text.
    """
    found = list(texts)
    changed = [
        number
        for number, rng in enumerate(rngs)
        if rng.random() < how.share and len(texts[number].tags)
    ]
    chosen = [rngs[number] for number in changed]
    swapped = swap_spans(
        [texts[number] for number in changed], chosen, how.swapped, values, most_words
    )
    made = [_distorted(text, rng, how) for text, rng in zip(swapped, chosen, strict=True)]
    text_of, borders = word_borders([each.text for each in made])
    bounds = np.searchsorted(text_of, np.arange(len(made) + 1)).tolist()
    for place, (number, own) in enumerate(zip(changed, made, strict=True)):
        whole = np.array_equal(borders[bounds[place] : bounds[place + 1]], own.borders)
        found[number] = own if whole else swapped[place]
    return found


def _distorted(
    given: PlacedText,
    rng: random.Random,
    how: Distortion,
) -> PlacedText:
    """The text, where its words should stand, their tags, and what a teacher said of them as they were."""
    pieces = [
        given.text[start:end].decode("utf-8", "surrogateescape") for start, end in given.borders
    ]
    kept = list(range(len(pieces)))
    if how.word_dropout and len(pieces) > _FEWEST_WORDS:
        kept = [word for word in kept if rng.random() >= how.word_dropout] or kept
    alphabet = "".join(filter(_has_letters, pieces))
    parts: list[bytes] = []
    places, at = [], 0
    for number, word in enumerate(kept):
        gap = _gap(given, kept[number - 1] if number else -1, word)
        piece = _changed(pieces[word], rng, how, alphabet)
        data = piece.encode("utf-8", "surrogateescape")
        parts += [gap, data]
        places.append((at + len(gap), at + len(gap) + len(data)))
        at += len(gap) + len(data)
    words = np.array(kept)
    soft = None if given.soft is None else given.soft[words]
    return PlacedText(b"".join(parts), np.array(places), kept_tags(given.tags, words), soft)


def kept_tags(tags: NDArray[np.int64], kept: NDArray[np.int64]) -> NDArray[np.int64]:
    """The tags of the words that are left: the first of each span's begins it.

    Args:
        tags: int64 [L], in which I follows only B or I of its type.
        kept: int64 [M], ascending, which words.
    """
    inside = tags > 0
    begins = inside & (tags % 2 == 1)
    span = np.where(inside, np.cumsum(begins), 0)[kept]
    first = span != np.concatenate([[0], span[:-1]])
    types = (tags[kept] - 1) // 2
    found: NDArray[np.int64] = np.where(span > 0, 1 + 2 * types + ~first, 0)
    return found


def _gap(given: PlacedText, before: int, word: int) -> bytes:
    """What stands before a word, when ``before`` is the word that is left on its other side; -1 for none."""
    start = 0 if word == 0 else int(given.borders[word - 1, 1])
    gap = given.text[start : int(given.borders[word, 0])]
    if before >= 0 and before != word - 1 and not gap:
        return b" "  # the words that touched the ones left out must not touch one another
    return gap


def _changed(piece: str, rng: random.Random, how: Distortion, alphabet: str) -> str:
    """A word, misspelt, or nothing of it left; signs without a letter or digit stay."""
    if len(piece) < _SHORTEST_EDITED or not _has_letters(piece):
        return piece
    if how.unknown and rng.random() < how.unknown:
        return "".join(rng.choices(alphabet, k=len(piece)))
    return edit_word(piece, rng, alphabet) if rng.random() < how.typos else piece


def _has_letters(piece: str) -> bool:
    return any(sign.isalnum() for sign in piece)
