"""Typing errors in a share of the words of a text, seeded.

``python -m neurolite_bench.typos test.csv misspelt.csv`` writes the file again with an edit in 20 % of
the words of its ``text`` column. The letters that are put in are English.
"""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import read_limited, write_atomically

SHARE: Final = 0.2
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_LIMIT: Final = 2**30


def with_typos(texts: Sequence[str], *, share: float = SHARE, seed: int = 0) -> list[str]:
    """The texts with one edit in exactly ``round(share * W)`` of their W words.

    A word is what stands between spaces and holds a letter; every chosen one differs from what it
    was, and keeps at least one of its letters.

    Args:
        texts: N texts.
        share: of all words together, 0 to 1.
        seed: of the choice of words and edits.

    Raises:
        InputError: the share is not between 0 and 1.
    """
    if not 0.0 <= share <= 1.0:
        raise InputError(f"share is {share}; give a number from 0 to 1.")
    rng = random.Random(seed)  # noqa: S311 (a seeded sample, not a secret)
    words = [
        (row, match.start(), match.end())
        for row, text in enumerate(texts)
        for match in re.finditer(r"\S+", text)
        if any(character.isalpha() for character in match[0])
    ]
    chosen = sorted(rng.sample(range(len(words)), round(share * len(words))))
    changed = list(texts)
    for number in reversed(chosen):  # from the right, so that earlier places stay what they are
        row, start, end = words[number]
        text = changed[row]
        changed[row] = text[:start] + edited(text[start:end], rng) + text[end:]
    return changed


def edited(word: str, rng: random.Random) -> str:
    """One edit: a letter inserted, deleted, replaced, or swapped with the next; never the only letter."""
    letters = [place for place, character in enumerate(word) if character.isalpha()]
    pairs = [i for i in letters if i + 1 in letters and word[i] != word[i + 1]]
    edits: list[Callable[[], str]] = [lambda: _insert(word, rng.choice(letters), rng)]
    if len(letters) > 1:
        edits.append(lambda: _delete(word, rng.choice(letters)))
        edits.append(lambda: _replace(word, rng.choice(letters), rng))
    if pairs:
        edits.append(lambda: _swap(word, rng.choice(pairs)))
    return rng.choice(edits)()


def _insert(word: str, place: int, rng: random.Random) -> str:
    return word[:place] + rng.choice(_LETTERS) + word[place:]


def _delete(word: str, place: int) -> str:
    return word[:place] + word[place + 1 :]


def _replace(word: str, place: int, rng: random.Random) -> str:
    others = [letter for letter in _LETTERS if letter != word[place].lower()]
    return word[:place] + rng.choice(others) + word[place + 1 :]


def _swap(word: str, place: int) -> str:
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def main(
    source: Annotated[Path, typer.Argument(help="CSV, UTF-8, with a column 'text'.")],
    out: Annotated[Path, typer.Argument(help="CSV to write.")],
    share: Annotated[float, typer.Option(help="Of the words, 0 to 1.")] = SHARE,
    seed: Annotated[int, typer.Option(help="Of the words and the edits.")] = 0,
) -> None:
    """Write a CSV again with typing errors in its texts."""
    with exit_codes():
        rows = list(csv.DictReader(io.StringIO(read_limited(source, _LIMIT).decode(), newline="")))
        if not rows or "text" not in rows[0]:
            raise InputError(f"{source} has no rows with a column 'text'.")
        texts = with_typos([row["text"] for row in rows], share=share, seed=seed)
        stream = io.StringIO(newline="")
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "text": text} for row, text in zip(rows, texts, strict=True))
        write_atomically(out, stream.getvalue().encode())


if __name__ == "__main__":
    typer.run(main)
