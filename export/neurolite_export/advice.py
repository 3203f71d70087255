"""What a person is told where a gate refuses a file, or where probes are too few to tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from neurolite_export.certificate_names import NOT_PROVEN, REFUSED
from neurolite_export.gates import BY_PROBES, DRIFT
from neurolite_export.probes import MAX_PROBES, Probes, built_in_probes

if TYPE_CHECKING:
    from neurolite_export.built import Built
    from neurolite_export.certificate import Recorded

_WORST_PRODUCTS: Final = 3


def refusal(built: Built, recorded: Recorded, precisions: Sequence[str], probes: Probes) -> str:
    """Why a file was not written, and what helps.

    Args:
        built: the file.
        recorded: where all numbers are.
        precisions: that its target has.
        probes: that it was measured on.
    """
    broken = [gate for gate in built.gates if gate.verdict == REFUSED]
    numbers = "; ".join(f"{g.gate}: {g.found}, allowed: {g.allowed}" for g in broken)
    parts = [
        f"{built.file} failed {len(broken)} of {len(built.gates)} gates and was not written. {numbers}.",
        f"Worst text: {built.parity.worst_text!r}.",
        worst_products(built),
        f"All numbers: {recorded.path}.",
        _what_helps(built, precisions, probes),
        f"{recorded.aside}." if recorded.aside is not None else "",
    ]
    return " ".join(part for part in parts if part)


def doubt(built: Built) -> str | None:
    """What a written file's probes are too few to tell, and how many would do; None where they tell all."""
    open_gates = [gate for gate in built.gates if gate.verdict == NOT_PROVEN]
    if not open_gates:
        return None
    found = "; ".join(
        f"{gate.gate}: {gate.found}, allowed: {gate.allowed}, {_would_do(gate.needed)}"
        for gate in open_gates
    )
    return (
        f"{built.file} is written and not proven: its probes are too few to tell. {found}. "
        f"More texts of your own, with labels: --probe FILE. {worst_products(built)}"
    ).rstrip()


def worst_products(built: Built) -> str:
    """The products that int8 costs most, or nothing where it was not asked."""
    rows = [row for row in built.losses if row.sqnr_db is not None][:_WORST_PRODUCTS]
    if not rows:
        return ""
    listed = ", ".join(
        f"{row.product} ({row.sqnr_db:.1f} dB, {row.changed} of {row.texts} answers)"
        for row in rows
    )
    return f"Of the products, each alone in int8, these lose most: {listed}."


def _would_do(needed: int | None) -> str:
    if needed is None:
        return f"so near to the limit that {MAX_PROBES:,} texts like these would not tell"
    return f"some {needed:,} texts like these would tell"


def _what_helps(built: Built, precisions: Sequence[str], probes: Probes) -> str:
    """Ways out, for what more exact numbers or other texts can mend."""
    broken = {gate.gate for gate in built.gates if gate.verdict == REFUSED}
    if built.metadata.precision == "float32" or not broken <= {*BY_PROBES, DRIFT}:
        return ""
    others = [name for name in precisions if name != built.metadata.precision]
    helps = [f"--precision {' or '.join(others)}"] if others else []
    if probes.texts == built_in_probes().texts:
        helps.append(
            "--probe FILE with texts of its own domain, as the built-in ones may be far from what it was trained on, "
            "where any answer is a close call"
        )
    else:
        helps.append(
            "--probe FILE with more texts of its own domain, as every second one also sets the ranges of int8"
        )
    helps.append("training longer, so that fewer answers are close calls")
    return f"What helps: {'; '.join(helps)}."
