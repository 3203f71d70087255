"""The final report: known cases, hostile texts, pictures, and a real model on real texts."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import torch
from markdown_it import MarkdownIt
from numpy.typing import NDArray
from PIL import Image
from scipy.stats import binomtest
from sklearn.metrics import f1_score

from neurolite_bench.report.schema import EVALUATION_FILE, evaluation_schema
from neurolite_core import NeuroLiteForClassification, load_checkpoint
from neurolite_core.answer.scores import scope_scores
from neurolite_core.evaluation.abstention import LabelCoverage, OperatingPoint, choose_threshold
from neurolite_core.evaluation.calibration import (
    fit_temperature,
    fold_shift,
    fold_temperature,
)
from neurolite_core.evaluation.comparison import Comparison, Difference
from neurolite_core.evaluation.metrics import ClassFigures
from neurolite_core.evaluation.pictures import draw_confusion, draw_learning
from neurolite_core.evaluation.report import Mistake, Report, build_report
from neurolite_core.evaluation.report_files import write_report
from neurolite_core.ground.errors import InputError
from neurolite_core.models.default import DEFAULT_CHECKPOINT
from neurolite_core.text.markdown import escape_markdown
from texts import ROOT, read_rows

HISTORY = [
    {"epoch": 1, "loss": 2.0, "validation_loss": 2.1, "validation_accuracy": 0.5, "rate": 1e-3},
    {"epoch": 2, "loss": float("nan"), "validation_loss": 1.5, "validation_accuracy": 0.7},
]
TRAINING = {
    "seed": 3,
    "seconds": 61.25,
    "config": {"hidden_size": 96, "pooling": "mean"},
    "data": {"rows": 15_000, "conflicts": [{"text": "a", "labels": ["x", "y"]}], "empty": None},
    "history": HISTORY,
}


def logits_for(answers: list[int], labels: int, margin: float = 3.0) -> NDArray[np.float32]:
    """Logits whose best column is the answer; row i is surer than row i - 1."""
    logits = np.zeros((len(answers), labels), np.float32)
    logits[np.arange(len(answers)), answers] = margin + 0.01 * np.arange(len(answers))
    return logits


def report_of(
    truth: list[int],
    answers: list[int],
    count: int,
    **changes: Any,  # noqa: ANN401  # arguments of build_report
) -> Report:
    names = [f"label {number}" for number in range(count)]
    texts = [f"text {row}" for row in range(len(truth))]
    arguments: dict[str, Any] = {"threshold": 0.0, "training": TRAINING} | changes
    return build_report(
        logits_for(answers, count),
        np.array(truth),
        arguments.pop("texts", texts),
        arguments.pop("labels", names),
        **arguments,
    )


def read(folder: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads((folder / "report.json").read_text("utf-8"))
    return values


def table_cells(markdown: str) -> list[str]:
    """Text of every table cell as a Markdown reader shows it."""
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    cells = []
    for before, token in pairwise(tokens):
        if before.type in ("td_open", "th_open"):
            kinds = {child.type for child in token.children or []}
            assert kinds <= {"text", "text_special"}, (token.content, kinds)
            cells.append("".join(child.content for child in token.children or []))
    return cells


def test_all_right(tmp_path: Path) -> None:
    report = report_of([0, 1, 2, 1], [0, 1, 2, 1], 3)
    assert (report.accuracy, report.macro_f1, report.mistakes_total) == (1.0, 1.0, 0)
    # As many right of as many: the lower bound is the 4th root of 2.5 %.
    assert report.accuracy_interval == pytest.approx((0.025**0.25, 1.0))
    assert report.confusion == ((0, 0, 1), (1, 1, 2), (2, 2, 1))
    page = (write_report(report, tmp_path / "new", pictures=False) / "report.md").read_text("utf-8")
    assert "100.0% of 4 texts right" in page
    assert "Nothing: every answer is right." in page
    assert "## Most confident mistakes" not in page


def test_all_wrong(tmp_path: Path) -> None:
    report = report_of([0, 0, 1], [1, 1, 0], 2)
    assert (report.accuracy, report.macro_f1, report.mistakes_total) == (0.0, 0.0, 3)
    assert [mistake.row for mistake in report.most_confident] == [2, 1, 0]
    assert [mistake.row for mistake in report.mistakes] == [1, 0, 2]
    assert report.confused[0].share == 1.0
    assert (
        "0.0% of 3 texts right"
        in (write_report(report, tmp_path, pictures=False) / "report.md").read_text()
    )


def test_a_report_without_pictures_refers_to_none(tmp_path: Path) -> None:
    report = report_of([0, 1, 2, 1], [0, 1, 2, 2], 3)
    with_them = write_report(report, tmp_path)
    values = read(with_them)
    assert "<img" in (with_them / "report.html").read_text("utf-8")
    assert read(write_report(report, tmp_path, pictures=False)) == values
    assert not list(tmp_path.glob("*.png"))
    for name in ("report.html", "report.md"):
        page = (tmp_path / name).read_text("utf-8")
        assert "75.0" in page
        assert "<img" not in page
        assert "png" not in page


def test_labels_never_predicted_and_labels_without_texts(tmp_path: Path) -> None:
    # Label 1 is never answered, label 2 has no text and no answer, label 3 no text but an answer.
    report = report_of([0, 0, 1, 1], [0, 0, 0, 3], 4)
    figures = {row.label: row for row in report.classes}
    assert (figures["label 1"].recall, figures["label 1"].precision) == (0.0, 0.0)
    assert (figures["label 2"].support, figures["label 2"].f1) == (0, 0.0)
    assert figures["label 0"].f1 == pytest.approx(0.8)
    assert report.macro_f1 == pytest.approx(0.8 / 3)
    values = read(write_report(report, tmp_path, pictures=False))
    assert values["classes"][3]["predicted"] == 1
    assert values["confusion"] == [[0, 0, 2], [1, 0, 1], [1, 3, 1]]


def test_labels_that_the_model_has_not_count_as_wrong(tmp_path: Path) -> None:
    # Texts of the labels 2 and 3, which a model of two labels cannot answer.
    truth, answers = [0, 0, 1, 1, 2, 3, 3], [0, 0, 1, 0, 0, 1, 1]
    report = report_of(truth, answers, 2, unseen=["new | one", "other"], threshold=0.5)
    assert report.accuracy == pytest.approx(3 / 7)
    expected = f1_score(truth, answers, average="macro")
    assert report.macro_f1 == pytest.approx(expected)
    assert [(row.label, row.texts) for row in report.unseen] == [("new | one", 1), ("other", 2)]
    assert report.labels == ("label 0", "label 1")
    assert report.names == ("label 0", "label 1", "new | one", "other")
    known = report_of(truth[:4], answers[:4], 2)
    assert report.calibrated.nll == pytest.approx(known.calibrated.nll)  # of what has a probability
    assert sum(row.count for row in report.calibrated.bins) == 7
    assert [mistake.truth_score for mistake in report.most_confident[:3]] == [None] * 3
    assert sum(row.texts for row in report.coverage) == 7
    page = (write_report(report, tmp_path, pictures=False) / "report.md").read_text("utf-8")
    line = "| texts of labels that the model has not | 3, which count as wrong: new &#124; one (1), other (2) |"
    assert line in page
    assert read(tmp_path)["confusion"][-1] == [3, 1, 2]
    alone = report_of([2, 2], [0, 1], 2, unseen=["new"])
    assert (alone.accuracy, alone.calibrated.nll) == (0.0, None)


def test_coverage_by_label() -> None:
    # Row i is surer than row i - 1: the threshold refuses the first two.
    logits = logits_for([0, 0, 0, 1, 1, 0], 2)
    threshold = float(scope_scores(logits[2:3])[0])
    report = report_of([0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 0], 2, threshold=threshold)
    first, second = report.coverage
    assert (first.texts, first.answered, first.accuracy) == (3, 1, 1.0)
    assert first.coverage == pytest.approx(1 / 3)
    assert (second.texts, second.answered, second.coverage) == (3, 3, 1.0)
    assert second.accuracy == pytest.approx(2 / 3)
    expected = binomtest(1, 3).proportion_ci(method="exact")
    assert first.coverage_interval == pytest.approx((expected.low, expected.high))
    point = report.abstention
    assert point.coverage == pytest.approx(4 / 6)
    assert point.accuracy_interval is not None
    expected = binomtest(3, 4).proportion_ci(method="exact")
    assert point.accuracy_interval == pytest.approx((expected.low, expected.high))


def test_json_holds_everything_and_only_json(tmp_path: Path) -> None:
    outside = logits_for([0, 1], 2, margin=0.1) - np.float32(3.0)
    report = report_of([0, 1, 1], [0, 1, 0], 2, threshold=0.6, temperature=2.0,
                       out_of_scope_logits=outside, split="validation")  # fmt: skip
    values = read(write_report(report, tmp_path, pictures=False))
    assert values["schema_version"] == 2
    assert values["split"] == "validation"
    assert values["abstention"]["threshold"] == 0.6
    assert values["abstention"]["out_of_scope_refused"] == 1.0
    assert values["out_of_scope_auroc"] == 1.0
    assert values["temperature"] == 2.0
    assert len(values["calibrated"]["bins"]) == 15
    assert values["uncalibrated"]["ece"] != values["calibrated"]["ece"]
    assert values["training"]["history"][1]["loss"] is None
    assert values["training"]["seconds"] == 61.25
    page = (tmp_path / "report.md").read_text("utf-8")
    assert "| config.pooling | mean |" in page
    assert "| out of scope refused | 100.0% of 2 texts (15.8% to 100.0%) |" in page
    schema = (Path(__file__).parents[2] / "docs/report-schema.md").read_text("utf-8")
    assert {name for name in values if f"`{name}`" not in schema} == set()


def test_the_schema_is_that_of_the_record(tmp_path: Path) -> None:
    stored = json.loads((ROOT / EVALUATION_FILE).read_text("utf-8"))
    assert stored == evaluation_schema(), "run: python -m neurolite_bench.report.schema"
    validator = jsonschema.Draft202012Validator(stored)
    values = read(
        write_report(report_of([0, 1, 2], [0, 1, 0], 2, unseen=["new"]), tmp_path, pictures=False)
    )
    validator.validate(values)
    assert not validator.is_valid(values | {"more": 1})
    assert not validator.is_valid(values | {"schema_version": 1})
    page = (ROOT / "docs/report-schema.md").read_text("utf-8")
    for record in (ClassFigures, Comparison, Difference, LabelCoverage, Mistake, OperatingPoint):
        names = {field.name for field in dataclasses.fields(record)}
        assert not [name for name in names if f"`{name}`" not in page], record


def test_equal_reports_give_equal_files(tmp_path: Path) -> None:
    files = {}
    for name in ("a", "b"):
        write_report(report_of([0, 1, 1], [0, 1, 0], 2), tmp_path / name)
        files[name] = {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
    assert files["a"] == files["b"]
    assert sorted(files["a"]) == [
        "calibration.png",
        "confusion.png",
        "learning.png",
        "report.html",
        "report.json",
        "report.md",
    ]


HOSTILE = [
    "a | b \\| c \\",
    "first\nsecond\r\n| not | a row |",
    "`code` ``` <script>alert(1)</script> &lt; &amp;",
    "[link](javascript:alert(1)) ![x](y.png) <http://a.b> https://a.b www.a.b me@a.b",
    "# heading *bold* _it_ ~~gone~~ $x^2$ {{ 7 * 7 }} {% raw %} $\\frac$",
    "\x00\x1b[31mred\u202e\u2028 \ud800 \ue000",
    "می\u200cخواهم 予約 👩\u200d💻",
    "",
    "x" * 5_000,
]


def as_shown(text: str) -> str:
    """What a reader should see of a text: one line, without what cannot be printed, at most 500."""
    text = text if len(text) <= 500 else text[:499] + "…"
    return " ".join(
        "".join(c if c.isprintable() or c in "\u200c\u200d" else " " for c in text).split()
    )


def test_hostile_texts_and_labels_are_only_text(tmp_path: Path) -> None:
    # A label has no half characters: no file could hold it.
    labels = [text[:200].replace("\ud800", "?") or "empty" for text in HOSTILE]
    count = len(labels)
    truth = list(range(count))
    answers = [(number + 1) % count for number in truth]
    training = {"history": [], "data": {text: text for text in HOSTILE}}
    report = report_of(truth, answers, count, texts=HOSTILE, labels=labels, training=training,
                       split="<b>|test`")  # fmt: skip
    folder = write_report(report, tmp_path)
    page = (folder / "report.md").read_text("utf-8")
    cells = {" ".join(cell.split()) for cell in table_cells(page)}
    for text in (*HOSTILE, *labels):
        assert as_shown(text) in cells, text
    html = MarkdownIt("commonmark").enable("table").render(page)
    assert "<script" not in html
    assert not re.search(r"<(a|b|em|strong|code|s) ?", html)
    assert set(re.findall(r'<img src="([^"]*)"', html)) == {"confusion.png", "calibration.png"}
    html = (folder / "report.html").read_text("utf-8")
    assert not re.search(r"<(script|a|b|em|strong|code|s)[ >]", html)
    assert set(re.findall(r'<img src="([^,"]*),', html)) == {"data:image/png;base64"}
    shown = {" ".join(unescape(cell).split()) for cell in re.findall(r"<span>(.*?)</span>", html)}
    for text in (*HOSTILE, *labels):
        assert as_shown(text).replace("\ud800", "?") in shown, text
    stored = read(folder)
    assert stored["labels"] == labels
    assert stored["mistakes"][0]["text"] == HOSTILE[0]
    assert not (folder / "learning.png").exists()


def test_escaping_by_itself() -> None:
    assert escape_markdown("a*b|c\n<i>") == "a\\*b&#124;c &lt;i&gt;"
    assert escape_markdown("at 7:00, 5% off") == "at 7:00, 5% off"
    assert escape_markdown("_it_ book_table a__b") == "\\_it\\_ book_table a\\_\\_b"
    assert escape_markdown("Www.a https://b") == "Www&#46;a https&#58;//b"


def size_of_picture(content: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
        assert len(picture.convert("L").getcolors(256) or []) > 1
        return picture.size


@pytest.mark.parametrize("labels", [2, 12, 13, 40, 41, 200, 1_001])
def test_confusion_pictures_stay_readable(labels: int) -> None:
    rng = np.random.default_rng(labels)
    truth = rng.integers(0, labels, 4_000)
    answers = np.where(rng.random(4_000) < 0.8, truth, rng.integers(0, labels, 4_000))
    width, height = size_of_picture(
        draw_confusion(report_of(truth.tolist(), answers.tolist(), labels))
    )
    assert 400 <= width <= 2_200
    assert 400 <= height <= 1_600


def test_mistakes_are_shared_among_the_labels() -> None:
    # 150 texts of label 0 and one of each other label, all wrong.
    truth = [0] * 150 + list(range(1, 151))
    answers = [1] * 150 + [0] * 150
    report = report_of(truth, answers, 151)
    assert report.mistakes_total == 300
    assert len(report.mistakes) == 200
    assert len({mistake.truth for mistake in report.mistakes}) == 151
    assert len(report.most_confident) == 20
    of_zero = [mistake.row for mistake in report.mistakes if mistake.truth == "label 0"]
    assert of_zero == list(range(149, 99, -1))  # the surest


def test_histories_that_draw_nothing() -> None:
    for history in (None, [], ["x"], [{"epoch": 1}], [{"epoch": 1, "loss": None}], {"loss": 1}):
        assert draw_learning(report_of([0, 1], [0, 1], 2, training={"history": history})) is None
    drawn = draw_learning(report_of([0, 1], [0, 1], 2))
    assert drawn is not None
    assert size_of_picture(drawn)[0] > 800


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"threshold": 1.0}, "threshold is 1.0"),
        ({"temperature": 0.0}, "temperature is 0.0"),
        ({"texts": ["a"]}, "1 texts, but 2 rows"),
        ({"labels": ["a", "b", "c"]}, "num_labels is 2"),
        ({"out_of_scope_logits": np.zeros((0, 2))}, "out_of_scope_logits has the shape"),
    ],
)
def test_what_cannot_be_reported(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        report_of([0, 1], [0, 1], 2, **changes)


def test_what_json_cannot_hold_is_named(tmp_path: Path) -> None:
    report = report_of([0, 1], [0, 1], 2, training={"config": {"sizes": {1, 2}}})
    with pytest.raises(
        InputError, match=r"report.training.config.sizes holds \{1, 2\} of type set"
    ):
        write_report(report, tmp_path)
    assert list(tmp_path.iterdir()) == []


@torch.no_grad()
def test_a_real_model_on_clinc150(tmp_path: Path) -> None:
    """The package's own, made four times too sure: calibrated, given a threshold and reported."""
    network = load_checkpoint(DEFAULT_CHECKPOINT)
    assert isinstance(network, NeuroLiteForClassification)
    fold_temperature(network, 0.25)
    places = {label: place for place, label in enumerate(network.labels)}

    def logits_of(name: str) -> tuple[NDArray[np.float32], NDArray[np.int64], list[str]]:
        rows = read_rows("clinc150", f"{name}.csv")[::3]
        texts = [text for text, _ in rows]
        ids = np.array([places.get(label, -1) for _, label in rows])
        parts = [
            network(texts[first : first + 256])["logits"] for first in range(0, len(texts), 256)
        ]
        return torch.cat(parts).numpy(), ids, texts

    found, ids, _ = logits_of("val")
    before, _, _ = logits_of("test")
    temperature = fit_temperature(found, ids)
    assert 2.0 < temperature < 8.0
    fold_temperature(network, temperature)
    found, ids, _ = logits_of("val")
    outside, _, _ = logits_of("oos_val")
    # As training does: the least sure texts to the middle of the scale.
    shift = np.float32(-np.quantile(np.log(np.exp(found).sum(axis=1)), 0.05))
    fold_shift(network, float(shift))
    scores = scope_scores(found + shift)
    point = choose_threshold(scores, found.argmax(axis=1) == ids, scope_scores(outside + shift))
    tested, ids, texts = logits_of("test")
    np.testing.assert_allclose((tested - shift) * temperature, before, rtol=1e-3, atol=1e-3)
    report = build_report(
        tested, ids, texts, network.labels, threshold=point.threshold, temperature=temperature,
        out_of_scope_logits=logits_of("oos_test")[0], training={"seed": 0},
    )  # fmt: skip
    assert report.accuracy > 0.5
    assert report.calibrated.ece < 0.05
    assert report.calibrated.ece < report.uncalibrated.ece
    assert report.out_of_scope_auroc is not None
    assert report.out_of_scope_auroc > 0.75
    assert report.abstention.accuracy is not None
    assert report.abstention.accuracy > report.accuracy
    assert report.abstention.balanced_accuracy == pytest.approx(
        point.balanced_accuracy or 0, abs=0.1
    )
    values = read(write_report(report, tmp_path, pictures=False))
    assert len(values["classes"]) == 150
    assert values["accuracy_interval"][0] < values["accuracy"] < values["accuracy_interval"][1]
