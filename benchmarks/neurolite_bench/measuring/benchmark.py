"""One run of ``neurolite-bench``: plan, measure, judge; what it gives is whole even when it was interrupted."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from neurolite_bench.device import conditions, describe, noise_warnings, warnings_of
from neurolite_bench.measuring.artifact import ARTIFACT_KINDS
from neurolite_bench.measuring.hash_share import measure_hash_shares
from neurolite_bench.measuring.plan import Planned
from neurolite_bench.measuring.run import Collected, Tell, measure, measure_accuracy
from neurolite_bench.measuring.schedule import Schedule
from neurolite_bench.measuring.texts import TextSource, describe_texts
from neurolite_bench.quality_sets import Split
from neurolite_bench.report.model import Refusal, Report, SubjectResult
from neurolite_bench.statistics import growth_exponent, round_medians_ms
from neurolite_bench.verdicts import judge
from neurolite_core.ground.signals import as_interrupts

_SHORTEST: Final = 16  # words; below, the cost of a call by itself hides the growth


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """What to measure.

    Attributes:
        command: as typed.
        planned: the subjects.
        refusals: what was asked for and is not measured.
        source: of the texts.
        schedule: how often.
        labelled: test rows, for accuracy; None for none.
        hash_share: whether to measure it.
        options: the request, for the report.
        before: conditions before anything was exported or trained.
    """

    command: tuple[str, ...]
    planned: tuple[Planned, ...]
    refusals: tuple[Refusal, ...]
    source: TextSource
    schedule: Schedule
    labelled: Split | None
    hash_share: bool
    options: dict[str, Any]
    before: dict[str, Any]


def run_benchmark(benchmark: Benchmark, tell: Tell) -> Report:
    """Measures, and reports what was measured; Ctrl-C ends the measuring, not the report, and so do SIGTERM and SIGHUP.

    Args:
        benchmark: what to measure.
        tell: told what is being done.
    """
    started_at = datetime.now(UTC).isoformat(timespec="seconds")
    begin = time.monotonic()
    collected = [Collected(planned) for planned in benchmark.planned]
    device, before = describe(), benchmark.before
    interrupted = False
    try:
        with as_interrupts():
            for stage in _stages(benchmark, collected):
                stage(tell)
    except KeyboardInterrupt:
        interrupted = True
    after = conditions()
    subjects = tuple(item.result() for item in collected)
    report = Report(
        command=benchmark.command,
        started_at=started_at,
        seconds=round(time.monotonic() - begin, 3),
        interrupted=interrupted,
        device=device,
        conditions={"before": before, "after": after},
        options=benchmark.options,
        texts=describe_texts(benchmark.source),
        subjects=subjects,
        refusals=benchmark.refusals,
        growth=_growth(subjects),
        warnings=(
            *_changed(subjects),
            *doubted(subjects),
            *warnings_of(device, before, after),
            *noise_warnings(subjects, device, before, after),
        ),
    )
    return replace(report, verdicts=judge(report))


def _stages(benchmark: Benchmark, collected: Sequence[Collected]) -> list[Callable[[Tell], None]]:
    stages: list[Callable[[Tell], None]] = [
        lambda tell: measure(collected, benchmark.source, benchmark.schedule, tell)
    ]
    labelled = benchmark.labelled
    if labelled is not None:
        stages.append(
            lambda tell: measure_accuracy(collected, labelled.texts, labelled.labels, tell)
        )
    if benchmark.hash_share:
        stages.append(lambda tell: measure_hash_shares(collected, benchmark.source, tell))
    return stages


def _changed(subjects: Sequence[SubjectResult]) -> list[str]:
    return [
        f"{subject.name} is not as it was exported (--unsealed): how far its answers are from the reference is not known."
        for subject in subjects
        if not subject.sealed
    ]


def doubted(subjects: Sequence[SubjectResult]) -> list[str]:
    """A sentence for each subject whose times are not what they may be taken for."""
    kinds = [(subject, ARTIFACT_KINDS.get(subject.kind)) for subject in subjects]
    return [f"{subject.name} {kind.doubt}." for subject, kind in kinds if kind and kind.doubt]


def _growth(subjects: Sequence[SubjectResult]) -> dict[str, Any] | None:
    """Of the twins with a larger limit, else of the artifacts; the one that grows fastest."""
    twins = [subject for subject in subjects if subject.role == "growth"]
    artifacts = [subject for subject in subjects if subject.role == "artifact"]
    found = [growth for growth in map(_growth_of, twins or artifacts) if growth is not None]
    return max(found, key=lambda growth: float(growth["exponent"]), default=None)


def _growth_of(subject: SubjectResult) -> dict[str, Any] | None:
    sweep = [
        case
        for case in subject.cases
        if case.case.group == "sweep" and case.case.words >= _SHORTEST
    ]
    if len(sweep) < 2:
        return None
    sweep.sort(key=lambda result: result.case.words)
    words = [result.case.words for result in sweep]
    growth = growth_exponent(words, [round_medians_ms(result.samples_ns) for result in sweep])
    return {
        "subject": subject.name,
        **asdict(growth),
        "from_words": words[0],
        "to_words": words[-1],
    }
