"""The search for configurations: what is drawn, who goes on, and a search that was killed and goes on."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands import call_module, default_signals
from neurolite_bench.searching.halving import Costs, budgets_of, dominates, front_of, goes_on
from neurolite_bench.searching.places import name_of
from neurolite_bench.searching.space import (
    Choice,
    Choices,
    Space,
    choices_of,
    config_of,
    first_draws,
    shape_of,
)
from neurolite_core import NeuroLiteForClassification, load_checkpoint
from neurolite_core.network.backbones.table import BACKBONES
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.training.choosing.sizes import onnx_bytes
from neurolite_core.training.closed_form.names import solved_bytes, tensor_shapes
from training.making import write_csv

MODULE = "neurolite_bench.searching"
SMALL = ("--set", "max_words=16", "--set", "max_bytes=64", "--set", "table_size=512")
SOLVED = ("--backbones", "reservoir", "--epochs", "0", "--no-ms", "--no-export", *SMALL)
LABELS = ("alarm", "music", "weather")
ALL = Space(backbones=tuple(BACKBONES))
# A machine that has the base packages and optuna: each of the others is as if it were not installed.
WITHOUT = """
import sys
for name in ("torch", "safetensors", "lightning_fabric", "scipy", "sklearn", "onnx", "onnxruntime", "transformers"):
    sys.modules[name] = None
from neurolite_bench.searching.cli import app
app(sys.argv[1:])
"""


def draws(choices: Choices) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            name: st.sampled_from(one.values)
            if isinstance(one, Choice)
            else st.floats(one.low, one.high)
            for name, one in choices.items()
        }
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_csv(tmp_path_factory.mktemp("data") / "train.csv", 120)


def searched(data: Path, out: Path, *more: object) -> dict[str, Any]:
    code, said = call_module(MODULE, data, "--out", out, "--json", *more)
    assert code == 0, said
    found: dict[str, Any] = json.loads(said)
    return found


def refused(data: Path, out: Path, *more: object) -> str:
    code, said = call_module(MODULE, data, "--out", out, *more)
    assert code == 2, said
    return " ".join(said.split())


@settings(max_examples=12, deadline=None)
@given(draws(choices_of(ALL)))
def test_all_that_can_be_drawn_is_a_configuration(values: dict[str, Any]) -> None:
    config = config_of(ALL, values)
    assert config.backbone == values["backbone"]
    assert config.hidden_size == values["hidden_size"]
    assert onnx_bytes(config, "classification", LABELS) == onnx_bytes(
        shape_of(config), "classification", LABELS
    )
    assert config_of(ALL, {**values, "table_size": 1024}).table_size == 1024


def test_presets_come_first_as_the_backbones_have_them() -> None:
    found: dict[str, NeuroLiteConfig] = {}
    for values in first_draws(ALL):
        config = config_of(ALL, values)
        found.setdefault(config.backbone, config)
        assert found[config.backbone].table_size >= config.table_size
    assert set(found) == set(BACKBONES)
    tiny = config_of(ALL, {**first_draws(ALL)[0], "table_size": 8192})
    assert tiny == NeuroLiteConfig.tiny()


def test_settings_are_not_searched() -> None:
    space = Space(backbones=("mixer",), settings=("hidden_size=40", "num_layers=5"))
    assert not {"hidden_size", "num_layers", "backbone"} & set(choices_of(space))
    config = config_of(space, {"table_size": 1024, "token_hidden": 16, "channel_factor": 3})
    assert (config.hidden_size, config.num_mixer_layers, config.table_size) == (40, 5, 1024)
    options: Any = config.backbone_options
    assert (options.token_hidden, options.channel_hidden) == (16, 120)


@settings(max_examples=12, deadline=None)
@given(draws(choices_of(Space(backbones=("reservoir",), closed_form=True))), st.booleans())
def test_the_size_of_a_reservoir_takes_no_torch(values: dict[str, Any], causal: bool) -> None:
    more = (f"causal={str(causal).lower()}",)
    config = config_of(Space(backbones=("reservoir",), settings=more, closed_form=True), values)
    assert solved_bytes(config, LABELS) == onnx_bytes(config, "classification", LABELS)
    network = NeuroLiteForClassification(config, labels=LABELS)
    assert tensor_shapes(config, 3) == {k: tuple(v.shape) for k, v in network.state_dict().items()}


COSTS = st.lists(st.tuples(*[st.integers(0, 4).map(float)] * 3), min_size=1, max_size=24)


@settings(max_examples=60, deadline=None)
@given(COSTS)
def test_the_front_is_optunas(costs: list[Costs]) -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(directions=["minimize"] * 3)
    for own in costs:
        study.add_trial(optuna.trial.create_trial(values=list(own)))
    assert front_of(costs) == sorted(trial.number for trial in study.best_trials)


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(24)), st.integers(1, 24), st.randoms(use_true_random=False))
def test_the_best_third_goes_on(order: list[int], count: int, random: Random) -> None:
    costs = [
        (float(wrong), *(float(random.randint(0, 4)) for _ in "ab")) for wrong in order[:count]
    ]
    ahead = [own for own in costs if goes_on(own, costs)]
    assert len(ahead) == max(1, count // 3)
    for own in costs:
        if any(dominates(own, other) for other in ahead):
            assert own in ahead


def test_budgets_are_thirds() -> None:
    assert budgets_of(27) == (3, 9, 27)
    assert budgets_of(9) == (1, 3, 9)
    assert budgets_of(2) == (1, 2)
    assert budgets_of(1) == (1,)
    assert all(one < other for one, other in pairwise(budgets_of(200)))


def test_reservoirs_are_searched_without_pytorch(data: Path, tmp_path: Path) -> None:
    """In a process that has none; then exported and asked here, where there is."""
    command = [sys.executable, "-c", WITHOUT, data, "--out", tmp_path, "--trials", "4", "--json"]
    done = subprocess.run(
        [*map(str, command), *SOLVED, "--no-pictures"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(found["tried"]) <= 4
    assert found["front"][-1]["accuracy"] > 0.6
    for own in found["front"]:
        network = load_checkpoint(tmp_path / "front" / own["name"])
        assert name_of(network.config) == own["name"]
        assert NeuroLiteConfig.from_json(json.dumps(own["config"])) == network.config
        assert own["budget"] == 9
        assert not own["exported"]
        size = onnx_bytes(network.config, network.task, network.labels)
        assert own["megabytes"] == pytest.approx(size / 1e6)
    assert not (tmp_path / "search.svg").exists()
    told = refused(data, tmp_path, *SOLVED[:4], *SOLVED[5:])
    assert "another --ms: false there and true here" in told or "--no-export" in told


def test_a_killed_search_goes_on_to_the_same(data: Path, tmp_path: Path) -> None:
    whole = searched(data, tmp_path / "whole", *SOLVED, "--trials", "9", "--max-mb", "0.6")
    command = [sys.executable, "-m", MODULE, data, "--out", tmp_path / "killed", *SOLVED]
    with default_signals():
        started = subprocess.Popen(
            [*map(str, command), "--trials", "9", "--max-mb", "0.6"],
            stderr=subprocess.PIPE,
            text=True,
        )
    assert started.stderr is not None
    lines = [line for line in _until(started.stderr, "budget", 3)]
    started.send_signal(signal.SIGKILL)
    started.communicate()
    assert started.returncode == -signal.SIGKILL, lines
    assert not (tmp_path / "killed" / "front").exists()
    again = searched(data, tmp_path / "killed", *SOLVED, "--trials", "9", "--max-mb", "0.6")
    for one in (*whole["front"], *again["front"]):
        del one["checkpoint"]
    assert again == whole
    assert all(own["megabytes"] <= 0.6 for own in whole["front"])
    before = (tmp_path / "killed" / "search.svg").read_text()
    assert before.startswith("<svg viewBox=")


def _until(stream: Iterator[str], word: str, times: int) -> Iterator[str]:
    for line in stream:
        yield line
        times -= word in line
        if times == 0:
            return


def test_mixers_are_trained_within_limits_exported_and_measured(data: Path, tmp_path: Path) -> None:
    own_shape = ("--set", "num_hashes=4", "--set", "num_layers=1", "--set", "hidden_size=32")
    more = ("--epochs", "3", "--trials", "2", "--max-mb", "0.5", *SMALL, *own_shape)
    found = searched(data, tmp_path, *more)
    assert len(found["tried"]) == 2
    assert found["words"] == 12
    for own in found["front"]:
        assert own["exported"]
        assert own["budget"] == 3
        assert own["milliseconds"] > 0
        folder = tmp_path / "front" / own["name"]
        (file,) = (folder / "export").glob("*.onnx")
        assert own["megabytes"] == file.stat().st_size / 1e6
        network = load_checkpoint(folder)
        size = onnx_bytes(network.config, network.task, network.labels)
        assert size == pytest.approx(file.stat().st_size, rel=0.02)
    written = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("trials/**/*.safetensors")}
    assert written
    assert searched(data, tmp_path, *more) == found  # all of it is there
    assert written == {path: path.stat().st_mtime_ns for path in written}


def test_two_processes_find_as_many(data: Path, tmp_path: Path) -> None:
    found = searched(data, tmp_path, *SOLVED, "--trials", "5", "--jobs", "2")
    assert 1 <= len(found["front"]) <= len(found["tried"]) <= 5
    assert {own["budget"] for own in found["front"]} == {9}


def test_a_search_has_its_folder_alone(data: Path, tmp_path: Path) -> None:
    searched(data, tmp_path, *SOLVED, "--trials", "1", "--no-pictures")
    said = refused(data, tmp_path, *SOLVED, "--seed", "1")
    assert "another --seed: 0 there and 1 here" in said
    assert "--restart" in said
    searched(data, tmp_path, *SOLVED, "--trials", "1", "--no-pictures", "--seed", "1", "--restart")
    (tmp_path / "work" / "study.sqlite3").write_bytes(b"no database" * 100)
    assert "study.sqlite3 cannot be used" in refused(data, tmp_path, *SOLVED, "--seed", "1")
    shutil.rmtree(tmp_path / "work")
    assert "not of a search" in refused(data, tmp_path, *SOLVED)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--backbones", "lstm"), "--backbones is 'lstm'; choose one of: mixer"),
        (("--backbones", ","), "--backbones is empty"),
        (("--epochs", "0"), "Give --backbones reservoir, or epochs"),
        (("--max-mb", "0"), "--max-mb is 0.0; give a number above 0"),
        (("--max-ms", "1", "--no-ms"), "--max-ms was given with --no-ms"),
        (("--no-export",), "--no-export leaves nothing to time"),
        (("--trials", "0"), "--trials is 0; give a whole number from 1"),
        (("--jobs", "0"), "--jobs is 0; give a whole number from 1"),
        (("--set", "hiden_size=3"), "Did you mean hidden_size?"),
        (("--set", "hidden_size=3"), "hidden_size is 3"),
        ((*SOLVED, "--trials", "1", "--max-mb", "0.1"), "is within --max-mb 0.1: give more"),
    ],
)
def test_what_cannot_be_searched_is_said(
    more: tuple[str, ...], said: str, data: Path, tmp_path: Path
) -> None:
    assert said in refused(data, tmp_path, *more)
    assert not (tmp_path / "front").exists()


def test_without_optuna_it_says_what_installs_it(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    said = refused(data, tmp_path, *SOLVED)
    assert said == "Error: optuna is not installed. Install it: pip install 'neurolite[evolution]'"
