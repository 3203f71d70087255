"""Experts against an independent implementation in numpy, and that only the chosen ones matter."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from neurolite_core.ground.errors import InputError
from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.experts import Experts, choices, numbers_of, routing_loss_of
from neurolite_core.network.experts_options import ExpertsOptions
from neurolite_core.network.model import NeuroLiteForClassification

TEXTS = [
    "book a table for two",
    "weather in Paris",
    "",
    "play some jazz",
    "ein Tisch für zwei",
    "x",
]


def small_config(**options: Any) -> NeuroLiteConfig:  # noqa: ANN401  # of the dataclass
    return NeuroLiteConfig(
        table_size=256,
        projection_size=16,
        hidden_size=12,
        backbone_options=MixerOptions(num_layers=1, token_hidden=8, channel_hidden=16),
        max_words=16,
        max_bytes=64,
        experts=ExpertsOptions(width=20, **options),
    )


def network_of(config: NeuroLiteConfig, seed: int = 0) -> NeuroLiteForClassification:
    torch.manual_seed(seed)
    network = NeuroLiteForClassification(config, 3).eval()
    with torch.no_grad():
        for name, parameter in network.experts.named_parameters():  # type: ignore[union-attr]
            if name.endswith("bias"):  # which begin at zero, and would hide a wrong one
                parameter.normal_(std=0.3)
            if name == "router.weight":
                parameter.mul_(4)
    return network


def normalised(x: NDArray[np.float64], norm: torch.nn.LayerNorm) -> NDArray[np.float64]:
    centred = x - x.mean(axis=-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + norm.eps)
    weight, bias = (each.detach().double().numpy() for each in (norm.weight, norm.bias))
    return np.asarray(scaled * weight + bias)


def routed(
    experts: Experts, x: NDArray[np.float64], words: NDArray[np.float64], count: int
) -> tuple[NDArray[np.float64], list[int]]:
    """One text as the formulas have it, in float64: x [H] and words [L, D], of which ``count`` are real."""
    value = {k: v.detach().double().numpy() for k, v in experts.named_parameters()}
    mean = words[:count].mean(axis=0) if count else np.zeros(words.shape[1])
    logits = value["router.weight"] @ normalised(mean, experts.router.norm) + value["router.bias"]
    shares = np.exp(logits) / np.exp(logits).sum()
    ranked = sorted(range(len(logits)), key=lambda e: (-math.floor(logits[e] * 1024 + 0.5), e))
    chosen = ranked[: experts.options.top]
    total = sum(shares[e] for e in chosen) if len(chosen) > 1 else 1.0
    made = np.zeros_like(x)
    for e in chosen:
        hidden = x @ value["expert.expand.weight"][e].T + value["expert.expand.bias"][e]
        out = np.maximum(hidden, 0) @ value["expert.contract.weight"][e].T
        made += shares[e] / total * (out + value["expert.contract.bias"][e])
    return x + made, sorted(chosen)


@pytest.mark.parametrize("options", [{"count": 2}, {"count": 7}, {"count": 5, "top": 2}])
def test_experts_are_what_the_formulas_say(options: dict[str, int]) -> None:
    network = network_of(small_config(**options))
    experts = network.experts
    assert isinstance(experts, Experts)
    random = np.random.default_rng(1)
    x, words = random.normal(size=(9, 12)), random.normal(size=(9, 6, 16))
    counts = random.integers(0, 7, 9)
    mask = (np.arange(6) < counts[:, None])[..., None].astype(np.float64)
    with torch.no_grad():
        found = experts(*(torch.from_numpy(each).float() for each in (x, words * mask, mask)))
    numbers = found.expert.numpy().reshape(9, -1)
    for row in range(9):
        expected, chosen = routed(experts, x[row], words[row], int(counts[row]))
        assert numbers[row].tolist() == chosen
        np.testing.assert_allclose(found.text[row].numpy(), expected, atol=2e-5)
    assert len(np.unique(numbers)) > 1


@pytest.mark.parametrize("top", [1, 2])
def test_only_the_chosen_experts_matter(top: int) -> None:
    network = network_of(small_config(count=6, top=top))
    with torch.no_grad():
        before = network(TEXTS)
        for number, text in enumerate(TEXTS):
            chosen = before["expert"].reshape(len(TEXTS), -1)[number].tolist()
            broken = network_of(small_config(count=6, top=top))
            for parameter in broken.experts.expert.parameters():  # type: ignore[union-attr]
                for other in set(range(6)) - set(chosen):
                    parameter[other] = math.nan
            assert torch.equal(broken([text])["logits"], network([text])["logits"])


@given(st.data())
def test_ties_and_near_ties_go_to_the_lowest_number(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 64))
    steps = data.draw(st.lists(st.integers(-4, 4), min_size=count, max_size=count))
    # Anywhere inside a step of 1/1,024 that is not its border.
    inside = data.draw(
        st.lists(st.floats(-0.49, 0.49, allow_nan=False), min_size=count, max_size=count)
    )
    logits = torch.tensor([[(a + b) / 1024 for a, b in zip(steps, inside, strict=True)]])
    found = [int(each) for each in numbers_of(choices(logits, 2))]
    assert found == sorted(range(count), key=lambda number: (-steps[number], number))[:2]


def test_logits_beyond_all_bounds_are_chosen_too() -> None:
    logits = torch.tensor([[-1e6, 1e6, 3e6, 0.0]])
    assert [int(each) for each in numbers_of(choices(logits, 2))] == [1, 2]  # clamped, so a tie


def test_training_computes_what_evaluation_does() -> None:
    network = network_of(small_config(count=4, noise=0.0))
    with torch.no_grad():
        expected = network(TEXTS)
        for module in network.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        found = network.train()(TEXTS)
    assert torch.equal(found["expert"], expected["expert"])
    torch.testing.assert_close(found["logits"], expected["logits"], atol=1e-5, rtol=0)


def test_noise_moves_texts_while_training_only() -> None:
    network = network_of(small_config(count=8, noise=5.0))
    texts = ["the same text"] * 64
    with torch.no_grad():
        assert len(network(texts)["expert"].unique()) == 1
        assert len(network.train()(texts)["expert"].unique()) > 2


@pytest.mark.parametrize("top", [1, 2])
def test_the_routing_loss_is_balance_and_margin(top: int) -> None:
    network = network_of(small_config(count=4, top=top, noise=0.0, balance=0.5, margin=3.0)).train()
    experts = network.experts
    assert isinstance(experts, Experts)
    found = network(TEXTS)
    indices, counts = network.model.featurize(TEXTS, None)
    _, words, mask = network.model.encode(indices, counts)
    logits = experts.router(words, mask).detach().double().numpy()
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    numbers = found["expert"].numpy().reshape(len(TEXTS), top)
    used = np.array([(numbers == e).sum() for e in range(4)]) / numbers.size
    missing = []
    # How far the normalised mean would have to go for another expert, along the shortest way.
    weights = (experts.router.weight * experts.router.norm.weight).detach().double().numpy()
    for row in logits:
        order = np.argsort(-row)
        last, first = order[top - 1], order[top]
        way = (row[last] - row[first]) / np.linalg.norm(weights[last] - weights[first])
        missing.append(max(0.0, 3.0 - way))
    expected = 0.5 * 4 * (used * shares.mean(axis=0)).sum() + 0.1 * np.mean(missing)
    loss = routing_loss_of(network)
    assert loss is not None
    assert float(loss.detach()) == pytest.approx(float(expected), rel=1e-4)


def test_a_router_learns_to_spread_texts_and_to_be_sure() -> None:
    network = network_of(small_config(count=4, noise=0.5, balance=1.0)).train()
    texts = [f"{a} {b}" for a in ("red", "blue", "up", "down") for b in ("one", "two", "three")]
    experts = network.experts
    assert isinstance(experts, Experts)
    with torch.no_grad():
        experts.router.weight.mul_(0.02)
        experts.router.bias.copy_(torch.tensor([0.0, 1.0, 0.0, 0.0]))
        assert set(network.eval()(texts)["expert"].tolist()) == {1}
    network.train()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    for step in range(120):
        torch.manual_seed(step)
        network(texts)
        loss = routing_loss_of(network)
        assert loss is not None
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    found = network.eval()(texts)["expert"]
    assert len(found.unique()) >= 3
    assert int((found == 1).sum()) <= 6
    _, words, mask = network.model.encode(*network.model.featurize(texts, None))
    logits = experts.router(words, mask)
    assert float(experts.router.distances(logits, 1).detach().min()) > 0.1


def test_one_expert_has_no_router() -> None:
    network = NeuroLiteForClassification(small_config(count=1), 3).eval()
    assert "expert" not in network(TEXTS)
    assert not network.config.use_dynamic_routing
    assert small_config(count=2).use_dynamic_routing
    assert not NeuroLiteConfig.tiny().use_dynamic_routing


def test_json_both_ways() -> None:
    for config in (small_config(count=3, top=2, margin=0), NeuroLiteConfig.tiny()):
        assert NeuroLiteConfig.from_json(config.to_json()) == config
    old = NeuroLiteConfig.tiny().to_json().replace('  "experts": null,\n', "")
    assert "experts" not in old
    assert NeuroLiteConfig.from_json(old) == NeuroLiteConfig.tiny()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": 0}, "experts' count is 0; give a whole number from 1 to 64."),
        ({"count": 65}, "experts' count is 65; give a whole number from 1 to 64."),
        ({"count": True}, "experts' count is True; give a whole number from 1 to 64."),
        ({"top": 3}, "experts' top is 3; give a whole number from 1 to 2."),
        ({"count": 1, "top": 2}, "experts' top is 2, and there is 1 expert; give at most as many."),
        ({"width": 0}, "experts' width is 0; give a whole number from 1 to 8192."),
        ({"margin": -1}, "experts' margin is -1; give a number from 0 to 100."),
        ({"balance": math.nan}, "experts' balance is nan; give a number from 0 to 100."),
        ({"noise": "much"}, "experts' noise is 'much'; give a number from 0 to 100."),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as error:
        ExpertsOptions(**options)
    assert str(error.value) == message


def test_a_config_takes_options_only() -> None:
    with pytest.raises(InputError, match="experts is 4; give ExpertsOptions, or None"):
        replace(NeuroLiteConfig.tiny(), experts=4)  # type: ignore[arg-type]
    text = NeuroLiteConfig.tiny().to_json()
    with pytest.raises(InputError, match="experts is 4; it must be a JSON object, or null"):
        NeuroLiteConfig.from_json(text.replace('"experts": null', '"experts": 4'))
    with pytest.raises(InputError, match="Unknown key 'number' in experts; known: balance, count"):
        NeuroLiteConfig.from_json(text.replace('"experts": null', '"experts": {"number": 4}'))
