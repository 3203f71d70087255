"""The texts of a generator: a folder with train, valid and test, or a file; and the vocabulary of what is learned."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from neurolite_core.data.documents import find_folder
from neurolite_core.data.store import TextStore
from neurolite_core.data.store_writer import build_store
from neurolite_core.data.windows import ALL, HELD, KINDS, LEARNED, Windows
from neurolite_core.ground.errors import InputError
from neurolite_core.text.vocabulary import Vocabulary, count_words, make_vocabulary
from neurolite_core.training.options import TrainingOptions
from neurolite_core.training.sources import DataFiles

VALID: Final = "validation"
TEST: Final = "test"


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """What a generator is trained on.

    Attributes:
        vocabulary: of the train documents alone.
        train: windows that are learned.
        validation: windows that decide which weights are kept.
        reported: windows of the report's figures.
        split: which those are, ``TEST`` or ``VALID``.
    """

    vocabulary: Vocabulary
    train: TextStore
    validation: TextStore
    reported: TextStore
    split: str

    def prompts(self, count: int) -> list[bytes]:
        """Beginnings of documents that were not learned, evenly taken; first windows of them."""
        begins = [row for row in range(len(self.reported)) if self.reported.label_ids[row] & 1]
        step = max(1, len(begins) // count)
        return self.reported.texts(begins[::step][:count])


def read_corpus(files: DataFiles, options: TrainingOptions, folder: Path) -> Corpus:
    """Reads the texts, and stores their windows, or opens the stores if they were made before.

    Args:
        files: ``train`` is one folder or file; ``validation`` and ``test`` are files, in place of a folder's.
        options: ``vocab_size``, ``seq_length`` and ``max_samples``.
        folder: for the stores.

    Raises:
        InputError: files that cannot be read, or have no words.
    """
    sources = _sources(files, options)
    train = sources["train"]
    counts = count_words(text for _, text in train.documents())
    stores = {
        name: build_store([source], folder / name, labels=KINDS) for name, source in sources.items()
    }
    split = TEST if TEST in stores else VALID
    vocabulary = make_vocabulary(counts, options.vocab_size)
    return Corpus(vocabulary, stores["train"], stores[VALID], stores[split], split)


def _sources(files: DataFiles, options: TrainingOptions) -> dict[str, Windows]:
    if len(files.train) != 1:
        raise InputError(
            f"There are {len(files.train)} files to learn from; --task generation takes one folder or file."
        )
    given = Path(files.train[0])
    found = find_folder(given) if given.is_dir() else None
    train = given if found is None else found.train
    valid = None if found is None else found.valid
    test = None if found is None else found.test
    valid = valid if files.validation is None else Path(files.validation)
    test = test if files.test is None else Path(files.test)
    length, bad = options.seq_length, files.on_bad
    parts = (ALL, ALL) if valid is not None else (LEARNED, HELD)
    sources = {
        "train": Windows(train, length, parts[0], options.max_samples, bad),
        VALID: Windows(train if valid is None else valid, length, parts[1], None, bad),
    }
    if test is not None:
        sources[TEST] = Windows(test, length, ALL, None, bad)
    return sources
