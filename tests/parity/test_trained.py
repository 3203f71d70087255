"""int8 on trained weights and real test data, from checkpoint to answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands import run_command
from neurolite_core import save_checkpoint
from neurolite_export.exporting import export
from neurolite_export.probes import Probes
from neurolite_export.source import checkpoint_source
from neurolite_export.targets import TARGETS
from neurolite_runtimes import open_artifact, run, top_answers
from quick_training import train_quickly
from texts import read_rows


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """clinc150, 150 intents, four epochs."""
    network = train_quickly(read_rows("clinc150", "train.csv"), epochs=4)
    folder = tmp_path_factory.mktemp("trained") / "clinc150"
    return save_checkpoint(network, folder, probes=read_rows("clinc150", "val.csv")[::6])


@pytest.mark.parametrize(
    ("target", "precision"),
    [(name, precision) for name, row in TARGETS.items() for precision in row.precisions],
)
def test_trained_weights_pass_every_gate(
    checkpoint: Path, tmp_path: Path, target: str, precision: str
) -> None:
    rows = read_rows("clinc150", "test.csv")
    probes = Probes("clinc150 test", tuple(t.encode() for t, _ in rows), tuple(y for _, y in rows))
    source = checkpoint_source(checkpoint)
    done = export(source, TARGETS[target].load(), precision, tmp_path, probes)
    print(done.built.parity)  # noqa: T201 (how far apart, also when it passes)
    assert done.built.parity.indices_different == 0
    assert done.built.parity.labelled == 4_500
    assert done.built.parity.accuracy_reference is not None
    assert done.built.parity.accuracy_reference > 0.85
    assert done.built.parity.agreement >= 0.99


def test_checkpoint_with_its_probes_exports_by_one_command(
    checkpoint: Path, tmp_path: Path
) -> None:
    done = run_command("neurolite-export", "--checkpoint", checkpoint, "--int8", cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    certificate = json.loads((tmp_path / "neurolite-clinc150.certificate.json").read_text("utf-8"))
    (report,) = certificate["files"]
    assert report["parity"]["probes"] == "probes.jsonl"
    assert report["parity"]["texts"] == report["parity"]["labelled"] == 500

    session = open_artifact(tmp_path / "neurolite-clinc150-int8.onnx")
    rows = read_rows("clinc150", "test.csv")
    outputs = run(session, [text for text, _ in rows])
    answers = top_answers(outputs.values["logits"], session.metadata.labels, 1)
    right = sum(top[0].label == label for top, (_, label) in zip(answers, rows, strict=True))
    assert right / len(rows) > 0.85
    assert not outputs.truncated.any()
