"""The quality gates: one row each; a file that fails one is never written."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from neurolite_export.contents import Contents
from neurolite_export.parity import ParityReport

MAX_FLOAT32_ERROR: Final = 1e-4
MIN_AGREEMENT: Final = 0.99
MAX_ACCURACY_LOSS: Final = 0.005


@dataclass(frozen=True, slots=True)
class GateResult:
    """One gate's verdict, with the numbers in words."""

    gate: str
    passed: bool
    found: str
    allowed: str


@dataclass(frozen=True, slots=True)
class _Gate:
    name: str
    precisions: tuple[str, ...]
    check: Callable[[ParityReport, Contents], GateResult | None]


def _indices(report: ParityReport, _: Contents) -> GateResult:
    found = f"{report.indices_different:,} of {report.indices:,} differ"
    return GateResult("indices", report.indices_different == 0, found, "none differs")


def _float_error(report: ParityReport, _: Contents) -> GateResult:
    found = ", ".join(f"{name} {error:.1e}" for name, error in report.output_errors.items())
    # A NaN compares false, so it is refused.
    passed = all(error <= MAX_FLOAT32_ERROR for error in report.output_errors.values())
    return GateResult("largest error", passed, found, f"at most {MAX_FLOAT32_ERROR:.0e}")


def _finite(report: ParityReport, _: Contents) -> GateResult:
    wrong = [name for name, error in report.output_errors.items() if not math.isfinite(error)]
    found = f"not {', '.join(wrong)}" if wrong else "all"
    return GateResult("finite outputs", not wrong, found, "all")


def _agreement(report: ParityReport, _: Contents) -> GateResult:
    found = f"{report.agreement:.2%} of {report.texts:,} texts"
    return GateResult(
        "same top answer", report.agreement >= MIN_AGREEMENT, found, f"at least {MIN_AGREEMENT:.0%}"
    )


def _accuracy(report: ParityReport, _: Contents) -> GateResult | None:
    if report.accuracy_reference is None or report.accuracy_artifact is None:
        return None
    loss = report.accuracy_reference - report.accuracy_artifact
    found = f"{report.accuracy_reference:.2%} to {report.accuracy_artifact:.2%}"
    return GateResult(
        "accuracy loss",
        loss <= MAX_ACCURACY_LOSS,
        found,
        f"at most {MAX_ACCURACY_LOSS * 100:.1f} point",
    )


def _coverage(_: ParityReport, contents: Contents) -> GateResult:
    total = sum(contents.products.values())
    # Where a format has no integer products, int8 weights in float arithmetic are what it can do.
    covered = contents.products.get("int8", 0) + contents.products.get("int8 weights", 0)
    return GateResult("int8 products", covered == total > 0, f"{covered} of {total}", "all")


def _half(_: ParityReport, contents: Contents) -> GateResult:
    total = sum(contents.products.values())
    covered = contents.products.get("float16", 0)
    return GateResult("float16 products", covered == total > 0, f"{covered} of {total}", "all")


def _hash_untouched(_: ParityReport, contents: Contents) -> GateResult:
    narrow = [kind for kind in contents.hash_types if kind in ("float16", "int8", "bfloat16")]
    return GateResult(
        "hash in float32", not narrow, ", ".join(contents.hash_types), "no narrow type"
    )


GATES: Final = (
    _Gate("indices", ("float32", "float16", "int8"), _indices),
    _Gate("float error", ("float32",), _float_error),
    _Gate("finite", ("float16", "int8"), _finite),
    _Gate("agreement", ("float32", "float16", "int8"), _agreement),
    _Gate("accuracy", ("float32", "float16", "int8"), _accuracy),
    _Gate("coverage", ("int8",), _coverage),
    _Gate("half", ("float16",), _half),
    _Gate("hash", ("float32", "float16", "int8"), _hash_untouched),
)


def check_gates(precision: str, report: ParityReport, contents: Contents) -> list[GateResult]:
    """Results of all gates that apply to a precision."""
    results = (gate.check(report, contents) for gate in GATES if precision in gate.precisions)
    return [result for result in results if result is not None]
