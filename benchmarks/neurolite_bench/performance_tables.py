"""README's and docs' tables of speed and memory, from the report of one run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from typing import Final

from neurolite_bench.report.model import CaseResult, Report, SubjectResult, Verdict
from neurolite_bench.verdicts import added_mb, judged_case, start_ms

_MILLION: Final = 1e6
_SHORT: Final = "8 words"
_MIDDLE: Final = "32 words"
_BATCH: Final = "batch of 32"
_RATIO_TO: Final = "BERT-base int8"
_DEPLOYED: Final = "int8"


def deployed_table(report: Report) -> str:
    """What is shipped, int8, beside the peers: a row each."""
    subjects = [s for s in report.subjects if s.role == "peer" or _is_deployed(s)]
    return _table(subjects, _columns(report))


def all_table(report: Report) -> str:
    """Every artifact that was measured, all precisions."""
    return _table([s for s in report.subjects if s.role == "artifact"], _columns(report))


def verdict_table(report: Report) -> str:
    """The promises, a row each, with what was measured for every artifact in onnxruntime."""
    shown = [verdict for verdict in report.verdicts if " onnx" in verdict.subject]
    shown += [verdict for verdict in report.verdicts if verdict.quantity == "growth exponent"]
    lines = ["| target | wanted | measured | margin | |", "|---|---|---|---|---|"]
    lines += [_verdict_row(verdict) for verdict in dict.fromkeys(shown)]
    return "\n".join(lines)


def footer(report: Report) -> str:
    """Where and when."""
    device = report.device
    text = (
        f"{device['processor']}, {device['logical_cores']} cores, {report.options['repeats']} fresh processes each, "
        f"{report.started_at[:10]}."
    )
    doubts = [warning.partition(".")[0] for warning in report.warnings]
    return text + (f" {len(doubts)} warnings of this run are in its JSON." if doubts else "")


def _is_deployed(subject: SubjectResult) -> bool:
    return subject.role == "artifact" and subject.precision == _DEPLOYED


Column = tuple[str, Callable[[SubjectResult], str]]


def _columns(report: Report) -> Sequence[Column]:
    reference = next((s for s in report.subjects if s.name == _RATIO_TO), None)

    def ratio(subject: SubjectResult) -> str:
        ours = judged_case(subject)
        theirs = None if reference is None else judged_case(reference)
        if ours is None or theirs is None:
            return "-"
        quotient = theirs.summary.p50_ms / ours.summary.p50_ms
        return f"{quotient:.0f}" if quotient >= 10 else f"{quotient:.1f}"

    return (
        ("", lambda s: s.name),
        ("MB", lambda s: f"{s.size_bytes / _MILLION:.2f}"),
        ("RAM, MB", lambda s: _number(added_mb(s), 1)),
        ("cold start, ms", lambda s: _number(start_ms(s), 0)),
        (_SHORT, lambda s: _p50(s, _SHORT)),
        (_MIDDLE, lambda s: _p50(s, _MIDDLE)),
        ("256 words, ms", lambda s: _interval(judged_case(s))),
        ("p99", lambda s: _number(None if (c := judged_case(s)) is None else c.summary.p99_ms, 2)),
        ("texts a second, batch of 32", lambda s: _throughput(s)),
        ("hash", lambda s: "-" if s.hash_share is None else f"{s.hash_share:.0%}"),
        (f"{_RATIO_TO} takes, times", ratio),
    )


def _table(subjects: Sequence[SubjectResult], columns: Sequence[Column]) -> str:
    lines = [
        "| " + " | ".join(name for name, _ in columns) + " |",
        "|" + "---|" * len(columns),
    ]
    lines += [
        "| " + " | ".join(value(subject) for _, value in columns) + " |"
        for subject in subjects
        if subject.not_timed is None
    ]
    return "\n".join(lines)


def _case(subject: SubjectResult, name: str) -> CaseResult | None:
    return next((case for case in subject.cases if case.case.name == name), None)


def _p50(subject: SubjectResult, name: str) -> str:
    found = _case(subject, name)
    return "-" if found is None else f"{found.summary.p50_ms:.2f}"


def _interval(found: CaseResult | None) -> str:
    if found is None:
        return "-"
    low, high = found.summary.interval_ms
    return f"**{found.summary.p50_ms:.2f}** ({low:.2f} to {high:.2f})"


def _throughput(subject: SubjectResult) -> str:
    found = _case(subject, _BATCH)
    return "-" if found is None else f"{1e3 * found.case.batch / found.summary.p50_ms:,.0f}"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _verdict_row(verdict: Verdict) -> str:
    bound = "at most" if verdict.at_most else "at least"
    wanted = f"{bound} {verdict.wanted:.3g} {verdict.unit}".strip()
    if verdict.measured is None or verdict.margin is None:
        return f"| {verdict.subject}: {verdict.quantity} | {wanted} | - | - | not measured |"
    met = "met" if verdict.met else "**missed**"
    return (
        f"| {verdict.subject}: {verdict.quantity} | {wanted} | {verdict.measured:.3g} {verdict.unit} "
        f"| {verdict.margin:+.0%} | {met} |"
    )


def spread_over_repeats(report: Report) -> float:
    """Median over all artifacts of how far the medians of their fresh processes lie apart."""
    found = []
    for subject in report.subjects:
        case = judged_case(subject) if subject.role == "artifact" else None
        if case is not None:
            medians = case.summary.repeat_medians_ms
            found.append((max(medians) - min(medians)) / median(medians))
    return median(found)
