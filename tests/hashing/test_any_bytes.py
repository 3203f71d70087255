"""What must hold for any bytes: no crash, indices in range, padding and company change nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from golden import plain
from neurolite_core.hashing.words import hash_words
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.features import graph_hash
from neurolite_core.text.words import pack_texts
from neurolite_runtimes import Session, open_artifact, run

CONFIG = NeuroLiteConfig.tiny()
TEXTS = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.text(alphabet="aé日ก'’ .\0\U0001f44d", max_size=80).map(str.encode),
    st.lists(st.sampled_from([b"\xe4", b"\xb8", b"\xf0\x9f", b"a", b" ", b"\xc3\xa9"])).map(
        b"".join
    ),
)


@pytest.fixture(scope="module")
def session(tiny_int8: Path) -> Session:
    return open_artifact(tiny_int8)


@given(text=TEXTS, hashes=st.integers(1, 64), rows=st.integers(64, 65_536))
def test_numpy_equals_plain_integers(text: bytes, hashes: int, rows: int) -> None:
    found = hash_words([text], num_hashes=hashes, table_size=rows)
    assert found.indices.tolist() == plain.indices_of(text, hashes, rows)
    assert not found.indices.size or 0 <= found.indices.min() <= found.indices.max() < rows


@given(texts=st.lists(TEXTS, min_size=1, max_size=4), padding=st.integers(0, 70))
def test_torch_graph_equals_numpy_with_any_padding(texts: list[bytes], padding: int) -> None:
    words = hash_words(texts, num_hashes=CONFIG.num_hashes, table_size=CONFIG.table_size)
    expected, _ = words.padded(CONFIG.max_words)
    packed = np.pad(pack_texts(texts), ((0, 0), (0, padding)))
    indices, counts = graph_hash(CONFIG)(torch.from_numpy(packed))
    assert counts.tolist() == words.counts.tolist()
    assert np.array_equal(indices.numpy(), expected)


@settings(deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=5), padding=st.integers(0, 70))
def test_int8_file_padding_and_batching_change_nothing(
    session: Session, texts: list[bytes], padding: int
) -> None:
    together = run(session, texts, batch_size=8)
    for position, text in enumerate(texts):
        padded = session.run_bytes(np.pad(pack_texts([text]), ((0, 0), (0, padding))))
        assert padded["words"][0] == together.words[position]
        difference = np.abs(padded["logits"][0] - together.values["logits"][position]).max()
        # float32 sums of another length may round differently, and then an int8 step apart.
        assert difference <= 0.05
    assert np.isfinite(together.values["logits"]).all()


@given(texts=st.lists(TEXTS, min_size=1, max_size=12), size=st.integers(1, 5))
@settings(deadline=None)
def test_batches_keep_the_order(session: Session, texts: list[bytes], size: int) -> None:
    words = hash_words(texts, num_hashes=1, table_size=64)
    assert run(session, texts, batch_size=size).words.tolist() == words.counts.tolist()
