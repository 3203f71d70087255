"""Whether a report keeps README's promises; the numbers stand in ``published.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from statistics import median
from typing import Any, Final

from neurolite_bench.report.model import CaseResult, Report, SubjectResult, Verdict
from neurolite_bench.statistics import compare_medians

_MILLION: Final = 1e6

Interval = tuple[float, float] | None
Measured = tuple[float, Interval] | None


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something that is promised.

    Attributes:
        name: as verdicts have it.
        key: of the promise in the data file.
        unit: of value and promise.
        scale: what the promise is multiplied by to be in ``unit``.
        measured: value and interval; None where it was not measured.
    """

    name: str
    key: str
    unit: str
    scale: float
    measured: Callable[[SubjectResult], Measured]


@cache
def published() -> Mapping[str, Any]:
    """The data file's content."""
    source = files("neurolite_bench").joinpath("published.toml").read_text("utf-8")
    return tomllib.loads(source)


def judge(report: Report) -> tuple[Verdict, ...]:
    """Every promise that applies to what was measured.

    An artifact in the precision of the promises is judged by its preset's, measured or not; ratios
    where the peer was measured; growth where it was measured.
    """
    artifacts = [s for s in report.subjects if s.role == "artifact" and s.preset in _presets()]
    judged = [s for s in artifacts if s.precision == published()["applies"]["precision"]]
    return (
        *(verdict for subject in judged for verdict in _of_preset(subject)),
        *(verdict for subject in artifacts for verdict in _of_ratios(subject, report)),
        *_of_growth(report),
    )


def judged_case(subject: SubjectResult) -> CaseResult | None:
    """The case that latencies are promised for; None where it was not timed."""
    applies = published()["applies"]
    found = [
        result
        for result in subject.cases
        if result.case.words == applies["words"]
        and result.case.threads == applies["threads"]
        and result.case.batch == 1
    ]
    return min(found, key=lambda result: result.case.group != "length", default=None)


def start_ms(subject: SubjectResult) -> float | None:
    """Median of cold load and first answer together; None without any."""
    if not subject.starts:
        return None
    return median(
        start.runtime_ms + start.load_ms + start.first_answer_ms for start in subject.starts
    )


def added_mb(subject: SubjectResult) -> float | None:
    """Median of the private memory that the model added, in MB; None without any.

    Pages that were written to, which is what Android and iOS hold an app to; where the system does not tell
    them apart, all private ones.
    """
    if not subject.memory:
        return None
    found = (
        use.added_uss if use.added_dirty is None else use.added_dirty for use in subject.memory
    )
    return median(found) / _MILLION


def _latency(subject: SubjectResult) -> Measured:
    found = judged_case(subject)
    return None if found is None else (found.summary.p50_ms, found.summary.interval_ms)


def _start(subject: SubjectResult) -> Measured:
    value = start_ms(subject)
    return None if value is None else (value, None)


def _ram(subject: SubjectResult) -> Measured:
    value = added_mb(subject)
    return None if value is None else (value, None)


def _size(subject: SubjectResult) -> Measured:
    return subject.size_bytes / _MILLION, None


def _parameters(subject: SubjectResult) -> Measured:
    return None if subject.parameters is None else (subject.parameters / _MILLION, None)


QUANTITIES: Final = (
    Quantity("parameters", "parameters", "M", 1 / _MILLION, _parameters),
    Quantity("latency", "latency_ms", "ms", 1.0, _latency),
    Quantity("RAM", "ram_mb", "MB", 1.0, _ram),
    Quantity("size", "size_mb", "MB", 1.0, _size),
    Quantity("cold start", "start_ms", "ms", 1.0, _start),
)


def _of_preset(subject: SubjectResult) -> Iterator[Verdict]:
    promises = _presets()[subject.preset]
    for quantity in QUANTITIES:
        if quantity.key in promises:
            wanted = promises[quantity.key] * quantity.scale * _tolerance(quantity)
            measured = quantity.measured(subject)
            yield _verdict(subject, quantity.name, quantity.unit, wanted, True, measured)


def _of_ratios(subject: SubjectResult, report: Report) -> Iterator[Verdict]:
    ratios = published()["ratios"]
    if subject.kind != ratios["kind"]:
        return
    promises = _presets()[subject.preset]
    by_name = {quantity.name: quantity for quantity in QUANTITIES}
    for name, theirs in published()["peers"].items():
        peer = next((s for s in report.subjects if _is_peer(s, name, subject.precision)), None)
        if peer is None:
            continue
        for key, precisions in ratios["precisions"].items():
            if subject.precision in precisions:
                quantity = by_name[key]
                wanted = theirs[quantity.key] / promises[quantity.key] / _tolerance(quantity)
                measured = _ratio(peer, subject, quantity)
                yield _verdict(subject, f"{name} / {key}", "x", wanted, False, measured)


def _tolerance(quantity: Quantity) -> float:
    """What "~" in front of a number of parameters leaves room for."""
    roughly: float = published()["applies"]["parameters_tolerance"]
    return 1 + roughly if quantity.key == "parameters" else 1.0


def _is_peer(subject: SubjectResult, name: str, precision: str | None) -> bool:
    named = subject.name.casefold().startswith(name.casefold())
    return subject.role == "peer" and named and subject.precision == precision


def _ratio(peer: SubjectResult, subject: SubjectResult, quantity: Quantity) -> Measured:
    theirs, ours = quantity.measured(peer), quantity.measured(subject)
    if theirs is None or ours is None or ours[0] <= 0:
        return None
    interval: Interval = None
    cases = judged_case(peer), judged_case(subject)
    if quantity.name == "latency" and cases[0] is not None and cases[1] is not None:
        slower, faster = (case.summary.repeat_medians_ms for case in cases if case is not None)
        interval = compare_medians(faster, slower).interval
    return theirs[0] / ours[0], interval


def _of_growth(report: Report) -> Iterator[Verdict]:
    if report.growth is None:
        return
    name = report.growth["subject"]
    subject = next((s for s in report.subjects if s.name == name), None)
    low, high = report.growth["interval"]
    yield _judged(
        subject=name,
        preset=(subject.preset if subject else None) or "",
        quantity="growth exponent",
        unit="",
        wanted=published()["growth"]["exponent"],
        at_most=True,
        measured=(report.growth["exponent"], (low, high)),
    )


def _verdict(
    subject: SubjectResult, quantity: str, unit: str, wanted: float, at_most: bool, found: Measured
) -> Verdict:
    return _judged(
        subject=subject.name, preset=subject.preset or "", quantity=quantity, unit=unit,
        wanted=wanted, at_most=at_most, measured=found,
    )  # fmt: skip


def _judged(
    *,
    subject: str,
    preset: str,
    quantity: str,
    unit: str,
    wanted: float,
    at_most: bool,
    measured: Measured,
) -> Verdict:
    if measured is None:
        return Verdict(subject, preset, quantity, unit, wanted, at_most, None, None, None, None)
    value, interval = measured
    margin = 1 - value / wanted if at_most else value / wanted - 1
    return Verdict(
        subject, preset, quantity, unit, wanted, at_most, value, interval, margin >= 0, margin
    )


def _presets() -> Mapping[str | None, Any]:
    presets: Mapping[str | None, Any] = published()["presets"]
    return presets
