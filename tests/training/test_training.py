"""The whole command on small data: checkpoint, report, resuming, two processes, errors."""

import contextlib
import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import torch
from safetensors.torch import load_file
from typer.testing import CliRunner

from commands import default_signals
from neurolite_core import load_checkpoint
from neurolite_core.ground.locks import locked
from neurolite_core.training.cli import app
from neurolite_core.training.fitting.state import STATE_FILE
from neurolite_core.training.launching import LOCK
from training.making import CHATTER, rows, train, train_apart, write_config, write_csv


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "data.csv", 300)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_config(tmp_path / "config.json")


def weights_of(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


def test_a_training_gives_a_checkpoint_that_works_and_a_report(
    data: Path, config: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    test = write_csv(tmp_path / "test.csv", 90, seed=1)
    options = ["--model-config", config, "--test", test, "--epochs", 20]
    figures = train(data, *options, "--out", out, pictures=True)
    assert figures["accuracy"] > 0.95
    network = load_checkpoint(out)
    answer = network(input_texts=["wake me at nine"])["logits"].argmax()
    assert network.labels[int(answer)] == "alarm"
    report = json.loads((out / "report.json").read_text())
    assert report["split"] == "test"
    assert report["accuracy"] == figures["accuracy"]
    assert report["training"]["data"]["rows"] == 300
    assert len(report["training"]["history"]) == 20
    probes = [json.loads(line) for line in (out / "probes.jsonl").read_text().splitlines()]
    assert len(probes) == 30
    for name in ("report.html", "report.md", "confusion.png", "calibration.png", "learning.png"):
        assert (out / name).stat().st_size > 0


def test_equal_seeds_give_equal_weights_and_others_do_not(
    data: Path, config: Path, tmp_path: Path
) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        train(
            data, "--model-config", config, "--epochs", 2, "--seed", seed, "--out", tmp_path / name
        )
    a, b, c = (weights_of(tmp_path / name) for name in "abc")
    assert all(torch.equal(a[name], b[name]) for name in a)
    assert not torch.equal(a["model.projection.table"], c["model.projection.table"])


def test_a_killed_training_goes_on_to_the_same_result(
    data: Path, config: Path, tmp_path: Path
) -> None:
    common = [str(data), "--model-config", str(config), "--epochs", "20", "--batch-size", "16"]
    whole = train(*common, "--out", tmp_path / "whole")
    out = tmp_path / "killed"
    command = [sys.executable, "-m", "neurolite_core.training", *common, "--out", str(out)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while process.poll() is None and not (out / STATE_FILE).is_file():
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it was through before it could be killed"
    assert not (out / "model.safetensors").exists()
    resumed = train(*common, "--out", out)
    assert 0 < resumed["resumed_at"] < whole["steps"]
    assert resumed["steps"] == whole["steps"]
    expected, found = weights_of(tmp_path / "whole"), weights_of(out)
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_another_request_or_a_restart_does_not_go_on_from_the_old_state(
    data: Path, config: Path, tmp_path: Path
) -> None:
    common = [data, "--model-config", config, "--out", tmp_path / "out"]
    train(*common, "--epochs", 1)
    assert train(*common, "--epochs", 2)["resumed_at"] == 0
    again = train(*common, "--epochs", 2)
    assert again["resumed_at"] == again["steps"] > 0
    assert train(*common, "--epochs", 2, "--restart")["resumed_at"] == 0


def said(*arguments: object) -> tuple[int, str]:
    """Exit code and standard error of the command."""
    options = [*map(str, arguments), "--no-pictures"]
    done = CliRunner().invoke(app, options, catch_exceptions=False)
    return done.exit_code, " ".join(done.stderr.split())


def test_a_training_goes_on_by_content_and_options_and_says_from_where(
    data: Path, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    common = ["--model-config", config, "--epochs", 1, "--out", tmp_path / "out"]
    monkeypatch.chdir(tmp_path)
    assert "step 0" not in said("data.csv", *common)[1]  # there was nothing to say
    steps = train(data.absolute(), *common)["resumed_at"]
    assert steps > 0
    # The same rows from a renamed and packed file of another dialect.
    packed = tmp_path / "other.tsv.gz"
    packed.write_bytes(gzip.compress(data.read_bytes().replace(b",", b"\t")))
    code, line = said(packed, *common)
    assert code == 0
    assert f"going on at step {steps} of {steps}" in line
    data.write_text(data.read_text().replace("wake", "rouse", 1))
    assert "from step 0: the state that is there is of other data" in said(data, *common)[1]
    assert "from step 0: --restart" in said(data, *common, "--restart")[1]


def test_a_folder_is_trained_into_by_one_process(data: Path, config: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with locked(out, LOCK, "trains into"):
        code, line = said(data, "--model-config", config, "--epochs", 1, "--out", out)
    assert code == 2
    assert f"Process {os.getpid()} trains into {out}. Wait until it ends" in line
    assert not (out / "model.safetensors").exists()
    train(data, "--model-config", config, "--epochs", 1, "--out", out)
    assert not list(out.glob(".*.lock"))


def _threads(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.NoSuchProcess):
        return int(process.num_threads())
    return 0


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_no_process_of_a_training_outlives_it(
    ending: signal.Signals, data: Path, config: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    arguments = ["--model-config", config, "--epochs", 10_000, "--workers", 2, "--out", out]
    command = [sys.executable, "-m", "neurolite_core.training", data, *arguments]
    with default_signals():
        process = subprocess.Popen(
            [str(item) for item in command], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
    try:
        started: list[psutil.Process] = []
        # A server, a tracker and two workers, which have a thread more once they are up.
        while process.poll() is None and sum(map(_threads, started)) < 6:
            started = psutil.Process(process.pid).children(recursive=True)
            time.sleep(0.05)
        process.send_signal(ending)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == (143 if ending == signal.SIGTERM else -ending)
        if ending == signal.SIGTERM:
            assert errors.endswith(b"Terminated.\n")
            assert b"Traceback" not in errors
        _, alive = psutil.wait_procs(started, timeout=60)
        assert not alive
    finally:
        for item in [*started, process]:
            with contextlib.suppress(psutil.NoSuchProcess):
                item.kill()


def test_two_processes_give_what_one_gives(data: Path, tmp_path: Path) -> None:
    config = write_config(tmp_path / "plain.json", dropout=0.0)
    common = [
        data,
        "--model-config",
        config,
        "--epochs",
        3,
        "--batch-size",
        32,
        "--accelerator",
        "cpu",
    ]
    one = train(*common, "--out", tmp_path / "one")
    two = train_apart(*common, "--devices", 2, "--out", tmp_path / "two")
    assert one["steps"] == two["steps"]
    # Sums of gradients are rounded in another order, and Adam makes whole steps of gradients that are nothing
    # but rounding: single weights that hardly matter differ, the answers do not.
    texts = [text for text, _ in rows(60, seed=5)]
    one_says, two_says = (
        load_checkpoint(tmp_path / name)(input_texts=texts)["logits"] for name in ("one", "two")
    )
    torch.testing.assert_close(one_says, two_says, rtol=0, atol=1e-3)


def test_workers_change_nothing(data: Path, config: Path, tmp_path: Path) -> None:
    for workers in (0, 2):
        out = tmp_path / str(workers)
        train(data, "--model-config", config, "--epochs", 3, "--workers", workers, "--out", out)
    a, b = weights_of(tmp_path / "0"), weights_of(tmp_path / "2")
    assert all(torch.equal(a[name], b[name]) for name in a)


def test_patience_stops_early(data: Path, config: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    figures = train(data, "--model-config", config, "--epochs", 100, "--patience", 2, "--out", out)
    report = json.loads((out / "report.json").read_text())
    assert report["training"]["stopped_early"]
    history = report["training"]["history"]
    accuracies = [item["accuracy"] for item in history]
    assert accuracies.index(max(accuracies)) == len(accuracies) - 3
    assert history[-1]["step"] == figures["steps"]


def test_a_time_budget_fixes_the_steps(data: Path, config: Path, tmp_path: Path) -> None:
    figures = train(data, "--model-config", config, "--minutes", 0.05, "--out", tmp_path / "out")
    assert figures["steps"] > 1


def test_out_of_scope_texts_teach_and_set_the_threshold(
    data: Path, config: Path, tmp_path: Path
) -> None:
    chatter = tmp_path / "chatter.txt"
    chatter.write_text("\n".join(f"{text} {n}" for n in range(10) for text in CHATTER))
    out = tmp_path / "out"
    figures = train(
        data, "--model-config", config, "--epochs", 20, "--out-of-scope", chatter, "--out", out
    )
    assert figures["out_of_scope_auroc"] > 0.9
    assert figures["abstention"]["out_of_scope_texts"] == 20
    assert load_checkpoint(out).threshold == 0.5


def test_balanced_classes_find_the_rare_one(tmp_path: Path, config: Path) -> None:
    lines = write_csv(tmp_path / "all.csv", 300).read_text().splitlines()
    rare = [line for line in lines if not line.endswith("alarm")]
    rare += [line for line in lines if line.endswith("alarm")][:6]
    (tmp_path / "rare.csv").write_text("\n".join(rare) + "\n")
    test = write_csv(tmp_path / "test.csv", 90, seed=1)
    common = [tmp_path / "rare.csv", "--model-config", config, "--validation", test, "--epochs", 6]
    common += ["--wide", "off"]  # which finds it by itself
    plain = train(*common, "--out", tmp_path / "plain")
    balanced = train(*common, "--class-weights", "balanced", "--out", tmp_path / "balanced")
    assert balanced["macro_f1"] > plain["macro_f1"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--epochs", "0"], "epochs is 0; give a whole number from 1 to 10000."),
        (["--epochs", "1", "--minutes", "1"], "--epochs and --minutes were both given"),
        (["--minutes", "1e300"], "minutes is 1e+300; give a number above 0, up to 43,200"),
        (["--minutes", "nan"], "minutes is nan; give a number above 0"),
        (["--learning-rate", "inf"], "learning_rate is inf; give a number above 0, up to 10"),
        (["--workers", "-1"], "--workers is -1; give a whole number from 0 to 256"),
        (["--workers", "9" * 25], "give a whole number from 0 to 256"),
        (["--size", "huge"], "--size is 'huge'; choose one of: tiny, small, base, english, micro."),
        (["--typos", "1.5"], "typos is 1.5"),
        (["--learning-rate", "-1"], "learning_rate is -1.0; give a number above 0, up to 10."),
        (["--unlabelled", "x.txt"], "--unlabelled was given without --teacher"),
        (["--teacher", "nowhere"], "--teacher nowhere holds no model"),
        (["--validation", "1.5"], "1.5"),
        (["--class-weights", "some"], "class_weights is 'some'"),
        (["--model-config", "nowhere.json"], "Cannot read nowhere.json"),
    ],
)
def test_wrong_options_are_one_clear_line(
    data: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    arguments = [str(data), "--out", str(tmp_path / "out"), *options]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2, result.output
    assert message in result.output
    assert "Traceback" not in result.output


def test_a_damaged_state_is_named(data: Path, config: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / STATE_FILE).write_bytes(b"not safetensors")
    arguments = [str(data), "--model-config", str(config), "--out", str(out)]
    result = CliRunner().invoke(app, [*arguments, "--epochs", "1"])
    assert result.exit_code == 2
    assert "is damaged; remove it" in result.output
