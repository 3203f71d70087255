"""The whole command on texts with spans: joined with labels and alone, resumed, from an encoder; errors."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from commands import call_command
from neurolite_core.answer.span_decoding import found_spans
from neurolite_core.artifact.checkpoint import load_checkpoint, read_checkpoint, save_checkpoint
from neurolite_core.network.config import FLOAT_BITS
from neurolite_core.network.model import NeuroLiteForEmbedding
from neurolite_core.network.spans_options import SpansOptions
from neurolite_core.training.display import Display
from neurolite_core.training.fitting.loop import StepReport
from training.making import ENCODER_CONFIG, train, write_csv
from training.making_spans import SMALL, columns, json_lines, made, write, write_config

FAST = ("--epochs", 14, "--batch-size", 32, "--learning-rate", 0.01, "--model-config")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("spans")
    write(folder / "train.conll", 400)
    write(folder / "valid.conll", 80, seed=1)
    write(folder / "test.conll", 60, seed=2)
    write_config(folder / "config.json")
    return folder


@pytest.fixture(scope="module")
def joined(folder: Path) -> Path:
    """A model of labels and spans."""
    files = ("--validation", folder / "valid.conll", "--test", folder / "test.conll")
    out = folder / "joined"
    done = call_command(
        "neurolite-train",
        *map(
            str,
            (
                folder / "train.conll",
                *files,
                *FAST,
                folder / "config.json",
                "--no-pictures",
                "--out",
                out,
            ),
        ),
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr.decode()
    (folder / "stdout.txt").write_bytes(done.stdout)
    (folder / "stderr.txt").write_bytes(done.stderr)
    return out


def test_labels_and_spans_are_learned_together(joined: Path) -> None:
    report = json.loads((joined / "report.json").read_text("utf-8"))
    assert (report["task"], report["split"], report["texts"]) == ("classification", "test", 60)
    assert report["accuracy"] > 0.95
    spans = report["spans"]
    assert spans["micro"]["f1"] > 0.95
    assert spans["types"] == ["place", "time"]
    assert spans["whole_with_label"]["right"] > 0.9
    assert (
        spans["snapping"]["spans"]
        == spans["micro"]["spans"]
        == sum(len(s) for *_, s in made(60, 2))
    )
    history = report["training"]["history"]
    assert len(history) == 19
    for row in history:
        assert row["score"] == pytest.approx((row["accuracy"] + row["span_f1"]) / 2)
    assert max(row["score"] for row in history) == pytest.approx(
        next(row["score"] for row in history if row["step"] == report["training"]["best_step"])
    )


def test_the_checkpoint_finds_spans_in_texts_that_it_was_not_told(joined: Path) -> None:
    network = load_checkpoint(joined)
    assert network.config.spans == SpansOptions(types=("place", "time"), width=24, window=1)
    with torch.no_grad():
        answers = network(input_texts=["get me up by half past eight in the old harbour then 7"])
    assert network.labels[int(answers["logits"].argmax())] == "alarm"
    (spans,) = found_spans(answers["tags"].numpy(), torch.tensor([13]).numpy())
    assert [(one.span.first, one.span.behind, one.span.type) for one in spans] == [
        (4, 7, 1),
        (8, 11, 0),
    ]
    assert len(network.span_thresholds) == 2
    assert network.threshold is not None


def test_probes_have_labels_and_spans(joined: Path) -> None:
    checkpoint = read_checkpoint(joined)
    rows, spans = checkpoint.probe_rows(), checkpoint.probe_spans()
    expected = made(80, seed=1)
    assert rows == [(text, (label,)) for text, label, _ in expected]
    assert [list(own or ()) for own in spans] == [own for *_, own in expected]


def test_the_screen_says_what_was_read_and_found(joined: Path, folder: Path) -> None:
    said = " ".join((folder / "stderr.txt").read_text().split())
    assert "(conll)" in said
    assert "span types: 2: place, time" in said
    assert f"train: 400 texts, {sum(len(s) for *_, s in made(400)):,} spans" in said
    assert "(accuracy " in said
    assert "span F1 " in said
    table = (folder / "stdout.txt").read_text()
    for name in ("span F1, test", "label and all spans right", "worst types", "spans' thresholds"):
        assert name in table


def test_spans_alone(folder: Path, tmp_path: Path) -> None:
    """Labels that the data has are left unread; a tenth is held back."""
    out = tmp_path / "alone"
    figures = train(
        folder / "train.conll", "--task", "spans", *FAST, folder / "config.json", "--out", out
    )
    assert "accuracy" not in figures
    assert (figures["split"], figures["texts"]) == ("validation", 40)
    assert figures["spans"]["f1"] > 0.95
    assert figures["spans"]["whole_with_label"] is None
    assert figures["spans"]["types"].keys() == {"place", "time"}
    network = load_checkpoint(out)
    assert (network.task, network.labels) == ("spans", ())
    report = json.loads((out / "report.json").read_text("utf-8"))
    assert report["task"] == "spans"
    assert all(row["score"] == row["span_f1"] for row in report["training"]["history"])
    probes = [json.loads(line) for line in (out / "probes.jsonl").read_text().splitlines()]
    assert len(probes) == 40
    assert all(probe.keys() == {"text", "spans"} for probe in probes)
    assert "F1 of spans" in (out / "report.md").read_text()


class _InterruptedError(Exception):
    pass


def test_an_interrupted_training_goes_on_to_the_same_bits(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.json"
    config.write_text(SMALL.replace(table_bits=4).to_json(), "utf-8")
    common = (folder / "train.conll", "--epochs", 3, "--batch-size", 32, "--model-config", config)
    whole = train(*common, "--out", tmp_path / "whole")

    step = Display.step

    def interrupted(self: Display, report: StepReport) -> None:
        step(self, report)
        if report.progress.step == 20:
            raise _InterruptedError

    with monkeypatch.context() as patched:
        patched.setattr(Display, "step", interrupted)
        with pytest.raises(_InterruptedError):
            train(*common, "--out", tmp_path / "again")
    resumed = train(*common, "--out", tmp_path / "again")
    assert 0 < resumed["resumed_at"] <= 20 < whole["steps"]
    expected = load_file(tmp_path / "whole/model.safetensors")
    found = load_file(tmp_path / "again/model.safetensors")
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    # Other spans are another training.
    changed = tmp_path / "changed.conll"
    changed.write_text((folder / "train.conll").read_text().replace("I-time", "B-time"), "utf-8")
    assert train(changed, *common[1:], "--out", tmp_path / "again")["resumed_at"] == 0


def test_json_lines_are_known_by_their_field_and_read_as_texts_if_asked(tmp_path: Path) -> None:
    path, config = tmp_path / "train.jsonl", write_config(tmp_path / "config.json")
    path.write_text(json_lines(made(80)), "utf-8")
    short = ("--epochs", 1, "--model-config", config)
    assert "spans" in train(path, *short, "--out", tmp_path / "spans")
    config.write_text(SMALL.replace(spans=None).to_json(), "utf-8")
    assert "spans" not in train(path, *short, "--spans", "none", "--out", tmp_path / "texts")


def test_several_labels_a_text_and_unlabelled_texts(tmp_path: Path) -> None:
    path, config = tmp_path / "train.conll", write_config(tmp_path / "config.json")
    text = columns(made(120)).replace("# label = trip", "# label = trip|travel")
    path.write_text(text + columns(made(40, seed=1), labelled=False), "utf-8")
    figures = train(
        path, "--multi-label", "--epochs", 12, "--batch-size", 16, "--learning-rate", 0.01,
        "--model-config", config, "--out", tmp_path / "out",
    )  # fmt: skip
    assert figures["labels"] == 3
    assert figures["accuracy"] > 0.9
    assert figures["spans"]["whole_with_label"] > 0.8
    assert load_checkpoint(tmp_path / "out").task == "multi_label"


def test_an_encoder_is_begun_with_and_its_head_is_not(folder: Path, tmp_path: Path) -> None:
    config = ENCODER_CONFIG.replace(max_words=16)
    torch.manual_seed(0)
    network = NeuroLiteForEmbedding(config.replace(table_bits=FLOAT_BITS))
    save_checkpoint(network, tmp_path / "encoder")
    short = ("--epochs", 1, "--batch-size", 32, "--start")
    out = tmp_path / "out"
    figures = train(folder / "train.conll", *short, tmp_path / "encoder", "--out", out)
    assert figures["start"] == "encoder"
    found = read_checkpoint(out).config
    assert found == network.config.replace(spans=SpansOptions(types=("place", "time")))
    # From a model with spans a classifier of texts takes everything but the heads.
    texts = write_csv(tmp_path / "data.csv", 60)
    train(texts, *short, out, "--wide", "off", "--folds", 0, "--out", tmp_path / "texts")
    assert read_checkpoint(tmp_path / "texts").config == network.config


def test_minutes_are_kept(folder: Path, tmp_path: Path) -> None:
    figures = train(
        folder / "train.conll", "--minutes", 0.02, "--model-config", folder / "config.json",
        "--out", tmp_path / "out",
    )  # fmt: skip
    assert figures["steps"] >= 1
    assert figures["seconds"] < 6


def test_the_largest_start_that_fits_is_trained(tmp_path: Path) -> None:
    data = write(tmp_path / "few.conll", 60)
    out = tmp_path / "out"
    figures = train(data, "--epochs", 1, "--max-mb", 1.3, "--out", out)
    assert (figures["start"], figures["chosen"]) == (None, "none")
    assert figures["tried"]["english"]["how"] == "not trained: over --max-mb"
    assert 1.3e6 < figures["tried"]["english"]["onnx_int8_bytes"] < 1.6e6
    done = call_command(
        "neurolite-train", *map(str, (data, "--max-mb", 0.1, "--out", tmp_path / "none")), cwd=tmp_path
    )  # fmt: skip
    assert done.returncode == 2
    assert "--max-mb 0.1 is less than any model" in " ".join(done.stderr.decode().split())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--conversation", "talk", "--spans", "conll"),
            "--spans conll was given with --conversation",
        ),
        (
            ("--task", "embedding", "--spans", "json"),
            "--spans json was given with --task embedding",
        ),
        (("--teacher", "."), "--teacher . has no .safetensors file"),
        (("--teacher", "a", "--teacher", "b"), "--teacher was given 2 times with texts with spans"),
        (("--teacher", ".", "--teacher-head", "solved"), "--teacher-head solved was given with"),
        (("--teacher", ".", "--unlabelled", "x"), "--unlabelled was given with texts with spans"),
        (("--rules", "rules.toml"), "--rules was given with texts with spans"),
        (("--out-of-scope", "valid.conll"), "--out-of-scope was given with texts with spans"),
        (("--wide", "on"), "--wide on was given with texts with spans"),
        (("--task", "spans", "--spans", "none"), "--spans none was given with --task spans"),
        (("--task", "spans", "--multi-label"), "--multi-label was given with --task spans"),
        (("--devices", "2"), "runs as one process"),
        (("--folds", "5"), "--folds is 5, and texts with spans are learned once"),
        (("--spans", "xml"), "--spans is 'xml'; choose one of: auto, conll, json, inline, none"),
        (("--spans-weight", "0"), "spans_weight is 0.0; give a number above 0"),
        (("--turns", "4"), "rows stand alone"),
        (("--task", "spans", "--label-column", "x"), "--label-column was given with --task spans"),
        (("--spans", "none"), "train.conll"),
        (("--model-config", "wide.json"), "The config has a wide path, which is not trained"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    folder: Path, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    from neurolite_core.network.wide_options import WideOptions

    wide = SMALL.replace(wide=WideOptions())
    (folder / "wide.json").write_text(wide.to_json(), "utf-8")
    done = call_command(
        "neurolite-train", "train.conll", *options, "--out", tmp_path / "out", cwd=folder
    )
    assert done.returncode == 2, done.stderr.decode()
    assert message in " ".join(done.stderr.decode().split())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--spans-weight", "3"), "there are no spans to learn"),
        (("--model-config", "config.json"), "has spans, and there are none to learn here"),
        (("--task", "spans"), "name its form: conll, json, inline"),
    ],
)
def test_texts_without_spans_have_no_options_of_spans(
    folder: Path, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    data = write_csv(tmp_path / "data.csv", 60)
    done = call_command("neurolite-train", data, *options, "--out", tmp_path / "out", cwd=folder)
    assert done.returncode == 2, done.stderr.decode()
    assert message in " ".join(done.stderr.decode().split())
