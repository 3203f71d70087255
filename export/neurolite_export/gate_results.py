"""What a gate says of a file, and its numbers in words."""

from __future__ import annotations

from dataclasses import dataclass

from neurolite_core.evaluation.intervals import Interval
from neurolite_export.certificate_names import NOT_PROVEN, PASSED, REFUSED
from neurolite_export.proof import Proof


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


def decided(gate: str, passed: bool, found: str, allowed: str) -> GateResult:
    """Of what was measured exactly."""
    return GateResult(gate, PASSED if passed else REFUSED, found, allowed)


def shown(gate: str, proof: Proof, found: str, allowed: str) -> GateResult:
    """Of what probes show."""
    return GateResult(gate, proof.verdict, found, allowed, proof.needed)


def near(result: GateResult) -> GateResult:
    """For float32, whose outputs are as near as the largest error says, however few the probes are."""
    if result.verdict == NOT_PROVEN:
        return GateResult(result.gate, PASSED, result.found, result.allowed)
    return result


def points(share: float) -> str:
    """A share in points."""
    return f"{100 * share + 0.0:.2f} points"


def range_of(interval: Interval) -> str:
    """An interval in points."""
    low, high = (100 * bound for bound in interval)
    return f"{low:.2f} to {high:.2f}"
