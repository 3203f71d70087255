"""Strings for tests: generated in many scripts, hostile bytes, and real sentences where there are any."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from neurolite_bench.generated import BLOCKS, follower_texts, generated_texts

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
