"""Strings for tests: generated in many scripts, hostile bytes, and real sentences where there are any."""

from __future__ import annotations

import csv
import os
import random
from pathlib import Path

import pytest

from neurolite_bench.generated import BLOCKS, generated_texts

__all__ = ["BLOCKS", "DATA", "ROOT", "follower_texts", "generated_texts", "read_rows", "real_texts"]

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("NEUROLITE_DATA", ROOT.parent / "shared" / "data"))


def read_rows(*parts: str) -> list[tuple[str, str]]:
    """Text and label of a real data file, or a skip that names it."""
    path = DATA.joinpath(*parts)
    if not path.is_file():
        pytest.skip(f"real data absent: {path}")
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream)
        next(reader)
        return [(text, label) for text, label in reader]


def real_texts(per_language: int = 200) -> list[bytes]:
    """Sentences of clinc150 and of sib200's twelve languages."""
    texts = [text for text, _ in read_rows("clinc150", "test.csv")[: per_language * 4]]
    for folder in sorted((DATA / "sib200" / "topic").iterdir()):
        rows = read_rows("sib200", "topic", folder.name, "train.csv")
        texts += [text for text, _ in rows[:per_language]]
    return [text.encode() for text in texts]


def follower_texts(count: int, seed: int) -> list[bytes]:
    """Clusters of accents and ignorable characters beside letters, apostrophes, tags, long runs and cut sequences."""
    rng = random.Random(seed)
    characters = [
        *"aezQ.'1 \0", "\u2019", "\u00e9", "\u1ebf", "\u0301", "\u0323", "\u0489", "\u00ad", "\u200b", "\u200d", "\u2060",
        "\ufeff", "\ufe0f", "\u304c", "\u304b", "\u3099", "\u6f22", "\u0e01", "\u0e31", "\u0628", "\u0654",
        "\U0001f44d", "\U0001f3fd", "\U000e0067", "\U000e0100", "\U000f0000", "\U00030000", "\U0010ffff",
    ]  # fmt: skip
    texts = []
    for number in range(count):
        text = "".join(rng.choice(characters) for _ in range(rng.randrange(40)))
        if number % 3 == 0:
            text += rng.choice(characters) * rng.randrange(90) + text
        data = text.encode()
        texts.append(data[: rng.randrange(len(data) + 1)] if number % 5 == 0 else data)
    return texts
