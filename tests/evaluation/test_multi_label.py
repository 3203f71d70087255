"""Figures of several labels a text against scikit-learn, and thresholds against every one there is."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score, log_loss, precision_recall_fscore_support

from neurolite_bench.report.schema import MULTI_LABEL_FILE, multi_label_schema
from neurolite_core.answer.scores import sigmoid
from neurolite_core.answer.tasks import ANSWERINGS
from neurolite_core.evaluation.multi_label import metrics
from neurolite_core.evaluation.multi_label.comparison import GivenSets, compare_sets
from neurolite_core.evaluation.multi_label.metrics import label_figures, macro_of
from neurolite_core.evaluation.multi_label.report import MultiLabelReport, build_multi_label_report
from neurolite_core.evaluation.multi_label.thresholds import (
    best_threshold,
    choose_label_thresholds,
    fit_label_temperature,
)
from neurolite_core.evaluation.report_files import write_report
from neurolite_core.ground.errors import InputError
from neurolite_core.text.markdown import escape_markdown
from texts import ROOT

Bools = NDArray[np.bool_]


def drawn(seed: int, rows: int = 200, labels: int = 6) -> tuple[NDArray[np.float32], Bools]:
    """Logits that know something of the truth."""
    rng = np.random.default_rng(seed)
    truths = rng.random((rows, labels)) < rng.uniform(0.05, 0.5, labels)
    logits = rng.normal(size=(rows, labels)) * 1.5 + 2.0 * (truths - 0.5)
    return logits.astype(np.float32), truths


@pytest.mark.parametrize("seed", range(5))
def test_figures_are_those_of_scikit_learn(seed: int) -> None:
    logits, truths = drawn(seed)
    report = build_multi_label_report(
        logits, truths, [str(n) for n in range(200)], list("abcdef"), threshold=0.5
    )
    given_labels = logits >= 0
    assert report.micro.f1 == pytest.approx(f1_score(truths, given_labels, average="micro"))
    assert report.macro_f1 == pytest.approx(f1_score(truths, given_labels, average="macro"))
    assert report.accuracy == accuracy_score(truths, given_labels)
    each = precision_recall_fscore_support(truths, given_labels, zero_division=0)
    for row, *wanted in zip(report.classes, *each, strict=True):
        assert (row.precision, row.recall, row.f1, row.support) == pytest.approx(tuple(wanted))
    low, high = report.micro.f1_interval or (1.0, 0.0)
    assert low < report.micro.f1 < high
    assert high - low < 0.15
    loss = sum(log_loss(truths[:, n], sigmoid(logits[:, n])) for n in range(6))
    assert metrics.log_loss(logits, truths) == pytest.approx(loss)


def test_a_label_that_is_only_given_wrongly_costs_as_much_as_one_that_is_never_given() -> None:
    truths = np.array([[1, 0, 1, 0], [1, 0, 0, 0]], np.bool_)
    given_labels = np.array([[1, 1, 0, 0], [1, 0, 0, 0]], np.bool_)
    rows = label_figures(truths, given_labels, list("abcd"))
    assert [row.f1 for row in rows] == [1.0, 0.0, 0.0, 0.0]
    assert macro_of(rows) == pytest.approx(1 / 3)  # the last occurs nowhere
    assert macro_of(rows[3:]) == 0.0


def test_the_bootstrap_is_that_of_drawn_texts() -> None:
    logits, truths = drawn(3, rows=300, labels=3)
    said = logits >= 0
    rows = np.random.default_rng(1).integers(0, 300, (2_000, 300))
    right, size = (truths & said).sum(axis=1), truths.sum(axis=1) + said.sum(axis=1)
    found = 2 * right[rows].sum(axis=1) / size[rows].sum(axis=1)
    low, high = np.percentile(found, (2.5, 97.5))
    middle = f1_score(truths, said, average="micro")
    assert metrics.micro_interval(truths, said) == pytest.approx(
        (2 * middle - high, 2 * middle - low), abs=0.006
    )
    macro = metrics.macro_interval(truths, said)
    assert macro is not None
    assert macro[0] < f1_score(truths, said, average="macro") < macro[1]
    assert metrics.micro_interval(truths[:5], said[:5]) is None
    assert metrics.macro_interval(truths[:20], said[:20]) is None


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=1, max_size=30).filter(
        lambda rows: any(true for _, true in rows)
    )
)
def test_a_threshold_is_the_best_of_all(rows: list[tuple[int, bool]]) -> None:
    scores = np.array([score for score, _ in rows], np.float64)
    truths = np.array([true for _, true in rows])

    def f1(threshold: float) -> float:
        right = sum(true and score >= threshold for score, true in rows)
        return 2 * right / (sum(score >= threshold for score, _ in rows) + int(truths.sum()))

    found = best_threshold(scores, truths)
    assert f1(found) == pytest.approx(max(f1(cut) for cut in scores))
    assert found not in scores  # halfway, or below all
    logits = scores[:, None].astype(np.float32)
    assert metrics.best_micro_f1(logits, truths[:, None]) == pytest.approx(f1(found))


def test_labels_with_few_texts_share_a_threshold() -> None:
    logits, truths = drawn(0, rows=300, labels=4)
    truths[:, 2:] = False
    truths[:7, 2] = truths[7:13, 3] = True
    found = choose_label_thresholds(logits, truths)
    assert found.own.tolist() == [True, True, False, False]
    assert (found.pooled, found.logits[2]) == (13, found.logits[3])
    pooled = best_threshold(
        logits[:, 2:].astype(np.float64).ravel(), np.ascontiguousarray(truths[:, 2:]).ravel()
    )
    assert found.logits[2] == pooled
    truths[7:13, 3] = False
    fewer = choose_label_thresholds(logits, truths)
    assert (fewer.pooled, fewer.logits[2:].tolist()) == (0, [0.0, 0.0])
    assert fewer.probabilities[2] == 0.5


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_is_found(temperature: float) -> None:
    rng = np.random.default_rng(0)
    exact = rng.normal(size=(20_000, 3)) * 2
    truths = rng.random(exact.shape) < sigmoid(exact)
    assert fit_label_temperature(exact * temperature, truths) == pytest.approx(
        temperature, rel=0.05
    )
    with pytest.raises(InputError, match="truths is int64"):
        fit_label_temperature(exact, truths.astype(np.int64))


def test_what_logits_mean() -> None:
    logits = np.array([[0.0, -1e-7, 900.0, -900.0]], np.float32)
    several, one = ANSWERINGS["multi_label"], ANSWERINGS["classification"]
    assert several.given(logits, 0.5).tolist() == [[True, False, True, False]]
    assert several.given(logits, None).tolist() == several.given(logits, 0.5).tolist()
    assert one.given(logits, 0.5).tolist() == [[False, False, True, False]]
    assert np.isfinite(several.scores(logits)).all()
    middle = np.array([[0.3, -2.0, 4.0]])
    np.testing.assert_allclose(several.logits(several.scores(middle)), middle)


def report_of(seed: int = 0) -> MultiLabelReport:
    logits, truths = drawn(seed, rows=60, labels=3)
    unseen = np.zeros((60, 1), np.bool_)
    unseen[4] = True
    _, other = drawn(seed + 1, rows=60, labels=3)
    labels = ("a", "b | c", "d")
    names = [tuple(np.array(labels)[row].tolist()) for row in truths]
    names[4] = (*names[4], "new")
    texts = [f"text {n}" for n in range(60)]
    against = compare_sets(
        GivenSets(labels, logits >= 0), GivenSets(labels, other), names, texts, "other"
    )
    return build_multi_label_report(
        logits,
        np.concatenate([truths, unseen], axis=1),
        texts,
        labels,
        threshold=0.5,
        thresholds=np.array([0.2, 0.3, 0.4]),
        out_of_scope_logits=np.array([[-1.0, -1.0, -1.0], [1.0, -1.0, -1.0]]),
        training={
            "history": [],
            "thresholds": {"cross_fitted": 0, "together": ["d"], "together_texts": 0},
        },
        against=against,
        unseen=["new"],
    )


def test_a_report_says_what_is_wrong(tmp_path: Path) -> None:
    report = report_of()
    assert report.out_of_scope is not None
    assert (report.out_of_scope.texts, report.out_of_scope.quiet) == (2, 0.5)
    assert [row.threshold for row in report.classes] == [0.2, 0.3, 0.4, None]
    assert (report.classes[3].recall, report.unseen[0].texts) == (0.0, 1)
    missed = next(row for row in report.mistakes if row.row == 4)
    assert missed.missed[-1].label == "new"
    assert missed.missed[-1].score is None
    assert report.mistakes_total == 60 - round(report.accuracy * 60)
    (tmp_path / "confusion.png").write_bytes(b"of another training")
    write_report(report, tmp_path)
    assert {item.name for item in tmp_path.iterdir()} == {"report.json", "report.md", "report.html"}
    page = (tmp_path / "report.md").read_text("utf-8")
    assert "They are given from a probability of 0.5 on" in page
    assert escape_markdown("b | c") in page
    values = json.loads((tmp_path / "report.json").read_text("utf-8"))
    stored = json.loads((ROOT / MULTI_LABEL_FILE).read_text("utf-8"))
    assert stored == multi_label_schema(), "run: python -m neurolite_bench.report.schema"
    jsonschema.Draft202012Validator(stored).validate(values)
    described = (ROOT / "docs/report-schema.md").read_text("utf-8")
    assert not [name for name in values if f"`{name}`" not in described]


def test_two_models_are_held_against_each_other_by_whole_sets() -> None:
    labels = ("a", "b")
    truths = [("a",), (), ("a", "b"), ("c",)]
    mine = np.array([[1, 0], [0, 0], [1, 0], [0, 0]], np.bool_)
    theirs = np.array([[0, 1], [1, 0], [1, 1], [0, 0]], np.bool_)  # of ("b", "a")
    found = compare_sets(
        GivenSets(labels, mine), GivenSets(("b", "a"), theirs), truths, list("wxyz"), "other"
    )
    assert (found.both_right, found.only_this_right, found.only_other_right) == (1, 1, 1)
    assert (found.neither_right, found.same_answer, found.accuracy) == (1, 2, 0.5)
    first, second = found.differences
    assert (first.text, first.truth, first.answer, first.other_answer) == (
        "y", ("a", "b"), ("a",), ("a", "b"),
    )  # fmt: skip
    assert (second.text, second.other_answer) == ("x", ("b",))
    with pytest.raises(InputError, match="give one of each for every text"):
        compare_sets(GivenSets(labels, mine), GivenSets(labels, mine), truths, ["x"], "other")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"truths": np.zeros((60, 2), np.bool_)}, r"truths is \(60, 2\)"),
        ({"threshold": 1.0}, "threshold"),
        ({"texts": ["x"]}, "there are 1 texts"),
        ({"out_of_scope_logits": np.zeros((0, 3))}, "out_of_scope_logits has the shape"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, object], message: str) -> None:
    logits, truths = drawn(0, rows=60, labels=3)
    values: dict[str, object] = {"truths": truths, "texts": ["x"] * 60, "threshold": 0.5} | changes
    with pytest.raises(InputError, match=message):
        build_multi_label_report(logits, labels=list("abc"), **values)  # type: ignore[arg-type]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_intervals_hold_what_they_are_of(seed: int) -> None:
    logits, truths = drawn(seed, rows=80, labels=3)
    found = metrics.overall(truths, logits >= 0)
    assert found.f1 == pytest.approx(
        f1_score(truths, logits >= 0, average="micro", zero_division=0)
    )
    if found.f1_interval is not None:
        low, high = found.f1_interval
        assert 0 <= low <= found.f1 <= high <= 1
