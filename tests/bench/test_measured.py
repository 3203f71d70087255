"""The whole measuring, with real files in real processes."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch

from artifacts import Store
from commands import call_command, default_signals, run_command
from neurolite_bench.measuring.hash_share import measure_hash_shares
from neurolite_bench.measuring.plan import plan_artifacts
from neurolite_bench.measuring.run import Collected, measure
from neurolite_bench.measuring.schedule import schedule_of
from neurolite_bench.measuring.texts import built_in_texts
from neurolite_bench.measuring.workers import WorkerError, WorkerHandle
from neurolite_bench.report.files import read_report
from neurolite_bench.report.model import Case
from neurolite_core import NeuroLiteConfig, NeuroLiteForClassification
from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_export.exporting import export
from neurolite_export.probes import built_in_probes
from neurolite_export.source import Source
from neurolite_export.targets import TARGETS

QUICK = ("--repeats", "2", "--rounds", "2", "--runs", "8", "--seconds", "0", "--no-hash-share")


def bench(
    *arguments: str | Path, cwd: Path, run: Callable[..., Any] = call_command
) -> tuple[int, dict[str, Any]]:
    """Exit code and report of the command; what it measures is in processes of its own."""
    done = run("neurolite-bench", *arguments, *QUICK, "--json", cwd=cwd)
    assert done.stdout, done.stderr.decode()
    report: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, report


def exported_tiny(config: NeuroLiteConfig, folder: Path) -> Path:
    """A model of this shape under the name of the tiny preset."""
    torch.manual_seed(0)
    network = NeuroLiteForClassification(config).eval()
    source = Source(network, "tiny", "random, seed 0")
    every = built_in_probes()
    # All of them take a large model a minute, which is not what is measured.
    probes = dataclasses.replace(every, texts=every.texts[::6])
    return export(source, TARGETS["onnx"].load(), "int8", folder, probes).path


def missed(report: dict[str, Any]) -> set[str]:
    return {verdict["quantity"] for verdict in report["verdicts"] if verdict["met"] is False}


@pytest.fixture(scope="module")
def measured(tiny_int8: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("bench")
    code, report = bench(tiny_int8, cwd=folder, run=run_command)
    assert code == 0
    assert (folder / "bench" / "report.md").is_file()
    read = read_report(folder / "bench" / "report.json")
    assert [subject.name for subject in read.subjects] == ["tiny onnx int8"]
    return report


def test_everything_is_measured_in_every_fresh_process(measured: dict[str, Any]) -> None:
    (subject,) = measured["subjects"]
    assert subject["failure"] is None
    assert len(subject["starts"]) == len(subject["memory"]) == 2
    assert all(start["load_ms"] > 0 and start["first_answer_ms"] > 0 for start in subject["starts"])
    assert all(use["added_uss"] > 1e6 for use in subject["memory"])
    groups = {case["case"]["group"] for case in subject["cases"]}
    assert groups == {"length", "sweep", "batch"}
    for case in subject["cases"]:
        counts = [len(rounds) for rounds in case["samples_ns"]]
        assert counts == [2, 2] or case["summary"]["runs"] >= 2
        flat = sorted(n for repeat in case["samples_ns"] for rounds in repeat for n in rounds)
        assert case["summary"]["min_ms"] == pytest.approx(flat[0] / 1e6)
        assert case["summary"]["runs"] == len(flat)
    assert measured["growth"]["to_words"] == 256


def test_the_share_of_the_hash(tiny_int8: Path) -> None:
    planned, _ = plan_artifacts([tiny_int8])
    item = Collected(planned[0])
    item.samples = {Case("8 words", "length", 8, 1, 1): {0: [(1, 2)]}}  # it was timed
    measure_hash_shares([item], built_in_texts(), lambda *_: None)
    assert item.hash_share is not None, item.hash_share_by
    assert 0.01 < item.hash_share < 0.95


def test_files_with_spans_are_timed_as_all_others(exported: Store, tmp_path: Path) -> None:
    alone = exported("onnx", "finding-alone", "int8").path
    code, report = bench(alone, cwd=tmp_path)
    assert code == 0
    (subject,) = report["subjects"]
    assert subject["failure"] is None
    assert subject["cases"]
    assert subject["memory"]
    planned, _ = plan_artifacts([alone])
    item = Collected(planned[0])
    item.samples = {Case("8 words", "length", 8, 1, 1): {0: [(1, 2)]}}
    measure_hash_shares([item], built_in_texts(), lambda *_: None)
    assert item.hash_share is not None, item.hash_share_by
    rows = tmp_path / "rows.csv"
    rows.write_text("text,label\na,x\nb,y\n")
    refused = call_command("neurolite-bench", alone, "--labelled", rows, cwd=tmp_path)
    assert refused.returncode == 2
    assert b"finds spans and gives no label" in b" ".join(refused.stderr.split())


def test_accuracy_is_that_of_the_test_rows(tmp_path: Path) -> None:
    rows = [
        f"{word} number {n},{word}" for n in range(40) for word in ("weather", "music", "alarm")
    ]
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(["text,label", *rows]) + "\n")
    code, report = bench("--peers", "tf-idf + linear", "--labelled", path, cwd=tmp_path)
    assert code == 0
    (peer,) = report["subjects"]
    assert peer["role"] == "peer"
    assert peer["accuracy"] == 1.0
    assert 20 <= peer["accuracy_texts"] <= 28  # a fifth
    assert peer["train_seconds"] > 0


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ((), "Nothing to measure"),
        (("--peers", "GPT"), "no peer 'GPT'"),
        (("none.onnx",), "Cannot read none.onnx"),
        (("--size", "huge"), "--size is 'huge'"),
        (("--size", "tiny", "--test", "x.csv"), "--test was given without --labelled"),
    ],
)
def test_what_cannot_be_measured_is_one_line(
    arguments: tuple[str, ...], names: str, tmp_path: Path
) -> None:
    done = call_command("neurolite-bench", "measure", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.decode().startswith("Error: ")
    assert names in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


def test_a_slow_and_fat_file_is_caught(tmp_path: Path) -> None:
    layers = MixerOptions(num_layers=8, token_hidden=64, channel_hidden=1024)
    config = dataclasses.replace(
        NeuroLiteConfig.tiny(), backbone_options=layers, table_size=65_536, num_hashes=8
    )
    code, report = bench(exported_tiny(config, tmp_path), "--check", cwd=tmp_path)
    assert code == 1
    assert {"latency", "RAM", "size"} <= missed(report)


def test_a_file_without_certificate_is_not_timed(tiny_int8: Path, tmp_path: Path) -> None:
    shutil.copy(tiny_int8, tmp_path / "alone.onnx")
    code, report = bench(tmp_path / "alone.onnx", cwd=tmp_path)
    assert code == 1
    assert not report["subjects"]
    assert "certificate" in report["refusals"][0]["reason"]


def workers_of(process: subprocess.Popen[bytes]) -> set[int]:
    """Those that measure; describing the machine starts others, which live for a moment."""
    found = set()
    for child in psutil.Process(process.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if "neurolite_bench.measuring.worker" in child.cmdline():
                found.add(child.pid)
    return found


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGHUP])
def test_the_report_is_whole_after_it_was_ended(
    tiny_int8: Path, tmp_path: Path, ending: signal.Signals
) -> None:
    program = str(Path(sys.executable).with_name("neurolite-bench"))
    options = ["--repeats", "500", "--rounds", "1", "--runs", "500", "--out", str(tmp_path)]
    command = [program, str(tiny_int8), *options]
    with default_signals():
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
        )
    workers: set[int] = set()
    try:
        while len(workers) < 2:  # the second starts when the first has been timed
            workers |= workers_of(process)
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(ending)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()  # one that did not end would go on for hours
    assert process.returncode == 130, errors.decode()
    report = read_report(tmp_path / "report.json")
    assert report.interrupted
    (subject,) = report.subjects
    assert subject.starts
    assert subject.cases
    for case in subject.cases:
        assert case.summary.runs == sum(len(r) for repeat in case.samples_ns for r in repeat)


def test_one_that_fails_does_not_stop_the_others(tiny_int8: Path, tmp_path: Path) -> None:
    for name in (tiny_int8.name, "neurolite-tiny.certificate.json"):
        shutil.copy(tiny_int8.with_name(name), tmp_path)
    planned, _ = plan_artifacts([tmp_path / tiny_int8.name, tiny_int8])
    (tmp_path / tiny_int8.name).write_bytes(b"nothing")  # after it was planned
    collected = [Collected(item) for item in planned]
    measure(collected, built_in_texts(), schedule_of(2, 1, 1, 0.0), lambda *_: None)
    broken, whole = (item.result() for item in collected)
    assert broken.failure is not None
    assert not broken.cases
    assert whole.failure is None
    assert whole.cases


def test_a_worker_that_dies_says_how() -> None:
    handle = WorkerHandle()
    try:
        with pytest.raises(WorkerError, match="start"):
            handle.ask("open", path="x", threads=1, text="x")  # before "start"
        handle._process.kill()
        with pytest.raises(WorkerError, match="SIGKILL"):
            handle.ask("memory")
    finally:
        handle.stop()


def test_a_file_of_options_measures_and_what_was_in_effect_is_saved(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text(
        'peers = ["tf-idf + linear"]\nrepeats = 3\nout = "measured"\nhash-share = false\n'
    )
    code, report = bench("--config", "run.toml", cwd=tmp_path)  # with --repeats 2, as all here
    assert code == 0
    assert len(report["subjects"][0]["memory"]) == 2
    saved = tomllib.loads((tmp_path / "measured" / "run.toml").read_text())
    assert saved == {
        "kernel": "auto",
        "peers": ["tf-idf + linear"], "repeats": 2, "rounds": 2, "runs": 8, "seconds": 0.0,
        "hash-share": False, "reuse": False, "unsealed": False, "seed": 0, "out": ".",
    }  # fmt: skip
    (tmp_path / "run.toml").write_text('peer = ["all"]')
    done = call_command("neurolite-bench", "--config", "run.toml", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == [
        "Error: run.toml: there is no option 'peer'; the nearest is 'peers'. "
        "All of them, without the dashes in front: --help"
    ]
