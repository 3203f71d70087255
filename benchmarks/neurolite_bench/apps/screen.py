"""What the benchmark screen of an app measured -> whether it counts, and the report that it shares.

The reference of every app's own code; docs/app-contract.md says what is measured when.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from neurolite_bench.report.model import Case, CaseResult, InApp, Report, Start, SubjectResult
from neurolite_bench.statistics import summarise

WORDS: Final = (12, 256)
THERMAL: Final = ("none", "light", "moderate", "severe", "critical", "emergency", "shutdown")
_WARMEST: Final = THERMAL.index("light")  # from moderate on, phones slow down


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One run of a benchmark screen; what the system does not tell is None.

    Attributes:
        app: name and version, a word each.
        device: what is known of it, by name.
        started_at: ISO 8601, UTC.
        seconds: how long it took.
        name: of the subject, model, kind and precision, so that runs on two phones compare: ``intents c int8``.
        kind: "c", "onnx" or another target.
        precision: of the metadata.
        file, size_bytes, sha256: of the model.
        parameters: of the metadata.
        runtime: with its version.
        threads: of the runtime.
        first_load_ms, later_load_ms: opening the file, and once more.
        first_answer_ms: of the first text.
        wanted: samples of each length.
        samples_ns: nanoseconds of each call, by words.
        memory: bytes before, when loaded, and after the runs.
        memory_source: how they were read.
        thermal: one of ``THERMAL`` before, and after the runs.
        power_saving: whether the system saves power.
        left: the screen was left, or the app went to the background.
        error: that ended it.
        warnings: why figures may be worth less, such as a debug build or an emulator.
    """

    app: tuple[str, ...]
    device: Mapping[str, Any]
    started_at: str
    seconds: float
    name: str
    kind: str
    precision: str
    file: str
    size_bytes: int
    sha256: str
    parameters: int
    runtime: str
    threads: int
    first_load_ms: float | None = None
    later_load_ms: float | None = None
    first_answer_ms: float | None = None
    wanted: int
    samples_ns: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    memory: tuple[int | None, int | None, int | None] = (None, None, None)
    memory_source: str = ""
    thermal: tuple[str | None, str | None] = (None, None)
    power_saving: bool | None = None
    left: bool = False
    error: str | None = None
    warnings: tuple[str, ...] = ()


def why_not(screen: Screen) -> str | None:
    """The first reason for which the figures are no result; None where they are one."""
    return next(_reasons(screen), None)


def _reasons(screen: Screen) -> Iterator[str]:
    if screen.error is not None:
        yield f"it failed: {screen.error}"
    if screen.left:
        yield "the app was left while it ran"
    for words in WORDS:
        samples = screen.samples_ns.get(words, ())
        if len(samples) < screen.wanted:
            yield f"texts of {words} words were timed {len(samples)} times of {screen.wanted}"
        if min(samples, default=1) < 1:
            yield f"a text of {words} words took no time: the clock is too coarse"
    loads = (screen.first_load_ms, screen.later_load_ms, screen.first_answer_ms)
    if None in loads:
        yield "it was not timed from the opening on"
    if screen.power_saving:
        yield "the system saved power"
    before, after = screen.thermal
    if any(THERMAL.index(each) > _WARMEST for each in (before, after) if each is not None):
        yield f"the device was warm: {before or 'unknown'} before, {after or 'unknown'} after"


def report_of_screen(screen: Screen) -> Report:
    """The report that an app shares; without figures where they are no result."""
    before, after = screen.thermal
    reason = why_not(screen)
    return Report(
        command=screen.app,
        started_at=screen.started_at,
        seconds=screen.seconds,
        interrupted=screen.left,
        device=dict(screen.device),
        conditions={
            "before": {"thermal": before, "power_saving": screen.power_saving},
            "after": {"thermal": after},
        },
        options={"runs": screen.wanted, "threads": screen.threads},
        texts={"source": "app contract", "classes": {f"{n} words": {"words": n} for n in WORDS}},
        subjects=(_subject(screen, reason),),
        warnings=screen.warnings,
    )


def _subject(screen: Screen, reason: str | None) -> SubjectResult:
    memory, thermal = screen.memory, screen.thermal
    return SubjectResult(
        name=screen.name,
        role="artifact",
        kind=screen.kind,
        precision=screen.precision,
        file=screen.file,
        size_bytes=screen.size_bytes,
        sha256=screen.sha256,
        parameters=screen.parameters,
        runtime=screen.runtime,
        settings={"threads": str(screen.threads)},
        starts=() if reason else (_start(screen),),
        cases=() if reason else tuple(_cases(screen)),
        failure=reason,
        in_app=InApp(
            valid=reason is None,
            reason=reason,
            later_load_ms=screen.later_load_ms,
            memory_before=memory[0],
            memory_loaded=memory[1],
            memory_after=memory[2],
            memory_source=screen.memory_source,
            thermal_before=thermal[0],
            thermal_after=thermal[1],
        ),
    )


def _start(screen: Screen) -> Start:
    """Nothing is imported or started before the model, and its pages may be in the system's cache."""
    return Start(0.0, 0.0, screen.first_load_ms or 0.0, screen.first_answer_ms or 0.0, False)


def _cases(screen: Screen) -> Iterator[CaseResult]:
    for words in WORDS:
        samples = ((tuple(screen.samples_ns[words]),),)
        case = Case(f"{words} words", "length", words, 1, screen.threads)
        yield CaseResult(case, samples, summarise(samples))
