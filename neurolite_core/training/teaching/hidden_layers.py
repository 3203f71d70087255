"""What each hidden layer of a transformer says of each word of a text: what a reservoir's layers are to reproduce.

A transformer reads pieces of words; a word's vector is the mean over the pieces that overlap it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from neurolite_core.ground.errors import InputError
from neurolite_core.text.character_offsets import character_starts
from neurolite_core.training.spans.placing import place_words
from neurolite_core.training.teaching.kept_logits import KeptLogits, keep_answers
from neurolite_core.training.teaching.teachers import open_teacher
from neurolite_core.training.teaching.teachers.teacher import Report
from neurolite_core.training.teaching.teachers.transformer import TransformerTeacher

_LONGEST: Final = 512  # pieces of a text
_BATCH: Final = 64
_PART: Final = 20_000  # words that are kept at a time

Placed = tuple[bytes, NDArray[np.int64]]
"""A text up to its last word, and int64 [L, 2], the bytes of its words."""


def hidden_teacher(path: Path) -> TransformerTeacher:
    """A transformer whose hidden layers can be had.

    Raises:
        InputError: it is no transformer of the kind, or cannot be read.
        MissingDependencyError: transformers is not installed.
    """
    teacher = open_teacher(path)
    if not isinstance(teacher, TransformerTeacher) or not teacher.tokenizer.is_fast:
        raise InputError(
            f"--teacher {path} has no hidden layers of word pieces, which a reservoir's layers are to reproduce. Give the "
            "folder of a transformers encoder with a fast tokenizer."
        )
    return teacher


def keep_hidden(
    teacher: TransformerTeacher,
    texts: Sequence[bytes],
    layers: Sequence[int],
    limits: tuple[int, int],
    folder: Path,
    report: Report,
    *,
    content: str,
) -> KeptLogits:
    """Of each word of all texts, one behind the other, its vectors in some layers; kept in a file.

    Args:
        teacher: of ``hidden_teacher``.
        texts: UTF-8, of which N have W words together.
        layers: n of them, 0 for the embeddings.
        limits: bytes and words that are read of a text.
        folder: for the file.
        report: told how far it is.
        content: digest of the texts.

    Returns:
        float16 [W, n * D], the layers beside each other; zeros of words behind the teacher's longest text.
    """
    placed = place_words(texts, *limits)
    bounds = np.cumsum([0, *(len(words) for _, words in placed)])
    width = len(layers) * teacher.vector_size

    def answer(rows: range) -> NDArray[np.floating]:
        first = int(np.searchsorted(bounds, rows.start, side="right")) - 1
        behind = int(np.searchsorted(bounds, rows.stop, side="left"))
        found = _of_texts(
            teacher,
            placed[first:behind],
            layers,
            lambda share: report(
                "teacher's hidden layers", (rows.start + share * len(rows)) / max(1, bounds[-1])
            ),
        )
        return found[rows.start - bounds[first] : rows.stop - bounds[first]]

    key = [teacher.name, content, list(layers), list(limits)]
    return keep_answers(folder, "hidden", key, (int(bounds[-1]), width), answer, part=_PART)


@torch.no_grad()
def _of_texts(
    teacher: TransformerTeacher,
    placed: Sequence[Placed],
    layers: Sequence[int],
    report: Callable[[float], None],
) -> NDArray[np.float32]:
    """float32 [W, n * D] of the words of some texts."""
    teacher.encoder.eval()
    bounds = np.cumsum([0, *(len(words) for _, words in placed)])
    found = np.zeros((int(bounds[-1]), len(layers) * teacher.vector_size), np.float32)
    order = np.argsort([len(text) for text, _ in placed], kind="stable")
    order = order[[len(placed[one][1]) > 0 for one in order]]  # nothing is said of no word
    for place in range(0, len(order), _BATCH):
        here = order[place : place + _BATCH].tolist()
        strings = [placed[one][0].decode("utf-8", "replace") for one in here]
        tokens, pieces = _tokens(teacher, strings)
        with teacher.mixed():
            hidden = teacher.encoder(**tokens, output_hidden_states=True).hidden_states
        vectors = torch.cat([hidden[layer].float() for layer in layers], dim=-1).cpu().numpy()
        for number, one in enumerate(here):
            text, words = placed[one]
            shares = word_shares(text, words, pieces[number])
            found[bounds[one] : bounds[one + 1]] = shares @ vectors[number]
        report((place + len(here)) / len(order))
    return found


def word_shares(
    text: bytes, words: NDArray[np.int64], pieces: NDArray[np.int64]
) -> NDArray[np.float32]:
    """What each piece is of each word: one through their number where it overlaps the word, else 0.

    Args:
        text: UTF-8, or not.
        words: int64 [L, 2], of each its first byte and the one behind its last.
        pieces: int64 [S, 2], of each its first character of ``text.decode("utf-8", "replace")`` and the one behind its
            last; both 0 for what stands for no part of the text.

    Returns:
        float32 [L, S], whose rows sum to 1, or to 0 where a word has no piece.
    """
    starts = np.append(character_starts(text), len(text))
    begin, end = starts[np.minimum(pieces, len(starts) - 1)].T
    shared = (begin < words[:, 1:]) & (end > words[:, :1])
    shared &= begin < end
    found: NDArray[np.float32] = shared / np.maximum(1, shared.sum(axis=1, keepdims=True))
    return found.astype(np.float32)


def _tokens(
    teacher: TransformerTeacher, texts: Sequence[str]
) -> tuple[dict[str, torch.Tensor], NDArray[np.int64]]:
    """Ids and mask (N, S), and int64 [N, S, 2], the characters of each piece."""
    own = int(getattr(teacher.encoder.config, "max_position_embeddings", _LONGEST))
    made: Any = teacher.tokenizer(
        list(texts),
        padding=True,
        truncation=True,
        max_length=min(_LONGEST, own - 2),
        return_offsets_mapping=True,
        return_tensors="pt",
    )
    pieces = made.pop("offset_mapping").numpy().astype(np.int64)
    return {name: value.to(teacher.device) for name, value in made.items()}, pieces
