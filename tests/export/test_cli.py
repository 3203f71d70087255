"""``neurolite-export`` as a program: what it writes, says and exits with."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from artifacts import ONE, SOURCES
from commands import call_command, run_command
from neurolite_core import NeuroLiteForClassification, save_checkpoint
from neurolite_export import cli, targets
from neurolite_export.planning import plan_jobs
from neurolite_export.targets import TARGETS


def test_the_issue_command_with_no_other_argument(tmp_path: Path) -> None:
    done = call_command(
        "neurolite-export", "--size", "tiny", "--target", "onnx", "--int8", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr.decode()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "neurolite-tiny-int8.onnx",
        "neurolite-tiny.certificate.html",
        "neurolite-tiny.certificate.json",
    ]
    shown = done.stdout.decode()
    assert "same top answer" in shown
    assert "SQNR" in shown
    assert "The weights are random" in " ".join(done.stderr.decode().split())


def test_checkpoint_and_own_probes_as_json(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = NeuroLiteForClassification(ONE, labels=["book", "cancel"], threshold=0.625)
    save_checkpoint(network, tmp_path / "my model")
    (tmp_path / "probe.csv").write_text("text,label\nbook a table,book\ncancel it,cancel\n")
    done = call_command(
        "neurolite-export", "--checkpoint", "my model", "--probe", "probe.csv", "--out", "new/deep",
        "--json", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    (report,) = json.loads(done.stdout)
    assert report["file"] == "neurolite-my-model-float32.onnx"
    assert report["metadata"]["labels"] == ["book", "cancel"]
    assert report["metadata"]["threshold"] == 0.625
    page = (tmp_path / "new/deep/neurolite-my-model.certificate.html").read_text("utf-8")
    assert "0.625: abstains" in page
    assert report["metadata"]["weights"].startswith("checkpoint, sha256 ")
    assert report["parity"]["labelled"] == 2
    assert b"random" not in done.stderr
    assert (tmp_path / "new/deep" / report["file"]).stat().st_size == report["size_bytes"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--size", "huge"], "--size is 'huge'; choose one of: tiny, small, base, english, micro"),
        (["--target", "tensorrt"], "--target is 'tensorrt'; choose one of: onnx"),
        (["--checkpoint", "nowhere"], "nowhere is not a checkpoint folder"),
        (["--size", "tiny", "--checkpoint", "x"], "--size and --checkpoint were both given"),
        (["--size", "tiny", "--model", "english"], "--size and --model were both given"),
        (["--checkpoint", "x", "--model", "intents"], "--checkpoint and --model were both given"),
        (["--model", "french"], "--model is 'french'; choose one of: intents, english"),
        (["--size", "tiny", "--seed", "-1"], "--seed is -1"),
        (
            ["--precision", "int4"],
            "--precision is 'int4'; choose one of: float32, float16, int8, all",
        ),
        (
            ["--precision", "float16"],
            "--target onnx has no --precision float16; it has: float32, int8",
        ),
        (["--inspect", "none.tflite"], "Cannot read none.tflite"),
        (["--probe", "none.csv"], "Cannot read none.csv"),
        (["--out", "a-file"], "Cannot write to the folder a-file"),
        (["--no-such-option"], "No such option"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "a-file").write_text("")
    done = call_command("neurolite-export", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.decode().split())
    assert b"Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a-file"]


def test_all_targets_by_one_command_and_their_answers_agree(tmp_path: Path) -> None:
    """In a process of its own: the converters of four vendors have to bear each other."""
    save_checkpoint(SOURCES["one"]().network, tmp_path / "small")
    done = run_command(
        "neurolite-export", "--checkpoint", "small", "--target", "all", "--int8", "--json",
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    rows = json.loads(done.stdout)
    assert {(row["target"], row["precision"]) for row in rows} == {
        (name, "int8") for name in TARGETS
    }
    certificate = json.loads((tmp_path / "neurolite-small.certificate.json").read_text("utf-8"))
    assert sorted(row["file"] for row in rows) == [row["file"] for row in certificate["files"]]
    answers = {}
    for row in rows:
        assert row["parity"]["indices_different"] == 0
        shown = call_command("neurolite-run", row["file"], "book me a table", cwd=tmp_path)
        assert shown.returncode == 0, shown.stderr.decode()
        answers[row["file"]] = json.loads(shown.stdout)
        inspected = call_command("neurolite-export", "--inspect", row["file"], cwd=tmp_path)
        assert "int8" in inspected.stdout.decode(), inspected.stderr.decode()
    assert len({(answer["label"], answer["words"]) for answer in answers.values()}) == 1
    scores = [answer["score"] for answer in answers.values()]
    assert max(scores) - min(scores) < 0.05  # int8 of a model that was never trained


def test_a_refused_export_exits_1_and_does_not_stop_the_others(tmp_path: Path) -> None:
    # Both labels mean the same, so int8 decides by rounding: no honest gate lets that pass.
    torch.manual_seed(0)
    network = NeuroLiteForClassification(ONE, labels=["a", "b"])
    with torch.no_grad():
        network.head.linear.weight[1] = network.head.linear.weight[0] + 1e-4 * torch.randn(32)
    save_checkpoint(network, tmp_path / "twins")
    done = call_command(
        "neurolite-export", "--checkpoint", "twins", "--precision", "int8", "--precision",
        "float32", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1
    assert b"same top answer" in done.stderr
    for helps in (b"--precision float32", b"--probe FILE", b"these lose most: "):
        assert helps in done.stderr
    assert (tmp_path / "neurolite-twins-float32.onnx").is_file()
    assert not (tmp_path / "neurolite-twins-int8.onnx").exists()
    certificate = json.loads((tmp_path / "neurolite-twins.certificate.json").read_text("utf-8"))
    verdicts = {row["precision"]: row["verdict"] for row in certificate["files"]}
    assert verdicts == {"float32": "passed", "int8": "refused"}
    page = (tmp_path / "neurolite-twins.certificate.html").read_text("utf-8")
    assert "1 of 2 files passed" in page


def test_list_says_what_is_there(tmp_path: Path) -> None:
    done = call_command("neurolite-export", "--list", "--json", cwd=tmp_path)
    rows = json.loads(done.stdout)
    assert list(rows) == sorted(TARGETS)
    for name, row in rows.items():
        assert row["precisions"] == list(TARGETS[name].precisions)
        assert row["missing"] == []
    assert rows["onnx"]["installed"]["onnx"] == version("onnx")
    shown = call_command("neurolite-export", "--list", cwd=tmp_path).stdout.decode()
    assert all(name in shown for name in TARGETS)


def test_inspect_reads_back_what_was_written(tiny_int8: Path) -> None:
    done = call_command("neurolite-export", "--inspect", tiny_int8, "--json", cwd=tiny_int8.parent)
    facts = json.loads(done.stdout)
    assert facts["format"] == "onnx"
    assert facts["size_bytes"] == tiny_int8.stat().st_size
    assert facts["metadata"]["precision"] == "int8"
    assert facts["metadata"]["threshold"] is None
    contents = facts["contents"]
    assert contents["products"] == {"int8": 10}
    assert contents["inputs"] == [{"name": "bytes", "dtype": "uint8", "shape": ["N", "T"]}]
    assert [port["name"] for port in contents["outputs"]] == ["logits", "embedding", "words"]
    assert contents["operations"]["BloomHash"] == 1
    shown = call_command("neurolite-export", "--inspect", tiny_int8, cwd=tiny_int8.parent)
    assert "bytes: uint8 [N, T]" in shown.stdout.decode()
    assert "none: cannot abstain" in shown.stdout.decode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "Cannot read model.onnx"),
        (b"", "not a model file of a known format"),
        (b"{}", "not a model file of a known format"),
        (
            b"\x08\x08\xff\xff\xff\xff\xff\xff\xff",
            "model.onnx is damaged, or changed since it was exported",
        ),
    ],
)
def test_inspecting_what_cannot_be_read(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "model.onnx").write_bytes(content)
    done = call_command("neurolite-export", "--inspect", "model.onnx", cwd=tmp_path)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.decode().split())
    assert b"Traceback" not in done.stderr


def planned(targets: list[str], precisions: list[str]) -> list[tuple[str, str]]:
    return [(job.target, job.precision) for job in plan_jobs(targets, precisions, "bytes")]


def test_all_targets_and_precisions() -> None:
    everything = [(name, kind) for name, row in TARGETS.items() for kind in row.precisions]
    assert planned(["all"], ["all"]) == everything
    assert planned(["all"], ["int8"]) == [
        (name, "int8") for name, row in TARGETS.items() if "int8" in row.precisions
    ]
    assert planned(["onnx", "onnx"], ["int8", "float32", "int8"]) == [
        ("onnx", "int8"),
        ("onnx", "float32"),
    ]


def test_a_missing_package_is_named_with_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = replace(TARGETS["onnx"], modules=("onnx", "no_such_package"))
    monkeypatch.setattr(targets, "TARGETS", {"onnx": row})
    done = CliRunner().invoke(cli.app, ["--out", str(tmp_path)])
    assert done.exit_code == 2
    assert (
        "The target onnx needs no_such_package. Install it: pip install 'neurolite[export]'"
        in done.output
    )


def test_help_and_version(tmp_path: Path) -> None:
    shown = call_command("neurolite-export", "--help", cwd=tmp_path)
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
        "--list",
        "--inspect",
        "--precision",
    ):
        assert option in shown.stdout.decode()
    assert call_command("neurolite-export", "--version", cwd=tmp_path).stdout.startswith(b"0.")


def test_names_labels_and_folders_of_any_kind(tmp_path: Path) -> None:
    """What comes from outside is text: no markup, no commands of a terminal; and no file is another model's."""
    labels = ["[/]", "[bold]x", "\x1b[31mred"]
    for seed, place in enumerate(("en/модель", "de/модель")):
        torch.manual_seed(seed)
        save_checkpoint(NeuroLiteForClassification(ONE, labels=labels), tmp_path / place)
    out = "a[/b] \x1b[7m/" + "long" * 30
    arguments = ["--checkpoint", "en/модель", "--out", out]
    done = call_command("neurolite-export", *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    file = f"{out}/neurolite-модель-float32.onnx"
    first, *_ = done.stdout.decode().splitlines()
    assert first == file.replace("\x1b", "␛")  # whole, however narrow the terminal
    assert b"\x1b[7m" not in done.stdout + done.stderr
    inspected = call_command("neurolite-export", "--inspect", file, cwd=tmp_path)
    assert inspected.returncode == 0
    shown = inspected.stdout.decode()
    assert all(label in shown for label in ("[/]", "[bold]x", "␛[31mred"))
    before = (tmp_path / file).read_bytes()
    other = ["--checkpoint", "de/модель", "--out", out]
    done = call_command("neurolite-export", *other, cwd=tmp_path)
    assert done.returncode == 2
    assert "--name NAME" in done.stderr.decode()
    assert (tmp_path / file).read_bytes() == before
    done = call_command("neurolite-export", *other, "--name", "немецкая", cwd=tmp_path)
    assert done.returncode == 0
    assert len(list((tmp_path / out).iterdir())) == 6
