"""The comparison of all files with PyTorch: its records, its limits, its command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from artifacts import Store
from neurolite_bench.generated import generated_texts
from neurolite_bench.parity import TOLERANCES, Tolerance, add, main, real_texts
from neurolite_bench.quality_sets import write_rows

APP = typer.Typer()
APP.command()(main)


def test_equal_seeds_give_equal_texts_of_many_kinds() -> None:
    texts = generated_texts(2_000, seed=3)
    assert texts == generated_texts(2_000, seed=3) != generated_texts(2_000, seed=4)
    assert len(set(texts)) > 1_700
    assert {b"\xff" in text for text in texts} == {True, False}
    assert max(map(len, texts)) > 500


def test_what_is_too_far_is_said(exported: Store) -> None:
    report = exported("onnx", "one", "int8").built.parity
    assert TOLERANCES["onnx", "int8"].kept_by(report)
    for limit in (
        Tolerance(report.max_abs_error * 0.99, 0.0, "largest error"),
        Tolerance(1.0, report.sqnr_db + 0.1, "noise"),
    ):
        assert not limit.kept_by(report)


def test_records_replace_their_own_and_keep_the_order_of_the_tables(tmp_path: Path) -> None:
    out = tmp_path / "parity.json"
    for preset, target, texts in (
        ("base", "onnx", 1),
        ("tiny", "litert", 2),
        ("tiny", "litert", 3),
    ):
        add(out, {"preset": preset, "target": target, "precision": "int8", "texts": texts})
    rows = json.loads(out.read_text())["files"]
    assert [(row["preset"], row["texts"]) for row in rows] == [("tiny", 3), ("base", 1)]


def test_real_texts_are_those_that_are_there(tmp_path: Path) -> None:
    assert real_texts(tmp_path) == []
    write_rows(tmp_path / "clinc150/test.csv", ["été", "b", "c"], ["x", "y", "z"])
    write_rows(tmp_path / "sib200/topic/fin_Latn/train.csv", ["d"], ["x"])
    assert real_texts(tmp_path, 2) == ["été".encode(), b"b", b"d"]


def test_a_short_run(tmp_path: Path) -> None:
    out = tmp_path / "parity.json"
    options = ["--preset", "tiny", "--target", "onnx", "--texts", "80", "--data", str(tmp_path)]
    done = CliRunner().invoke(APP, [*options, "--out", str(out)])
    assert done.exit_code == 0, done.output
    rows = json.loads(out.read_text())["files"]
    assert [(row["precision"], row["texts"], row["kept"]) for row in rows] == [
        ("float32", 80, True),
        ("int8", 80, True),
    ]
    assert all(row["indices_different"] == 0 < row["indices"] for row in rows)
    assert done.stdout.count(" ok\n") == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--preset", "huge"], "--preset is 'huge'; choose one of: tiny"),
        (["--target", "x"], "--target is 'x'; choose one of: onnx"),
        (["--texts", "0"], "--texts is 0"),
    ],
)
def test_wrong_options(options: list[str], message: str) -> None:
    done = CliRunner().invoke(APP, options)
    assert done.exit_code == 2
    assert message in done.stderr
