"""The accuracy table: its figures from known answers, its baselines on a few rows, its command."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from bench.intents import split_of
from neurolite_bench import quality, quality_tables
from neurolite_bench.baselines import BASELINES, hashed
from neurolite_bench.baselines.base import Settings
from neurolite_bench.baselines.minilm import encoder_folder
from neurolite_bench.quality_measure import Answers, auroc, figures
from neurolite_bench.quality_ours import Training, measure_files, run_command, train_command
from neurolite_bench.quality_sets import (
    SETS,
    Split,
    Task,
    files_of,
    read_rows,
    read_task,
    write_rows,
)
from neurolite_bench.quality_store import OURS, add_run, read_sets
from neurolite_core.artifact.checkpoint import save_checkpoint
from neurolite_core.ground.errors import InputError, MissingDependencyError
from neurolite_export.exporting import export
from neurolite_export.probes import Probes
from neurolite_export.source import checkpoint_source
from neurolite_export.targets import TARGETS
from quick_training import train_quickly


def small_task(name: str = "clinc150") -> Task:
    return Task(
        name=name,
        row=SETS[name],
        train=split_of(0, 12),
        validation=split_of(12, 15),
        test=split_of(15, 20),
        out_of_scope=("why is the sky blue", "who wrote hamlet"),
    )


def small_data(folder: Path) -> Path:
    task = small_task()
    for name, split in (("train", task.train), ("valid", task.validation), ("test", task.test)):
        write_rows(folder / "snips" / f"{name}.csv", split.texts, split.labels)
    return folder


def test_figures_of_known_answers() -> None:
    task = replace(
        small_task(),
        row=replace(SETS["clinc150"], typos=False),
        test=Split(("a", "b", "c", "d"), ("x", "x", "y", "y"), ("fra_Latn", "rus_Cyrl") * 2),
    )
    known = {"a": ("x", 0.9), "b": ("x", 0.8), "c": ("x", 0.6), "d": ("y", 0.4)}
    outside = {"why is the sky blue": ("x", 0.5), "who wrote hamlet": ("y", 0.3)}

    def classify(texts: Sequence[str]) -> Answers:
        labels, scores = zip(*((known | outside)[text] for text in texts), strict=True)
        return Answers(labels, np.array(scores))

    found = figures(task, classify)
    assert found["accuracy"] == 0.75
    assert found["by_language"] == {"fra_Latn": 0.5, "rus_Cyrl": 1.0}
    assert found["by_script"] == {"Cyrl": 1.0, "Latn": 0.5}
    assert found["oos_auroc"] == pytest.approx(7 / 8)  # of 4 x 2 pairs, one is the wrong way round
    assert "typo_accuracy" not in found
    assert auroc(np.array([0.5]), np.array([0.5])) == 0.5


@pytest.mark.parametrize("name", ["tfidf", "fasttext", "hashed"])
def test_a_baseline_learns_a_few_rows_and_says_its_size(name: str) -> None:
    task = replace(small_task(), row=replace(SETS["clinc150"], limit_bytes=200_000))
    fitted = BASELINES[name].fit(task, Settings(seed=0))
    found = figures(task, fitted.classify)
    assert found["accuracy"] > 0.9
    assert found["accuracy"] >= found["typo_accuracy"] > 0.4
    assert 0.0 <= found["oos_auroc"] <= 1.0
    assert 1_000 < fitted.size_bytes <= (200_000 if name == "fasttext" else hashed.LIMIT_BYTES)
    if not BASELINES[name].seeded:
        again = BASELINES[name].fit(task, Settings(seed=0)).classify(task.test.texts)
        assert again.scores.tolist() == fitted.classify(task.test.texts).scores.tolist()


@pytest.mark.parametrize(("bits", "kind"), [(8, "hashed"), (4, "hashed"), (8, "frequent")])
def test_as_many_features_as_fit(bits: int, kind: str) -> None:
    count = hashed.features_within(205, bits, kind)
    spelling = 6 if kind == "frequent" else 0
    used = count * (205 * bits / 8 + 4 + spelling) + 8 * 205
    assert hashed.LIMIT_BYTES - 300 < used <= hashed.LIMIT_BYTES


def test_weights_are_rounded_to_their_bits() -> None:
    weights = np.random.default_rng(0).normal(size=(3, 500)).astype(np.float32)
    for bits in (4, 8):
        found = hashed.rounded(weights, bits)
        for row in found:
            assert len(np.unique(row)) <= 2**bits - 1
        assert np.abs(found - weights).mean() < 2.0 ** (1 - bits)
    assert not hashed.rounded(np.zeros((1, 4), np.float32), 8).any()


def test_an_encoder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no model\.safetensors"):
        encoder_folder(tmp_path)


def test_the_command_adds_to_its_result_set_by_set(tmp_path: Path) -> None:
    data, out = small_data(tmp_path), tmp_path / "quality.json"

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "neurolite_bench.quality", "--data", str(data)]
        return subprocess.run(
            [*command, "--out", str(out), *arguments], capture_output=True, text=True, check=False
        )

    done = run("--sets", "snips", "--models", "tfidf", "--json")
    assert done.returncode == 0, done.stderr
    line = json.loads(done.stdout)
    assert (line["set"], line["model"], line["accuracy"]) == ("snips", "tfidf", 1.0)
    assert run("--sets", "snips", "--models", "hashed", "--seeds", "4,5").returncode == 0
    sets = read_sets(out)
    assert {model: [run["seed"] for run in runs] for model, runs in sets["snips"].items()} == {
        "tfidf": [0],
        "hashed": [4],  # nothing in it is random: one seed says all
    }
    assert sets["snips"]["tfidf"][0]["environment"]["versions"]["scikit-learn"]
    command = typer.Typer()
    command.command()(quality.main)
    for arguments, message in (
        (("--sets", "mnist"), "--sets is 'mnist'"),
        (("--models", "bert"), "--models is 'bert'"),
        (("--seeds", "x"), "--seeds is 'x'"),
        (("--baselines-only", "--models-only"), "leave nothing to do"),
        (("--sets", "sst2"), "NEUROLITE_DATA"),
    ):
        refused = CliRunner().invoke(command, ["--data", str(data), "--out", str(out), *arguments])
        assert refused.exit_code == 2
        assert message in refused.stderr


def test_ours_through_an_exported_file(tmp_path: Path) -> None:
    task = small_task()
    rows = list(zip(task.train.texts, task.train.labels, strict=True))
    network = train_quickly(rows, epochs=12)
    save_checkpoint(network, tmp_path / "checkpoint")
    source = checkpoint_source(tmp_path / "checkpoint")
    probes = Probes("its own", tuple(text.encode() for text in task.test.texts))
    path = export(source, TARGETS["onnx"].load(), "int8", tmp_path, probes).path
    found = measure_files(task, tmp_path / "checkpoint", path)
    assert found["accuracy"] > 0.9
    assert abs(found["accuracy"] - found["float_accuracy"]) <= 0.05
    assert found["size_bytes"] == path.stat().st_size
    assert found["threshold"] is None
    assert 0.0 <= found["oos_auroc"] <= 1.0


def test_the_training_command_is_what_a_user_types(tmp_path: Path) -> None:
    task = small_task("clinc150")
    training = Training(tmp_path, seed=2, teacher=tmp_path / "encoder", keep=tmp_path / "kept")
    command = train_command(task, training, files_of(task, tmp_path, tmp_path), tmp_path / "out")
    assert command[:2] == ["neurolite-train", str(tmp_path / "clinc150/train.csv")]
    given = dict(zip(command[2::2], command[3::2], strict=True))
    assert given["--out-of-scope"] == str(tmp_path / "clinc150/oos_train.csv")
    assert (given["--seed"], given["--size"]) == ("2", "tiny")
    assert given["--teacher"] == str(tmp_path / "encoder")
    assert given["--work"] == str(tmp_path / "kept" / "clinc150-work")  # the same for every seed
    with pytest.raises(MissingDependencyError, match="neurolite-nothing is not installed"):
        run_command(["neurolite-nothing"])
    with pytest.raises(InputError, match="exited 2"):
        run_command(["neurolite-export", "--size", "huge"])


def test_languages_are_joined_into_one_file(tmp_path: Path) -> None:
    for number, language in enumerate(SETS["topic"].languages):
        for split in ("train", "dev", "test"):
            path = tmp_path / "sib200/topic" / language / f"{split}.csv"
            write_rows(path, [f'{language} "{split}",\nwith a comma'], [f"class{number % 2}"])
    task = read_task("topic", tmp_path)
    assert task.test.groups == SETS["topic"].languages
    files = files_of(task, tmp_path, tmp_path / "joined")
    assert read_rows(files["train"]) == list(zip(task.train.texts, task.train.labels, strict=True))


def test_the_table_says_mean_and_range(tmp_path: Path) -> None:
    out = tmp_path / "quality.json"
    for seed, right in ((0, 0.94), (1, 0.95), (2, 0.96)):
        run = {"seed": seed, "accuracy": right, "float_accuracy": right + 0.001}
        run |= {"typo_accuracy": right - 0.02, "oos_auroc": 0.9, "size_bytes": 1_060_000}
        add_run(out, "clinc150", OURS, run | {"seconds": 60.0, "options": {}})
    old = {"seed": 0, "accuracy": 0.5, "size_bytes": 1, "seconds": 1.0, "options": {}}
    add_run(out, "clinc150", "tfidf", old)
    add_run(out, "clinc150", "tfidf", old | {"accuracy": 0.92, "oos_auroc": 0.93})
    result = json.loads(out.read_text())
    table = quality_tables.accuracy_table(result)
    (row,) = [line for line in table.splitlines() if line.startswith("| clinc150")]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1] == "**95.0 (94.0 to 96.0)**"
    assert cells[2] == "0.10 (0.10 to 0.10)"
    assert cells[3] == "92.0"
    assert cells[-3:] == ["94.0", "96.0", "BERT 96.9"]
    assert "| 2.0 (2.0 to 2.0) |" in quality_tables.typo_table(result)
    assert "| 0.930 | - | - | - |" in quality_tables.scope_table(result)
    assert "| 1.06 | 60 |" in quality_tables.size_table(result)
    assert quality_tables.language_table(result).startswith("| accuracy, % |")


def test_a_file_that_is_no_result(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("[]")
    with pytest.raises(InputError, match="not a result of this benchmark"):
        read_sets(tmp_path / "other.json")
