"""Certificate, training report and benchmark are whole at 400 and at 1,200 pixels, with the longest names."""

from __future__ import annotations

import copy
import dataclasses
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from bench.reports import small_report
from neurolite_bench.report.page import render_page as render_benchmark
from neurolite_core.answer.snapped import Lost, Snapped, SnapReport
from neurolite_core.answer.spans import WordSpan
from neurolite_core.evaluation.multi_label.comparison import GivenSets, compare_sets
from neurolite_core.evaluation.multi_label.report import build_multi_label_report
from neurolite_core.evaluation.report import build_report
from neurolite_core.evaluation.report_files import write_report
from neurolite_core.evaluation.spans.part import build_spans_part
from neurolite_core.evaluation.spans.report import build_spans_report
from neurolite_export.certificate_page import render_page as render_certificate
from neurolite_export.targets import TARGETS
from pages.browser import CHROMIUM, measure

WIDTHS: Final = (400, 1_200)
WORD: Final = "w" * 300
LABELS: Final = ("SearchScreeningEvent", "book a table for two at a restaurant", WORD[:60])


def certificate(exported: Path) -> str:
    """That of an export, and a row for each target with the widest figures there are."""
    path = exported.with_name("neurolite-tiny.certificate.json")
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    row = next(row for row in found["files"] if row["file"] == exported.name)
    for number, name in enumerate(TARGETS):
        wide = copy.deepcopy(row) | {"target": name, "file": f"neurolite-{WORD}-{number}"}
        wide |= {"verdict": "refused", "size_bytes": 134_561_234}
        wide["parity"] |= {
            "indices": 67_000_000, "indices_different": 66_999_999, "sqnr_db": -123.4,
            "accuracy_reference": 1.0, "accuracy_artifact": 0.98765, "worst_text": WORD,
        }  # fmt: skip
        wide["contents"]["delegation"] = {
            "backend": "XnnpackBackend", "delegated": 12_345, "total": 12_357, "left": {WORD: 12},
        }  # fmt: skip
        found["files"].append(wide)
    return render_certificate(found)


def training(folder: Path) -> str:
    rng = np.random.default_rng(0)
    truth = np.arange(60) % len(LABELS)
    logits = rng.normal(size=(60, len(LABELS))).astype(np.float32)
    texts = [f"{number} {WORD}" for number in truth]
    facts = {"command": WORD, "history": []}
    report = build_report(logits, truth, texts, LABELS, threshold=0.5, training=facts)
    return (write_report(report, folder) / "report.html").read_text("utf-8")


def several_labels(folder: Path) -> str:
    """A training's report of several labels a text, beside another model, with a history."""
    rng = np.random.default_rng(0)
    truths = rng.random((60, len(LABELS))) < 0.5
    logits = rng.normal(size=(60, len(LABELS))).astype(np.float32)
    texts = [f"{number} {WORD}" for number in range(60)]
    names = [tuple(np.array(LABELS)[row].tolist()) for row in truths]
    against = compare_sets(
        GivenSets(LABELS, logits >= 0), GivenSets(LABELS, ~truths), names, texts, WORD
    )
    chosen = {"cross_fitted": 60, "together": list(LABELS), "together_texts": 12}
    history = [{"epoch": number, "loss": 1 / number, "micro_f1": 0.5} for number in (1, 2)]
    report = build_multi_label_report(
        logits,
        np.concatenate([truths, truths[:, :1]], axis=1),
        texts,
        LABELS,
        threshold=0.5,
        thresholds=np.full(len(LABELS), 0.123),
        out_of_scope_logits=logits,
        training={"command": WORD, "history": history, "thresholds": chosen},
        against=against,
        unseen=[WORD[:50]],
    )
    return (write_report(report, folder) / "report.html").read_text("utf-8")


def spans_alone(folder: Path) -> str:
    """A report of spans with the widest words there are."""
    snapped = Snapped(1_234_567, WORD, WORD[:60], WORD, WORD)
    lost = Lost(7, WORD, WORD[:60], WORD, "it holds no word")
    part = build_spans_part(
        [[WordSpan(0, 1, 0), WordSpan(1, 2, 1)]] * 60,
        [[WordSpan(0, 1, 1), WordSpan(1, 2, 1)]] * 60,
        [[0.5, 1.0]] * 60,
        [f"{number}-{WORD} {WORD}" for number in range(60)],
        (WORD[:60], "entity_name"),
        snapping=SnapReport(1_234_567, 1_234_565, 1, 1, 1_000_000, (snapped,), (lost,)),
        labels_right=np.ones(60, np.bool_),
    )
    report = build_spans_report(part, 60, training={"command": WORD, "history": []})
    return (write_report(report, folder) / "report.html").read_text("utf-8")


def benchmark() -> str:
    report = small_report()
    first = dataclasses.replace(report.subjects[0], name=WORD, runtime=WORD, settings={WORD: WORD})
    return render_benchmark(
        dataclasses.replace(
            report,
            subjects=(first, *report.subjects[1:]),
            warnings=(WORD, "hot"),
            command=("neurolite-bench", WORD),
        )
    )


@pytest.fixture(scope="module")
def pages(tiny_int8: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return {
        "certificate": certificate(tiny_int8),
        "training": training(tmp_path_factory.mktemp("training")),
        "several labels": several_labels(tmp_path_factory.mktemp("several")),
        "spans": spans_alone(tmp_path_factory.mktemp("spans")),
        "benchmark": benchmark(),
    }


class Cells(HTMLParser):
    """Tables without the class that makes cards of their rows, and cells that would lose their column's name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.seen = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "table" and found.get("class") != "stacked":
            self.wrong.append(str(self.getpos()))
        if tag == "tr":
            self.seen = 0
        if tag == "td":
            self.seen += 1
            if self.seen > 1 and "data-name" not in found:
                self.wrong.append(str(self.getpos()))


def test_rows_can_become_cards(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        assert "<table" in page, name
        assert not Cells(page).wrong, name
        assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page
        assert "prefers-color-scheme: dark" in page
    assert Cells("<table><tr><td>a</td><td>b</td></tr></table>").wrong == ["(1, 0)", "(1, 21)"]


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
def test_nothing_is_cut(pages: dict[str, str], tmp_path: Path) -> None:
    too_wide = f"<body><div style='overflow: hidden'><p style='width: 500px'>{WORD}</p></div>"
    found = measure({**pages, "too wide": too_wide}, WIDTHS, tmp_path)
    assert found.pop("too wide at 400")["cut"]
    assert found.pop("too wide at 1200")["cut"]
    assert len(found) == len(pages) * len(WIDTHS)
    assert found == {name: {"wide": found[name]["wide"], "cut": []} for name in found}
    assert max(row["wide"] for row in found.values()) <= 0
