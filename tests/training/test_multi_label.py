"""Several labels a text, from rows to an exported file that answers as the checkpoint, and what is refused."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from commands import call_command
from neurolite_core import load_checkpoint, save_checkpoint
from neurolite_core.artifact.checkpoint import read_checkpoint
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.ground.errors import ArtifactError, CheckpointError
from neurolite_core.training.cli import app
from neurolite_core.training.fitting.objective_several import balanced_labels, several_loss
from neurolite_runtimes.eval_cli import app as eval_app
from training.making import (
    CHATTER,
    FILLERS,
    WANTS,
    make_transformer,
    train,
    write_config,
    write_csv,
)

Rows = list[tuple[str, tuple[str, ...]]]


def several_rows(count: int, seed: int = 0) -> Rows:
    """Texts that want none to three things."""
    rng = random.Random(seed)
    found = []
    for number in range(count):
        own = tuple(sorted(rng.sample(list(WANTS), rng.choice([0, 1, 1, 2, 2, 3]))))
        parts = [rng.choice(WANTS[label]).format(rng.choice(FILLERS[label])) for label in own]
        rng.shuffle(parts)
        found.append((f"{' and '.join(parts) or rng.choice(CHATTER)} {number}", own))
    return found


def write_rows(path: Path, rows: Rows, separator: str = "|") -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["text", "label"])
        writer.writerows((text, separator.join(own)) for text, own in rows)
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A folder with rows, a checkpoint, and what the training said."""
    folder = tmp_path_factory.mktemp("several")
    write_rows(folder / "train.csv", several_rows(360), ", ")
    write_rows(folder / "test.csv", several_rows(150, seed=1), ", ")
    (folder / "chatter.txt").write_text(
        "\n".join(f"{text} {n}" for n, text in enumerate(CHATTER * 5))
    )
    figures = train(
        folder / "train.csv", "--test", folder / "test.csv", "--multi-label", "--label-separator", ", ",
        "--out-of-scope", folder / "chatter.txt", "--model-config", write_config(folder / "config.json"),
        "--epochs", 25, "--batch-size", 32, "--out", folder / "m", pictures=True,
    )  # fmt: skip
    return folder, figures


def test_a_training_finds_sets_of_labels(trained: tuple[Path, dict[str, Any]]) -> None:
    folder, figures = trained
    assert figures["micro"]["f1"] > 0.9
    assert figures["accuracy"] > 0.8
    assert figures["out_of_scope"]["quiet"] > 0.8
    assert figures["thresholds_chosen"]["together"] == []
    checkpoint = read_checkpoint(folder / "m")
    assert (checkpoint.task, checkpoint.threshold) == ("multi_label", 0.5)
    assert checkpoint.labels == ("alarm", "music", "weather")
    rows = dict(several_rows(360))
    probes = checkpoint.probe_rows()
    assert probes == [(text, rows[text]) for text, _ in probes]
    assert {len(own or ()) for _, own in probes} == {0, 1, 2, 3}
    report = json.loads((folder / "m/report.json").read_text())
    assert all(0 < row["threshold"] < 1 for row in report["classes"])
    history = report["training"]["history"]
    assert max(item["micro_f1"] for item in history) > 0.9
    assert (folder / "m/learning.png").is_file()
    assert not (folder / "m/confusion.png").exists()


def test_thresholds_are_inside_the_weights(trained: tuple[Path, dict[str, Any]]) -> None:
    """The labels of the report are those whose logit is at least 0, with nothing else known."""
    folder, _ = trained
    network = load_checkpoint(folder / "m")
    rows = several_rows(150, seed=1)
    with torch.no_grad():
        logits = network(input_texts=[text for text, _ in rows])["logits"].numpy()
    truths = np.array([[label in own for label in network.labels] for _, own in rows])
    report = json.loads((folder / "m/report.json").read_text())
    assert [row["predicted"] for row in report["classes"]] == (logits >= 0).sum(axis=0).tolist()
    assert report["accuracy"] == pytest.approx(((logits >= 0) == truths).all(axis=1).mean())


def evaluated(*arguments: object, code: int = 0) -> str:
    """What the command prints, or of one that refuses its message."""
    done = CliRunner().invoke(eval_app, [*map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.stderr if code else done.stdout


def test_an_exported_file_answers_and_is_evaluated_alike(
    trained: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    folder, figures = trained
    write_rows(tmp_path / "own.csv", several_rows(400, seed=3), ";")
    exported = call_command(
        "neurolite-export", "--checkpoint", folder / "m", "--int8", "--precision", "float32", "--out", "o",
        "--probe", "own.csv", "--label-separator", ";", "--json", cwd=tmp_path,
    )  # fmt: skip
    assert exported.returncode == 0, exported.stderr.decode()
    for row in json.loads(exported.stdout):
        assert (row["metadata"]["task"], row["metadata"]["threshold"]) == ("multi_label", 0.5)
        assert row["parity"]["labelled"] == 400
        assert row["parity"]["alike"] == "same labels"
        assert row["parity"]["agreement"] >= 0.99
        assert row["parity"]["accuracy_reference"] > 0.8
    built = tmp_path / "o"
    found = json.loads(
        evaluated(
            built / "neurolite-m-float32.onnx", folder / "test.csv", "--label-separator", ", ", "--out-of-scope",
            folder / "chatter.txt", "--against", built / "neurolite-m-int8.onnx", "--json",
        )
    )  # fmt: skip
    assert found["micro"] == figures["micro"]
    assert (found["accuracy"], found["macro_f1"]) == (figures["accuracy"], figures["macro_f1"])
    assert found["against"]["same_answer"] >= 148
    shown = evaluated(
        built / "neurolite-m-int8.onnx",
        folder / "test.csv",
        "--label-separator",
        ", ",
        "--show",
        "0",
    )
    for words in ("micro-F1", "exactly right", "without labels, given none", "3 labels"):
        assert words in shown
    renamed = call_command(
        "neurolite-export", "--checkpoint", folder / "m", "--out", "r", "--rename-label", "alarm=set alarm",
        "--json", cwd=tmp_path,
    )  # fmt: skip
    (row,) = json.loads(renamed.stdout)
    assert row["metadata"]["labels"] == ["set alarm", "music", "weather"]
    assert row["parity"]["labelled"] == row["parity"]["texts"]
    (unknown,) = json.loads(
        evaluated(
            tmp_path / "r/neurolite-m-float32.onnx", folder / "test.csv", "--label-separator", ", ", "--json"
        )
    )["unseen"]  # fmt: skip
    assert unknown == {
        "label": "alarm",
        "texts": sum("alarm" in o for _, o in several_rows(150, 1)),
    }


def test_what_each_command_refuses(trained: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    folder, _ = trained
    exported = call_command(
        "neurolite-export", "--checkpoint", folder / "m", "--out", ".", cwd=tmp_path
    )
    assert exported.returncode == 0
    one = call_command("neurolite-export", "--size", "tiny", "--out", ".", cwd=tmp_path)
    assert one.returncode == 0
    for command, arguments, message in (
        ("neurolite-bench", ("neurolite-m-float32.onnx", "--labelled", folder / "test.csv", "--out", "b"),
         "gives a text several labels, and --labelled is about the accuracy of one"),
        ("neurolite-export", ("--size", "tiny", "--probe", folder / "test.csv", "--label-separator", ",",
                              "--out", "p"), "gives no text several labels"),
        ("neurolite-train", (folder / "train.csv", "--label-separator", ",", "--out", "x"),
         "Of several labels a text: --multi-label"),
        ("neurolite-train", (folder / "train.csv", "--multi-label", "--label-separator", "ab", "--out", "x"),
         "--label-separator is 'ab'"),
        ("neurolite-train", (write_csv(tmp_path / "one.csv", 60), "--teacher", folder / "m", "--out", "x"),
         "is a model of the task multi_label, and the data is of classification"),
    ):  # fmt: skip
        done = call_command(command, *arguments, cwd=tmp_path)
        assert done.returncode == 2, (command, done.stderr)
        shown = " ".join(done.stderr.decode().split())
        assert message in shown
        assert "Traceback" not in shown
    several, single = (
        tmp_path / "neurolite-m-float32.onnx",
        tmp_path / "neurolite-tiny-float32.onnx",
    )
    rows = folder / "test.csv"
    separator = evaluated(single, rows, "--label-separator", ",", code=2)
    assert "gives no text several labels" in " ".join(separator.split())
    compared = evaluated(several, rows, "--against", single, code=2)
    assert "Compare models of one task" in " ".join(compared.split())


def test_teachers_of_both_kinds_are_learned_from(
    trained: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    pytest.importorskip("transformers")
    folder, _ = trained
    words = [word for text, _ in several_rows(360) for word in text.split()]
    encoder = make_transformer(tmp_path / "encoder", words)
    figures = train(
        folder / "train.csv", "--multi-label", "--label-separator", ", ", "--teacher", folder / "m",
        "--teacher", encoder, "--variants", 1, "--model-config", folder / "config.json", "--epochs", 6,
        "--batch-size", 32, "--out", tmp_path / "student",
    )  # fmt: skip
    assert figures["micro"]["f1"] > 0.5
    assert load_checkpoint(tmp_path / "student").task == "multi_label"


def test_few_rows_are_cross_fitted(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "few.csv", several_rows(80))
    figures = train(
        path, "--multi-label", "--model-config", write_config(tmp_path / "c.json"), "--epochs", 3,
        "--batch-size", 16, "--out", tmp_path / "m", "--class-weights", "balanced",
    )  # fmt: skip
    assert figures["thresholds_chosen"]["cross_fitted"] > 60
    alone = train(
        path, "--multi-label", "--model-config", tmp_path / "c.json", "--epochs", 1, "--batch-size", 16,
        "--out", tmp_path / "alone", "--folds", 0,
    )  # fmt: skip
    chosen = alone["thresholds_chosen"]
    assert (chosen["cross_fitted"], sorted(chosen["together"])) == (
        0,
        ["alarm", "music", "weather"],
    )


def test_unknown_labels_of_test_rows_are_missed(tmp_path: Path) -> None:
    train_rows, held = several_rows(120), several_rows(40, seed=2)
    strange: Rows = [
        ("dim the lamp", ("light",)),
        ("wake me at six and dim the lamp", ("alarm", "light")),
    ]
    figures = train(
        write_rows(tmp_path / "train.csv", train_rows), "--multi-label", "--folds", 0, "--epochs", 2,
        "--validation", write_rows(tmp_path / "dev.csv", [*held, *strange]),
        "--test", write_rows(tmp_path / "test.csv", [*held, *strange]),
        "--model-config", write_config(tmp_path / "c.json"), "--batch-size", 16, "--out", tmp_path / "m",
    )  # fmt: skip
    assert (figures["texts"], figures["unseen"]) == (42, {"light": 2})
    done = CliRunner().invoke(
        app,
        [
            str(write_rows(tmp_path / "one.csv", [("a", ("x",)), ("b", ())])), "--multi-label", "--out",
            str(tmp_path / "o"),
        ],
    )  # fmt: skip
    assert done.exit_code == 2
    assert "has 1 label" in done.stderr


def test_the_loss_is_the_cross_entropy_of_each_label() -> None:
    rng = np.random.default_rng(0)
    logits, targets = rng.normal(size=(2, 4, 3))
    truths = (rng.random((4, 3)) < 0.5).astype(np.float64)
    weights = np.array([0.0, 0.25, 1.0, 0.0])

    def chance(x: Any) -> Any:  # noqa: ANN401
        return 1 / (1 + np.exp(-x))

    answer, wanted = chance(logits), chance(targets)
    smooth = np.where(weights[:, None] > 0, truths, 0.9 * truths + 0.1 / 3)
    positive = np.array([2.0, 1.0, 3.0])
    of_labels = -(positive * smooth * np.log(answer) + (1 - smooth) * np.log(1 - answer)).sum(
        axis=1
    )
    of_target = wanted * np.log(wanted / answer) + (1 - wanted) * np.log(
        (1 - wanted) / (1 - answer)
    )
    expected = ((1 - weights) * of_labels + weights * of_target.sum(axis=1)).mean()
    found = several_loss(
        *(
            torch.tensor(values, dtype=torch.float32)
            for values in (logits, truths, targets, weights)
        ),
        class_weights=torch.tensor(positive, dtype=torch.float32),
        label_smoothing=0.1,
    )
    assert float(found) == pytest.approx(expected, rel=1e-5)
    assert balanced_labels(np.array([50, 1, 20]), 100).tolist() == [1.0, 10.0, 4.0]


def test_a_model_of_several_labels_has_a_threshold(
    trained: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    folder, _ = trained
    network = load_checkpoint(folder / "m")
    network.threshold = None
    with pytest.raises(CheckpointError, match="threshold is missing"):
        load_checkpoint(save_checkpoint(network, tmp_path / "m"))
    values: dict[str, Any] = {
        "schema_version": 2, "hash_version": 2, "task": "multi_label", "labels": ["a", "b"], "threshold": 0.5,
        "max_words": 16, "max_bytes": 64, "num_hashes": 16, "table_size": 64, "embedding_size": 2,
        "parameters": 1, "target": "onnx", "precision": "float32", "name": "n", "weights": "w",
        "input_name": "bytes", "input_type": "uint8", "buckets": [], "outputs": ["logits"], "tools": {},
    }  # fmt: skip
    assert ArtifactMetadata.from_json(json.dumps(values), "x").threshold == 0.5
    with pytest.raises(ArtifactError, match="threshold is missing"):
        ArtifactMetadata.from_json(json.dumps(values | {"threshold": None}), "x")
    with pytest.raises(ArtifactError, match="lacks the output 'logits'"):
        ArtifactMetadata.from_json(json.dumps(values | {"outputs": ["embedding"]}), "x")
    with pytest.raises(ArtifactError, match="number of labels"):
        ArtifactMetadata.from_json(json.dumps(values | {"labels": ["a"]}), "x")
