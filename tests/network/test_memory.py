"""The memory: by values against the papers' formulas in float64, and by what a memory has to do."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from artifacts import REMEMBERING, SOURCES
from neurolite_core.ground.errors import InputError
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.memory.levels import LongTermMemory, PersistentMemory, WorkingMemory
from neurolite_core.network.memory.options import MemoryOptions
from neurolite_core.network.memory.retrieval import Retrieval
from neurolite_core.network.model import (
    NeuroLiteForClassification,
    NeuroLiteForEmbedding,
    TextNetwork,
)

Float64 = NDArray[np.float64]


# --- An implementation of its own ------------------------------------------------------------------


def shares(energies: Float64) -> Float64:
    """softmax."""
    raised = np.exp(energies - energies.max())
    return np.asarray(raised / raised.sum())


def hopfield(
    query: Float64, keys: Float64, values: Float64, beta: float, steps: int, places: Float64
) -> Float64:
    """xi <- X softmax(beta X^T xi), ``steps`` times, the last time with the values in X's place.

    ``places`` are the products of a part of query and keys that no update changes.
    """
    for _ in range(steps - 1):
        query = keys.T @ shares(beta * (keys @ query) + places)
    return np.asarray(values.T @ shares(beta * (keys @ query) + places))


def in_float64(tensor: torch.Tensor) -> Float64:
    return tensor.detach().double().numpy()


def linear(layer: torch.nn.Linear, x: Float64) -> Float64:
    return np.asarray(x @ in_float64(layer.weight).T + in_float64(layer.bias))


@given(
    st.integers(0, 2**31), st.integers(1, 12), st.integers(1, 4), st.integers(1, 3), st.booleans()
)
@settings(max_examples=60, deadline=None)
def test_a_retrieval_is_that_of_the_paper(
    seed: int, filled: int, heads: int, steps: int, ordered: bool
) -> None:
    torch.manual_seed(seed)
    size, slots, key_size = 10, 12, 6
    retrieval = Retrieval(size, heads, key_size, steps)
    torch.nn.init.normal_(retrieval.log_beta)
    text, patterns = torch.randn(2, size), torch.randn(2, slots, size)
    mask = (torch.arange(slots) < filled).float().expand(2, 1, slots)
    places = torch.randn(heads, slots) if ordered else torch.zeros(heads, slots)
    reads, weights = retrieval(text, patterns, mask, places)
    assert torch.allclose(weights.sum(dim=2), torch.ones(2, heads), atol=1e-6)
    for row in range(2):
        own = in_float64(patterns[row, :filled])  # what is empty is not there at all
        queries = linear(retrieval.queries, in_float64(text[row])).reshape(heads, key_size)
        for head in range(heads):
            beta = float(in_float64(retrieval.log_beta).reshape(-1)[head])
            aside = in_float64(places[head, :filled])
            expected = hopfield(
                queries[head], linear(retrieval.keys, own), own, np.exp(beta), steps, aside
            )
            np.testing.assert_allclose(reads[row, head].detach(), expected, atol=2e-5, rtol=2e-5)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_persistent_patterns_are_read_by_the_same_formula(steps: int) -> None:
    torch.manual_seed(steps)
    options = MemoryOptions(persistent=9, key_size=5, steps=steps)
    level = PersistentMemory(8, options)
    text = torch.randn(3, 8)
    reads, weights = level.read(text, ())
    assert weights.shape == (3, 1, 9)
    for row in range(3):
        query = linear(level.query, in_float64(text[row]))
        beta = float(np.exp(in_float64(level.log_beta)[0, 0]))
        values = in_float64(level.values).T
        expected = hopfield(query, in_float64(level.keys), values, beta, steps, np.zeros(9))
        np.testing.assert_allclose(reads[row, 0].detach(), expected, atol=1e-5, rtol=1e-5)


def plain(size: int, beta: float = 1.0, steps: int = 1) -> Retrieval:
    """A retrieval whose keys are the patterns themselves."""
    retrieval = Retrieval(size, 1, size, steps)
    with torch.no_grad():
        for layer in (retrieval.queries, retrieval.keys):
            layer.weight.copy_(torch.eye(size))
            layer.bias.zero_()
        retrieval.log_beta.fill_(np.log(beta))
    return retrieval


# --- What theory promises --------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "radius", "base"), [(20, 3.0, 3.1546), (75, 1.0, 1.3718)])
def test_random_patterns_are_kept_at_the_capacity_of_theorem_3(
    size: int, radius: float, base: float
) -> None:
    """Ramsauer et al., theorem 3: of sqrt(p) c^((d-1)/4) patterns on a sphere all are kept but with probability p."""
    share = 0.001
    count = int(np.ceil(np.sqrt(share) * base ** ((size - 1) / 4)))
    assert count >= 8
    torch.manual_seed(0)
    retrieval, draws, lost = plain(size), 300, 0
    length = radius * np.sqrt(size - 1)
    for _ in range(draws):
        patterns = torch.randn(count, size)
        patterns *= length / patterns.norm(dim=1, keepdim=True)
        found, _weights = retrieval(
            patterns,
            patterns.expand(count, count, size),
            torch.ones(count, 1, count),
            torch.zeros(1, count),
        )
        # Kept: each is inside a ball of its own, whose radius is that of the paper's definition 1.
        ball = 1 / (2 * count * length)
        lost += bool(((found[:, 0] - patterns).norm(dim=1) > max(ball, 1e-3 * length)).any())
    assert lost <= 2  # 0.3 are expected


@pytest.mark.parametrize("steps", [1, 2])
def test_half_erased_patterns_come_back_whole(steps: int) -> None:
    torch.manual_seed(1)
    size, count = 64, 40
    patterns = torch.randint(0, 2, (count, size)) * 2.0 - 1.0
    asked = patterns.clone()
    asked[:, size // 2 :] = 0.0
    found, _ = plain(size, beta=1.0, steps=steps)(
        asked,
        patterns.expand(count, count, size),
        torch.ones(count, 1, count),
        torch.zeros(1, count),
    )
    assert torch.equal(torch.sign(found[:, 0]), patterns)
    assert (found[:, 0] - patterns).abs().max() < 0.05


# --- Levels ----------------------------------------------------------------------------------------


def begin(level: WorkingMemory | LongTermMemory, rows: int = 1) -> tuple[torch.Tensor, ...]:
    return tuple(torch.full((rows, *spec.shape), spec.initial) for spec in level.specs)


def test_working_memory_is_first_in_first_out() -> None:
    level = WorkingMemory(4, MemoryOptions(working=3, working_heads=2))
    state = begin(level)
    entries = [torch.full((1, 4), float(number)) for number in range(1, 6)]
    for number, entry in enumerate(entries):
        state = level.write(entry, state, torch.zeros(0))
        vectors, filled = state
        expected = [max(0, number + 1 - age) for age in range(3)]
        assert vectors[0, :, 0].tolist() == expected
        assert filled[0, 0].tolist() == [float(value > 0) for value in expected]


def test_working_memory_knows_which_turn_a_text_was() -> None:
    """With the same texts in another order every read differs, even where they are found by their age alone."""
    torch.manual_seed(0)
    level = WorkingMemory(6, MemoryOptions(working=4, working_heads=3))
    with torch.no_grad():
        level.retrieval.queries.weight.zero_()
        level.ages.mul_(10)
    first, second = torch.randn(1, 6), torch.randn(1, 6)
    state = begin(level)
    for entry in (first, second):
        state = level.write(entry, state, torch.zeros(0))
    reads, _ = level.read(torch.randn(1, 6), state)
    torch.testing.assert_close(reads[0, 0], second[0])
    torch.testing.assert_close(reads[0, 1], first[0])


def remembered(level: LongTermMemory, entries: list[torch.Tensor]) -> tuple[torch.Tensor, ...]:
    state = begin(level)
    for entry in entries:
        _, weights = level.read(entry, state)
        state = level.write(entry, state, weights)
    return state


@torch.no_grad()
def test_long_term_memory_merges_what_is_alike_and_fills_its_slots_in_order() -> None:
    level = LongTermMemory(8, MemoryOptions(long_term=4, long_term_heads=1))
    level.border.fill_(0.5)
    one, two = torch.eye(8)[:1] * 3, torch.eye(8)[1:2] * 3
    near = one + 0.1 * torch.eye(8)[2:3]
    slots, counts, _ = remembered(level, [one, two, near])
    torch.testing.assert_close(slots[0, 0], (one + near)[0] / 2, atol=0.1, rtol=0)
    torch.testing.assert_close(slots[0, 1], two[0], atol=0.1, rtol=0)
    assert slots[0, 2:].abs().max() < 1e-3
    assert counts[0, 0].tolist() == pytest.approx([2, 1, 0, 0], abs=0.1)


@torch.no_grad()
def test_a_full_long_term_memory_gives_up_the_least_used_slot() -> None:
    level = LongTermMemory(8, MemoryOptions(long_term=3, long_term_heads=1))
    level.retrieval.keys.weight.zero_()  # reads spread evenly, so that writes alone tell
    texts = [torch.eye(8)[number : number + 1] * 3 for number in range(5)]
    # The second is the one that was not written again.
    slots, *_ = remembered(level, [texts[0], texts[1], texts[2], texts[0], texts[2], texts[3]])
    torch.testing.assert_close(slots[0, 1], texts[3][0], atol=0.1, rtol=0)
    torch.testing.assert_close(slots[0, 0], texts[0][0], atol=0.1, rtol=0)
    torch.testing.assert_close(slots[0, 2], texts[2][0], atol=0.1, rtol=0)


@torch.no_grad()
def test_the_learned_similarity_is_where_merging_begins() -> None:
    level = LongTermMemory(8, MemoryOptions(long_term=4, long_term_heads=1))
    one = torch.eye(8)[:1] * 3
    other = one + 1.5 * torch.eye(8)[1:2]  # a cosine of 0.894
    for border, slots_in_use in ((0.7, 1), (0.99, 2)):
        level.border.fill_(border)
        _, counts, _ = remembered(level, [one, other])
        assert int((counts[0, 0] > 0.5).sum()) == slots_in_use


# --- The model -------------------------------------------------------------------------------------


def network() -> TextNetwork:
    return SOURCES["remembering"]().network


@torch.no_grad()
def test_nothing_changes_without_update_memory() -> None:
    model = network()
    first = model(input_texts=["Where does she live?"])["logits"]
    assert torch.equal(first, model(input_texts=["Where does she live?"])["logits"])
    assert not model.memory_state
    model(input_texts=["Alice lives in Paris."], update_memory=True)
    kept = copy.deepcopy(model.memory_state)
    assert kept is not None
    second = model(input_texts=["Where does she live?"])["logits"]
    assert not torch.equal(first, second)
    assert model.memory_state is not None
    assert all(torch.equal(kept[name], each) for name, each in model.memory_state.items())
    model.reset_memory()
    assert torch.equal(first, model(input_texts=["Where does she live?"])["logits"])


@torch.no_grad()
def test_the_order_of_texts_counts_and_conversations_stand_apart() -> None:
    model = network()
    found = []
    for order in (("red", "green"), ("green", "red")):
        model.reset_memory()
        for text in order:
            model(input_texts=[text], update_memory=True)
        found.append(model(input_texts=["which?"])["logits"])
    assert not torch.allclose(found[0], found[1], atol=1e-4)
    model.reset_memory()
    model(input_texts=["red", "green"], update_memory=True)
    model(input_texts=["green", "red"], update_memory=True)
    both = model(input_texts=["which?", "which?"])["logits"]
    torch.testing.assert_close(both, torch.cat(found))


@torch.no_grad()
def test_one_memory_answers_many_texts_and_takes_one_turn_at_a_time() -> None:
    model = network()
    model(input_texts=["red"], update_memory=True)
    one = model(input_texts=["which?"])["logits"]
    many = model(input_texts=["which?", "what?", "which?"])["logits"]
    torch.testing.assert_close(many[[0, 2]], one.expand(2, -1))
    with pytest.raises(InputError, match=r"one by one, or forget it: reset_memory"):
        model(input_texts=["a", "b"], update_memory=True)
    model.reset_memory()
    model(input_texts=["a", "b"], update_memory=True)
    with pytest.raises(InputError, match=r"of 2 conversations"):
        model(input_texts=["a"])


def test_gradients_reach_the_turns_before() -> None:
    model = network()
    table = model.model.projection.table
    model(input_texts=["a word of before"], update_memory=True)
    model.zero_grad()
    model(input_texts=[""], update_memory=True)["logits"].sum().backward()
    assert isinstance(table, torch.nn.Parameter)
    assert table.grad is not None
    assert table.grad.abs().sum() > 0  # the empty text has no word of its own


def test_a_state_that_cannot_be_is_refused() -> None:
    model = network()
    state = {spec.name: torch.full((1, *spec.shape), spec.initial) for spec in model.state_specs}
    model.memory_state = state
    for changed, message in (
        ({"working": torch.zeros(1, 2, 32)}, r"'working' is float32 \[1, 2, 32\]; give float32"),
        ({"working": state["working"].double()}, "'working' is float64"),
        ({"long_term": state["long_term"] + torch.nan}, "'long_term' holds values that are not"),
        ({"other": state["working"]}, "'other', which the model does not know"),
    ):
        with pytest.raises(InputError, match=message):
            model.memory_state = state | changed
    del state["working_filled"]
    with pytest.raises(InputError, match="lacks 'working_filled'"):
        model.memory_state = state


def test_a_network_without_a_memory_says_so() -> None:
    model = NeuroLiteForClassification(replace(REMEMBERING, memory=None), 2)
    assert model.state_specs == ()
    with pytest.raises(InputError, match="use_external_memory=True"):
        model(input_texts=["a"], update_memory=True)


@torch.no_grad()
def test_an_encoder_remembers_as_well() -> None:
    model = NeuroLiteForEmbedding(REMEMBERING).eval()
    before = model(input_texts=["which?"])["embedding"]
    model(input_texts=["red"], update_memory=True)
    after = model(input_texts=["which?"])["embedding"]
    assert not torch.allclose(before, after, atol=1e-4)
    assert after.norm().item() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("level", ["working", "long_term", "persistent"])
def test_each_level_may_stand_alone(level: str) -> None:
    sizes = dict.fromkeys(("working", "long_term", "persistent"), 0) | {level: 4}
    options = MemoryOptions(**sizes, hidden=8, key_size=4)
    model = NeuroLiteForClassification(replace(REMEMBERING, memory=options), 2).eval()
    assert model.memory is not None
    assert list(model.memory.levels) == [level]
    with torch.no_grad():
        assert model(input_texts=["a"])["logits"].shape == (1, 2)


def test_options_that_cannot_be_are_refused_and_configs_keep_them() -> None:
    for values, message in (
        ({"working": -1}, "memory's working is -1"),
        ({"steps": 0}, "memory's steps is 0"),
        ({"working": 0, "long_term": 0, "persistent": 0}, "no level"),
    ):
        with pytest.raises(InputError, match=message):
            MemoryOptions(**values)
    with pytest.raises(InputError, match="memory is 3; give MemoryOptions"):
        replace(REMEMBERING, memory=3)  # type: ignore[arg-type]
    assert NeuroLiteConfig.from_json(REMEMBERING.to_json()) == REMEMBERING
    without = replace(REMEMBERING, memory=None).to_json().replace('  "memory": null,\n', "")
    assert NeuroLiteConfig.from_json(without).memory is None
