"""Weights of soft rules are learned where they help, hard rules are not calibrated, and the checkpoint has both."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from typer.testing import CliRunner

from neurolite_core.artifact.checkpoint import load_checkpoint
from neurolite_core.rules.effects import DECIDED
from neurolite_core.training.cli import app
from neurolite_core.training.evidence import _minimise
from training.making import train, write_config, write_csv

RULES = """
[facts]
wake = ["wake", "alarm", "get me up"]
never = ["xyzzy"]

[[rules]]
name = "wakes"
any = ["wake"]
evidence = "alarm"

[[rules]]
name = "nothing seen"
any = ["never"]
evidence = "alarm"

[[rules]]
name = "refuses"
any = ["never"]
abstain = true
"""


def test_weights_are_the_most_likely_ones_with_their_penalty() -> None:
    """Of one rule and two labels: the root of a function of one variable, found by halving."""
    fired = torch.tensor([[1.0]] * 30 + [[0.0]] * 10)
    labels = torch.tensor([0] * 24 + [1] * 6 + [1] * 10)
    weights = torch.zeros(1)

    class Evidence(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.cat([x, torch.zeros_like(x)], dim=1)

    def loss(added: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.cross_entropy(added, labels, reduction="sum")

    _minimise(weights, torch.ones(1), Evidence(), fired, loss)
    low, high = 0.0, 5.0
    for _ in range(60):
        middle = (low + high) / 2
        slope = 30 / (1 + np.exp(-middle)) - 24 + middle
        low, high = (low, middle) if slope > 0 else (middle, high)
    assert abs(float(weights[0]) - low) < 1e-3


def test_a_training_learns_what_rules_are_worth(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "train.csv", 240)
    config = write_config(tmp_path / "config.json", table_size=8_192)
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES, "utf-8")
    common = (data, "--model-config", config, "--epochs", 1, "--wide", "off")
    train(*common, "--out", tmp_path / "m", "--rules", rules)
    facts = json.loads((tmp_path / "m/report.json").read_text())["training"]["rules"]
    assert facts["rules"] == 3
    assert facts["fired"]["wakes"] > 3
    assert facts["fired"]["refuses"] == 0
    assert facts["weights"]["wakes"] > 0.2
    assert facts["weights"]["nothing seen"] == 0
    network = load_checkpoint(tmp_path / "m")
    assert network.rules is not None
    assert network.rules.hard
    with torch.no_grad():
        found = network(["xyzzy wake me at noon", "wake me at noon"])
    assert (found["logits"][0] < -DECIDED).all()
    assert found["rules"].sum(dim=1).tolist() == [3, 1]
    # The temperature divides what was learned as it does the head.
    scale = float(network.rules.scale().detach().abs().max())
    assert 0 < scale != facts["weights"]["wakes"]


def test_rules_of_other_labels_are_refused_before_anything_is_trained(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "train.csv", 60)
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES.replace('"alarm"\n', '"alarms"\n'), "utf-8")
    arguments = (data, "--size", "tiny", "--out", tmp_path / "m", "--rules", rules)
    done = CliRunner().invoke(app, [*map(str, arguments)])
    assert done.exit_code == 2
    assert "rule 'wakes' names the label 'alarms'" in " ".join(done.output.split())
    assert not (tmp_path / "m/model.safetensors").exists()
