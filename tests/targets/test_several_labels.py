"""A model of several labels a text in every target: the same labels as the reference, opened and run."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from artifacts import SOURCES, Store
from neurolite_core.answer.scores import sigmoid
from neurolite_export.targets import TARGETS
from neurolite_runtimes import given_answers, open_artifact, run
from neurolite_runtimes.cli import app
from texts import generated_texts

TEXTS = [b"", b"book a table for two", *generated_texts(20, seed=5)]


@pytest.mark.parametrize(
    "target", [name for name, row in TARGETS.items() if "float32" in row.precisions]
)
def test_every_target_gives_the_labels_of_the_reference(exported: Store, target: str) -> None:
    done = exported(target, "several", "float32")
    assert "same labels" in {gate.gate for gate in done.built.gates}
    network = SOURCES["several"]().network
    with torch.no_grad():
        logits = network(input_texts=TEXTS)["logits"].numpy()
    session = open_artifact(done.path)
    metadata = session.metadata
    assert (metadata.task, metadata.threshold, metadata.outputs) == (
        "multi_label", 0.5, ("logits", "embedding"),
    )  # fmt: skip
    found = run(session, TEXTS).values["logits"]
    np.testing.assert_allclose(found, logits, atol=1e-4)
    answers = given_answers(found, metadata.labels, 0.5)
    sizes = {len(row) for row in answers}
    assert len(sizes) > 1, "texts that differ in how many labels they get"
    for row, own in zip(logits, answers, strict=True):
        clear = np.abs(row) > 1e-3
        wanted = {metadata.labels[place] for place in np.flatnonzero((row >= 0) & clear)}
        near = {metadata.labels[place] for place in np.flatnonzero(~clear)}
        assert wanted <= {item.label for item in own} <= wanted | near
        assert [item.score for item in own] == sorted((i.score for i in own), reverse=True)


def test_core_ml_names_no_single_answer(exported: Store) -> None:
    done = exported("coreml", "several", "float32")
    assert [port.name for port in done.built.contents.outputs] == ["logits", "embedding", "words"]
    assert {port.name for port in exported("coreml", "one", "float32").built.contents.outputs} >= {
        "classLabel"
    }


def lines(path: Path, *options: str) -> list[dict[str, object]]:
    text = "book a table for two"
    done = CliRunner().invoke(app, [str(path), text, *options], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_command_gives_the_labels_that_reach_the_threshold(exported: Store) -> None:
    path = exported("onnx", "several", "float32").path
    session = open_artifact(path)
    scores = sigmoid(run(session, ["book a table for two"]).values["logits"])[0]
    (answer,) = lines(path)
    assert set(answer) == {"text", "labels", "words", "truncated"}
    ranked = sorted(zip(scores, session.metadata.labels, strict=True), reverse=True)
    every = [{"label": label, "score": round(float(score), 6)} for score, label in ranked]
    assert answer["labels"] == every[: int((scores >= 0.5).sum())]
    (answer,) = lines(path, "--top", "2", "--threshold", "0")
    assert answer["labels"] == every
    assert answer["top"] == every[:2]
    (answer,) = lines(path, "--threshold", "0.999999")
    assert answer["labels"] == []
    (answer,) = lines(path, "--embed")
    assert "labels" not in answer
    shown = CliRunner().invoke(app, [str(path), "hello", "--table", "--threshold", "0.999999"])
    assert "none" in shown.stdout
    assert "Labels from a score of 1.00 on" in " ".join(shown.stdout.split())
