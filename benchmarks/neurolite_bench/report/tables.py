"""What a report says, as tables of plain text: terminal, Markdown and HTML show the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from neurolite_bench.report.model import (
    CaseResult,
    InApp,
    MemoryUse,
    Report,
    SubjectResult,
    Verdict,
)
from neurolite_bench.verdicts import added_mb, start_ms
from neurolite_core.text.markdown import one_line

GOOD: Final = "good"
BAD: Final = "bad"
UNKNOWN: Final = "unknown"
NOTHING: Final = "-"
_MB: Final = 1e6
_ITEMS: Final = 8


@dataclass(frozen=True, slots=True)
class Cell:
    """A text on one line, and its tone: "", "good", "bad" or "unknown"."""

    text: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        title: without a full stop.
        note: how to read it; may be empty.
        columns: their heads.
        numbers: for each column, whether it holds numbers.
        rows: a cell for each column.
    """

    title: str
    note: str
    columns: tuple[str, ...]
    numbers: tuple[bool, ...]
    rows: tuple[tuple[Cell, ...], ...]


def tables_of(report: Report) -> tuple[Table, ...]:
    """All tables that have a row, the most important ones first."""
    tables = (
        verdict_table(report.verdicts),
        *_case_tables(report),
        _size_table(report),
        _memory_table(report),
        _app_table(report),
        _answer_table(report),
        _missing_table(report),
    )
    return tuple(table for table in tables if table.rows)


def headline(report: Report) -> str:
    """Such as ``7 of 8 targets met, 1 missed``."""
    met, missed, unknown = (
        sum(v.met is state for v in report.verdicts) for state in (True, False, None)
    )
    if not report.verdicts:
        return f"{len(report.subjects)} measured, no target applies"
    parts = [f"{met} of {len(report.verdicts)} targets met"]
    parts += [f"{missed} missed"] if missed else []
    parts += [f"{unknown} not measured"] if unknown else []
    return ", ".join(parts) + (" (interrupted: not all was measured)" if report.interrupted else "")


def warnings_line(warnings: Sequence[str]) -> str:
    """All warnings on one line: the only one, or how many there are and the first's sentence; empty without one."""
    if len(warnings) < 2:
        return "".join(map(one_line, warnings))
    first = one_line(warnings[0]).partition(". ")[0].rstrip(".")
    return f"{len(warnings)} warnings about noise and the machine, the first: {first}."


def verdict_table(verdicts: Sequence[Verdict]) -> Table:
    """Targets met and missed."""
    rows = tuple(
        (
            _cell(verdict.subject),
            _cell(verdict.quantity),
            _cell(f"{'≤' if verdict.at_most else '≥'} {_with_unit(verdict.wanted, verdict.unit)}"),
            _cell(
                NOTHING
                if verdict.measured is None
                else _with_unit(verdict.measured, verdict.unit) + shown_interval(verdict.interval)
            ),
            _verdict_cell(verdict),
            _cell(NOTHING if verdict.margin is None else f"{verdict.margin:+.0%}"),
        )
        for verdict in verdicts
    )
    return Table(
        "Targets",
        "The margin is how far inside its limit a figure is. MB are 10^6 bytes; in brackets, 95 % intervals.",
        ("subject", "quantity", "target", "measured", "verdict", "margin"),
        (False, False, True, True, False, True),
        rows,
    )


def facts_of(report: Report) -> tuple[tuple[str, str], ...]:
    """How it was measured: command, device, conditions, texts and options, as names and values."""
    facts = [
        ("command", " ".join(report.command)),
        ("started", report.started_at),
        ("took", f"{report.seconds:,.0f} s" + (", interrupted" if report.interrupted else "")),
    ]
    parts = {
        "device": report.device,
        "conditions": report.conditions,
        "texts": report.texts,
        "options": report.options,
    }
    for name, part in parts.items():
        facts += _flat(part, name)
    return tuple((one_line(name), one_line(value)) for name, value in facts)


def shown_number(value: float) -> str:
    """Three figures or so, and never an exponent for people's sizes."""
    size = float(f"{abs(value):.3g}")
    for least, form in ((100, ",.0f"), (10, ".1f"), (1, ".2f"), (0.01, ".3f")):
        if size >= least:
            return format(value, form)
    return f"{value:.2g}"


def shown_interval(interval: tuple[float, float] | None) -> str:
    """Such as `` (1.20 to 1.31)``; empty where there is none."""
    if interval is None:
        return ""
    return f" ({shown_number(interval[0])} to {shown_number(interval[1])})"


def _size_table(report: Report) -> Table:
    return _subject_table(
        report,
        "Size and start",
        "Medians of the fresh processes; the runtime is imported before the clock starts.",
        {
            "file, MB": lambda s: shown_number(s.size_bytes / _MB),
            "zipped, MB": lambda s: _scaled(s.compressed_bytes),
            "parameters, M": lambda s: _scaled(s.parameters),
            "import, ms": lambda s: _middle([start.import_ms for start in s.starts]),
            "runtime's start, ms": lambda s: _middle([start.runtime_ms for start in s.starts]),
            "load, ms": lambda s: _middle([start.load_ms for start in s.starts]),
            "all to the first answer, ms": lambda s: _optional(start_ms(s)),
        },
    )


def _memory_table(report: Report) -> Table:
    return _subject_table(
        report,
        "Memory added, MB",
        "Over the process with the runtime imported and no model; medians of the fresh processes. What "
        "was written to (private dirty) is what the targets are about; the others count pages of the runtime's code.",
        {
            "private dirty": lambda s: _optional(added_mb(s)),
            "private (USS)": lambda s: _added(s, lambda use: use.added_uss),
            "shared by share (PSS)": lambda s: _added(s, lambda use: use.added_pss),
            "resident (RSS)": lambda s: _added(s, lambda use: use.added_rss),
            "at the peak": lambda s: _added(s, lambda use: use.added_peak),
        },
    )


def _app_table(report: Report) -> Table:
    return _subject_table(
        report,
        "In the app",
        "Of its one process. Memory is the whole process's, shared pages by share where the system tells.",
        {
            "opened again, ms": lambda s: _in_app(s, lambda a: _optional(a.later_load_ms)),
            "memory before, MB": lambda s: _in_app(s, lambda a: _scaled(a.memory_before)),
            "with the file open": lambda s: _in_app(s, lambda a: _scaled(a.memory_loaded)),
            "after the runs": lambda s: _in_app(s, lambda a: _scaled(a.memory_after)),
            "read by": lambda s: _in_app(s, lambda a: a.memory_source or NOTHING),
            "warmth before": lambda s: _in_app(s, lambda a: a.thermal_before or NOTHING),
            "warmth after": lambda s: _in_app(s, lambda a: a.thermal_after or NOTHING),
        },
        texts=("read by", "warmth before", "warmth after"),
    )


def _answer_table(report: Report) -> Table:
    return _subject_table(
        report,
        "What ran",
        "Hashing is its share of the time at 256 words.",
        {
            "accuracy": lambda s: NOTHING if s.accuracy is None else f"{s.accuracy:.1%}",
            "hashing": lambda s: NOTHING if s.hash_share is None else f"{s.hash_share:.0%}",
            "delegated nodes": _delegated,
            "runtime and kernels": lambda s: s.runtime or NOTHING,
            "settings": lambda s: ", ".join(f"{k} {v}" for k, v in s.settings.items()) or NOTHING,
        },
        texts=("runtime and kernels", "settings"),
    )


def _subject_table(
    report: Report,
    title: str,
    note: str,
    columns: Mapping[str, Callable[[SubjectResult], str]],
    texts: Sequence[str] = (),
) -> Table:
    """One row a subject; columns in which nobody has anything are left out."""
    shown = [subject for subject in report.subjects if subject.starts or subject.cases]
    cells = {name: [_cell(of(subject)) for subject in shown] for name, of in columns.items()}
    kept = [name for name, column in cells.items() if any(c.text != NOTHING for c in column)]
    names = [_cell(subject.name) for subject in shown]
    return Table(
        title,
        note,
        ("subject", *kept),
        (False, *(name not in texts for name in kept)),
        tuple(zip(names, *(cells[name] for name in kept), strict=True)) if kept else (),
    )


def _case_tables(report: Report) -> Iterator[Table]:
    """Times by group of cases: one row a subject, one column a case."""
    groups: dict[str, dict[str, None]] = {}
    for subject in report.subjects:
        for result in subject.cases:
            groups.setdefault(result.case.group, {})[result.case.name] = None
    for form in _FORMS:
        names = tuple(groups.get(form.group, {}))
        rows = []
        for subject in report.subjects:
            found = [result for result in subject.cases if result.case.group == form.group]
            shown = {result.case.name: form.show(result) for result in found}
            if found:
                worst = max(result.summary.spread for result in found)
                cells = (_cell(shown.get(name, NOTHING)) for name in names)
                rows.append((_cell(subject.name), *cells, Cell(f"{worst:.1%}")))
        heads = (one_line(name.removeprefix(f"{form.group}: ")) for name in names)
        columns = ("subject", *heads, "±")
        numbers = (False, *(True for _ in columns[1:]))
        yield Table(form.title, f"{form.note} {_SPREAD}", columns, numbers, tuple(rows))


def _missing_table(report: Report) -> Table:
    rows = [(r.file, "refused", BAD, r.reason) for r in report.refusals]
    for subject in report.subjects:
        if subject.failure is not None:
            rows.append((subject.name, "failed", BAD, subject.failure))
        if subject.not_timed is not None:
            rows.append((subject.name, "not timed", UNKNOWN, subject.not_timed))
    cells = tuple((_cell(n), Cell(what, tone), _cell(why)) for n, what, tone, why in rows)
    return Table("Not measured", "", ("what", "", "why"), (False, False, False), cells)


def _verdict_cell(verdict: Verdict) -> Cell:
    if verdict.met is None:
        return Cell("not measured", UNKNOWN)
    return Cell("met", GOOD) if verdict.met else Cell("missed", BAD)


def _cell(text: str) -> Cell:
    return Cell(one_line(text))


def _with_unit(value: float, unit: str) -> str:
    return f"{shown_number(value)} {one_line(unit)}".rstrip()


def _optional(value: float | None) -> str:
    return NOTHING if value is None else shown_number(value)


def _scaled(value: int | None) -> str:
    return NOTHING if value is None else shown_number(value / _MB)


def _middle(values: Sequence[float]) -> str:
    return shown_number(median(values)) if values else NOTHING


def _added(subject: SubjectResult, of: Callable[[MemoryUse], int | None]) -> str:
    return _middle([found / _MB for found in map(of, subject.memory) if found is not None])


def _in_app(subject: SubjectResult, of: Callable[[InApp], str]) -> str:
    return NOTHING if subject.in_app is None else of(subject.in_app)


def _delegated(subject: SubjectResult) -> str:
    return NOTHING if subject.delegated is None else f"{subject.delegated} of {subject.nodes} nodes"


def _flat(value: object, name: str) -> Iterator[tuple[str, str]]:
    """Names and values of nested mappings and lists."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(item, f"{name}.{key}")
    elif isinstance(value, list | tuple):
        if any(isinstance(item, Mapping | list) for item in value):
            for place, item in enumerate(value[:_ITEMS]):
                yield from _flat(item, f"{name}[{place}]")
        else:
            more = ", ..." if len(value) > _ITEMS else ""
            yield name, ", ".join(map(_plain, value[:_ITEMS])) + more
    else:
        yield name, _plain(value)


def _plain(value: object) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _percentiles(result: CaseResult) -> str:
    found = result.summary
    return " / ".join(map(shown_number, (found.p50_ms, found.p90_ms, found.p99_ms)))


def _median(result: CaseResult) -> str:
    return shown_number(result.summary.p50_ms)


def _throughput(result: CaseResult) -> str:
    return f"{1_000 * result.case.batch / result.summary.p50_ms:,.0f}"


@dataclass(frozen=True, slots=True)
class _Form:
    group: str
    title: str
    note: str
    show: Callable[[CaseResult], str]


_SPREAD: Final = "±: half the range of the medians of the fresh processes, of the worst case."
_FORMS: Final = (
    _Form("length", "Text to answer, ms", "p50 / p90 / p99 of a call.", _percentiles),
    _Form("sweep", "Over length, ms", "p50 of a call.", _median),
    _Form("batch", "Batches, texts a second", "At the p50 of a call.", _throughput),
)
