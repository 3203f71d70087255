"""A trained checkpoint with probes of its own, from the folder to answers by the commands' defaults."""

from __future__ import annotations

import json
from pathlib import Path

from artifacts import SOURCES
from commands import call_command
from neurolite_core import save_checkpoint
from neurolite_runtimes import open_artifact, run, top_answers
from texts import read_rows


def test_checkpoint_with_its_probes_exports_by_one_command(tmp_path: Path) -> None:
    network = SOURCES["intents-one"]().network
    save_checkpoint(network, tmp_path / "clinc150", probes=read_rows("clinc150", "val.csv")[::6])
    done = call_command("neurolite-export", "--checkpoint", "clinc150", "--int8", cwd=tmp_path)
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
