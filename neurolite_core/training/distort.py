"""Texts as people really type them: letters swapped, lost, doubled or wrong, and words left out.

Case needs no distortion, since the hash folds it. After Belinkov and Bisk 2018, "Synthetic and
Natural Noise Both Break Neural Machine Translation", arXiv:1711.02173.
"""

from __future__ import annotations

import random
from typing import Final

_SHORTEST_EDITED: Final = 2  # of a single letter nothing would be left
_FEWEST_WORDS: Final = 3  # texts of fewer words keep all of them
_DISTORTED: Final = 0.5  # the others are seen as they are


def edit_word(word: str, rng: random.Random, alphabet: str) -> str:
    """One edit: two neighbouring letters swapped, or a letter deleted, inserted or replaced.

    Args:
        word: at least two characters.
        rng: decides.
        alphabet: characters to insert or to put in place of another; not empty.
    """
    place = rng.randrange(len(word) - 1)
    kind = rng.randrange(4)
    if kind == 0:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    if kind == 1:
        return word[:place] + word[place + 1 :]
    letter = rng.choice(alphabet)
    return word[:place] + letter + word[place + (kind == 3) :]


def distort(text: str, rng: random.Random, *, typos: float, word_dropout: float) -> str:
    """Half of the texts as they are, the others with words left out or edited.

    New letters come from the text itself, so every script keeps its own. Spaces are normalised in
    distorted texts.

    Args:
        text: any text.
        rng: decides; the same state gives the same answer.
        typos: share of the words of two letters or more that get an edit.
        word_dropout: share of the words left out, where there are more than three.
    """
    if rng.random() >= _DISTORTED or not (typos or word_dropout):
        return text
    words = text.split()
    if word_dropout and len(words) > _FEWEST_WORDS:
        words = [word for word in words if rng.random() >= word_dropout] or words
    if typos and words:
        alphabet = "".join(words)
        words = [
            edit_word(word, rng, alphabet)
            if len(word) >= _SHORTEST_EDITED and rng.random() < typos
            else word
            for word in words
        ]
    return " ".join(words)
