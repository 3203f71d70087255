"""What a memory is worth, as it is measured: levels switched off, conversations side by side, tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from artifacts import SOURCES, Store
from neurolite_bench.conversations.measuring import accuracy, logits_of
from neurolite_bench.conversations.models import without_level, without_memory
from neurolite_bench.conversations.table import memory_table, turn_table
from neurolite_core.ground.errors import InputError
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.training.conversations.reading import Conversations
from neurolite_runtimes import Conversation, open_artifact

TEXTS = ("red", "which?", "green", "blue", "which?", "it", "and?")
DATA = Conversations(
    TEXTS,
    np.array([-1, 1, 0, -1, 2, -1, 0]),
    np.array([0, 2, 7]),
    ("LABEL_0", "LABEL_1", "LABEL_2"),
    (),
    "",
)


def network() -> NeuroLiteForClassification:
    found = SOURCES["remembering"]().network
    assert isinstance(found, NeuroLiteForClassification)
    return found


def test_conversations_side_by_side_are_those_one_after_the_other(exported: Store) -> None:
    session = open_artifact(exported("onnx", "remembering", "float32").path)
    found = logits_of(session, DATA, list(TEXTS))
    for first, last in ((0, 2), (2, 7)):
        conversation = Conversation(session)
        for row in range(first, last):
            expected = conversation.remember(TEXTS[row]).values["logits"][0]
            np.testing.assert_allclose(found[row], expected, atol=1e-5)
    forgetful = logits_of(session, DATA, list(TEXTS), remember=False)
    np.testing.assert_allclose(forgetful[1], forgetful[4], atol=1e-6)
    assert not np.allclose(found[1], found[4], atol=1e-4)


def test_shares_and_turns_are_those_of_the_labelled_turns(exported: Store) -> None:
    session = open_artifact(exported("onnx", "remembering", "float32").path)
    logits = logits_of(session, DATA, list(TEXTS))
    right = [int(logits[row].argmax() == DATA.label_ids[row]) for row in (1, 2, 4, 6)]
    found = accuracy(session, DATA)
    assert found["accuracy"] == pytest.approx(np.mean(right))
    assert [row["texts"] for row in found["turns"].values()] == [1, 1, 1, 1]
    assert list(found["turns"]) == ["1", "2", "3", "5"]
    assert accuracy(session, DATA, typos=0)["texts"] == 4


@torch.no_grad()
@pytest.mark.parametrize("level", ["working", "long_term", "persistent"])
def test_a_level_that_is_off_changes_nothing_whatever_it_holds(level: str) -> None:
    model = network()
    assert model.memory is not None
    off = without_level(model, level)
    assert off.memory is not None
    text = torch.randn(2, 32)
    state = [torch.rand(2, *spec.shape) for spec in model.state_specs]
    other = [
        torch.rand(2, *spec.shape) if spec.name.startswith(level) else values
        for spec, values in zip(model.state_specs, state, strict=True)
    ]
    same, _ = off.memory(text, state)
    torch.testing.assert_close(same, off.memory(text, other)[0])
    assert not torch.allclose(same, model.memory(text, state)[0])
    with pytest.raises(InputError, match="no level 'other'"):
        without_level(model, "other")


def test_without_memory_nothing_is_kept() -> None:
    plain = without_memory(network())
    assert plain.state_specs == ()
    with pytest.raises(InputError, match="no level"):
        without_level(plain, "working")


def figures(share: float) -> dict[str, Any]:
    return {"accuracy": share, "turns": {"1": {"texts": 1_200, "accuracy": share}}}


def test_tables_have_what_was_measured_and_no_more() -> None:
    result = {
        "answers": {"memory": figures(0.95), "nothing remembered": figures(0.5)},
        "test": {"conversations": 600, "labelled": 5_391, "rows": 10_782},
        "state_bytes": 18_752,
        "time": {"ratio": {"median": 1.1, "lowest": 1.0, "highest": 1.2}},
    }
    table = memory_table(result)
    assert "| with memory | 95.0 |" in table
    assert "alone" not in table.split("linear")[0]
    assert "18,752 bytes" in table
    assert turn_table(result).splitlines()[-1] == "| 1 | 1,200 | 95.0 | 50.0 |"
