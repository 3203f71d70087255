"""Whole texts: one rule for paragraphs and conversations, and the files of a folder."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from neurolite_core.data.documents import MAX_DOCUMENT, Folder, documents, find_folder
from neurolite_core.ground.errors import InputError
from neurolite_core.text.lines import BadRows
from neurolite_core.text.vocabulary import count_words, make_vocabulary
from texts import DATA


def test_lines_together_are_a_document_plain_or_gzip(tmp_path: Path) -> None:
    content = b" \n = Title = \n \n A paragraph . \n\n\nHi!\nHello.\n"
    plain, packed = tmp_path / "a.txt", tmp_path / "a.txt.gz"
    plain.write_bytes(content)
    packed.write_bytes(gzip.compress(content))
    assert list(documents(plain)) == ["= Title =", "A paragraph .", "Hi!\nHello."]
    assert list(documents(packed)) == list(documents(plain))


def test_a_text_without_blank_lines_is_cut_at_a_line(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("word word word word\n" * 5_000)
    found = list(documents(path))
    assert len(found) > 1
    assert all(len(text) <= MAX_DOCUMENT for text in found)
    assert "\n".join(found) == path.read_text().strip()


def test_lines_of_other_bytes_are_refused_or_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"good\n\xff\nbetter\n")
    with pytest.raises(InputError, match="line 2: not UTF-8"):
        list(documents(path))
    bad = BadRows(str(path), "skip")
    assert list(documents(path, bad)) == ["good\nbetter"]
    assert bad.count == 1


def test_a_folder_has_a_file_for_each_split(tmp_path: Path) -> None:
    for name in ("wiki.train.tokens", "dev.txt.gz", "README.md", "training-notes.txt"):
        (tmp_path / name).write_bytes(b"")
    assert find_folder(tmp_path) == Folder(
        tmp_path / "wiki.train.tokens", tmp_path / "dev.txt.gz", None
    )
    (tmp_path / "train.txt").write_bytes(b"")
    with pytest.raises(InputError, match=r"train\.txt and wiki\.train\.tokens for train"):
        find_folder(tmp_path)


def test_folders_without_training_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no text files"):
        find_folder(tmp_path)
    with pytest.raises(InputError, match="is no folder"):
        find_folder(tmp_path / "absent")


def test_real_conversations_are_mostly_words_of_a_vocabulary() -> None:
    path = DATA / "dialogue" / "test.txt.gz"
    if not path.is_file():
        pytest.skip(f"real data absent: {path}")
    texts = [text.encode() for text, _ in zip(documents(path), range(500), strict=False)]
    vocabulary = make_vocabulary(count_words(texts), 3_000)
    for text in texts:
        assert vocabulary.decode(vocabulary.encode(text)) == text
    targets = [number for text in texts for number in vocabulary.targets(text)]
    assert 0 < targets.count(0) / len(targets) < 0.1
