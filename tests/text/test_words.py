"""Words, borders and truncation."""

from __future__ import annotations

import csv
import gzip
import random
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurolite_core.hashing.words import hash_words
from neurolite_core.text.words import to_bytes, truncate
from texts import DATA, generated_texts


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
        ("ƏLAQƏ ȘTIRI ƯU ĐÃI STRAẞE", "əlaqə știri ưu đãi straße"),
        ("ᲗᲑᲘᲚᲘᲡᲘ ᏣᎳᎩ 𐐀𐐁", "თბილისი ꮳꮃꭹ 𐐨𐐩"),
        ("al\u00adarm se\u200bv\u2060en \ufeffw\u200eord", "alarm seven word"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u062e\u0648\u0627\u0647\u0645",
        ),
        ("don\u200b't don'\u200dt", "don't don't"),
        ("\u2764\ufe0f", "\u2764"),
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
        if len(part.indices) == 1 and len(cut) == limit:
            continue  # one word beyond the limit
        assert part.indices.tolist() == whole.indices[: len(part.indices)].tolist(), text


def test_one_word_beyond_the_limit_is_cut_at_it() -> None:
    cut, lost = truncate(b"z" * 10_000, 4096)
    assert (len(cut), lost) == (4096, True)


@pytest.mark.parametrize(
    "lang",
    [
        "vie_Latn",
        "fra_Latn",
        "ell_Grek",
        "rus_Cyrl",
        "jpn_Jpan",
        "arb_Arab",
        "heb_Hebr",
        "hin_Deva",
    ],
)
def test_real_text_decomposed_shares_all_indices(lang: str) -> None:
    for text in texts_of(lang):
        pair = [unicodedata.normalize(form, text).encode() for form in ("NFC", "NFD")]
        found = hash_words(pair, num_hashes=16, table_size=8192)
        half = len(found.indices) // 2
        assert found.counts[0] == found.counts[1]
        assert np.array_equal(found.indices[:half], found.indices[half:]), text


def texts_of(lang: str) -> list[str]:
    path = DATA / "sib200" / "langid" / "test.csv.gz"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        rows = [text for text, label in csv.reader(stream) if label == lang]
    assert rows
    return rows


@given(
    st.text(),
    st.lists(
        st.sampled_from("\u00ad\u200b\u200c\u200d\u200e\u2060\ufeff\ufe0f\u180e\U000e0041"),
        max_size=3,
    ),
    st.randoms(),
)
def test_ignorable_characters_inside_a_word_change_nothing(
    word: str, marks: list[str], rng: random.Random
) -> None:
    word = "".join(c for c in word if c.isalpha())[:12] + "ab"
    spoilt = list(word)
    for mark in marks:
        spoilt.insert(rng.randrange(1, len(spoilt)), mark)
    found = hash_words([word.encode(), "".join(spoilt).encode()], num_hashes=16, table_size=8192)
    assert found.counts[0] == found.counts[1]
    half = len(found.indices) // 2
    assert np.array_equal(found.indices[:half], found.indices[half:])
