"""Two reports beside each other: what became slower, larger or hungrier, and how surely."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, Final

from neurolite_bench.report.model import Report, SubjectResult
from neurolite_bench.report.tables import warnings_line
from neurolite_bench.statistics import compare_medians, holm
from neurolite_bench.verdicts import added_mb
from neurolite_core.ground.errors import InputError

THRESHOLD: Final = 0.05
SIGNIFICANT: Final = 0.05
# A change of memory below this is a page here or there, however large its share.
_LEAST_BYTES: Final = 100_000
_SHOWN: Final = 10
_MB: Final = 1e6
# What changes from run to run without making two runs any less comparable.
_FREE: Final = ("out", "command", "files")


@dataclass(frozen=True, slots=True)
class Change:
    """A quantity of a subject that both reports have.

    Attributes:
        subject: its name.
        quantity: the name of a case, "cold start", "RAM", "RAM at the peak" or "size".
        unit: "ms" or "bytes".
        before, after: in that unit; of times, the median of all samples.
        ratio: after / before; of times, of the geometric means of the processes' medians.
        interval: 95 % of the ratio; None where nothing is known of how the quantity varies.
        p_value: corrected for all times of the comparison; None as for ``interval``.
        verdict: "slower" or "larger", "faster" or "smaller", "same", or "unsure": beyond the threshold,
            and not surely.
    """

    subject: str
    quantity: str
    unit: str
    before: float
    after: float
    ratio: float
    interval: tuple[float, float] | None
    p_value: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A report beside an earlier one.

    Attributes:
        threshold: what is too small to matter, 0.05 for 5 %.
        changes: of all that both have.
        only_before, only_after: subjects, and "subject: case", that one of them has.
        warnings: what makes them less comparable.
    """

    threshold: float
    changes: tuple[Change, ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def regressions(self) -> tuple[Change, ...]:
        """What became slower or larger."""
        return tuple(change for change in self.changes if change.verdict in ("slower", "larger"))


def compare(before: Report, after: Report, threshold: float = THRESHOLD) -> Comparison:
    """Compares what has the same names in both.

    A time counts as changed if it differs by more than the threshold *and* Welch's test on the medians
    of the fresh processes, corrected for the number of times compared, says so (``compare_medians``);
    memory and size by the threshold alone, and memory by 100 kB at least.

    Raises:
        InputError: the threshold is not a share, or the reports have no subject in common.
    """
    if not 0 <= threshold < 1:
        raise InputError(f"threshold is {threshold}; give a share from 0 up to 1, such as 0.05.")
    old = {subject.name: subject for subject in before.subjects}
    new = {subject.name: subject for subject in after.subjects}
    common = [name for name in old if name in new]
    if not common:
        raise InputError(
            f"The reports have no subject in common: {_listed(old)} in the first, {_listed(new)} in the "
            "second. Compare reports of the same files."
        )
    times = [change for name in common for change in _times(old[name], new[name])]
    known = [place for place, change in enumerate(times) if change.p_value is not None]
    corrected = holm([times[place].p_value or 0.0 for place in known])
    for place, p_value in zip(known, corrected, strict=True):
        times[place] = replace(times[place], p_value=p_value)
    sizes = [change for name in common for change in _sizes(old[name], new[name])]
    return Comparison(
        threshold,
        tuple(_judged(change, threshold) for change in (*times, *sizes)),
        tuple(_only(old, new)),
        tuple(_only(new, old)),
        tuple(_warnings(before, after, common)),
    )


def _times(old: SubjectResult, new: SubjectResult) -> Iterator[Change]:
    cases = {result.case.name: result for result in new.cases}
    for result in old.cases:
        found = cases.get(result.case.name)
        if found is None or found.case != result.case:
            continue
        a, b = result.summary, found.summary
        difference = compare_medians(a.repeat_medians_ms, b.repeat_medians_ms)
        yield Change(
            old.name, result.case.name, "ms", a.p50_ms, b.p50_ms,
            difference.ratio, difference.interval, difference.p_value, "",
        )  # fmt: skip
    starts = [
        [s.runtime_ms + s.load_ms + s.first_answer_ms for s in subject.starts]
        for subject in (old, new)
    ]
    if all(starts) and min(*starts[0], *starts[1]) > 0:
        difference = compare_medians(*starts)
        yield Change(
            old.name, "cold start", "ms", median(starts[0]), median(starts[1]),
            difference.ratio, difference.interval, difference.p_value, "",
        )  # fmt: skip
    before, after = _later_load(old), _later_load(new)
    if before and after:
        yield Change(old.name, "later load", "ms", before, after, after / before, None, None, "")


def _later_load(subject: SubjectResult) -> float | None:
    found = subject.in_app
    return found.later_load_ms if found is not None and found.valid else None


def _sizes(old: SubjectResult, new: SubjectResult) -> Iterator[Change]:
    for quantity, of in _SIZES.items():
        a, b = of(old), of(new)
        if a is not None and b is not None and a > 0 and b > 0:
            yield Change(old.name, quantity, "bytes", a, b, b / a, None, None, "")


def _ram(subject: SubjectResult) -> float | None:
    value = added_mb(subject)
    return None if value is None else value * _MB


def _peak(subject: SubjectResult) -> float | None:
    found = [use.added_peak for use in subject.memory if use.added_peak is not None]
    return median(found) if found else None


def _in_app(subject: SubjectResult) -> float | None:
    """What the file and its answers took in an app's process."""
    found = subject.in_app
    if found is None or not found.valid:
        return None
    if found.memory_before is None or found.memory_after is None:
        return None
    return found.memory_after - found.memory_before


_SIZES: Final[Mapping[str, Callable[[SubjectResult], float | None]]] = {
    "RAM": _ram,
    "RAM at the peak": _peak,
    "memory added in the app": _in_app,
    "size": lambda subject: subject.size_bytes,
}


def _judged(change: Change, threshold: float) -> Change:
    worse = change.ratio > 1 + threshold
    better = change.ratio < 1 / (1 + threshold)
    if change.unit == "ms":
        words = ("slower", "faster")
        sure = change.p_value is not None and change.p_value < SIGNIFICANT
    else:
        words = ("larger", "smaller")
        tiny = change.quantity != "size" and abs(change.after - change.before) < _LEAST_BYTES
        worse, better, sure = worse and not tiny, better and not tiny, True
    if not worse and not better:
        return replace(change, verdict="same")
    if not sure:
        return replace(change, verdict="unsure")
    return replace(change, verdict=words[0] if worse else words[1])


def _only(these: Mapping[str, SubjectResult], others: Mapping[str, SubjectResult]) -> Iterator[str]:
    for name, subject in these.items():
        if name not in others:
            yield name
            continue
        cases = {result.case for result in others[name].cases}
        for result in subject.cases:
            if result.case not in cases:
                yield f"{name}: {result.case.name}"


def _warnings(before: Report, after: Report, common: list[str]) -> Iterator[str]:
    parts: tuple[tuple[str, Any, Any], ...] = (
        ("device", before.device, after.device),
        ("texts", before.texts, after.texts),
        ("options", before.options, after.options),
        ("CPU governor", _governors(before), _governors(after)),
    )
    for name, a, b in parts:
        yield from _differences(name, a, b)
    old = {subject.name: subject for subject in before.subjects}
    new = {subject.name: subject for subject in after.subjects}
    for name in common:
        a, b = old[name], new[name]
        if a.runtime != b.runtime:
            yield f"{name} ran in {a.runtime or '-'}, then in {b.runtime or '-'}"
        yield from _differences(f"settings of {name}", a.settings, b.settings)
        for subject, which in ((a, "first"), (b, "second")):
            if subject.failure is not None:
                yield f"{name} failed in the {which} report: {subject.failure}"
            elif len(subject.starts) == 1:
                yield f"{name} ran in one process in the {which} report: nothing can be concluded from its times"
    for report, which in ((before, "first"), (after, "second")):
        if report.interrupted:
            yield f"the {which} report was interrupted"
        if report.warnings:
            yield f"{which} report: {warnings_line(report.warnings)}"


def _governors(report: Report) -> list[str] | None:
    """Of the cores before the run; None where the system does not tell."""
    state = report.conditions.get("before")
    cores = state.get("cores") if isinstance(state, Mapping) else None
    if not isinstance(cores, list):
        return None
    return sorted({str(core.get("governor")) for core in cores if isinstance(core, Mapping)})


def _differences(name: str, a: object, b: object) -> Iterator[str]:
    """Where two values differ, each place named; a part that one of them lacks is named as a whole."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        for key in dict.fromkeys((*a, *b)):
            if name == "options" and key in _FREE:
                continue
            yield from _differences(f"{name}.{key}", a.get(key), b.get(key))
    elif a != b:
        yield f"{name} was {_cut(a)}, then {_cut(b)}"


def _cut(value: object) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _listed(names: Mapping[str, object]) -> str:
    shown = ", ".join(list(names)[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    return shown or "nothing"
