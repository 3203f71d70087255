"""The quality gates: one row each; a file that breaks one is never written."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from neurolite_core.answer.tasks import ANSWERINGS, CLASSIFICATION
from neurolite_export.certificate_names import NOT_PROVEN, PASSED, REFUSED
from neurolite_export.contents import Contents
from neurolite_export.gate_results import GateResult as GateResult
from neurolite_export.gate_results import decided, near, points, range_of, shown
from neurolite_export.parity import ParityReport
from neurolite_export.proof import prove_loss, prove_share
from neurolite_export.span_gates import (
    SPAN_LOSS,
    near_same_spans,
    near_span_loss,
    same_spans,
    span_loss,
)
from neurolite_export.span_parity import SAME_SPANS

MAX_FLOAT32_ERROR: Final = 1e-4
# Of a generator's largest number: its states and logits are not bounded, and a sum of some hundred terms in float32
# keeps 16 bits of 24.
FLOAT32_SHARE: Final = 2.0**-16
MIN_AGREEMENT: Final = 0.99
MAX_ACCURACY_LOSS: Final = 0.005
AGREEMENT: Final = ANSWERINGS[CLASSIFICATION].agreement
MOST_DRIFT: Final = 1.5
SMALL_ERROR: Final = 0.02
LOSS: Final = "accuracy loss"
DRIFT: Final = "drift of the output's error"
_TURNS: Final = 10  # at the start, but for the first, and at the end of a conversation
DIVERGENCE: Final = "divergence of next words"
MAX_DIVERGENCE: Final = 0.01  # by which a perplexity grows by 1 %
WINDOW: Final = "divergence from the window form"
WINDOW_ERROR: Final = "largest error to the window form"
MIN_ROUTING: Final = 0.995
ROUTING: Final = "routing"
MIN_SAME_DEPTH: Final = 0.995
MIN_NEAR_DEPTH: Final = 0.9  # int8 is unsure elsewhere; what it says is another gate's matter
DEPTH: Final = "depth"
# Gates that more probes can decide.
BY_PROBES: Final = (
    *(row.agreement for row in ANSWERINGS.values()),
    LOSS,
    ROUTING,
    SAME_SPANS,
    SPAN_LOSS,
)


@dataclass(frozen=True, slots=True)
class _Gate:
    name: str
    precisions: tuple[str, ...]
    check: Callable[[ParityReport, Contents], GateResult | None]


def _indices(report: ParityReport, _: Contents) -> GateResult:
    found = f"{report.indices_different:,} of {report.indices:,} differ"
    return decided("indices", report.indices_different == 0, found, "none differs")


def _float_error(report: ParityReport, _: Contents) -> GateResult:
    found = ", ".join(f"{name} {error:.1e}" for name, error in report.output_errors.items())
    share = FLOAT32_SHARE if report.divergence is not None else 0.0
    most = {
        name: max(MAX_FLOAT32_ERROR, share * report.output_sizes.get(name, 0.0))
        for name in report.output_errors
    }
    # A NaN compares false, so it is refused.
    passed = all(error <= most[name] for name, error in report.output_errors.items())
    allowed = f"at most {MAX_FLOAT32_ERROR:.0e}"
    if any(value > MAX_FLOAT32_ERROR for value in most.values()):
        allowed += ", of larger numbers " + ", ".join(
            f"{name} {value:.1e}" for name, value in most.items() if value > MAX_FLOAT32_ERROR
        )
    return decided("largest error", passed, found, allowed)


def _finite(report: ParityReport, _: Contents) -> GateResult:
    wrong = [name for name, error in report.output_errors.items() if not math.isfinite(error)]
    found = f"not {', '.join(wrong)}" if wrong else "all"
    return decided("finite outputs", not wrong, found, "all")


def _agreement(report: ParityReport, contents: Contents) -> GateResult | None:
    # Of thousands of words many are as likely as the next: what counts is the distribution.
    return None if report.divergence is not None else _same_answers(report, contents)


def _same_answers(report: ParityReport, _: Contents) -> GateResult | None:
    if report.alike == SAME_SPANS:  # which has a gate of its own
        return None
    same = report.texts - report.disagreements
    proof = prove_share(same, report.texts, MIN_AGREEMENT)
    low, high = proof.interval
    # Six texts that agree are no 100 %: what they show is the lower bound.
    share = f"at least {low:.2%}" if same == report.texts else f"{low:.2%} to {high:.2%}"
    found = f"{same:,} of {report.texts:,} texts, {share}"
    return shown(report.alike, proof, found, f"at least {MIN_AGREEMENT:.0%}")


def _accuracy(report: ParityReport, _: Contents) -> GateResult | None:
    if not report.labelled:
        return None
    proof = prove_loss(
        report.only_reference_right, report.only_artifact_right, report.labelled, MAX_ACCURACY_LOSS
    )
    loss = (report.only_reference_right - report.only_artifact_right) / report.labelled
    found = f"{points(loss)} on {report.labelled:,} texts, {range_of(proof.interval)}"
    return shown(LOSS, proof, found, f"at most {MAX_ACCURACY_LOSS * 100:.1f} point")


def _routing(report: ParityReport, _: Contents) -> GateResult | None:
    if report.rerouted is None:
        return None
    same = report.texts - report.rerouted
    proof = prove_share(same, report.texts, MIN_ROUTING)
    low, high = proof.interval
    share = f"at least {low:.2%}" if same == report.texts else f"{low:.2%} to {high:.2%}"
    found = f"{same:,} of {report.texts:,} texts go to the same experts, {share}"
    return shown(ROUTING, proof, found, f"at least {MIN_ROUTING:.1%}")


def _near_routing(report: ParityReport, contents: Contents) -> GateResult | None:
    found = _routing(report, contents)
    return None if found is None else near(found)


def _same_depth(report: ParityReport, least: float) -> GateResult | None:
    if report.other_depth is None:
        return None
    same = report.texts - report.other_depth
    found = f"{same:,} of {report.texts:,} texts are answered by the same layer"
    return decided(DEPTH, same >= least * report.texts, found, f"at least {least:.1%}")


def _depth(report: ParityReport, _: Contents) -> GateResult | None:
    return _same_depth(report, MIN_NEAR_DEPTH)


def _near_depth(report: ParityReport, _: Contents) -> GateResult | None:
    return _same_depth(report, MIN_SAME_DEPTH)


def _near_agreement(report: ParityReport, contents: Contents) -> GateResult | None:
    found = _same_answers(report, contents)
    return None if found is None else near(found)


def _near_accuracy(report: ParityReport, contents: Contents) -> GateResult | None:
    found = _accuracy(report, contents)
    return None if found is None else near(found)


def _divergence(report: ParityReport, _: Contents) -> GateResult | None:
    if report.divergence is None:
        return None
    found, allowed = f"{report.divergence:.2g} nats", f"at most {MAX_DIVERGENCE:g} nats"
    passed = report.divergence <= MAX_DIVERGENCE  # a NaN compares false
    return decided(DIVERGENCE, passed, found, allowed)


def _window(report: ParityReport, _: Contents) -> GateResult | None:
    if report.window is None:
        return None
    found, allowed = f"{report.window.divergence:.2g} nats", f"at most {MAX_DIVERGENCE:g} nats"
    return decided(WINDOW, report.window.divergence <= MAX_DIVERGENCE, found, allowed)


def _window_error(report: ParityReport, _: Contents) -> GateResult | None:
    if report.window is None:
        return None
    found, allowed = f"{report.window.max_abs_error:.1e}", f"at most {MAX_FLOAT32_ERROR:.0e}"
    passed = report.window.max_abs_error <= MAX_FLOAT32_ERROR
    return decided(WINDOW_ERROR, passed, found, allowed)


def _rules(report: ParityReport, _: Contents) -> GateResult | None:
    if not report.rules:
        return None
    found = f"{report.rules_different:,} of {report.rules:,} differ"
    if report.asking_different:
        found += f", and {report.asking_different:,} that ask for the network's own answer"
    return decided("rules", report.rules_different == 0, found, "none differs")


def _coverage(_: ParityReport, contents: Contents) -> GateResult:
    total = sum(contents.products.values())
    # Where a format has no integer products, int8 weights in float arithmetic are what it can do.
    covered = contents.products.get("int8", 0) + contents.products.get("int8 weights", 0)
    return decided("int8 products", covered == total > 0, f"{covered} of {total}", "all")


def _half(_: ParityReport, contents: Contents) -> GateResult:
    total = sum(contents.products.values())
    covered = contents.products.get("float16", 0)
    return decided("float16 products", covered == total > 0, f"{covered} of {total}", "all")


def _hash_untouched(_: ParityReport, contents: Contents) -> GateResult:
    narrow = [kind for kind in contents.hash_types if kind in ("float16", "int8", "bfloat16")]
    return decided("hash in float32", not narrow, ", ".join(contents.hash_types), "no narrow type")


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
    return decided(DRIFT, passed, found, allowed)


GATES: Final = (
    _Gate("indices", ("float32", "float16", "int8"), _indices),
    _Gate("rules", ("float32", "float16", "int8"), _rules),
    _Gate("float error", ("float32",), _float_error),
    _Gate("finite", ("float16", "int8"), _finite),
    _Gate("agreement", ("float16", "int8"), _agreement),
    _Gate("divergence", ("float32", "float16", "int8"), _divergence),
    _Gate("window", ("float32", "float16", "int8"), _window),
    _Gate("window error", ("float32",), _window_error),
    _Gate("accuracy", ("float16", "int8"), _accuracy),
    _Gate("near agreement", ("float32",), _near_agreement),
    _Gate("near accuracy", ("float32",), _near_accuracy),
    _Gate("spans", ("float16", "int8"), same_spans),
    _Gate("span loss", ("float16", "int8"), span_loss),
    _Gate("near spans", ("float32",), near_same_spans),
    _Gate("near span loss", ("float32",), near_span_loss),
    _Gate("drift", ("float16", "int8"), _drift),
    _Gate("routing", ("float16", "int8"), _routing),
    _Gate("near routing", ("float32",), _near_routing),
    _Gate("depth", ("float16", "int8"), _depth),
    _Gate("near depth", ("float32",), _near_depth),
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
