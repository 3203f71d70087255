"""``neurolite-export`` as a program: what it writes, says and exits with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from commands import run_command
from neurolite_core import NeuroLiteConfig, NeuroLiteForClassification, save_checkpoint


def test_the_issue_command_with_no_other_argument(tmp_path: Path) -> None:
    done = run_command(
        "neurolite-export", "--size", "tiny", "--target", "onnx", "--int8", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr.decode()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "neurolite-tiny-int8.onnx",
        "neurolite-tiny-int8.onnx.parity.json",
    ]
    shown = done.stdout.decode()
    assert "same top answer" in shown
    assert "SQNR" in shown
    assert "The weights are random" in " ".join(done.stderr.decode().split())


def test_checkpoint_and_own_probes_as_json(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = NeuroLiteForClassification(NeuroLiteConfig.tiny(), labels=["book", "cancel"])
    save_checkpoint(network, tmp_path / "my model")
    (tmp_path / "probe.csv").write_text("text,label\nbook a table,book\ncancel it,cancel\n")
    done = run_command(
        "neurolite-export", "--checkpoint", "my model", "--probe", "probe.csv", "--out", "new/deep",
        "--json", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    (report,) = json.loads(done.stdout)
    assert report["file"] == "neurolite-my-model-float32.onnx"
    assert report["metadata"]["labels"] == ["book", "cancel"]
    assert report["metadata"]["weights"].startswith("checkpoint, sha256 ")
    assert report["parity"]["labelled"] == 2
    assert b"random" not in done.stderr
    assert (tmp_path / "new/deep" / report["file"]).stat().st_size == report["size_bytes"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--size", "huge"], "--size is 'huge'; choose one of: tiny, small, base"),
        (["--target", "tensorrt"], "--target is 'tensorrt'; choose one of: onnx"),
        (["--checkpoint", "nowhere"], "nowhere is not a checkpoint folder"),
        (["--size", "tiny", "--checkpoint", "x"], "--size and --checkpoint were both given"),
        (["--seed", "-1"], "--seed is -1"),
        (["--probe", "none.csv"], "Cannot read none.csv"),
        (["--out", "a-file"], "Cannot write to the folder a-file"),
        (["--no-such-option"], "No such option"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "a-file").write_text("")
    done = run_command("neurolite-export", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.decode().split())
    assert b"Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a-file"]


def test_a_refused_export_exits_1(tmp_path: Path) -> None:
    # Both labels mean the same, so int8 decides by rounding: no honest gate lets that pass.
    torch.manual_seed(0)
    network = NeuroLiteForClassification(NeuroLiteConfig.tiny(), labels=["a", "b"])
    with torch.no_grad():
        network.head.linear.weight[1] = network.head.linear.weight[0] + 1e-4 * torch.randn(96)
    save_checkpoint(network, tmp_path / "twins")
    done = run_command("neurolite-export", "--checkpoint", "twins", "--int8", cwd=tmp_path)
    assert done.returncode == 1
    assert b"same top answer" in done.stderr
    assert b"Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["twins"]


def test_help_and_version(tmp_path: Path) -> None:
    shown = run_command("neurolite-export", "--help", cwd=tmp_path)
    assert shown.returncode == 0
    for option in (
        "--size",
        "--target",
        "--int8",
        "--out",
        "--checkpoint",
        "--probe",
        "--seed",
        "--json",
    ):
        assert option in shown.stdout.decode()
    assert run_command("neurolite-export", "--version", cwd=tmp_path).stdout.startswith(b"0.")
