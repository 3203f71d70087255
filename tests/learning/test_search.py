"""The nearest examples, against sorting all of them."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning.toy import SIZE, Toy
from neurolite_core.ground.errors import MissingDependencyError
from neurolite_runtimes.learning import records as rec
from neurolite_runtimes.learning import search
from neurolite_runtimes.learning.matching import header_for
from neurolite_runtimes.learning.memory import Memory
from neurolite_runtimes.learning.search import Exact, Graph, index_for


def memory_of(count: int, seed: int, *, gone: int = 0) -> Memory:
    rng = np.random.default_rng(seed)
    memory = Memory(header_for(Toy().metadata, texts=False, dimension=None, settings=None))
    memory.apply(rec.NewLabel(0, "a"))
    for _ in range(count):
        vector = rng.integers(-2, 3, SIZE) + 0.5  # some are equal in part, and many cosines tie
        memory.apply(
            memory.new_example(0, (vector / np.linalg.norm(vector)).astype(np.float16), b"", 0)
        )
    for number in rng.permutation(count)[:gone].tolist():
        memory.apply(rec.Removal(number + 1))
    return memory


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 60), st.integers(1, 70), st.integers(0, 99))
def test_they_are_the_first_of_all_sorted(count: int, wanted: int, seed: int) -> None:
    memory = memory_of(count, seed, gone=count // 3)
    vector = np.random.default_rng(seed + 1).standard_normal(SIZE).astype(np.float32)
    cosines = memory.vectors @ vector
    order = sorted(memory.rows().tolist(), key=lambda row: (-cosines[row], row))
    found = Exact().nearest(memory, vector, wanted)
    assert [row for row, _ in found] == order[:wanted]


def test_the_graph_finds_nearly_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip(
        "faiss", reason="faiss-cpu is not installed: pip install 'neurolite[search]'"
    )
    monkeypatch.setattr(search, "MOST_BY_NUMPY", 100)
    memory = memory_of(2_000, 0, gone=10)
    index = index_for(memory, Exact())
    assert isinstance(index, Graph)
    assert index_for(memory, index) is index
    rng = np.random.default_rng(1)
    shared = 0
    for turn in range(50):
        if turn == 25:  # what is added or removed meanwhile is known
            for number in [memory.id_at(row) for row in memory.rows()[:200].tolist()]:
                memory.apply(rec.Removal(number))
        vector = rng.standard_normal(SIZE).astype(np.float32)
        found = {row for row, _ in index.nearest(memory, vector, 5)}
        assert all(memory.alive[row] for row in found)
        shared += len(found & {row for row, _ in Exact().nearest(memory, vector, 5)})
    assert shared > 0.95 * 250


def test_without_faiss_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)
    monkeypatch.setattr(search, "MOST_BY_NUMPY", 3)
    with pytest.raises(MissingDependencyError, match=r"pip install 'neurolite\[search\]'"):
        index_for(memory_of(4, 0), None)
    assert isinstance(index_for(memory_of(3, 0), None), Exact)
