"""Rules beside a network: they fire as they read, decide as documented, and go through checkpoints."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from artifacts import ONE
from neurolite_core.artifact.checkpoint import load_checkpoint, save_checkpoint
from neurolite_core.artifact.model_id import model_id_of
from neurolite_core.ground.errors import CheckpointError, InputError
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.model import (
    NeuroLiteForClassification,
    NeuroLiteForEmbedding,
    NeuroLiteForMultiLabel,
)
from neurolite_core.network.ruling import with_rules
from neurolite_core.rules.effects import DECIDED
from neurolite_core.rules.meaning import fired_rules, true_facts
from neurolite_core.rules.reading import parse_rules
from neurolite_core.text.words import pack_texts
from rules_made import LABELS, TEXT, WORDS
from texts import generated_texts

CONFIG = replace(ONE, table_size=8_192)
RULES = parse_rules(TEXT, "rules.toml")


def network_of(
    text: str = TEXT, kind: type[NeuroLiteForClassification] = NeuroLiteForClassification
) -> NeuroLiteForClassification:
    torch.manual_seed(0)
    plain = kind(CONFIG, labels=LABELS, threshold=0.5).eval()
    return with_rules(plain, parse_rules(text, "rules.toml"))


def texts(count: int = 1_000) -> list[bytes]:
    rng = random.Random(5)
    made = [" ".join(rng.choices(WORDS, k=rng.randrange(9))).encode()[:64] for _ in range(count)]
    return [*made, *(text[:64] for text in generated_texts(count // 4, seed=6))]


@torch.no_grad()
def test_rules_fire_as_they_read_on_host_and_in_graph() -> None:
    network, own = network_of(), texts()
    assert network.rules is not None
    order = [rule.name for rule in network.rules.program.order]
    fired = network(own)["rules"].numpy()
    in_graph = network(input_bytes=torch.from_numpy(pack_texts(own)))
    for text, row, other in zip(own, fired, in_graph["rules"].numpy(), strict=True):
        expected = fired_rules(RULES, true_facts(RULES, text, CONFIG.max_words))
        assert [expected[name] for name in order] == row.tolist() == other.tolist(), text
    assert fired.mean(axis=0).min() > 0.05 or fired.any(axis=0).all()


@pytest.mark.parametrize("count", [1, 2, 3, 6, 10, 40])
@torch.no_grad()
def test_each_of_many_facts_is_told_from_the_others(count: int) -> None:
    """However many different sets of facts there are, and whatever they are laid out in."""
    words = [f"w{chr(97 + at // 26)}{chr(97 + at % 26)}" for at in range(count)]
    lines = ["[facts]", *(f'f{at} = ["{word}"]' for at, word in enumerate(words))]
    lines += [f'[[rules]]\nname = "r{at}"\nany = ["f{at}"]' for at in range(count)]
    network = network_of("\n".join(lines) + "\n")
    assert network(words)["rules"].tolist() == np.eye(count, dtype=int).tolist()
    assert network([" ".join(words[-8:])])["rules"].sum() == min(count, 8)


@torch.no_grad()
def test_the_strongest_rule_decides() -> None:
    network = network_of()
    plain = with_rules(network, parse_rules(TEXT.split("[[rules]]")[0] + EMPTY, "rules.toml"))
    own = [b"hello there", b"Refunds now", b"refund of order 7", "order 7 取消 refund".encode()]
    without, found = plain(own)["logits"].numpy(), network(own)
    logits = found["logits"].numpy()
    assert found["rules"].tolist() == [[0, 0, 1, 0], [1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 0, 1]]
    # Evidence alone; forced; abstained, by a higher priority; and abstained with two labels off.
    assert np.allclose(logits[0] - without[0], [3, 0, 0], atol=1e-5)
    assert logits[1].tolist() == [-DECIDED, DECIDED, -DECIDED]
    assert (logits[2:] < -100).all()
    assert np.array_equal(logits[2].argsort(), without[2].argsort())


EMPTY = '\n[[rules]]\nname = "none"\nany = ["order"]\n'
ASKING = """
[[rules]]
name = "no b"
any = ["order"]
answer = ["b"]
forbid = "b"
priority = 9

[[rules]]
name = "so"
all = ["no b"]
evidence = "c"
weight = 2
"""


@torch.no_grad()
def test_rules_that_ask_for_the_networks_answer_see_it() -> None:
    network, plain = network_of(TEXT + ASKING), network_of(TEXT.split("[[rules]]")[0] + EMPTY)
    own = texts(300)
    answers = plain(own)["logits"].argmax(dim=1)
    found = network(own)
    assert network.rules is not None
    order = [rule.name for rule in network.rules.program.order]
    rules = parse_rules(TEXT + ASKING, "rules.toml")
    asked = 0
    for text, row, answer in zip(own, found["rules"].tolist(), answers.tolist(), strict=True):
        facts = true_facts(rules, text, CONFIG.max_words)
        expected = fired_rules(rules, facts, {LABELS[answer]})
        assert [expected[name] for name in order] == row
        asked += expected["no b"]
    assert asked > 10
    assert order[-2:] == ["no b", "so"]
    forbidden = found["rules"][:, order.index("no b")] == 1
    assert (found["logits"][forbidden, 1] <= -DECIDED).all()


SEVERAL = """
[facts]
one = ["alpha"]
two = ["beta"]
three = ["gamma"]

[[rules]]
name = "on"
any = ["one"]
force = "a"
priority = 1

[[rules]]
name = "off"
any = ["two"]
forbid = ["a", "b"]
priority = 2

[[rules]]
name = "also"
any = ["one"]
force = "c"

[[rules]]
name = "nothing"
any = ["three"]
abstain = true
"""


@torch.no_grad()
def test_several_labels_are_decided_each() -> None:
    network = network_of(SEVERAL, NeuroLiteForMultiLabel)
    own = ["alpha", "beta", "alpha beta", "gamma", "alpha gamma", "beta gamma"]
    signs = np.where(
        np.abs(network(own)["logits"].numpy()) == DECIDED, network(own)["logits"].sign().numpy(), 0
    )
    assert signs.tolist() == [
        [1, 0, 1],
        [-1, -1, 0],
        [-1, -1, 1],
        [-1, -1, -1],
        [1, -1, 1],  # both force with at least as high a priority and stand before it
        [-1, -1, -1],
    ]


def test_rules_go_through_checkpoints(tmp_path: Path) -> None:
    network = network_of()
    save_checkpoint(network, tmp_path)
    loaded = load_checkpoint(tmp_path)
    assert loaded.config.use_symbolic_module
    assert NeuroLiteConfig.from_json(loaded.config.to_json()) == network.config
    with torch.no_grad():
        for name, value in network(texts(50)).items():
            assert torch.equal(loaded(texts(50))[name], value)
    without = NeuroLiteForClassification(CONFIG, labels=LABELS, threshold=0.5)
    without.load_state_dict(network.state_dict(), strict=False)
    assert model_id_of(without) == model_id_of(network)
    assert not without.config.use_symbolic_module
    save_checkpoint(without, tmp_path)
    assert not (tmp_path / "model-rules.toml").exists()
    assert load_checkpoint(tmp_path).rules is None


def test_learned_weights_go_through_checkpoints_and_to_new_rules(tmp_path: Path) -> None:
    text = TEXT.replace("weight = 3.0\n", "")
    with pytest.raises(
        InputError, match="line 20: rule 'quiet' has no weight, and the model has not"
    ):
        network_of(text)
    network = network_of()
    from neurolite_core.network.ruling import attach_rules

    attach_rules(network, parse_rules(text, "rules.toml"))
    assert network.rules is not None
    place = [rule.name for rule in network.rules.program.order].index("quiet")
    network.rules.weights.data[place] = 1.25
    save_checkpoint(network, tmp_path)
    again = with_rules(load_checkpoint(tmp_path), parse_rules(text.replace("re*", "red*"), "new"))
    assert isinstance(again, NeuroLiteForClassification)
    assert again.rules is not None
    assert again.rules.scale()[place] == 1.25


@pytest.mark.parametrize(
    ("rules", "said"),
    [(None, "its rules are not those"), ({"num_rules": 3}, "its rules are not those")],
)
def test_checkpoints_whose_config_tells_of_other_rules_are_refused(
    tmp_path: Path, rules: object, said: str
) -> None:
    network = network_of()
    values = json.loads(network.config.to_json()) | {"rules": rules}
    network.config = NeuroLiteConfig.from_json(json.dumps(values))
    save_checkpoint(network, tmp_path)
    with pytest.raises(CheckpointError, match=said):
        load_checkpoint(tmp_path)


def test_other_models_and_configs_are_refused() -> None:
    with pytest.raises(
        InputError, match="rules decide on labels, and a model of the task 'embedding'"
    ):
        with_rules(NeuroLiteForEmbedding(CONFIG), RULES)
    with pytest.raises(InputError, match="rules is 3; give RulesOptions, or None"):
        replace(CONFIG, rules=3)  # type: ignore[arg-type]
    values = json.loads(CONFIG.to_json())
    for wrong, said in ((-1, "rules' num_rules is -1"), ("x", "rules' num_rules is 'x'")):
        with pytest.raises(InputError, match=said):
            NeuroLiteConfig.from_json(json.dumps(values | {"rules": {"num_rules": wrong}}))
    del values["rules"]
    assert NeuroLiteConfig.from_json(json.dumps(values)) == CONFIG


def test_features_that_are_missing_are_named() -> None:
    network = network_of()
    features = network.features(["refund"])
    assert len(features) == 3
    with pytest.raises(ValueError, match="rules on parts of words take starts"):
        network.network(*features[:2])
