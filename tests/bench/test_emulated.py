"""A measurement on 64-bit ARM under emulation, where nothing but the base and onnxruntime is installed."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from native.tools import NATIVE, need
from neurolite_bench.measuring.texts import built_in_texts
from neurolite_core.models.default import DEFAULT_CHECKPOINT
from neurolite_export.exporting import export
from neurolite_export.probes import read_probes
from neurolite_export.source import checkpoint_source
from neurolite_export.targets import TARGETS
from neurolite_runtimes import open_artifact, run, top_answers
from texts import ROOT

ROOT_FOLDER = Path(os.environ.get("NEUROLITE_AARCH64_ROOT", ROOT / "build" / "aarch64-root"))
TEXTS = 200
PACKAGES = ("", "export", "runtimes", "benchmarks")


def answers_here(path: Path, rows: Path) -> None:
    """Writes texts with the answers of this machine as their labels."""
    session = open_artifact(path)
    texts = list(built_in_texts().english[:TEXTS])
    logits = run(session, texts).values["logits"]
    # Sums round differently on another processor: only answers that stand clear of the next.
    first, second = np.sort(logits, axis=1)[:, -1], np.sort(logits, axis=1)[:, -2]
    answers = top_answers(logits, session.metadata.labels, 1)
    with rows.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("text", "label"))
        for text, clear, answer in zip(texts, first - second > 1e-3, answers, strict=True):
            if clear:
                writer.writerow((text, answer[0].label))


@pytest.fixture
def intents(tmp_path: Path) -> Path:
    """The package's own model: random weights would give every text the same answer."""
    source = checkpoint_source(DEFAULT_CHECKPOINT)
    probes = read_probes(DEFAULT_CHECKPOINT / "probes.jsonl", source.network.labels)
    return export(source, TARGETS["onnx"].load(), "int8", tmp_path, probes).path


def test_a_whole_measurement(intents: Path, tmp_path: Path) -> None:
    need("qemu-aarch64-static")
    if not ROOT_FOLDER.is_dir():
        pytest.skip(f"{ROOT_FOLDER} absent: run runtimes/native/tools/emulate_aarch64.sh --prepare")
    rows = tmp_path / "rows.csv"
    answers_here(intents, rows)
    out = tmp_path / "out"
    done = subprocess.run(
        [
            NATIVE / "tools/emulate_aarch64.sh", "-m", "neurolite_bench.cli", intents,
            "--preset", "tiny", "--repeats", "1", "--rounds", "1", "--runs", "2", "--seconds", "0", "--no-hash-share",
            "--labelled", rows, "--test", rows, "--out", out, "--json",
        ],
        env=os.environ | {"PYTHONPATH": ":".join(str(ROOT / name) for name in PACKAGES)},
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report == json.loads((out / "report.json").read_text())

    device = report["device"]
    assert device["architecture"] == "aarch64"
    assert device["emulated"] == "qemu-aarch64-static"
    assert "dotprod" in device["instruction_sets"]
    assert {"torch", "onnx"} & set(device["versions"]) == set()
    assert any("Emulated by qemu-aarch64-static" in warning for warning in report["warnings"])

    (subject,) = report["subjects"]
    assert subject["failure"] is None
    assert subject["runtime"].startswith("onnxruntime ")
    assert subject["accuracy"] == 1.0, "some answers differ from this machine's"
    assert subject["accuracy_texts"] > TEXTS / 2
    assert {case["case"]["group"] for case in subject["cases"]} == {"length", "sweep", "batch"}
    assert {case["case"]["threads"] for case in subject["cases"]} == {0, 1}
    assert all(sample > 0 for case in subject["cases"] for sample in case["samples_ns"][0][0])
    (memory,) = subject["memory"]
    assert memory["runtime_rss"] >= memory["runtime_uss"] > 0  # the emulator's, with what it runs
    assert {verdict["quantity"] for verdict in report["verdicts"]} >= {"latency", "RAM", "size"}
