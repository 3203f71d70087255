"""Trainings with a wide path: kept where it helps, refused where it does not, had or left out on request."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from neurolite_core import NeuroLiteConfig, load_checkpoint
from neurolite_core.training.cli import app
from neurolite_core.training.wide.packing import wide_bytes
from training.making import rows, train, write_config, write_csv

# Words by which a label is known, each seen too seldom for a network that sees the texts twice.
_SYLLABLES = ("ba", "ki", "to", "lu", "ne", "so", "mi", "ra", "du", "fe")


def topics(path: Path, count: int, seed: int) -> Path:
    """Three labels, known by the first syllables of otherwise random words."""
    rng = random.Random(seed)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["text", "label"])
        for number in range(count):
            label = number % 3
            first = ("zor", "qua", "vyx")[label]
            words = ["".join(rng.choices(_SYLLABLES, k=3)) for _ in range(6)]
            words[rng.randrange(6)] = first + "".join(rng.choices(_SYLLABLES, k=3))
            writer.writerow([" ".join(words), f"topic {label}"])
    return path


def wide_of(folder: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((folder / "report.json").read_text())["training"]["wide"]
    return facts


def test_it_is_kept_where_it_helps(tmp_path: Path) -> None:
    data = topics(tmp_path / "train.csv", 300, 0)
    held = topics(tmp_path / "held.csv", 120, 1)
    config = write_config(tmp_path / "config.json")
    common = (data, "--validation", held, "--model-config", config, "--epochs", 2)
    found = train(*common, "--out", tmp_path / "with")
    without = train(*common, "--out", tmp_path / "without", "--wide", "off")
    assert found["accuracy"] > without["accuracy"] + 0.2
    facts = wide_of(tmp_path / "with")
    assert facts["kept"]
    assert facts["clear"]
    assert facts["texts"] == 120
    assert facts["score_deep"] == pytest.approx(without["accuracy"])
    assert facts["score"] == pytest.approx(found["accuracy"])
    network = load_checkpoint(tmp_path / "with")
    wide = network.config.wide
    assert wide is not None
    assert facts["rows"] == wide.num_rows
    assert facts["bytes"] == wide_bytes(wide.num_rows, 3)
    assert load_checkpoint(tmp_path / "without").config.wide is None
    assert "wide" not in json.loads((tmp_path / "without/report.json").read_text())["training"]


def test_micro_has_none_by_itself(tmp_path: Path) -> None:
    """Where it would help as well: flash has no room for it."""
    data = topics(tmp_path / "train.csv", 90, 0)
    held = topics(tmp_path / "held.csv", 60, 1)
    common = (data, "--validation", held, "--size", "micro", "--epochs", 1)
    train(*common, "--out", tmp_path / "auto")
    assert load_checkpoint(tmp_path / "auto").config == NeuroLiteConfig.micro()
    train(*common, "--wide", "on", "--out", tmp_path / "on")
    assert load_checkpoint(tmp_path / "on").config.wide is not None


def test_it_is_refused_where_the_network_knows_all(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "train.csv", 240)
    config = write_config(tmp_path / "config.json")
    out = tmp_path / "out"
    found = train(data, "--out", out, "--model-config", config, "--epochs", 30)
    facts = wide_of(out)
    assert found["accuracy"] > 0.95
    assert not facts["kept"]
    assert facts["share"] == 0
    assert load_checkpoint(out).config.wide is None


def test_it_can_be_had_in_any_case_and_is_the_same_again(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "train.csv", 240)
    config = write_config(tmp_path / "config.json")
    options = (data, "--model-config", config, "--epochs", 30, "--wide", "on", "--folds", 0)
    tables = []
    for name in ("first", "second"):
        train(*options, "--out", tmp_path / name)
        assert wide_of(tmp_path / name)["kept"]
        network = load_checkpoint(tmp_path / name)
        assert getattr(network, "wide", None) is not None
        tables.append(network.wide.table())  # type: ignore[union-attr]
    for part in ("remap", "rows", "scales"):
        np.testing.assert_array_equal(*(getattr(table, part) for table in tables))
    assert 'wide = "on"' in (tmp_path / "first/run.toml").read_text()


def test_several_labels(tmp_path: Path) -> None:
    rng = random.Random(0)
    path = tmp_path / "tags.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["text", "label"])
        known = rows(400)
        for text, label in known:
            other, more = rng.choice(known)
            both = sorted({label, more}) if rng.random() < 0.5 else [label]
            writer.writerow([f"{text} {other}" if len(both) > 1 else text, "|".join(both)])
    config = write_config(tmp_path / "config.json")
    options = ("--multi-label", "--model-config", config, "--epochs", 1, "--folds", 0)
    found = train(path, *options, "--out", tmp_path / "out", "--class-weights", "balanced")
    facts = wide_of(tmp_path / "out")
    assert facts["kept"]
    assert facts["score"] > facts["score_deep"] + 0.1
    assert found["micro"]["f1"] > 0.9


def test_texts_out_of_scope_are_learned_as_having_no_label(tmp_path: Path) -> None:
    chatter = tmp_path / "chatter.txt"
    chatter.write_text("".join(f"how tall is mountain {place} of asia\n" for place in range(40)))
    data = write_csv(tmp_path / "train.csv", 240)
    config = write_config(tmp_path / "config.json")
    options = ("--model-config", config, "--epochs", 2, "--wide", "on", "--folds", 0)
    found = train(data, *options, "--out-of-scope", chatter, "--out", tmp_path / "out")
    assert found["out_of_scope_auroc"] > 0.9


def test_labels_that_leave_no_room(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["text", "label"])
        writer.writerows(
            (f"say word{number % 1_000} {number}", f"l{number % 1_000}") for number in range(2_200)
        )
    config = write_config(tmp_path / "config.json")
    options = (path, "--model-config", config, "--epochs", 1, "--folds", 0)
    train(*options, "--out", tmp_path / "auto")
    assert "1,000 labels" in wide_of(tmp_path / "auto")["why"]
    refused = CliRunner().invoke(
        app, [*map(str, options), "--wide", "on", "--out", str(tmp_path / "on")]
    )
    assert refused.exit_code == 2
    assert "no room for a wide path" in " ".join(refused.output.split())


@pytest.mark.parametrize("value", ["yes", ""])
def test_another_mode_is_refused(tmp_path: Path, value: str) -> None:
    data = write_csv(tmp_path / "train.csv", 30)
    refused = CliRunner().invoke(app, [str(data), "--out", str(tmp_path / "out"), "--wide", value])
    assert refused.exit_code == 2
    assert "auto, on, off" in " ".join(refused.output.split())
