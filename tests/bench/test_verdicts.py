"""README's promises, applied to reports whose figures are known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from bench.reports import peer, small_report, subject
from neurolite_bench.report.model import Report, SubjectResult, Verdict
from neurolite_bench.statistics import compare_medians
from neurolite_bench.verdicts import judge, judged_case, published


def _verdicts(*subjects: SubjectResult) -> dict[tuple[str, str], Verdict]:
    report = dataclasses.replace(small_report(), subjects=subjects, growth=None)
    return {(found.subject, found.quantity): found for found in judge(report)}


def test_the_data_file_says_what_the_design_promises() -> None:
    presets = published()["presets"]
    assert [
        (name, p["parameters"], p["latency_ms"], p["ram_mb"], p["size_mb"])
        for name, p in presets.items()
    ] == [
        ("tiny", 10**6, 2, 4, 1.3),
        ("small", 3 * 10**6, 5, 12, 3.6),
        ("base", 8 * 10**6, 10, 32, 9.6),
    ]
    assert [name for name, preset in presets.items() if "start_ms" in preset] == ["tiny"]
    assert published()["growth"]["exponent"] == 1.1


def test_met_and_missed_with_their_margins() -> None:
    rng = np.random.default_rng(0)
    found = _verdicts(subject(rng, "a", ram_mb=5.0, size_mb=1.04, repeats=1))
    ram, size = found["a", "RAM"], found["a", "size"]
    assert (ram.wanted, ram.measured, ram.met, ram.unit) == (4, 5.0, False, "MB")
    assert ram.margin == pytest.approx(-0.25)
    assert size.met
    assert size.margin == pytest.approx(0.2)
    parameters = found["a", "parameters"]
    assert parameters.wanted == pytest.approx(1.1)
    assert parameters.measured == pytest.approx(0.96)
    start = found["a", "cold start"]
    assert (start.measured, start.wanted) == (10.0, 60)


def test_a_promise_is_kept_to_its_last_byte() -> None:
    size = _verdicts(subject(np.random.default_rng(0), "a", size_mb=1.3))["a", "size"]
    assert (size.wanted, size.margin, size.met) == (1.3, 0, True)


def test_latency_is_the_median_of_256_words_on_one_thread() -> None:
    one = subject(np.random.default_rng(0), "a", sweep=True)
    case = judged_case(one)
    assert case is not None
    assert (case.case.words, case.case.threads, case.case.group) == (256, 1, "length")
    latency = _verdicts(one)["a", "latency"]
    samples = np.concatenate([round_ for repeat in case.samples_ns for round_ in repeat])
    assert latency.measured == pytest.approx(np.median(samples) / 1e6)
    assert latency.interval == case.summary.interval_ms


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    failed = subject(np.random.default_rng(0), "a", starts=(), memory=(), cases=(), failure="no")
    found = _verdicts(failed)
    for quantity in ("latency", "RAM", "cold start"):
        verdict = found["a", quantity]
        assert (verdict.measured, verdict.met, verdict.margin) == (None, None, None)
    assert found["a", "size"].met


def test_only_int8_artifacts_of_a_preset_are_judged() -> None:
    rng = np.random.default_rng(0)
    found = _verdicts(
        subject(rng, "float", precision="float32"),
        subject(rng, "own", preset=None),
        subject(rng, "twin", role="growth"),
        subject(rng, "small", preset="small"),
    )
    assert {name for name, _ in found} == {"small"}
    assert ("small", "cold start") not in found


def test_ratios_compare_a_precision_with_itself() -> None:
    rng = np.random.default_rng(0)
    ours = subject(rng, "int8", ms=1.0)
    ours32 = subject(rng, "float32", precision="float32", ms=2.0, ram_mb=5.0)
    bert = peer(rng, "BERT-base int8", precision="int8", ms=30.0, ram_mb=150.0)
    bert32 = peer(rng, "bert-base float32", precision="float32", ms=30.0, ram_mb=500.0)
    other = subject(rng, "in another runtime", kind="litert")
    found = _verdicts(ours, ours32, other, bert, bert32)
    latency, latency32 = (found[name, "BERT-base / latency"] for name in ("int8", "float32"))
    assert (latency.wanted, latency.at_most, latency.unit) == (22.5, False, "x")
    assert (latency.met, latency32.met) == (True, False)
    theirs, mine = judged_case(bert), judged_case(ours)
    assert theirs is not None
    assert mine is not None
    assert latency.measured == pytest.approx(theirs.summary.p50_ms / mine.summary.p50_ms)
    assert latency.margin == pytest.approx((latency.measured or 0) / 22.5 - 1)
    assert (
        latency.interval
        == compare_medians(
            mine.summary.repeat_medians_ms, theirs.summary.repeat_medians_ms
        ).interval
    )
    assert found["int8", "BERT-base / parameters"].wanted == pytest.approx(100)
    assert found["float32", "BERT-base / RAM"].wanted == 110
    assert found["float32", "BERT-base / RAM"].measured == pytest.approx(100, rel=0.01)
    assert ("int8", "BERT-base / RAM") not in found
    assert ("in another runtime", "BERT-base / latency") not in found
    assert not any(quantity.startswith("DistilBERT") for _, quantity in found)


def test_growth() -> None:
    report: Report = small_report()
    assert report.growth is not None
    verdict = next(v for v in report.verdicts if v.quantity == "growth exponent")
    assert (verdict.wanted, verdict.at_most) == (1.1, True)
    assert verdict.measured == report.growth["exponent"]
    assert verdict.interval == tuple(report.growth["interval"])


def test_nothing_to_judge_is_no_verdict() -> None:
    assert _verdicts() == {}


def test_a_promise_that_is_met_to_the_digit_is_kept() -> None:
    size = _verdicts(subject(np.random.default_rng(0), "a", size_mb=1.3))["a", "size"]
    assert (size.measured, size.wanted, size.margin) == (1.3, 1.3, 0.0)
    assert size.met
