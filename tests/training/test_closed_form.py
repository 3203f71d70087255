"""Reservoirs that are solved, not trained: each stage against a reference, the whole against PyTorch's network."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from typer.testing import CliRunner

from neurolite_core import load_checkpoint
from neurolite_core.answer.scores import scope_scores, softmax
from neurolite_core.artifact.checkpoint import read_checkpoint
from neurolite_core.network.backbones.reservoir_options import ReservoirOptions
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.fixed_reservoir import reservoir_of
from neurolite_core.training.cli import app
from neurolite_core.training.closed_form.ridge import ridge
from neurolite_core.training.closed_form.units import follow, learn_to_predict, surprises
from neurolite_core.training.closed_form.word_table import solve_word_table
from neurolite_core.training.pretraining.word_bags import word_bags
from neurolite_export.cli import app as export_app
from texts import DATA
from training.making import CHATTER, rows, train, write_csv
from training.solving import case_of, check_beside_pytorch, settings_of

CLINC = DATA / "clinc150"
SMALL = settings_of(16)
# A machine that has the base packages alone: each of the others is as if it were not installed.
WITHOUT = """
import sys
for name in ("torch", "safetensors", "lightning_fabric", "scipy", "sklearn", "matplotlib", "jinja2", "transformers"):
    sys.modules[name] = None
from neurolite_core.training.cli import app
app(sys.argv[1:])
"""

Values = NDArray[np.float64]


def test_a_readout_is_reservoirpys() -> None:
    """States of a fixed reservoir and what is solved of them, both as reservoirpy has them."""
    nodes = pytest.importorskip("reservoirpy.nodes")
    options = ReservoirOptions(num_layers=1, units=12, read_hidden=7, causal=True)
    fixed, random = reservoir_of(options, 5, 0), np.random.default_rng(2)
    text, wanted = random.normal(size=(80, 5)), random.normal(size=(80, 3))
    theirs = nodes.Reservoir(
        W=fixed.recurrent, Win=fixed.inputs, lr=options.leak, activation="identity", input_dim=5
    )
    entered = (text @ fixed.enter.T)[None]
    states = follow(fixed.kept, entered, backward=False)[0] @ fixed.turn.T
    np.testing.assert_allclose(states, theirs.run(text), rtol=1e-9, atol=1e-9)
    reader = nodes.Ridge(ridge=0.3)
    reader.fit(states, wanted)
    found = ridge(states, wanted, 0.3)
    np.testing.assert_allclose(found.weight, reader.Wout, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(found.bias, reader.bias, rtol=1e-7, atol=1e-9)


def test_a_table_is_the_regression_on_a_matrix_of_texts_and_rows() -> None:
    config = NeuroLiteConfig(table_size=64, projection_size=4, num_hashes=4)
    texts = [text.encode() for text, _ in rows(60)] + [b"", b" ."]
    bags = word_bags(lambda some: [texts[row] for row in some], len(texts), config)
    matrix = np.zeros((len(texts), config.table_size))
    for text in range(len(texts)):
        own = bags.words[bags.bounds[text] : bags.bounds[text + 1]]
        for word in own:
            np.add.at(matrix[text], bags.indices[word], 1 / len(own))
    wanted = np.random.default_rng(0).normal(size=(len(texts), 4)).astype(np.float32)
    penalty = 2.0
    expected = np.linalg.solve(matrix.T @ matrix + penalty * np.eye(64), matrix.T @ wanted)
    found = solve_word_table(bags, wanted, config.table_size, penalty)
    np.testing.assert_allclose(found, expected, atol=2e-4)
    empty = word_bags(lambda some: [b"" for _ in some], 3, config)
    assert not solve_word_table(empty, wanted[:3], config.table_size, penalty).any()


def test_units_learn_to_predict_their_next_state_each_by_itself() -> None:
    random = np.random.default_rng(0)
    kept = np.array([0.2, 0.9, -0.4], np.float32)
    entered = np.zeros((64, 12, 3), np.float32)
    for place in range(1, 12):  # what comes in depends on what came in before
        noise = random.normal(size=(64, 3))
        entered[:, place] = 0.8 * entered[:, place - 1] + noise
    mask = np.ones((64, 12), bool)
    states = follow(kept, entered, backward=False)
    before = (kept.copy(), np.zeros(3, np.float32))
    weights = before
    for _ in range(800):
        weights = learn_to_predict(states, entered, mask, weights, backward=False)
    first, last = (surprises(states, entered, *each, backward=False) for each in (before, weights))
    assert np.all((last[:, 1:] ** 2).mean(axis=(0, 1)) < 0.6 * (first[:, 1:] ** 2).mean((0, 1)))
    np.testing.assert_allclose(weights[0], kept, atol=0.15)
    np.testing.assert_allclose(weights[1], 0.8, atol=0.15)
    changed = states.copy()
    changed[:, :, 1] = 3.0  # another unit's state is nothing to it
    others = learn_to_predict(changed, entered, mask, before, backward=False)
    alone = learn_to_predict(states, entered, mask, before, backward=False)
    for one, other in zip(alone, others, strict=True):
        assert np.array_equal(one[[0, 2]], other[[0, 2]])
        assert one[1] != other[1]


@pytest.mark.parametrize(
    "more",
    [{}, {"causal": True}, {"predictive": True}],
    ids=["both", "causal", "predictive"],
)
def test_what_is_solved_is_pytorchs_network(tmp_path: Path, more: dict[str, bool]) -> None:
    case = case_of(ReservoirOptions(num_layers=2, units=12, read_hidden=20, **more), 256)
    text, label = rows(1)[0]
    check_beside_pytorch(case, case.solve(), tmp_path, [(text, label), ("free", None)], 0.25)
    checkpoint = read_checkpoint(tmp_path)
    assert checkpoint.probe_rows() == [(text, (label,)), ("free", None)]
    assert (checkpoint.labels, checkpoint.threshold) == (tuple(case.names), 0.25)


def test_without_pytorch_it_is_trained_and_with_it_exported(tmp_path: Path) -> None:
    data, out = write_csv(tmp_path / "data.csv", 300), tmp_path / "out"
    given = [str(data), "--backbone", "reservoir", *SMALL, "--json"]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, *given, "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["accuracy"] > 0.9
    assert (figures["labels"], figures["split"]) == (3, "validation")
    arguments = ["--checkpoint", str(out), "--int8", "--out", str(tmp_path / "files")]
    result = CliRunner().invoke(export_app, arguments)
    assert result.exit_code == 0, result.output
    again = train("--config", out / "run.toml", "--out", tmp_path / "again")
    assert again["accuracy"] == figures["accuracy"]
    weights = [(each / "model.safetensors").read_bytes() for each in (out, tmp_path / "again")]
    assert weights[0] == weights[1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--minutes", "1"], "--minutes was given with --backbone reservoir and no epochs"),
        (["--rules", "rules.toml"], "--rules was given with --backbone reservoir"),
        (["--wide", "on"], "a reservoir in closed form has none"),
        (["--size", "english"], "bag is True, and a reservoir is solved in closed form with False"),
        (["--set", "pooling=max"], "pooling is 'max', and a reservoir"),
        (["--set", "leak=0"], "leak is 0.0; give a number from 0.001 to 1."),
        (["--size", "huge"], "--size is 'huge'; choose one of"),
        (["--seed", "-1"], "seed is -1"),
    ],
)
def test_what_is_left_unused_is_refused(tmp_path: Path, options: list[str], message: str) -> None:
    data = write_csv(tmp_path / "data.csv", 60)
    given = [str(data), "--backbone", "reservoir", "--epochs", "0", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, [*given, *options])
    assert result.exit_code == 2, result.output
    assert message in " ".join(result.output.split())
    assert "Traceback" not in result.output


def test_texts_without_a_word_teach_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    lines = [f'"{"." * (1 + number // 2)}",{"ab"[number % 2]}' for number in range(60)]
    data.write_text("text,label\n" + "\n".join(lines) + "\n")
    given = [str(data), "--backbone", "reservoir", "--epochs", "0", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, [*given, *SMALL, "--text-column", "text"])
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output


@torch.no_grad()
def test_scores_are_calibrated_and_what_has_no_label_is_refused(tmp_path: Path) -> None:
    data, out = write_csv(tmp_path / "data.csv", 600), tmp_path / "out"
    outside = tmp_path / "outside.txt"
    outside.write_text("".join(f"{text} number {n}\n" for n in range(20) for text in CHATTER))
    given = [data, "--backbone", "reservoir", "--epochs", "0", *SMALL, "--out", out]
    figures = train(*given, "--out-of-scope", outside)
    network = load_checkpoint(out)
    assert network.threshold == figures["threshold"] == 0.5
    asked = [text for text, _ in rows(60, seed=9)]
    answers = network([*asked, *CHATTER])["logits"].numpy()
    scores = scope_scores(answers)
    assert np.mean(scores[:60] >= 0.5) > 0.9
    assert np.mean(scores[60:] < 0.5) > 0.7
    sure = softmax(answers[:60]).max(axis=1)
    assert sure.mean() > 0.8  # nearly all of them are right


@pytest.mark.skipif(not CLINC.is_dir(), reason=f"{CLINC} is not here")
def test_clinc150_is_solved_without_pytorch(tmp_path: Path) -> None:
    files = [CLINC / "train.csv", "--validation", CLINC / "val.csv", "--test", CLINC / "test.csv"]
    given = [*map(str, files), "--backbone", "reservoir", "--json"]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, *given, "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["accuracy"] > 0.85
