"""The quality gates: one row each; a file that breaks one is never written."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from neurolite_core.answer.tasks import ANSWERINGS, CLASSIFICATION
from neurolite_core.evaluation.intervals import Interval
from neurolite_export.certificate_names import NOT_PROVEN, PASSED, REFUSED
from neurolite_export.contents import Contents
from neurolite_export.parity import ParityReport
from neurolite_export.proof import Proof, prove_loss, prove_share

MAX_FLOAT32_ERROR: Final = 1e-4
MIN_AGREEMENT: Final = 0.99
MAX_ACCURACY_LOSS: Final = 0.005
AGREEMENT: Final = ANSWERINGS[CLASSIFICATION].agreement
MOST_DRIFT: Final = 1.5
SMALL_ERROR: Final = 0.02
LOSS: Final = "accuracy loss"
DRIFT: Final = "drift of the output's error"
_TURNS: Final = 10  # at the start, but for the first, and at the end of a conversation
MIN_ROUTING: Final = 0.995
ROUTING: Final = "routing"
# Gates that more probes can decide.
BY_PROBES: Final = (*(row.agreement for row in ANSWERINGS.values()), LOSS, ROUTING)


@dataclass(frozen=True, slots=True)
class GateResult:
    """One gate's verdict, with the numbers in words.

    Attributes:
        gate: its name.
        verdict: ``PASSED``, ``NOT_PROVEN`` (the probes are too few to tell) or ``REFUSED``.
        found: what was measured.
        allowed: the limit.
        needed: probes that would decide it if they went on like these; None where it is decided, or where no number
            that may be given would do.
    """

    gate: str
    verdict: str
    found: str
    allowed: str
    needed: int | None = None


@dataclass(frozen=True, slots=True)
class _Gate:
    name: str
    precisions: tuple[str, ...]
    check: Callable[[ParityReport, Contents], GateResult | None]


def _indices(report: ParityReport, _: Contents) -> GateResult:
    found = f"{report.indices_different:,} of {report.indices:,} differ"
    return _decided("indices", report.indices_different == 0, found, "none differs")


def _float_error(report: ParityReport, _: Contents) -> GateResult:
    found = ", ".join(f"{name} {error:.1e}" for name, error in report.output_errors.items())
    # A NaN compares false, so it is refused.
    passed = all(error <= MAX_FLOAT32_ERROR for error in report.output_errors.values())
    return _decided("largest error", passed, found, f"at most {MAX_FLOAT32_ERROR:.0e}")


def _finite(report: ParityReport, _: Contents) -> GateResult:
    wrong = [name for name, error in report.output_errors.items() if not math.isfinite(error)]
    found = f"not {', '.join(wrong)}" if wrong else "all"
    return _decided("finite outputs", not wrong, found, "all")


def _agreement(report: ParityReport, _: Contents) -> GateResult:
    same = report.texts - report.disagreements
    proof = prove_share(same, report.texts, MIN_AGREEMENT)
    low, high = proof.interval
    # Six texts that agree are no 100 %: what they show is the lower bound.
    share = f"at least {low:.2%}" if same == report.texts else f"{low:.2%} to {high:.2%}"
    found = f"{same:,} of {report.texts:,} texts, {share}"
    return _shown(report.alike, proof, found, f"at least {MIN_AGREEMENT:.0%}")


def _accuracy(report: ParityReport, _: Contents) -> GateResult | None:
    if not report.labelled:
        return None
    proof = prove_loss(
        report.only_reference_right, report.only_artifact_right, report.labelled, MAX_ACCURACY_LOSS
    )
    loss = (report.only_reference_right - report.only_artifact_right) / report.labelled
    found = f"{_points(loss)} on {report.labelled:,} texts, {_range(proof.interval)}"
    return _shown(LOSS, proof, found, f"at most {MAX_ACCURACY_LOSS * 100:.1f} point")


def _routing(report: ParityReport, _: Contents) -> GateResult | None:
    if report.rerouted is None:
        return None
    same = report.texts - report.rerouted
    proof = prove_share(same, report.texts, MIN_ROUTING)
    low, high = proof.interval
    share = f"at least {low:.2%}" if same == report.texts else f"{low:.2%} to {high:.2%}"
    found = f"{same:,} of {report.texts:,} texts go to the same experts, {share}"
    return _shown(ROUTING, proof, found, f"at least {MIN_ROUTING:.1%}")


def _near_routing(report: ParityReport, contents: Contents) -> GateResult | None:
    found = _routing(report, contents)
    return None if found is None else _near(found)


def _near_agreement(report: ParityReport, contents: Contents) -> GateResult:
    return _near(_agreement(report, contents))


def _near_accuracy(report: ParityReport, contents: Contents) -> GateResult | None:
    found = _accuracy(report, contents)
    return None if found is None else _near(found)


def _rules(report: ParityReport, _: Contents) -> GateResult | None:
    if not report.rules:
        return None
    found = f"{report.rules_different:,} of {report.rules:,} differ"
    if report.asking_different:
        found += f", and {report.asking_different:,} that ask for the network's own answer"
    return _decided("rules", report.rules_different == 0, found, "none differs")


def _coverage(_: ParityReport, contents: Contents) -> GateResult:
    total = sum(contents.products.values())
    # Where a format has no integer products, int8 weights in float arithmetic are what it can do.
    covered = contents.products.get("int8", 0) + contents.products.get("int8 weights", 0)
    return _decided("int8 products", covered == total > 0, f"{covered} of {total}", "all")


def _half(_: ParityReport, contents: Contents) -> GateResult:
    total = sum(contents.products.values())
    covered = contents.products.get("float16", 0)
    return _decided("float16 products", covered == total > 0, f"{covered} of {total}", "all")


def _hash_untouched(_: ParityReport, contents: Contents) -> GateResult:
    narrow = [kind for kind in contents.hash_types if kind in ("float16", "int8", "bfloat16")]
    return _decided("hash in float32", not narrow, ", ".join(contents.hash_types), "no narrow type")


def _drift(report: ParityReport, _: Contents) -> GateResult | None:
    """Whether answers get worse the longer a conversation is; of files whose conversations are long enough to tell."""
    first, last = report.turns[1 : 1 + _TURNS], report.turns[-_TURNS:]
    if len(report.turns) < 3 * _TURNS:
        return None
    early, late = (sum(turn.output for turn in some) / _TURNS for some in (first, last))
    span = f"turns {last[0].turn} to {last[-1].turn}"
    found = f"{late:.1%} in {span}, {early:.1%} in turns {first[0].turn} to {first[-1].turn}"
    passed = late <= max(MOST_DRIFT * early, SMALL_ERROR)  # a NaN compares false
    allowed = f"{MOST_DRIFT:g} times as much, or {SMALL_ERROR:.0%}"
    return _decided(DRIFT, passed, found, allowed)


def _decided(gate: str, passed: bool, found: str, allowed: str) -> GateResult:
    return GateResult(gate, PASSED if passed else REFUSED, found, allowed)


def _shown(gate: str, proof: Proof, found: str, allowed: str) -> GateResult:
    return GateResult(gate, proof.verdict, found, allowed, proof.needed)


def _near(result: GateResult) -> GateResult:
    """For float32, whose outputs are as near as the largest error says, however few the probes are."""
    if result.verdict == NOT_PROVEN:
        return GateResult(result.gate, PASSED, result.found, result.allowed)
    return result


def _points(share: float) -> str:
    return f"{100 * share + 0.0:.2f} points"


def _range(interval: Interval) -> str:
    low, high = (100 * bound for bound in interval)
    return f"{low:.2f} to {high:.2f}"


GATES: Final = (
    _Gate("indices", ("float32", "float16", "int8"), _indices),
    _Gate("rules", ("float32", "float16", "int8"), _rules),
    _Gate("float error", ("float32",), _float_error),
    _Gate("finite", ("float16", "int8"), _finite),
    _Gate("agreement", ("float16", "int8"), _agreement),
    _Gate("accuracy", ("float16", "int8"), _accuracy),
    _Gate("near agreement", ("float32",), _near_agreement),
    _Gate("near accuracy", ("float32",), _near_accuracy),
    _Gate("drift", ("float16", "int8"), _drift),
    _Gate("routing", ("float16", "int8"), _routing),
    _Gate("near routing", ("float32",), _near_routing),
    _Gate("coverage", ("int8",), _coverage),
    _Gate("half", ("float16",), _half),
    _Gate("hash", ("float32", "float16", "int8"), _hash_untouched),
)


def check_gates(precision: str, report: ParityReport, contents: Contents) -> list[GateResult]:
    """Results of all gates that apply to a precision."""
    results = (gate.check(report, contents) for gate in GATES if precision in gate.precisions)
    return [result for result in results if result is not None]


def verdict_of(results: Iterable[GateResult]) -> str:
    """The worst of the gates' verdicts; ``PASSED`` without any."""
    found = {result.verdict for result in results}
    return next((verdict for verdict in (REFUSED, NOT_PROVEN) if verdict in found), PASSED)
