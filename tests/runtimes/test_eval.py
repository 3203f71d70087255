"""``neurolite-eval`` as a user runs it: figures against scikit-learn, comparison, odd data, errors."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import onnx
import pytest
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, f1_score, log_loss, precision_recall_fscore_support
from typer.testing import CliRunner

from commands import run_command
from neurolite_core.answer.scores import scope_scores, softmax
from neurolite_core.artifact.checkpoint import PROBES
from neurolite_core.artifact.metadata import METADATA_KEY
from neurolite_core.models.default import DEFAULT_CHECKPOINT
from neurolite_export.cli import app as export_app
from neurolite_runtimes import open_artifact, run
from neurolite_runtimes.eval_cli import app
from sealing import save_sealed
from texts import DATA, ROOT

OUTSIDE = ["the mitochondrion is the powerhouse of the cell", "zxqv wkpt", "why is the sky blue"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package's own model as ``neurolite-export --int8`` writes it."""
    folder = tmp_path_factory.mktemp("model")
    done = CliRunner().invoke(export_app, ["--int8", "--out", str(folder)])
    assert done.exit_code == 0, done.output
    return folder / "neurolite-intents-int8.onnx"


def own_rows() -> list[tuple[str, str]]:
    lines = (DEFAULT_CHECKPOINT / PROBES).read_text("utf-8").splitlines()
    return [(row["text"], row["label"]) for row in map(json.loads, lines)]


def write_csv(
    path: Path, rows: list[tuple[str, str]], names: tuple[str, str] = ("text", "label")
) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(names)
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_csv(tmp_path_factory.mktemp("data") / "probes.csv", own_rows())


def evaluated(*arguments: object) -> dict[str, Any]:
    done = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    assert done.exit_code == 0, done.output
    values: dict[str, Any] = json.loads(done.stdout)
    return values


def refused(*arguments: object) -> str:
    """The one line of an error."""
    done = CliRunner().invoke(app, [*map(str, arguments)])
    assert done.exit_code == 2, done.output
    assert done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if "recognised by name" not in line]
    assert len(lines) == 1, done.stderr
    return lines[0]


def relabelled(source: Path, path: Path, **changes: object) -> Path:
    """The same file with other metadata."""
    model = onnx.load(source)
    for item in model.metadata_props:
        if item.key == METADATA_KEY:
            item.value = json.dumps(json.loads(item.value) | changes)
    return save_sealed(model, path)


def test_the_figures_are_those_of_scikit_learn(model: Path, data: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("\n".join(OUTSIDE))
    values = evaluated(model, data, "--out-of-scope", outside)
    session = open_artifact(model)
    labels = session.metadata.labels
    texts, truth = zip(*own_rows(), strict=True)
    logits = run(session, texts).values["logits"]
    answers = [labels[place] for place in logits.argmax(axis=1)]
    assert values["accuracy"] == pytest.approx(accuracy_score(truth, answers))
    assert values["macro_f1"] == pytest.approx(f1_score(truth, answers, average="macro"))
    probabilities = softmax(logits)
    assert values["calibrated"]["nll"] == pytest.approx(
        log_loss(truth, probabilities, labels=labels)
    )
    expected = precision_recall_fscore_support(truth, answers, labels=labels, zero_division=0)
    for place, name in enumerate(("precision", "recall", "f1", "support")):
        found = [row[name] for row in values["classes"]]
        assert found == pytest.approx(expected[place].tolist())
    right = sum(a == b for a, b in zip(answers, truth, strict=True))
    interval = binomtest(right, len(truth)).proportion_ci(method="exact")
    assert values["accuracy_interval"] == pytest.approx([interval.low, interval.high])
    scores, limit = scope_scores(logits), session.metadata.threshold
    assert limit is not None
    assert values["abstention"]["threshold"] == limit
    assert values["abstention"]["coverage"] == pytest.approx((scores >= limit).mean())
    assert values["abstention"]["out_of_scope_refused"] == 1.0
    answered = {row["label"]: row["answered"] for row in values["coverage"]}
    for label in ("alarm", "weather"):
        own = np.array([row == label for row in truth])
        assert answered[label] == int((scores[own] >= limit).sum())
    assert values["measured"]["model"]["precision"] == "int8"
    assert values["against"] is None
    schema = json.loads((ROOT / "docs/report.schema.json").read_text())
    jsonschema.validate(values, schema)


def test_as_a_program_with_a_table(model: Path, data: Path, tmp_path: Path) -> None:
    done = run_command("neurolite-eval", model, data, "--show", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    shown = " ".join(done.stdout.decode().split())
    for words in (
        "accuracy",
        "macro-F1",
        f"{len(own_rows()):,} texts",
        "calibration (ECE)",
        "2 of ",
        "log loss",
    ):
        assert words in shown
    assert done.stderr.decode().splitlines() == [
        f"{data} (csv): text from 'text' (recognised by name), label from 'label' (recognised by name)"
    ]
    assert list(tmp_path.iterdir()) == []


def test_nothing_heavy_is_imported(model: Path, data: Path) -> None:
    script = (
        "import sys\nfrom neurolite_runtimes.eval_cli import app\n"
        "app(sys.argv[1:], standalone_mode=False)\n"
        "print(*sorted({'torch', 'onnx', 'jinja2', 'matplotlib', 'datasets', 'scipy', 'sklearn'} "
        "& set(sys.modules)), file=sys.stderr)"
    )
    command = [sys.executable, "-c", script, str(model), str(data), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == ""
    assert json.loads(done.stdout)["texts"] == len(own_rows())


def test_unknown_labels_count_as_wrong_and_are_named(model: Path, tmp_path: Path) -> None:
    rows = [("wake me at seven", "alarm"), *((text, "oos") for text in OUTSIDE), ("hi", "[red]x")]
    path = write_csv(tmp_path / "rows.csv", rows)
    done = CliRunner().invoke(app, [str(model), str(path)])
    assert done.exit_code == 0, done.output
    assert (
        "4 of 5 rows have labels that the model does not have, and count as wrong: oos 3, [red]x 1. "
        "If these are texts that no label fits: --out-of-scope-label oos"
    ) in done.stderr
    assert "20.00 % (0.51 to 71.64), 1 right" in done.stdout
    assert "[red]x" in done.stdout
    values = evaluated(model, path)
    assert values["unseen"] == [{"label": "[red]x", "texts": 1}, {"label": "oos", "texts": 3}]
    values = evaluated(model, path, "--out-of-scope-label", "oos")
    assert (values["texts"], values["accuracy"]) == (2, 0.5)
    assert values["abstention"]["out_of_scope_texts"] == 3
    message = refused(model, path, "--out-of-scope-label", "alarm")
    assert "--out-of-scope-label is 'alarm', which is a label of" in message


def test_another_model_on_the_same_texts(model: Path, data: Path, tmp_path: Path) -> None:
    names = list(open_artifact(model).metadata.labels)
    first, second = names.index("alarm"), names.index("weather")
    names[first], names[second] = names[second], names[first]
    other = relabelled(model, tmp_path / "other.onnx", labels=names)
    values = evaluated(model, data, "--against", other)
    found = values["against"]
    own = [row for row in values["classes"] if row["label"] in ("alarm", "weather")]
    swapped = sum(round(row["recall"] * row["support"]) for row in own)
    assert swapped >= 2
    assert (found["only_this_right"], found["only_other_right"]) == (swapped, 0)
    assert found["p_value"] == pytest.approx(binomtest(0, swapped).pvalue)
    assert found["difference"] == pytest.approx(swapped / len(own_rows()))
    assert found["same_answer"] == len(own_rows()) - found["differences_total"]
    assert {row["other_answer"] for row in found["differences"]} <= {"alarm", "weather"}
    done = CliRunner().invoke(app, [str(model), str(data), "--against", str(other)])
    assert "only this is right" in done.stdout
    assert "texts answered differently" in done.stdout


def test_the_report_is_that_of_training(model: Path, data: Path, tmp_path: Path) -> None:
    values = evaluated(model, data, "--against", model, "--report", tmp_path / "new")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [
        "calibration.png", "confusion.png", "report.html", "report.json", "report.md",
    ]  # fmt: skip
    assert json.loads((tmp_path / "new/report.json").read_text("utf-8")) == values
    page = (tmp_path / "new/report.md").read_text("utf-8")
    assert "## How it was measured" in page
    assert "## Beside " in page
    assert "How it was trained" not in page


def test_the_page_needs_its_extra_and_says_so_at_once(
    model: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    message = refused(model, data, "--report", tmp_path / "new")
    assert message.endswith("pip install 'neurolite[report]'")
    assert not (tmp_path / "new").exists()


def test_a_threshold_in_place_of_the_files(model: Path, data: Path) -> None:
    never = evaluated(model, data, "--threshold", "0")["abstention"]
    assert (never["coverage"], never["threshold"]) == (1.0, 0.0)
    strict = evaluated(model, data, "--threshold", "0.999")["abstention"]
    assert strict["coverage"] < evaluated(model, data)["abstention"]["coverage"]


def test_one_row_and_texts_of_any_content(model: Path, tmp_path: Path) -> None:
    one = evaluated(model, write_csv(tmp_path / "one.csv", [("wake me at seven", "alarm")]))
    assert (one["accuracy"], one["macro_f1"], one["macro_f1_interval"]) == (1.0, 1.0, None)
    assert one["accuracy_interval"] == pytest.approx([0.025, 1.0])
    odd = tmp_path / "odd.jsonl"
    texts = ["", "\ud800 half", "nul \0 inside", "w " * 400, "\x1b[31mred [bold]", "予約"]
    odd.write_text("".join(json.dumps({"text": text, "label": "alarm"}) + "\n" for text in texts))
    values = evaluated(model, odd)
    assert values["texts"] == 6
    done = CliRunner().invoke(app, [str(model), str(odd), "--against", str(model)])
    assert done.exit_code == 0, done.output
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", "", "holds no row that can be read"),
        ("header.csv", "text,label\n", "no labelled row to measure"),
        ("labels.csv", "label\nalarm\n", "which column is the text is not clear"),
        ("texts.csv", "text\nwake me\n", "which column is the label is not clear"),
        ("other.csv", "text,label\na\0b,alarm\n", "holds a NUL character"),
        ("missing.csv", None, "Cannot read"),
        ("data.xlsx", "x", "does not end in .csv"),
        ("unlabelled.csv", "text,label\nwake me,\n", "label the row or remove it"),
    ],
)
def test_data_that_cannot_be_used(
    model: Path, tmp_path: Path, name: str, content: str | None, message: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    assert message in refused(model, path)


def test_bad_rows_can_be_left_out(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text,label\nwake me at seven,alarm\na\0b,alarm\nwhat time is it,\n")
    done = CliRunner().invoke(app, [str(model), str(path), "--skip-bad-rows", "--json"])
    assert json.loads(done.stdout)["texts"] == 1
    assert f"{path}: 2 rows that cannot be used were left out." in done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--text-column", "query"], "has no column 'query' (--text-column)"),
        (["--label-column", "intent"], "has no column 'intent' (--label-column)"),
        (["--threshold", "1"], "--threshold is 1.0"),
        (["--batch-size", "0"], "--batch-size is 0"),
        (["--threads", "-1"], "--threads is -1"),
        (["--show", "-1"], "--show is -1"),
        (["--against", "nowhere.onnx"], "Cannot read nowhere.onnx"),
        (["--out-of-scope", "nowhere.txt"], "Cannot read nowhere.txt"),
        (["--report", "/dev/null/x"], "Cannot write to the folder"),
    ],
)
def test_wrong_options(model: Path, data: Path, options: list[str], message: str) -> None:
    assert message in refused(model, data, *options)


def test_what_has_no_labels_has_nothing_to_be_right_about(
    model: Path, data: Path, tmp_path: Path
) -> None:
    path = relabelled(
        model,
        tmp_path / "e.onnx",
        task="embedding",
        labels=[],
        threshold=0.0,
        outputs=["embedding"],
    )
    assert "is an embedding model without labels" in refused(path, data)


def test_real_data_in_its_own_runtime(model: Path) -> None:
    path = DATA / "clinc150" / "test.csv"
    if not path.is_file():
        pytest.skip(f"real data absent: {path}")
    values = evaluated(model, path, "--out-of-scope", path.with_name("oos_test.csv"))
    assert values["accuracy"] == pytest.approx(0.945, abs=0.01)  # as the model's card says
    assert values["accuracy_interval"][0] < values["accuracy"] < values["accuracy_interval"][1]
    low, high = values["macro_f1_interval"]
    assert low < values["macro_f1"] < high
    assert values["abstention"]["out_of_scope_texts"] == 1_000
    snips = evaluated(model, DATA / "snips" / "test.csv")
    assert (snips["accuracy"], snips["calibrated"]["nll"]) == (0.0, None)
    assert sum(row["texts"] for row in snips["unseen"]) == 700


def test_semicolons_and_labels_that_look_alike(model: Path, tmp_path: Path) -> None:
    rows = own_rows()[:40]
    usual = write_csv(tmp_path / "usual.csv", rows)
    other = tmp_path / "other.csv"
    with other.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerows([("text", "label"), *((text, label.upper()) for text, label in rows)])
    whole = json.loads(CliRunner().invoke(app, [str(model), str(usual), "--json"]).stdout)
    apart = CliRunner().invoke(app, [str(model), str(other), "--json"])
    assert json.loads(apart.stdout)["accuracy"] == 0.0
    assert "look like the model's, such as" in apart.stderr
    assert "semicolons" in apart.stderr
    merged = CliRunner().invoke(app, [str(model), str(other), "--merge-labels", "--json"])
    assert json.loads(merged.stdout)["accuracy"] == whole["accuracy"]
    refused = CliRunner().invoke(app, [str(model), str(other), "--delimiter", "no", "--json"])
    assert refused.exit_code == 2
    assert "--delimiter is 'no'" in refused.stderr
