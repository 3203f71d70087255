"""Whole texts for generation: paragraphs of WikiText, of plain text, and conversations, from a file or a folder.

One rule reads all three: lines that follow each other are one document, and a blank line ends it. So a conversation of
one utterance a line is a document, as is a paragraph or a heading of WikiText (Merity et al. 2016, arXiv:1609.07843).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from neurolite_core.ground.errors import InputError
from neurolite_core.text.lines import BadRows, decoded_lines

MAX_DOCUMENT: Final = (
    2**15
)  # characters; a text without blank lines is cut at the line that goes beyond
SPLITS: Final = {
    "train": ("train", "training"),
    "valid": ("valid", "validation", "val", "dev"),
    "test": ("test",),
}
ENDINGS: Final = (".txt", ".txt.gz", ".tokens", ".tokens.gz", ".raw", ".raw.gz")


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of a folder of texts; a split that is not there is None."""

    train: Path
    valid: Path | None
    test: Path | None


def documents(path: Path, bad: BadRows | None = None) -> Iterator[str]:
    """The documents of a text file, plain or gzip, in constant memory.

    Space around a line is left out; the lines of a document are joined by line breaks.

    Args:
        path: the file.
        bad: counts lines that cannot be used; without it they are refused.

    Raises:
        InputError: unreadable, or lines that are not UTF-8.
    """
    bad = bad or BadRows(str(path))
    lines: list[str] = []
    size = 0
    for line in decoded_lines(path):
        if line.problem:
            bad.add(line.number, line.problem)
            continue
        text = line.text.strip()
        if lines and (not text or size + len(text) >= MAX_DOCUMENT):
            yield "\n".join(lines)
            lines, size = [], 0
        if text:
            lines.append(text)
            size += len(text) + 1
    if lines:
        yield "\n".join(lines)
    bad.finish()


def find_folder(folder: Path) -> Folder:
    """The files of a folder in WikiText's form: ``train.txt``, ``wiki.valid.tokens``, ``test.txt.gz``.

    Raises:
        InputError: no folder, no file to train with, or two for one split.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder; give one with train.txt, valid.txt and test.txt.")
    files = [path for path in sorted(folder.iterdir()) if path.name.lower().endswith(ENDINGS)]
    found = {split: _only(folder, split, files) for split in SPLITS}
    train = found["train"]
    if train is None:
        have = ", ".join(path.name for path in files) or "no text files"
        raise InputError(f"{folder} has {have}; give one named train ({', '.join(ENDINGS)}).")
    return Folder(train, found["valid"], found["test"])


def _only(folder: Path, split: str, files: list[Path]) -> Path | None:
    named = [path for path in files if set(path.name.lower().split(".")) & set(SPLITS[split])]
    if len(named) > 1:
        both = " and ".join(path.name for path in named)
        raise InputError(f"{folder} has {both} for {split}; leave one.")
    return named[0] if named else None
