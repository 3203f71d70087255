"""What an encoder is trained on: texts without labels, variants of them, and single words."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.data.duplicates import kept_rows
from neurolite_core.data.store import TextStore
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import write_atomically
from neurolite_core.training.sources import DataFiles, unlabelled_store
from neurolite_core.training.teaching.augment import count_words, make_variants
from neurolite_core.training.teaching.teachers.teacher import Teacher

FEWEST_TEXTS: Final = 1_000
_HELD_SHARE: Final = 0.02
_MOST_HELD: Final = 2_000
_SEED: Final = 0  # not the training's: trainings that differ in their seed share texts and answers


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """The stored texts, and who is in which part.

    Attributes:
        store: given texts first, then what was made of them.
        rows: int64, to train on, without repetitions.
        held: int64, given texts by which weights are kept; nothing made of them is in ``rows`` as it is.
    """

    store: TextStore
    rows: NDArray[np.int64]
    held: NDArray[np.int64]


def read_texts(files: DataFiles, teacher: Teacher, most_variants: int, folder: Path) -> Texts:
    """Reads texts, and makes variants of those that are trained on.

    Args:
        files: ``train`` are the texts; ``validation`` is None.
        teacher: whose vocabulary are the single words, and stands in for others.
        most_variants: how many at most.
        folder: for the stores.

    Raises:
        InputError: the files cannot be read, or have fewer than ``FEWEST_TEXTS`` texts.
    """
    texts = unlabelled_store(DataFiles(train=(), unlabelled=files.train), [], folder / "texts")
    rows = kept_rows(texts)
    if len(rows) < FEWEST_TEXTS:
        raise InputError(
            f"There are {len(rows):,} different texts; an encoder learns nothing from so few. Give {FEWEST_TEXTS:,} or "
            "more, best some 100,000."
        )
    order = np.random.default_rng(_SEED).permutation(rows)
    held = np.sort(order[: min(_MOST_HELD, int(len(rows) * _HELD_SHARE))])
    learned = np.setdiff1d(rows, held)
    made = folder / f"made-{texts.content[:16]}-{most_variants}.jsonl"
    if not made.is_file():
        lines = _made(texts.strings(learned), teacher, most_variants)
        write_atomically(made, "".join(json.dumps({"text": t}) + "\n" for t in lines).encode())
    if not made.stat().st_size:
        return Texts(texts, learned, held)
    return _joined(files, texts, made, learned, held, folder)


def _made(texts: Sequence[str], teacher: Teacher, most: int) -> list[str]:
    """The teacher's words, and variants."""
    words = teacher.vocabulary()
    if not most:
        return words
    rng = random.Random(_SEED)  # noqa: S311  # no secret
    chosen = [texts[rng.randrange(len(texts))] for _ in range(most)]
    standing = words or list(count_words(texts)) or [""]
    return [*words, *dict.fromkeys(make_variants(chosen, 1, standing, {}, seed=_SEED))]


def _joined(
    files: DataFiles,
    texts: TextStore,
    made: Path,
    learned: NDArray[np.int64],
    held: NDArray[np.int64],
    folder: Path,
) -> Texts:
    store = unlabelled_store(
        DataFiles(train=(), unlabelled=(*files.train, str(made))), [], folder / "all"
    )
    of_held = store.keys[held]
    more = np.arange(len(texts), len(store))
    fresh = np.setdiff1d(kept_rows(store), np.concatenate([learned, held]))
    more = more[np.isin(more, fresh) & ~np.isin(store.keys[more], of_held)]
    return Texts(store, np.concatenate([learned, more]), held)
