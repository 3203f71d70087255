"""Words of a batch side by side: each text's own, cut and padded."""

from __future__ import annotations

import numpy as np

from neurolite_core.hashing.words import WordIndices, hash_words


def test_each_text_gets_its_own_words() -> None:
    words = WordIndices(
        np.arange(1, 15, dtype=np.int32).reshape(7, 2), np.array([3, 0, 1, 3], np.int32)
    )
    found, kept = words.padded(2)
    assert kept.tolist() == [2, 0, 1, 2]
    assert found.tolist() == [
        [[1, 2], [3, 4]],
        [[0, 0], [0, 0]],
        [[7, 8], [0, 0]],
        [[9, 10], [11, 12]],
    ]


def test_nothing_still_has_a_row() -> None:
    found, kept = hash_words([b"", b" "], num_hashes=4, table_size=64).padded(8)
    assert found.tolist() == [[[0] * 4]] * 2
    assert kept.tolist() == [0, 0]


def test_a_text_is_hashed_alike_alone_and_among_others() -> None:
    texts = [b"one two", b"", b"three", b"a b c d e", b"two"]
    together, kept = hash_words(texts, num_hashes=4, table_size=8192).padded(3)
    for row, text in enumerate(texts):
        alone, count = hash_words([text], num_hashes=4, table_size=8192).padded(3)
        assert count[0] == kept[row]
        np.testing.assert_array_equal(together[row, : len(alone[0])], alone[0])
