"""Words, borders and truncation."""

from __future__ import annotations

import pytest

from neurolite_core.hashing.words import hash_words
from neurolite_core.text.words import to_bytes, truncate
from texts import generated_texts


def count_words(text: str | bytes) -> int:
    return int(hash_words([to_bytes(text)], num_hashes=1, table_size=64).counts[0])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("今日は良い天気ですね", 10),
        ("สวัสดีครับ", 7),
        ("ສະບາຍດີ", 6),
        ("សួស្តី", 3),
        ("မင်္ဂလာပါ", 5),
        ("안녕하세요 여러분", 2),
        ("don't stop", 2),
        ("rock ’n’ roll", 5),
        ("a,b;c", 5),
        ("\ud800\udfff", 1),
        ("", 0),
        (" \t\u3000\0", 0),
    ],
)
def test_word_counts(text: str, words: int) -> None:
    assert count_words(text) == words


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("HELLO", "hello"),
        ("ÀÉÎ", "àéî"),
        ("ΟΔΟΣ", "οδος"),
        ("ПРИВЕТ Ё", "привет ё"),
        ("ＡＢ１", "ab1"),
        ("it’s", "it's"),
    ],
)
def test_folded_texts_share_all_indices(left: str, right: str) -> None:
    found = hash_words([left.encode(), right.encode()], num_hashes=16, table_size=8192)
    assert found.indices[: found.counts[0]].tolist() == found.indices[found.counts[0] :].tolist()


def test_short_texts_are_not_cut() -> None:
    assert truncate(b"abc def", 7) == (b"abc def", False)


@pytest.mark.parametrize(
    ("text", "limit", "kept", "lost"),
    [
        (b"abc def", 6, b"abc ", True),
        (b"abc def ", 7, b"abc def", False),
        (b"abc   \n\0", 5, b"abc  ", False),
        (b"abc def", 3, b"abc", True),
        (b"abcdef ghi", 4, b"abcd", True),
        ("日本語".encode(), 7, "日本".encode(), True),
        ("ab日本".encode(), 4, b"ab", True),
        (b"wait...what", 6, b"wait", True),
        (b"wait...what", 7, b"wait...", True),
    ],
)
def test_truncation(text: bytes, limit: int, kept: bytes, lost: bool) -> None:
    assert truncate(text, limit) == (kept, lost)


def test_truncation_keeps_whole_words_only() -> None:
    for text in generated_texts(4_000, seed=3):
        limit = max(64, len(text) // 2)
        cut, _ = truncate(text, limit)
        assert len(cut) <= limit
        assert text.startswith(cut)
        whole = hash_words([text], num_hashes=4, table_size=8192)
        part = hash_words([cut], num_hashes=4, table_size=8192)
        assert part.indices.tolist() == whole.indices[: len(part.indices)].tolist(), text


def test_one_word_beyond_the_limit_keeps_its_features() -> None:
    text = b"z" * 10_000
    cut, lost = truncate(text, 4096)
    assert (len(cut), lost) == (4096, True)
    found = hash_words([text, cut], num_hashes=16, table_size=8192)
    assert found.indices[0].tolist() == found.indices[1].tolist()
