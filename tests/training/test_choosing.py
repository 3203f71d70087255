"""What is trained where nobody said it: candidates, limits, few rows, and that a break changes nothing."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from sklearn.neighbors import NearestCentroid
from typer.testing import CliRunner

from neurolite_core.artifact.checkpoint import save_checkpoint
from neurolite_core.ground.errors import InputError
from neurolite_core.models import encoders
from neurolite_core.network.model import NeuroLiteForEmbedding
from neurolite_core.training.choosing import candidates
from neurolite_core.training.choosing.few_rows import is_clearly_worse
from neurolite_core.training.choosing.picking import Fitted, pick, within
from neurolite_core.training.choosing.sizes import multiply_adds
from neurolite_core.training.cli import app
from neurolite_core.training.cross_fitting import Scored
from neurolite_core.training.display import Display
from neurolite_core.training.fitting.loop import StepReport, is_hopeless
from neurolite_core.training.fitting.state import Evaluation, Progress
from neurolite_core.training.fitting.task import Task
from neurolite_core.training.starting import heads
from neurolite_core.training.starting.means import shrunk_means
from training.making import ENCODER_CONFIG as CONFIG
from training.making import train, write_csv


@pytest.fixture
def encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny encoder in place of the package's; and a small model in place of the preset."""
    torch.manual_seed(0)
    folder = save_checkpoint(NeuroLiteForEmbedding(CONFIG), tmp_path / "english")
    for module in (encoders, candidates):
        monkeypatch.setattr(module, "ENCODERS", {"english": folder})
    monkeypatch.setattr(heads, "PENALTIES", (0.3, 3.0))
    small = replace(CONFIG, bag=False, table_bits=32, hidden_size=16)
    monkeypatch.setattr(
        "neurolite_core.training.requesting.PRESETS", {"tiny": lambda: small, "english": None}
    )
    return folder


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return dict(load_file(folder / "model.safetensors"))


def equal(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(
        torch.equal(value, second[name]) for name, value in first.items()
    )


def test_by_default_the_encoder_and_none_are_tried(tmp_path: Path, encoder: Path) -> None:
    data, out = write_csv(tmp_path / "data.csv", 180), tmp_path / "out"
    figures = train(data, "--epochs", 3, "--batch-size", 32, "--folds", 0, "--out", out)
    tried = figures["tried"]
    assert [*tried] == ["english", "n-grams", "none"]
    scores = {name: row["score"] for name, row in tried.items()}
    assert scores[figures["chosen"]] == max(scores.values())
    assert all(row["onnx_int8_bytes"] > 180_000 for row in tried.values())
    assert [row["steps"] > 0 for row in tried.values()] == [True, False, True]
    assert all(row["multiply_adds"] > 0 for row in tried.values())
    page = (out / "report.html").read_text()
    assert "tried.english.onnx_int8_bytes" in page
    saved = tomllib.loads((out / "run.toml").read_text())
    assert saved["start"] == "auto"
    assert "learning-rate" not in saved  # each has its own
    # The file trains the same again, and finished candidates are found again.
    again = train("--config", out / "run.toml", "--out", tmp_path / "again")
    assert equal(weights(out), weights(tmp_path / "again"))
    assert again["tried"]["none"]["score"] == scores["none"]
    few: list[Any] = [data, "--epochs", 1, "--folds", 0, "--wide", "off", "--out", tmp_path / "off"]
    assert [*train(*few)["tried"]] == ["english", "none"]
    assert train(*few)["resumed_at"] > 0
    # Of a shape that was named there is one, and none with an encoder that was not asked for.
    alone = train(data, "--epochs", 1, "--start", "none", "--out", tmp_path / "alone")
    assert (alone["tried"], alone["start"]) == ({}, None)
    named = train(data, "--epochs", 1, "--start", "english", "--out", tmp_path / "named")
    assert (named["tried"], named["start"]) == ({}, "english")


def test_a_break_in_the_second_changes_nothing(
    tmp_path: Path, encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = write_csv(tmp_path / "data.csv", 180)
    common = [data, "--epochs", 2, "--batch-size", 32, "--folds", 0, "--wide", "off"]
    train(*common, "--out", tmp_path / "whole")
    seen: list[int] = []
    shown = Display.step

    def break_off(self: Display, report: StepReport) -> None:
        shown(self, report)
        seen.append(report.progress.step)
        if (
            len(seen) > 11
        ):  # the first has ten steps, and the second may be given up after a quarter of them
            raise KeyboardInterrupt

    monkeypatch.setattr(Display, "step", break_off)
    out = tmp_path / "broken"
    broken = CliRunner().invoke(app, [*map(str, common), "--out", str(out), "--no-pictures"])
    assert broken.exit_code == 130, broken.output
    assert seen == [*range(1, 11), 1, 2]
    monkeypatch.setattr(Display, "step", shown)
    train(*common, "--out", out)
    assert equal(weights(tmp_path / "whole"), weights(out))


def test_what_would_be_too_large_is_left_out(tmp_path: Path, encoder: Path) -> None:
    data = write_csv(tmp_path / "data.csv", 180)
    sizes = {
        name: row["onnx_int8_bytes"]
        for name, row in train(
            data, "--epochs", 1, "--folds", 0, "--wide", "off", "--out", tmp_path / "both"
        )["tried"].items()
    }
    small, large = sorted(sizes, key=lambda name: sizes[name])
    between = (sizes[small] + sizes[large]) / 2e6
    arguments = [str(data), "--epochs", "1", "--folds", "0", "--wide", "off", "--no-pictures"]
    command = [*arguments, "--max-mb", str(between), "--out", str(tmp_path / "one")]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    assert f"not tried: {large}, whose int8 ONNX file of 3 labels takes" in said
    assert "not trained: over --max-mb" in said
    report = json.loads((tmp_path / "one/report.json").read_text())
    assert report["training"]["tried"][large]["score"] is None
    none = CliRunner().invoke(app, [*arguments, "--max-mb", "0.1", "--out", str(tmp_path / "no")])
    assert none.exit_code == 2
    assert f"--max-mb 0.21 would do for {small}" in " ".join(none.output.split()), none.output
    wrong = CliRunner().invoke(app, [*arguments, "--max-mb", "0", "--out", str(tmp_path / "no")])
    assert "--max-mb is 0.0; give a number above 0" in wrong.output


def test_an_encoder_that_is_not_installed_is_not_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (encoders, candidates):
        monkeypatch.setattr(module, "ENCODERS", {"english": tmp_path / "nowhere"})
    assert candidates.starts_of("auto", shaped=None) == {"none": None}
    with pytest.raises(InputError, match=r"--start english: .* lacks the package's encoder"):
        candidates.starts_of("english", shaped=None)


def fitted(name: str, score: float | None, size: int, *, wide_alone: bool = False) -> Fitted:
    request = SimpleNamespace(name=name)
    values = {"request": request, "score": score, "bytes": size, "is_wide_alone": wide_alone}
    return cast("Fitted", SimpleNamespace(**values))


def test_the_best_is_picked_and_of_equals_the_smallest() -> None:
    assert pick([]) is None
    assert pick([fitted("given up", None, 1)]) is None
    found = [fitted("a", 0.9, 30), fitted("b", 0.9, 20), fitted("c", 0.8, 10)]
    best = pick([*found, fitted("d", None, 1)])
    assert best is found[1]


def test_a_wide_path_alone_gives_way_to_n_grams_alone() -> None:
    found = [fitted("none", 0.9, 30, wide_alone=True), fitted("n-grams", 0.8, 20, wide_alone=True)]
    assert pick(found) is found[1]
    assert pick([*found, fitted("english", 0.85, 40)]).request.name == "english"  # type: ignore[union-attr]
    assert pick([found[0], fitted("n-grams", None, 20)]) is found[0]


def test_limits_are_told() -> None:
    sizes = {"english": 1_338_000, "none": 1_160_000}
    assert within(sizes, None) == (sizes, {})
    assert within(sizes, 1_200_000) == ({"none": 1_160_000}, {"english": 1_338_000})
    with pytest.raises(InputError, match=r"--max-mb 1\.16 would do for none"):
        within(sizes, 1_000_000)


def test_multiply_adds_are_those_of_the_matrices() -> None:
    words, config = 8, CONFIG
    a_word = config.num_hashes * 24 + 3 * 24 * 8 + 2 * 8 * 8
    mixing = 2 * words * 8 * 8
    assert multiply_adds(config, "classification", ["a", "b", "c"], words) == (
        words * a_word + mixing + 8 * 24 + 24 * 3
    )


def test_means_are_those_of_another_program_and_shrink_by_rows() -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(size=(60, 5)) + 3
    label_ids = np.r_[np.zeros(30, int), np.ones(20, int), np.full(10, 2)]
    vectors += random.normal(size=(3, 5))[label_ids]
    weight, bias = shrunk_means(vectors, label_ids, 3, 0.0)
    theirs = NearestCentroid().fit(vectors, label_ids)
    unseen = random.normal(size=(200, 5)) + 3
    assert ((unseen @ weight.T + bias).argmax(1) == theirs.predict(unseen)).all()
    # A mean of n rows goes n / (n + k) of the way, so that one of few rows is nearest to all.
    shrunk, _ = shrunk_means(vectors, label_ids, 3, 10.0)
    shares = (shrunk / weight).mean(axis=1)
    np.testing.assert_allclose(shares, [0.75, 2 / 3, 0.5])


@pytest.mark.parametrize(("lost", "won", "worse"), [(10, 0, True), (8, 0, False), (20, 10, False)])
def test_a_race_ends_at_three_standard_errors(lost: int, won: int, worse: bool) -> None:
    def answers(right: list[bool]) -> Scored:
        logits = np.array([[1.0, 0.0] if good else [0.0, 1.0] for good in right], np.float32)
        return Scored(logits, np.zeros(len(right), np.int64), np.arange(len(right)))

    mine = [False] * lost + [True] * won + [True] * 50
    other = [True] * lost + [False] * won + [True] * 50
    task = cast("Task", SimpleNamespace(network=SimpleNamespace(task="classification")))
    assert is_clearly_worse(task, answers(mine), answers([*other, True, False])) is worse


def test_few_rows_choose_by_answers_of_models_that_did_not_learn_them(
    tmp_path: Path, encoder: Path
) -> None:
    data, out = write_csv(tmp_path / "few.csv", 45), tmp_path / "out"
    common: list[Any] = [data, "--epochs", 20, "--batch-size", 16]
    figures = train(*common, "--out", out, pictures=True)
    assert figures["split"] == "cross-fitted rows"
    assert figures["texts"] == 45
    assert figures["tried"]["english"]["how"].startswith("the encoder as it is, ")
    taken = figures["tried"][figures["chosen"]]
    assert figures["accuracy"] == taken["score"]
    assert figures["abstention_chosen"]["validation"] == 0
    page = " ".join((out / "report.md").read_text().split())
    assert "chosen on 45 training rows as models that did not learn them" in page
    assert (out / "probes.jsonl").read_text().count("\n") == 45
    assert equal(weights(out), weights_of_another(common, tmp_path))
    # Rows that somebody named for validation are never learned, and no folds are none.
    for more in (["--validation", "0.1"], ["--folds", 0]):
        other = train(*common, *more, "--out", tmp_path / "plain")
        assert other["split"] == "validation"


def weights_of_another(common: list[Any], folder: Path) -> dict[str, torch.Tensor]:
    train(*common, "--out", folder / "another")
    return weights(folder / "another")


@pytest.mark.parametrize(
    ("step", "score", "hopeless"),
    [(20, 0.1, False), (25, 0.69, True), (25, 0.71, False), (50, 0.79, True), (50, 0.81, False)],
)
def test_a_training_is_given_up_where_it_is_too_far_behind(
    step: int, score: float, hopeless: bool
) -> None:
    progress = Progress("", total_steps=100, step=step, best_step=20)
    progress.history.append(Evaluation(20, 1.0, 1.0, 1.0, score, 1.0))
    assert is_hopeless(progress, 0.9) is hopeless
    assert not is_hopeless(progress, None)
    assert not is_hopeless(Progress("", total_steps=100, step=step), 0.9)
