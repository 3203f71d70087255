"""Figures of spans against seqeval, thresholds against every one there is, and what reports show of them."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Sequence
from html import unescape
from math import comb
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from seqeval.metrics import classification_report

from neurolite_bench.report.schema import (
    EVALUATION_FILE,
    SPANS_FILE,
    evaluation_schema,
    spans_schema,
)
from neurolite_core.answer.snapped import Lost, Snapped, SnapReport
from neurolite_core.answer.spans import WordSpan, spans_of, tag_names
from neurolite_core.evaluation.bootstrap import micro_f1_interval
from neurolite_core.evaluation.multi_label.report import build_multi_label_report
from neurolite_core.evaluation.report import build_report
from neurolite_core.evaluation.report_files import WrittenReport, read_values, write_report
from neurolite_core.evaluation.spans.metrics import count_spans, macro_f1, overall, type_figures
from neurolite_core.evaluation.spans.part import SpansPart, build_spans_part
from neurolite_core.evaluation.spans.report import build_spans_report
from neurolite_core.evaluation.spans.thresholds import LEVEL, choose_span_thresholds
from neurolite_core.ground.errors import InputError
from texts import ROOT

TYPES = ("date", "per-son", "size")
NAMES = tag_names(TYPES)
Tags = list[list[int]]


@st.composite
def tagged(draw: st.DrawFn) -> tuple[Tags, Tags]:
    """Tags of some texts, and others that are the same here and there."""
    sizes = draw(st.lists(st.integers(1, 8), min_size=1, max_size=6))
    tag = st.integers(0, len(NAMES) - 1)
    true = [draw(st.lists(tag, min_size=size, max_size=size)) for size in sizes]
    found = [[draw(st.just(own) | tag) for own in row] for row in true]
    return true, found


def spans(tags: Tags) -> list[list[WordSpan]]:
    return [spans_of(row) for row in tags]


def of_seqeval(true: Tags, found: Tags) -> dict[str, Any]:
    """What seqeval says, by type and together; it has no words for texts without any span."""
    names = [[[NAMES[tag] for tag in row] for row in tags] for tags in (true, found)]
    if not any(map(any, true + found)):
        return {}
    report: dict[str, Any] = classification_report(*names, output_dict=True, zero_division=0)
    return report


@settings(deadline=None)
@given(both=tagged())
def test_figures_are_those_of_seqeval(both: tuple[Tags, Tags]) -> None:
    true, found = both
    counts = count_spans(spans(true), spans(found), 3)
    figures = type_figures(counts, TYPES, (0.0, 0.5, 0.0))
    report = of_seqeval(true, found)
    for row in figures:
        wanted = report.get(row.type, {"precision": 0, "recall": 0, "f1-score": 0, "support": 0})
        assert (row.precision, row.recall, row.spans) == (
            wanted["precision"],
            wanted["recall"],
            wanted["support"],
        )
        assert row.f1 == pytest.approx(wanted["f1-score"], abs=1e-15)
    if wanted := report.get("micro avg"):
        micro = overall(counts)
        assert (micro.precision, micro.recall) == (wanted["precision"], wanted["recall"])
        assert micro.f1 == pytest.approx(wanted["f1-score"], abs=1e-15)
        assert micro.spans == wanted["support"]
        assert macro_f1(figures) == pytest.approx(report["macro avg"]["f1-score"], abs=1e-15)
    whole = [spans_of(a) == spans_of(b) for a, b in zip(true, found, strict=True)]
    assert counts.whole.tolist() == whole


def test_lost_spans_count_as_missed() -> None:
    one = [[WordSpan(0, 1, 0)], []]
    counts = count_spans(one, one, 3, [(2,), ()])
    assert counts.by_type.tolist() == [[1, 0, 1], [1, 0, 0], [1, 0, 0]]
    assert counts.whole.tolist() == [False, True]
    assert overall(counts).recall == 0.5


def test_counts_that_cannot_be() -> None:
    one = [[WordSpan(0, 1, 3)]]
    with pytest.raises(InputError, match="numbers go from 3 to 3; give 0 to 2"):
        count_spans(one, one, 3)
    with pytest.raises(InputError, match="1 texts have true spans, 0 found ones"):
        count_spans(one, [], 3)


def test_the_interval_is_that_of_drawn_texts() -> None:
    rng = np.random.default_rng(2)
    right = rng.integers(0, 4, 300)
    size = 2 * right + rng.integers(0, 2, 300)
    low, high = micro_f1_interval(right, size) or (0.0, 0.0)
    drawn = rng.integers(0, 300, (4_000, 300))
    f1 = 2 * right[drawn].sum(axis=1) / size[drawn].sum(axis=1)
    middle = 2 * right.sum() / size.sum()
    ends = 2 * middle - np.percentile(f1, (97.5, 2.5))
    assert (low, high) == pytest.approx(tuple(ends), abs=2e-3)
    assert micro_f1_interval(right[:6], size[:6]) is None


def f1_at(threshold: float, true: int, found: Sequence[tuple[float, bool]]) -> float:
    kept = [hit for score, hit in found if score >= threshold]
    return 2 * sum(kept) / max(len(kept) + true, 1)


@settings(deadline=None)
@given(
    own=st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=40),
    missed=st.integers(0, 5),
)
def test_thresholds_are_the_best_of_all_that_clearly_gain(
    own: list[tuple[int, bool]], missed: int
) -> None:
    scored = [(score / 12, hit) for score, hit in own]
    # One text each; a wrong span stands where the text has none.
    truths = [[WordSpan(0, 1, 1)] if hit else [] for _, hit in scored] + [
        [WordSpan(0, 1, 1)]
    ] * missed
    found = [[WordSpan(0, 1, 1)] for _ in scored] + [[]] * missed
    scores = [[score] for score, _ in scored] + [[]] * missed
    thresholds = choose_span_thresholds(truths, found, scores, 3)
    assert (thresholds[0], thresholds[2]) == (0.0, 0.0)
    true = sum(hit for _, hit in scored) + missed
    able = [0.0]
    for threshold in sorted({score for score, _ in scored}):
        dropped = [hit for score, hit in scored if score < threshold]
        wrong = len(dropped) - sum(dropped)
        more = range(wrong, len(dropped) + 1)
        if dropped and sum(comb(len(dropped), n) for n in more) / 2 ** len(dropped) <= LEVEL / 3:
            able.append(threshold)
    best = max(f1_at(threshold, true, scored) for threshold in able)
    assert f1_at(thresholds[1], true, scored) == pytest.approx(best)
    if thresholds[1]:
        assert best > f1_at(0.0, true, scored)
        assert min(abs(thresholds[1] - score) for score, _ in scored) == pytest.approx(1 / 24) or (
            min(abs(thresholds[1] - score) for score, _ in scored) > 1 / 24
        )
        assert any(score >= thresholds[1] for score, _ in scored)


def test_scores_that_cannot_be() -> None:
    one = [[WordSpan(0, 1, 0)]]
    with pytest.raises(InputError, match=r"A span's score is 1\.5; give 0 to 1"):
        choose_span_thresholds(one, one, [[1.5]], 3)
    with pytest.raises(InputError, match="A span's score is nan"):
        choose_span_thresholds(one, one, [[float("nan")]], 3)
    with pytest.raises(InputError, match="1 spans of a text have 0 scores"):
        choose_span_thresholds(one, one, [[]], 3)
    with pytest.raises(InputError, match="give one list for each text"):
        choose_span_thresholds(one, one, [], 3)


HOSTILE = "[x](javascript:alert(1)) <script>alert(1)</script> |*_`\x1b[31m"
SNAPS = SnapReport(
    spans=7,
    exact=4,
    snapped=2,
    lost=1,
    behind=1,
    examples=(Snapped(3, HOSTILE, "size", "x](", "[x]("),),
    lost_examples=(Lost(4, "7am", "size", "am", "another span has its words"),),
)


def part(*, labels: bool = False, hostile: bool = False) -> SpansPart:
    text = HOSTILE if hostile else "at half past seven"
    texts = [text, "Zoë at 7", "nothing", "big \ud800 one"]
    truths = [
        [WordSpan(1, 2, 0), WordSpan(2, 4, 2)],
        [WordSpan(0, 1, 1), WordSpan(2, 3, 0)],
        [],
        [WordSpan(0, 1, 2), WordSpan(1, 3, 1)],
    ]
    found = [[WordSpan(1, 2, 0), WordSpan(2, 3, 1)], truths[1], [], [WordSpan(0, 1, 2)]]
    scores = [np.array([0.75, 0.5], np.float32).tolist(), [0.5, 1.0], [], [1.0]]
    return build_spans_part(
        truths,
        found,
        scores,
        texts,
        TYPES,
        thresholds=(0.0, 0.25, 0.0),
        lost=[(), (), (2,), ()],
        snapping=SNAPS,
        labels_right=np.array([True, True, False, True]) if labels else None,
    )


def test_a_part_says_what_was_found_and_what_was_not() -> None:
    found = part(labels=True)
    assert (found.micro.spans, found.micro.found, found.micro.right) == (7, 5, 4)
    assert found.micro.f1 == 8 / 12
    assert found.micro.f1_interval is None  # far too few
    assert [(row.spans, row.found, row.threshold) for row in found.by_type] == [
        (2, 2, 0.0),
        (2, 2, 0.25),
        (3, 1, 0.0),
    ]
    assert found.macro_f1 == pytest.approx((1 + 0.5 + 0.5) / 3)
    assert found.whole.right == 0.25
    assert found.whole_with_label is not None
    assert found.whole_with_label.right == 0.25
    assert part().whole_with_label is None
    assert [row.row for row in found.mistakes] == [0, 2, 3]
    assert found.mistakes_total == 3
    first = found.mistakes[0]
    assert [(s.text, s.type, s.start, s.score) for s in first.right] == [("half", "date", 3, 0.75)]
    assert [(s.text, s.type, s.end, s.score) for s in first.missed] == [
        ("past seven", "size", 18, None)
    ]
    assert [(s.text, s.type, s.score) for s in first.wrong] == [("past", "per-son", 0.5)]
    assert [s.text for s in found.mistakes[2].missed] == ["\ud800 one"]


def reports(folder: Path, *, hostile: bool = False) -> dict[str, WrittenReport]:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(4, 3)).astype(np.float32)
    texts = [f"text {n}" for n in range(4)]
    single = build_report(logits, np.array([0, 1, 2, 0]), texts, list("abc"), threshold=None)
    several = build_multi_label_report(logits, logits > 0.3, texts, list("abc"), threshold=0.5)
    own = part(labels=True, hostile=hostile)
    alone = build_spans_report(
        part(hostile=hostile), 4, training={"history": [{"epoch": 1, "f1": 0.5}], "seed": 3}
    )
    found: dict[str, WrittenReport] = {
        "single": dataclasses.replace(single, spans=own),
        "several": dataclasses.replace(several, spans=own),
        "alone": alone,
        "without": single,
    }
    for name, report in found.items():
        write_report(report, folder / name, pictures=name == "alone")
    return found


def test_reports_are_written_and_read(tmp_path: Path) -> None:
    reports(tmp_path)
    for name in ("single", "several", "alone"):
        values = read_values(tmp_path / name / "report.json")
        assert values["spans"]["micro"]["f1"] == 8 / 12
        assert values["spans"]["snapping"]["examples"][0]["line"] == 3
        markdown = (tmp_path / name / "report.md").read_text("utf-8")
        page = (tmp_path / name / "report.html").read_text("utf-8")
        assert "| micro-F1 of spans | 0.667, precision 0.800, recall 0.571 |" in markdown
        assert "| size | 1.000 | 0.333 | 0.8% to 90.6% | 0.500 | 3 | 1 | 0.000 |" in markdown
        assert "| past seven (size) | past (per-son 0.50) | half (date 0.75) |" in markdown
        assert "4 of 7; 2 were brought onto whole words, 1 stand for no words" in markdown
        assert "| 4 | size | am | none: another span has its words | 7am |" in markdown
        assert "past seven (size)" in page
        with_label = "all spans and the label right"
        assert (with_label in markdown, with_label in page) == (name != "alone",) * 2
    assert (tmp_path / "alone" / "learning.png").is_file()
    assert "learning.png" in (tmp_path / "alone" / "report.md").read_text("utf-8")


def test_reports_without_spans_do_not_name_them(tmp_path: Path) -> None:
    reports(tmp_path)
    assert "spans" not in read_values(tmp_path / "without" / "report.json")
    for name in ("report.md", "report.html"):
        assert "pans" not in re.sub(
            r"</?span>", "", (tmp_path / "without" / name).read_text("utf-8")
        )


def test_hostile_texts_are_only_text(tmp_path: Path) -> None:
    reports(tmp_path, hostile=True)
    for name in ("single", "several", "alone"):
        markdown = (tmp_path / name / "report.md").read_text("utf-8")
        page = (tmp_path / name / "report.html").read_text("utf-8")
        shown = MarkdownIt("commonmark").enable("table").render(markdown)
        assert "<script" not in shown + page
        assert "href" not in shown + page
        assert HOSTILE.replace("\x1b", " ") in unescape(shown)
        assert "\x1b" not in markdown + page
        assert HOSTILE.replace("\x1b", " ") in unescape(page)


def test_the_schemas_are_those_of_the_records(tmp_path: Path) -> None:
    reports(tmp_path)
    assert json.loads((ROOT / SPANS_FILE).read_text("utf-8")) == spans_schema(), (
        "run: python -m neurolite_bench.report.schema"
    )
    for name, schema in (
        ("alone", spans_schema()),
        ("single", evaluation_schema()),
        ("without", evaluation_schema()),
    ):
        validator = jsonschema.Draft202012Validator(schema)
        validator.check_schema(schema)
        values = json.loads((tmp_path / name / "report.json").read_text("utf-8"))
        validator.validate(values)
        values.setdefault("spans", {})["more"] = 1
        assert not validator.is_valid(values)
    assert json.loads((ROOT / EVALUATION_FILE).read_text("utf-8"))["properties"]["spans"]


def test_parts_that_cannot_be() -> None:
    one = [[WordSpan(0, 1, 0)]]
    with pytest.raises(InputError, match="There is no text"):
        build_spans_part([], [], [], [], TYPES)
    with pytest.raises(InputError, match="Spans and scores do not go together"):
        build_spans_part(one, one, [[]], ["a"], TYPES)
    with pytest.raises(InputError, match="2 texts, but spans of 1"):
        build_spans_part(one, one, [[0.5]], ["a", "b"], TYPES)
    with pytest.raises(InputError, match="2 thresholds for 3 types"):
        build_spans_part(one, one, [[0.5]], ["a"], TYPES, thresholds=(0.0, 0.5))
    with pytest.raises(InputError, match=r"labels_right is \(2,\); give \(1,\)"):
        build_spans_part(one, one, [[0.5]], ["a"], TYPES, labels_right=np.ones(2, np.bool_))
