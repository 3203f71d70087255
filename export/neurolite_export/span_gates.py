"""The gates of files that find spans: as those of labels, on the spans of texts."""

from __future__ import annotations

from typing import Final

from neurolite_export.contents import Contents
from neurolite_export.gate_results import GateResult, near, points, range_of, shown
from neurolite_export.parity import ParityReport
from neurolite_export.proof import prove_drawn_loss, prove_share
from neurolite_export.span_parity import SAME_SPANS

MIN_SAME_SPANS: Final = 0.99
MAX_SPAN_LOSS: Final = 0.005
SPAN_LOSS: Final = "span F1 loss"


def same_spans(report: ParityReport, _: Contents) -> GateResult | None:
    """Whether all but a few texts have the spans that the reference finds."""
    if report.spans is None:
        return None
    total = report.spans.texts
    same = total - report.spans.disagreements
    proof = prove_share(same, total, MIN_SAME_SPANS)
    low, high = proof.interval
    share = f"at least {low:.2%}" if same == total else f"{low:.2%} to {high:.2%}"
    found = f"{same:,} of {total:,} texts, {share}"
    return shown(SAME_SPANS, proof, found, f"at least {MIN_SAME_SPANS:.0%}")


def span_loss(report: ParityReport, _: Contents) -> GateResult | None:
    """Whether spans are found nearly as well; of texts whose spans are known."""
    spans = report.spans
    if spans is None or spans.loss_interval is None:
        return None
    assert spans.f1_reference is not None and spans.f1_artifact is not None  # noqa: S101, PT018  # as the interval
    loss = spans.f1_reference - spans.f1_artifact
    proof = prove_drawn_loss(
        loss, spans.loss_interval, spans.loss_error, spans.labelled, MAX_SPAN_LOSS
    )
    found = (
        f"{points(loss)} of {100 * spans.f1_reference:.2f}, {range_of(spans.loss_interval)}, on {spans.spans:,} spans of "
        f"{spans.labelled:,} texts"
    )
    return shown(SPAN_LOSS, proof, found, f"at most {MAX_SPAN_LOSS * 100:.1f} point")


def near_same_spans(report: ParityReport, contents: Contents) -> GateResult | None:
    """Of float32."""
    found = same_spans(report, contents)
    return None if found is None else near(found)


def near_span_loss(report: ParityReport, contents: Contents) -> GateResult | None:
    """Of float32."""
    found = span_loss(report, contents)
    return None if found is None else near(found)
