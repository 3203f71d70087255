"""Reports as a measurement would write them, made up in milliseconds."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

import numpy as np

from neurolite_bench.report.model import (
    Case,
    CaseResult,
    MemoryUse,
    Refusal,
    Report,
    Start,
    SubjectResult,
)
from neurolite_bench.statistics import growth_exponent, round_medians_ms, summarise
from neurolite_bench.verdicts import judge

LENGTHS: Final = (8, 32, 256)
SWEEP: Final = (16, 64, 256, 1024)
MB: Final = 1_000_000


def case_result(
    rng: np.random.Generator,
    case: Case,
    ms: float,
    *,
    repeats: int = 4,
    rounds: int = 3,
    runs: int = 8,
    noise: float = 0.02,
) -> CaseResult:
    """Lognormal samples around a median, with levels of their own for processes and rounds."""
    level = rng.normal(0, noise / 2, (repeats, 1, 1)) + rng.normal(
        0, noise / 2, (repeats, rounds, 1)
    )
    drawn = ms * 1e6 * np.exp(level + np.abs(rng.normal(0, noise, (repeats, rounds, runs))))
    samples = tuple(tuple(tuple(map(int, r)) for r in repeat) for repeat in drawn)
    return CaseResult(case, samples, summarise(samples))


def subject(
    rng: np.random.Generator,
    name: str = "tiny onnx int8",
    *,
    ms: float = 1.0,
    ram_mb: float = 3.0,
    size_mb: float = 1.1,
    sweep: bool = False,
    repeats: int = 4,
    rounds: int = 3,
    runs: int = 8,
    noise: float = 0.02,
    **values: Any,  # noqa: ANN401  # fields of the record
) -> SubjectResult:
    """A subject whose 256 words take ``ms``; more fields by name."""
    shape = {"repeats": repeats, "rounds": rounds, "runs": runs}
    cases = [Case(f"{words} words", "length", words, 1, 1) for words in LENGTHS]
    cases.append(Case("256 words, all threads", "length", 256, 1, 0))
    if sweep:
        cases += [Case(f"sweep {words}", "sweep", words, 1, 1) for words in SWEEP]
    cases.append(Case("batch 8", "batch", 32, 8, 1))
    results = [
        case_result(
            rng, case, ms * (0.1 + case.words / 256) * case.batch**0.8, noise=noise, **shape
        )
        for case in cases
    ]
    plain = SubjectResult(
        name=name,
        role="artifact",
        kind="onnx",
        preset="tiny",
        precision="int8",
        file="neurolite-tiny-int8.onnx",
        size_bytes=int(size_mb * MB),
        compressed_bytes=int(size_mb * 0.9 * MB),
        sha256="ab" * 32,
        parameters=960_000,
        runtime="onnxruntime 1.31.1, function body",
        settings={"threads": "1", "arena": "off"},
        parity={"max_logit_error": 0.098, "agreement": 1.0},
        starts=tuple(Start(120.0, 1.0, 7.0 + i, 2.0, True) for i in range(repeats)),
        memory=tuple(_memory(ram_mb + 0.01 * i) for i in range(repeats)),
        cases=tuple(results),
        hash_share=0.3,
        hash_share_by="the hash's graph alone",
    )
    return dataclasses.replace(plain, **values)


def _memory(ram_mb: float) -> MemoryUse:
    added = int(ram_mb * MB)
    return MemoryUse(
        40 * MB, 60 * MB, MB, added, added, added, added + 2 * MB, added + 5 * MB, "smaps_rollup"
    )


def peer(
    rng: np.random.Generator,
    name: str,
    *,
    precision: str,
    ms: float,
    ram_mb: float,
    **values: Any,  # noqa: ANN401
) -> SubjectResult:
    """A large model that is no artifact."""
    fields: dict[str, Any] = {
        "role": "peer", "kind": "onnx-tokenizer", "preset": None, "precision": precision,
        "file": "model.onnx", "parameters": 110_000_000, "sha256": None, "parity": None,
        "hash_share": None, "hash_share_by": None,
    }  # fmt: skip
    return subject(rng, name, ms=ms, ram_mb=ram_mb, size_mb=ram_mb, **{**fields, **values})


def small_report(seed: int = 0, **shape: Any) -> Report:  # noqa: ANN401
    """Two artifacts, two peers, a growth twin, a failure, a refusal and all verdicts."""
    rng = np.random.default_rng(seed)
    subjects = (
        subject(rng, "tiny onnx int8", sweep=True, accuracy=0.91, accuracy_texts=500, **shape),
        subject(rng, "tiny onnx float32", precision="float32", ms=1.4, ram_mb=5.0, size_mb=3.9,
                accuracy=0.912, accuracy_texts=500, **shape),
        subject(rng, "small onnx int8", preset="small", ms=7.0, ram_mb=9.0, size_mb=3.1,
                parameters=3_020_000, **shape),
        subject(rng, "tiny-1024 onnx int8", role="growth", preset=None, sweep=True, **shape),
        peer(rng, "BERT-base float32", precision="float32", ms=420.0, ram_mb=470.0,
             accuracy=0.93, accuracy_texts=500, **shape),
        peer(rng, "BERT-base int8", precision="int8", ms=130.0, ram_mb=150.0, **shape),
        subject(rng, "tiny coreml int8", kind="coreml", starts=(), memory=(), cases=(),
                failure="Core ML runs on macOS only."),
    )  # fmt: skip
    sweep = [r for r in subjects[3].cases if r.case.group == "sweep"]
    growth = growth_exponent(
        [r.case.words for r in sweep], [round_medians_ms(r.samples_ns) for r in sweep]
    )
    report = Report(
        command=("neurolite-bench", "--size", "tiny", "--peers"),
        started_at="2026-02-03T04:05:06+00:00",
        seconds=12.5,
        interrupted=False,
        device={
            "machine": "x86_64",
            "processor": "Example CPU",
            "cores": 4,
            "versions": {"numpy": "2.3.0", "onnxruntime": "1.31.1"},
        },
        conditions={"before": {"load": 0.2, "governor": "performance"}, "after": {"load": 1.1}},
        options={"repeats": 4, "threads": [1, 0]},
        texts={"source": "built in", "classes": {"256 words": {"words": 256, "bytes": 1500}}},
        subjects=subjects,
        refusals=(Refusal("strange.onnx", "no certificate shows its parity"),),
        growth={
            "subject": "tiny-1024 onnx int8",
            "exponent": growth.exponent,
            "interval": list(growth.interval),
            "from_words": SWEEP[0],
            "to_words": SWEEP[-1],
        },
        warnings=("the load was 1.1 at the end",),
    )
    return dataclasses.replace(report, verdicts=judge(report))
