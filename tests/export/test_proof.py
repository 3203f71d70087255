"""What probes show of a limit, against scipy's intervals and against drawn samples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from neurolite_core.evaluation.spans.metrics import SpanCounts
from neurolite_core.evaluation.spans.paired import (
    f1_difference,
    f1_difference_error,
    f1_difference_interval,
)
from neurolite_export.certificate_names import NOT_PROVEN, PASSED, REFUSED
from neurolite_export.proof import Proof, prove_drawn_loss, prove_loss, prove_share


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 3_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_is_judged_by_its_exact_interval(counts: tuple[int, int]) -> None:
    count, total = counts
    low, high = binomtest(count, total).proportion_ci(method="exact")
    expected = REFUSED if high < 0.99 else PASSED if low >= 0.99 else NOT_PROVEN
    proof = prove_share(count, total, 0.99)
    assert proof.interval == pytest.approx((low, high), abs=1e-9)
    assert proof.verdict == expected


@pytest.mark.parametrize(("texts", "verdict"), [(367, NOT_PROVEN), (368, PASSED)])
def test_so_many_texts_that_all_agree_are_a_proof(texts: int, verdict: str) -> None:
    assert prove_share(texts, texts, 0.99).verdict == verdict
    assert prove_share(10, 10, 0.99).needed == 368


@settings(deadline=None, max_examples=50)
@given(st.integers(5, 2_000), st.integers(0, 5))
def test_as_many_texts_as_are_said_to_be_needed_decide(texts: int, others: int) -> None:
    proof = prove_share(texts - others, texts, 0.99)
    if proof.needed is not None:
        assert proof.verdict == NOT_PROVEN
        assert proof.needed > texts
        same = proof.needed - round(others * proof.needed / texts)
        assert prove_share(same, proof.needed, 0.99).verdict != NOT_PROVEN


@pytest.mark.parametrize(
    ("first", "second", "texts", "verdict"),
    [
        (1, 0, 200, NOT_PROVEN),  # half a point exactly
        (500, 0, 100_000, NOT_PROVEN),
        (1, 0, 75, NOT_PROVEN),
        (0, 0, 764, NOT_PROVEN),
        (0, 0, 765, PASSED),
        (0, 9, 900, PASSED),
        (6, 0, 900, NOT_PROVEN),
        (9, 0, 900, REFUSED),
        (20, 2, 900, REFUSED),
    ],
)
def test_a_loss_is_judged_by_its_paired_interval(
    first: int, second: int, texts: int, verdict: str
) -> None:
    assert prove_loss(first, second, texts, 0.005).verdict == verdict


@pytest.mark.parametrize("agreement", [0.98, 0.99, 0.995])
def test_a_wrong_verdict_is_as_rare_as_it_says(agreement: float) -> None:
    rng = np.random.default_rng(0)
    draws = rng.binomial(1_000, agreement, 2_000)
    verdicts = [prove_share(int(count), 1_000, 0.99).verdict for count in draws]
    wrong = REFUSED if agreement >= 0.99 else PASSED
    assert verdicts.count(wrong) / len(verdicts) <= 0.025


@pytest.mark.parametrize("worse", [0, 3])
def test_so_many_texts_as_are_needed_prove_a_loss_of_spans(worse: int) -> None:
    def proof_of(times: int) -> Proof:
        found = np.full(100 * times, 3)
        right = found.copy()
        right[: worse * times] = 2
        first, second = (SpanCounts(np.stack([found, found, x]), found[:0]) for x in (found, right))
        interval = f1_difference_interval(first, second)
        error = f1_difference_error(first, second)
        loss = f1_difference(first, second)
        return prove_drawn_loss(loss, interval, error, len(found), 0.02)

    proof = proof_of(1)
    assert proof.verdict == NOT_PROVEN
    assert proof.needed is not None
    assert proof_of(proof.needed // 100 + 2).verdict == PASSED
    assert proof_of(max(1, proof.needed // 100 - 2)).verdict == NOT_PROVEN
    assert prove_drawn_loss(0.03, (0.021, 0.04), 0.005, 100, 0.02).verdict == REFUSED
    assert prove_drawn_loss(0.02, (-0.01, 0.05), 0.015, 100, 0.02).needed is None
