"""Buckets: every text ends in the smallest that holds its bytes and words."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neurolite_core.artifact.buckets import Bucket, buckets_of, run_in_buckets
from neurolite_core.text.words import pack_texts

BUCKETS = buckets_of(4096, 256)


def test_buckets_of_the_presets() -> None:
    assert (
        tuple(Bucket(*row) for row in [(64, 16), (192, 48), (512, 128), (1536, 256), (4096, 256)])
        == BUCKETS
    )


@given(st.integers(64, 1 << 20), st.integers(1, 8192))
def test_the_largest_takes_everything(max_bytes: int, max_words: int) -> None:
    buckets = buckets_of(max_bytes, max_words)
    assert buckets[-1].num_bytes >= max_bytes
    assert buckets[-1].num_words == max_words
    assert list(buckets) == sorted(set(buckets))
    assert all(bucket.num_bytes % 64 == 0 for bucket in buckets)


@given(st.binary(max_size=4096), st.integers(0, 300))
def test_runs_again_only_when_words_do_not_fit(text: bytes, words: int) -> None:
    ran: list[int] = []

    def run(position: int, packed: np.ndarray, _: object) -> dict[str, np.ndarray]:
        ran.append(position)
        assert packed.shape == (1, BUCKETS[position].num_bytes)
        assert packed.tobytes().rstrip(b"\0") == text.rstrip(b"\0")
        return {"words": np.array([words], np.int32)}

    run_in_buckets(BUCKETS, pack_texts([text]), run)
    assert len(ran) <= 2
    final = BUCKETS[ran[-1]]
    assert final.num_words >= min(words, 256)
    if len(ran) == 2:
        assert BUCKETS[ran[0]].num_words < words
        assert BUCKETS[ran[1] - 1].num_words < words
