"""README's and docs' tables of speed and memory, from the report of one run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from typing import Final

from neurolite_bench.report.markdown import markdown_table
from neurolite_bench.report.model import CaseResult, Report, SubjectResult, Verdict
from neurolite_bench.report.tables import Cell, Table, shown_number
from neurolite_bench.verdicts import added_mb, judged_case, start_ms
from neurolite_core.network.config import PRESETS
from neurolite_core.text.markdown import escape_markdown, filled_prose

_MILLION: Final = 1e6
_SHORT: Final = "8 words"
_MIDDLE: Final = "32 words"
_BATCH: Final = "batch of 32"
_RATIO_TO: Final = "BERT-base int8"
_DEPLOYED: Final = "int8"
_ONNX: Final = "onnx"
_SUMMARY: Final = (
    *("tiny c int8", "tiny onnx int8", "tiny onnx int8, native op", "tiny litert int8"),
    *("tiny executorch int8", "small c int8", "small onnx int8", "base c int8", "base onnx int8"),
    *("BERT-base int8", "DistilBERT int8", "MobileBERT int8", "fastText"),
)
_SUMMARY_COLUMNS: Final = (
    *("", "MB", "RAM, MB", "cold start, ms", "256 words, ms"),
    f"{_RATIO_TO} takes, times",
)
_NATIVE_OP: Final = ", native op"


def summary_table(report: Report) -> str:
    """README's rows: each preset in C and in onnxruntime, tiny in every runtime, and what they stand in for."""
    return _table(
        [s for s in report.subjects if s.name in _SUMMARY],
        [column for column in _columns(report) if column[0] in _SUMMARY_COLUMNS],
    )


def deployed_table(report: Report) -> str:
    """What is shipped, int8, beside the peers: a row each."""
    subjects = [s for s in report.subjects if s.role == "peer" or _is_deployed(s)]
    return _table(subjects, _columns(report))


def all_table(report: Report) -> str:
    """Every artifact that was measured, all precisions."""
    return _table([s for s in report.subjects if s.role == "artifact"], _columns(report))


def promises_table(report: Report) -> str:
    """Every promise and how onnxruntime keeps it, presets side by side; then what else misses one."""
    subjects = {subject.name: subject for subject in report.subjects}
    plain = [v for v in report.verdicts if not v.subject.endswith(_NATIVE_OP)]
    shown = [v for v in plain if subjects[v.subject].kind == _ONNX and not _is_growth(v)]
    presets = [name for name in PRESETS if any(v.preset == name for v in shown)]
    names = dict.fromkeys((v.quantity, subjects[v.subject].precision or "") for v in shown)
    rows = []
    for quantity, precision in names:
        found = {
            v.preset: v
            for v in shown
            if (v.quantity, subjects[v.subject].precision) == (quantity, precision)
        }
        cells = (Cell(_kept(found.get(preset))) for preset in presets)
        rows.append((Cell(f"{quantity}, {precision}"), *cells))
    growth = next(filter(_is_growth, report.verdicts), None)
    if growth is not None and report.growth is not None:
        lengths = f"{report.growth['from_words']} to {report.growth['to_words']:,} words"
        rows.append((Cell(f"growth exponent, {lengths}, worst preset"), Cell(_kept(growth))))
    rows = [(*row, *[Cell("-")] * (1 + len(presets) - len(row))) for row in rows]
    columns = ("promise", *presets)
    table = markdown_table(Table("", "", columns, (False, *[True] * len(presets)), tuple(rows)))
    missed = [v for v in plain if v.met is False and v not in shown]
    others = "; ".join(f"{v.subject}: {v.quantity} {_kept(v)}" for v in missed) or "nothing"
    return f"{table}\n\n{filled_prose(f'Missed by other files: {escape_markdown(others)}.')}"


def _is_growth(verdict: Verdict) -> bool:
    return verdict.quantity == "growth exponent"


def _kept(verdict: Verdict | None) -> str:
    if verdict is None:
        return "-"
    bound = "≤" if verdict.at_most else "≥"
    wanted = f"{bound} {shown_number(verdict.wanted)} {verdict.unit}".strip()
    if verdict.measured is None:
        return f"not measured ({wanted})"
    mark = "✅" if verdict.met else "❌"
    return f"{mark} {shown_number(verdict.measured)} ({wanted})"


def footer(report: Report) -> str:
    """Where and when."""
    device, repeats = report.device, report.options["repeats"]
    text = (
        f"{device['processor']}, {device['logical_cores']} cores, {report.started_at[:10]}. Medians of "
        f"{repeats} fresh processes each; at 256 words they lie {_apart(report):.0%} apart (median over artifacts)."
    )
    doubts = report.warnings
    noise = f" Its JSON holds {len(doubts)} warnings about the machine." if doubts else ""
    return filled_prose(text + noise)


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
    rows = tuple(
        tuple(Cell(value(subject)) for _, value in columns)
        for subject in subjects
        if subject.not_timed is None
    )
    names = tuple(name for name, _ in columns)
    right = tuple(number > 0 for number in range(len(columns)))
    return markdown_table(Table("", "", names, right, rows))


def _case(subject: SubjectResult, name: str) -> CaseResult | None:
    return next((case for case in subject.cases if case.case.name == name), None)


def _p50(subject: SubjectResult, name: str) -> str:
    found = _case(subject, name)
    return "-" if found is None else f"{found.summary.p50_ms:.2f}"


def _interval(found: CaseResult | None) -> str:
    if found is None:
        return "-"
    low, high = found.summary.interval_ms
    return f"{found.summary.p50_ms:.2f} ({low:.2f} to {high:.2f})"


def _throughput(subject: SubjectResult) -> str:
    found = _case(subject, _BATCH)
    return "-" if found is None else f"{1e3 * found.case.batch / found.summary.p50_ms:,.0f}"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _apart(report: Report) -> float:
    """Range of the medians of an artifact's fresh processes over their median; median of that."""
    found = []
    for subject in report.subjects:
        case = judged_case(subject) if subject.role == "artifact" else None
        if case is not None:
            medians = case.summary.repeat_medians_ms
            found.append((max(medians) - min(medians)) / median(medians))
    return median(found) if found else 0.0
