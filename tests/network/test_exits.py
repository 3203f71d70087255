"""Exits of every backbone: the first layer that is sure answers, each text by itself, as plain formulas say."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, Final

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from backbones import ONE, backbone_config
from early_exits import LABELS, LAYERS, exits_network, opened_on, with_exits
from neurolite_core.artifact.checkpoint import load_checkpoint, save_checkpoint
from neurolite_core.ground.errors import InputError
from neurolite_core.network.backbones.table import BACKBONES
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.early import layer_answers
from neurolite_core.network.exits import ExitGate, close_all, part_names, thresholds_of
from neurolite_core.network.exits_options import ExitsOptions
from neurolite_core.network.experts_options import ExpertsOptions
from neurolite_core.network.generation_options import GenerationOptions
from neurolite_core.network.memory.options import MemoryOptions
from neurolite_core.network.model import (
    NeuroLiteForClassification,
    NeuroLiteForEmbedding,
    NeuroLiteForMultiLabel,
)
from neurolite_core.network.spans_options import SpansOptions
from texts import generated_texts

LONG: Final = ONE.replace(max_words=40, max_bytes=256)
SOME: Final = [text for text in generated_texts(60, seed=5) if len(text) <= LONG.max_bytes]


@pytest.fixture(scope="module", params=tuple(BACKBONES))
def network(request: pytest.FixtureRequest) -> NeuroLiteForClassification:
    torch.manual_seed(3)
    return exits_network(backbone_config(request.param, LONG), SOME)


@torch.no_grad()
def test_a_text_is_answered_by_the_first_layer_that_is_sure(
    network: NeuroLiteForClassification,
) -> None:
    """Block by block, text by text, until a probability is above the threshold; in float64 from the words on."""
    assert network.exits is not None
    thresholds = thresholds_of(network.exits)
    exact = NeuroLiteForClassification(network.config, labels=network.labels).double().eval()
    exact.load_state_dict(network.state_dict())
    assert exact.exits is not None
    found = network(SOME)
    weight, bias = exact.head.linear.weight.numpy(), exact.head.linear.bias.numpy()
    depths = []
    for row, text in enumerate(SOME):
        indices, counts = network.features([text])
        words, _, mask = network.model.encode(indices, counts)
        x = network.model.window(network.model.projection(indices, mask)).double()
        mask = mask.double()
        backbone = exact.model.backbone
        more = backbone.beside(x, mask)
        for depth, block in enumerate(backbone.blocks, start=1):
            x = block(x, mask, *more)
            mean = (x[0] * mask[0]).sum(dim=0) / mask.sum().clamp(min=1)
            place = exact.exits.each()[depth - 1] if depth < LAYERS else None
            norm = exact.norm if place is None else place.norm
            normal = (mean - mean.mean()) / (mean.var(correction=0) + 1e-5).sqrt()
            vector = (normal * norm.weight + norm.bias).numpy()
            logits = weight @ vector + bias
            if place is not None:
                logits = logits * float(place.scale) + float(place.shift)
                threshold = thresholds[depth - 1]
                assert threshold is not None
                powers = np.exp(logits - logits.max())
                if powers.max() / powers.sum() <= threshold:
                    continue
            break
        depths.append(depth)
        assert words.shape[2] == LONG.hidden_size
        assert found["depth"][row] == depth
        # A spike's slope is steep, so that float32's last bits are seen.
        near = 1e-2 if network.config.backbone == "spiking" else 1e-4
        np.testing.assert_allclose(found["logits"][row].numpy(), logits, rtol=near, atol=near)
        unit = vector / max(np.linalg.norm(vector), 1e-12)
        np.testing.assert_allclose(found["embedding"][row].numpy(), unit, rtol=near, atol=near)
    assert set(depths) == {1, 2, 3}


TEXTS = st.lists(st.binary(max_size=90) | st.text(max_size=40), min_size=1, max_size=6)


@given(texts=TEXTS)
@settings(max_examples=12, deadline=None)
@torch.no_grad()
def test_each_text_of_a_batch_exits_by_itself(
    network: NeuroLiteForClassification, texts: list[bytes | str]
) -> None:
    logits, _ = layer_answers(network, *network.features(texts))
    assert network.exits is not None
    for own, threshold in zip(logits, thresholds_of(network.exits), strict=False):
        sure = own.softmax(dim=1).amax(dim=1)
        if threshold is not None and float((sure - threshold).abs().min()) < 1e-5:
            return  # sums of another order may decide otherwise
    together = network(input_texts=texts)
    for row, text in enumerate(texts):
        alone = network(input_texts=[text])
        assert alone["depth"][0] == together["depth"][row]
        near = 1e-2 if network.config.backbone == "spiking" else 1e-4
        torch.testing.assert_close(
            alone["logits"][0], together["logits"][row], rtol=near, atol=near
        )


@torch.no_grad()
def test_closed_exits_change_nothing(network: NeuroLiteForClassification) -> None:
    plain = NeuroLiteForClassification(network.config.replace(exits=None), LABELS).eval()
    values = network.state_dict()
    plain.load_state_dict({key: values[key] for key in plain.state_dict()})
    closed = NeuroLiteForClassification(network.config, labels=network.labels).eval()
    closed.load_state_dict(values)
    assert closed.exits is not None
    close_all(closed.exits)
    found, expected = closed(SOME), plain(SOME)
    assert thresholds_of(closed.exits) == (None, None)
    assert found["depth"].tolist() == [LAYERS] * len(SOME)
    assert torch.equal(found["logits"], expected["logits"])
    assert torch.equal(found["embedding"], expected["embedding"])
    assert "depth" not in expected


@given(
    logits=st.lists(st.floats(-30, 30, width=32), min_size=2, max_size=9),
    threshold=st.floats(0.05, 0.9999),
)
@settings(max_examples=200, deadline=None)
@torch.no_grad()
def test_a_gate_is_0_or_1_and_right_but_for_rounding(logits: list[float], threshold: float) -> None:
    gate = ExitGate()
    gate.limit.fill_(1 / threshold)
    found = float(gate(torch.tensor([logits])))
    highest = 1 / sum(math.exp(each - max(logits)) for each in logits)
    assert found in (0.0, 1.0)
    if abs(highest - threshold) > 1e-5:
        assert bool(found) == (highest > threshold)


def test_a_checkpoint_keeps_exits_and_their_thresholds(tmp_path: Any) -> None:  # noqa: ANN401
    torch.manual_seed(1)
    network = exits_network(ONE.replace(bag=True), SOME)
    save_checkpoint(network, tmp_path)
    again = load_checkpoint(tmp_path)
    assert again.config == network.config
    assert again.exits is not None
    assert network.exits is not None
    assert thresholds_of(again.exits) == thresholds_of(network.exits) != (None, None)
    with torch.no_grad():
        one, other = again(SOME), network(SOME)
    assert all(torch.equal(one[name], other[name]) for name in ("logits", "embedding", "depth"))
    assert len(set(one["depth"].tolist())) > 1


def test_graphs_get_what_conditions_are_made_of() -> None:
    torch.manual_seed(2)
    network = exits_network(ONE, SOME)
    with torch.no_grad():
        found = network.network(*network.features(SOME), hidden=True)
        opened_on(network, SOME)
    names = part_names(LAYERS)
    assert names[:3] == ("exit_own_1", "exit_own_2", "exit_own_3")
    assert set(names) < set(found)
    chosen = found["exit_chosen_1"]
    assert torch.equal(chosen[:, :LABELS], found["logits"])
    assert torch.equal(chosen[:, -1].int(), found["depth"])
    for number, rest in ((1, "exit_chosen_2"), (2, "exit_own_3")):
        sure = found[f"exit_gate_{number}"] == 1
        own = found[f"exit_own_{number}"]
        assert torch.equal(found[f"exit_chosen_{number}"], torch.where(sure, own, found[rest]))
    assert part_names(0) == ()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"memory": MemoryOptions()}, "The config has memory and exits"),
        ({"experts": ExpertsOptions()}, "The config has experts and exits"),
        ({"spans": SpansOptions(types=("a",))}, "The config has spans and exits"),
        ({"generation": GenerationOptions()}, "The config has generation and exits"),
        ({"exits": 3}, "exits is 3; give ExitsOptions, or None"),
    ],
)
def test_what_has_no_early_answer_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        with_exits(ONE).replace(**changes)


def test_one_layer_has_no_exit() -> None:
    with pytest.raises(InputError, match="its backbone 1 layer"):
        dataclasses.replace(ONE, exits=ExitsOptions())


@pytest.mark.parametrize("kind", [NeuroLiteForMultiLabel, NeuroLiteForEmbedding])
def test_other_tasks_are_refused(kind: type[Any]) -> None:
    with pytest.raises(InputError, match="only a classifier of one label a text answers before"):
        kind(with_exits(ONE))


@pytest.mark.parametrize("weight", [0, -1, 101, True, "much", math.nan])
def test_weights_that_cannot_be_are_refused(weight: Any) -> None:  # noqa: ANN401
    with pytest.raises(InputError, match="exits' weight is"):
        ExitsOptions(weight=weight)


def test_json_both_ways() -> None:
    config = with_exits(ONE).replace(exits=ExitsOptions(weight=0.25))
    assert NeuroLiteConfig.from_json(config.to_json()) == config
    assert config.num_layers == LAYERS
