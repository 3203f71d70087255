"""Classifiers that begin with an encoder: its weights, and a head that is the one minimum."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from typer.testing import CliRunner

from neurolite_core.artifact.checkpoint import load_checkpoint, save_checkpoint
from neurolite_core.data.readers import open_source
from neurolite_core.data.store_writer import build_store
from neurolite_core.network.model import (
    NeuroLiteForClassification,
    NeuroLiteForEmbedding,
    NeuroLiteForMultiLabel,
)
from neurolite_core.training.cli import app
from neurolite_core.training.fitting.batches import Part
from neurolite_core.training.fitting.predict import text_vectors
from neurolite_core.training.fitting.task import Task, Validation
from neurolite_core.training.options import TrainingOptions
from neurolite_core.training.starting import heads
from neurolite_core.training.starting.heads import PENALTIES, fit_head
from training.making import ENCODER_CONFIG as CONFIG

CPU = torch.device("cpu")
TOPICS = {
    "music": ["play", "song", "album", "loud", "singer"],
    "weather": ["rain", "sunny", "storm", "cloud", "cold"],
    "food": ["book", "table", "pizza", "order", "hungry"],
}


def rows(count: int, seed: int) -> list[dict[str, str]]:
    random = np.random.default_rng(seed)
    found = []
    for number in range(count):
        label = list(TOPICS)[number % 3]
        mixed = [*random.choice(TOPICS[label], 2), *random.choice(["the", "a", "please", "now"], 2)]
        found.append({"text": " ".join(mixed) + f" {seed}{number}", "label": label})
    return found


def write(path: Path, found: list[dict[str, str]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in found))
    return path


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    return save_checkpoint(
        NeuroLiteForEmbedding(CONFIG), tmp_path_factory.mktemp("encoder") / "enc"
    )


def task_of(folder: Path, network: NeuroLiteForClassification) -> Task:
    store = build_store([open_source(str(write(folder / "rows.jsonl", rows(90, 1))))], folder / "s")
    held = build_store([open_source(str(write(folder / "held.jsonl", rows(30, 2))))], folder / "h")
    part = Part(store, np.arange(90), None, labelled=True, target_weight=0.0)
    return Task(network, (part,), Validation(held, np.arange(30)), TrainingOptions())


def test_the_head_is_that_of_another_solver(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = NeuroLiteForClassification(
        replace(CONFIG, table_bits=32), labels=sorted(TOPICS)
    ).eval()
    task = task_of(tmp_path, network)
    score = fit_head(task, lambda _: None)
    inputs = text_vectors(network, task.parts[0].store, task.parts[0].rows, CPU).astype(np.float64)
    unseen = text_vectors(network, task.validation.store, task.validation.rows, CPU)
    truths, expected = task.parts[0].store.label_ids, task.validation.label_ids
    weights = network.head.linear.weight.detach().numpy()
    distances, scores = [], []
    for penalty in PENALTIES:
        theirs = LogisticRegression(C=1 / penalty, tol=1e-8, max_iter=5000).fit(inputs, truths)
        distances.append(np.abs(theirs.coef_ - weights).max())
        scores.append(theirs.score(unseen, expected))
    assert min(distances) < 1e-2
    assert score == pytest.approx(max(scores))
    assert score > 0.9


def test_heads_of_several_labels_are_solved_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads, "PENALTIES", (1.0,))
    torch.manual_seed(0)
    network = NeuroLiteForMultiLabel(replace(CONFIG, table_bits=32), labels=sorted(TOPICS))
    found = [row | {"label": row["label"]} for row in rows(60, 1)]
    for row in found[::4]:
        row["label"] += "|weather" if row["label"] != "weather" else "|music"
    path = write(tmp_path / "several.jsonl", found)
    source = open_source(str(path), label_separator="|")
    store = build_store([source], tmp_path / "store", several=True)
    part = Part(store, np.arange(60), None, labelled=True, target_weight=0.0)
    task = Task(network.eval(), (part,), Validation(store, np.arange(60)), TrainingOptions())
    assert fit_head(task, lambda _: None) > 0.9
    truths = task.objective.truths(store, part.rows, 3)
    inputs = text_vectors(network, store, part.rows, CPU).astype(np.float64)
    for label in range(3):
        theirs = LogisticRegression(C=1.0, tol=1e-10, max_iter=5000).fit(inputs, truths[:, label])
        weights = network.head.linear.weight[label].detach().numpy()
        np.testing.assert_allclose(weights, theirs.coef_[0], atol=1e-2)


def test_a_training_begins_with_an_encoder(tmp_path: Path, encoder: Path) -> None:
    data = write(tmp_path / "rows.jsonl", rows(120, 3))
    command = [
        str(data), "--start", str(encoder), "--out", str(tmp_path / "model"), "--epochs", "1",
        "--batch-size", "32", "--no-pictures", "--folds", "2", "--wide", "off",
    ]  # fmt: skip
    run = CliRunner().invoke(app, command)
    assert run.exit_code == 0, run.output
    history = json.loads((tmp_path / "model/report.json").read_text())["training"]["history"]
    assert history[0]["step"] == 0
    assert max(line["accuracy"] for line in history) >= history[0]["accuracy"] > 0.7
    model = load_checkpoint(tmp_path / "model")
    assert model.config == CONFIG
    for more, message in (
        (["--size", "tiny"], "--size was given with --start"),
        (["--task", "embedding", "--teacher", "t"], "--start was given with --task embedding"),
    ):
        refused = CliRunner().invoke(app, [*command, *more])
        assert (refused.exit_code, message in refused.output) == (2, True), refused.output
    nothing = CliRunner().invoke(app, [str(data), "--start", "klingon", "--out", "o"])
    assert "--start is 'klingon'; give the folder of a checkpoint." in nothing.output
