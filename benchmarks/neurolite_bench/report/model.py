"""The report: plain records that are JSON; docs/bench-report.md describes every field.

All that is shown, compared and checked is computed from these records alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

SCHEMA_VERSION: Final = 2  # 1 was without ``in_app``
FORMAT: Final = "neurolite-bench"


@dataclass(frozen=True, slots=True)
class Case:
    """What is timed.

    Attributes:
        name: for people, unique in a subject.
        group: "length" (classes of texts), "sweep" (growth with length) or "batch".
        words: words of each text; 0 where they differ.
        batch: texts in one call.
        threads: of the runtime; 0 for all cores.
    """

    name: str
    group: str
    words: int
    batch: int
    threads: int


@dataclass(frozen=True, slots=True)
class Summary:
    """Of all samples of a case, in milliseconds a call.

    Attributes:
        runs: number of samples.
        p50_ms, p90_ms, p99_ms, mean_ms, stdev_ms, min_ms, max_ms: of the samples.
        interval_ms: 95 % bootstrap interval of the median, over rounds.
        repeat_medians_ms: median of each fresh process.
        spread: half the range of these over their median: 0.05 reads as plus or minus 5 %.
    """

    runs: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    mean_ms: float
    stdev_ms: float
    min_ms: float
    max_ms: float
    interval_ms: tuple[float, float]
    repeat_medians_ms: tuple[float, ...]
    spread: float


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A timed case.

    Attributes:
        case: what was timed.
        samples_ns: nanoseconds of each call, by fresh process, by round.
        summary: of them.
    """

    case: Case
    samples_ns: tuple[tuple[tuple[int, ...], ...], ...]
    summary: Summary


@dataclass(frozen=True, slots=True)
class Start:
    """One fresh process up to its first answer, in milliseconds.

    Attributes:
        import_ms: of the runtime and our own code.
        runtime_ms: what the runtime does before its first model, whatever that holds.
        load_ms: opening the file.
        first_answer_ms: of the first text, of 32 words.
        evicted: whether the file was out of the page cache.
    """

    import_ms: float
    runtime_ms: float
    load_ms: float
    first_answer_ms: float
    evicted: bool


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """One fresh process; bytes.

    Attributes:
        runtime_uss, runtime_rss: of the process with the runtime imported and started, and no model.
        runtime_start: private memory written to that the start took, after the import; None where the
            system does not say.
        added_dirty: private memory written to, more than in that process, after answering every class of
            texts; None where the system does not say.
        added_uss: the same, with pages mapped from files that no other process maps, such as those of
            the runtime's own code.
        added_pss: the same, with shared pages by share; None where the system does not say.
        added_rss: the same, with all pages in memory.
        added_peak: highest resident size since the start, over ``runtime_rss``; None where the system
            cannot count it from there.
        source: how it was read.
    """

    runtime_uss: int
    runtime_rss: int
    runtime_start: int | None
    added_dirty: int | None
    added_uss: int
    added_pss: int | None
    added_rss: int
    added_peak: int | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InApp:
    """Measured inside an app, in whose one process all of it happened.

    Attributes:
        valid: whether the figures may be read as a result; if not, the subject has no others than these.
        reason: why not; None where they may.
        later_load_ms: of opening the file once more.
        memory_before, memory_loaded, memory_after: bytes of the process, shared pages by share (PSS), before the file
            was opened, then, and after the runs; None where the system does not say.
        memory_source: how they were read, such as what iOS or a browser tells instead.
        thermal_before, thermal_after: "none", "light", "moderate", "severe", "critical", "emergency" or "shutdown", as
            Android has it; None where the system does not say.
    """

    valid: bool
    reason: str | None = None
    later_load_ms: float | None = None
    memory_before: int | None = None
    memory_loaded: int | None = None
    memory_after: int | None = None
    memory_source: str = ""
    thermal_before: str | None = None
    thermal_after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectResult:
    """An artifact or a peer, measured.

    Attributes:
        name: unique in a report, such as "tiny onnx int8".
        role: "artifact", "peer", or "growth" for the twin with a larger word limit.
        kind: what opened it, such as "onnx" or "fasttext".
        preset: whose targets apply: "tiny", "small", "base"; or None.
        precision: "float32", "float16", "int8", or None.
        file: its name.
        size_bytes: on disk.
        compressed_bytes: the same in a zip file, which is what an app store delivers.
        sha256: of the file; None for a peer of several files.
        parameters: trained numbers; None where that means nothing.
        runtime: what ran it, with kernels.
        settings: how it was opened.
        delegated, nodes: nodes that run in the delegate, of all; None where there is none.
        parity: of its certificate: "max_logit_error", "agreement", "sqnr_db", "certificate"; None where it has none.
        starts: one for each fresh process.
        memory: one for each fresh process.
        cases: what was timed.
        hash_share: hashing over all of the time at 256 words; None where it was not measured.
        hash_share_by: how.
        accuracy: share of labelled texts answered rightly; None without any, or with random weights.
        accuracy_texts: how many.
        train_seconds: of the training in this run.
        sealed: false for an artifact that is not as it was exported, and was measured all the same.
        not_timed: why there are no figures although all is in order, such as no runtime on this system.
        failure: why there are no (more) figures; None where all went well.
        in_app: what the benchmark screen of an app says besides; None elsewhere.
    """

    name: str
    role: str
    kind: str
    preset: str | None = None
    precision: str | None = None
    file: str
    size_bytes: int
    compressed_bytes: int | None = None
    sha256: str | None = None
    parameters: int | None = None
    runtime: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    delegated: int | None = None
    nodes: int | None = None
    parity: dict[str, Any] | None = None
    starts: tuple[Start, ...] = ()
    memory: tuple[MemoryUse, ...] = ()
    cases: tuple[CaseResult, ...] = ()
    hash_share: float | None = None
    hash_share_by: str | None = None
    accuracy: float | None = None
    accuracy_texts: int | None = None
    train_seconds: float | None = None
    sealed: bool = True
    not_timed: str | None = None
    failure: str | None = None
    in_app: InApp | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """An artifact that was not timed.

    Attributes:
        file: its name.
        reason: what is wrong, and the fix.
    """

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target, met or missed.

    Attributes:
        subject: its name.
        preset: whose target it is.
        quantity: such as "latency", "RAM", "size", "parameters", "BERT-base / latency".
        unit: such as "ms", "MB" (10^6 bytes), "x".
        wanted: the limit, or the ratio to reach.
        at_most: whether less is better.
        measured: None where it could not be measured.
        interval: of the measured value; None where there is none.
        met: None where it could not be measured.
        margin: how far inside the limit, 0.2 for 20 %; negative where missed; None where unmeasured.
    """

    subject: str
    preset: str
    quantity: str
    unit: str
    wanted: float
    at_most: bool
    measured: float | None
    interval: tuple[float, float] | None
    met: bool | None
    margin: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One run of ``neurolite-bench``.

    Attributes:
        schema_version: of this record.
        format: ``FORMAT``.
        command: as typed.
        started_at: ISO 8601, UTC.
        seconds: how long it took.
        interrupted: ended by the user; what stands here is whole, but not all.
        device: what was measured on; see ``neurolite_bench.device``.
        conditions: {"before": ..., "after": ...}: load, governor, temperature, throttling.
        options: repeats, runs and the rest of the request.
        texts: source of the texts, and words and bytes of each class.
        subjects: what was measured.
        refusals: what was not.
        growth: growth exponent of text-to-answer time: "subject", "exponent", "interval", "from_words",
            "to_words"; None where it was not measured.
        verdicts: of the targets.
        warnings: why figures may be worth less.
    """

    schema_version: int = SCHEMA_VERSION
    format: str = FORMAT
    command: tuple[str, ...]
    started_at: str
    seconds: float
    interrupted: bool
    device: dict[str, Any]
    conditions: dict[str, Any]
    options: dict[str, Any]
    texts: dict[str, Any]
    subjects: tuple[SubjectResult, ...]
    refusals: tuple[Refusal, ...] = ()
    growth: dict[str, Any] | None = None
    verdicts: tuple[Verdict, ...] = ()
    warnings: tuple[str, ...] = ()
