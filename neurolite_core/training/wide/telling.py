"""What became of a wide path, in a line for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def wide_line(facts: Mapping[str, Any]) -> str:
    """Of the facts of ``beside.fit_wide``: what it gains and what it costs, or why there is none."""
    if "why" in facts:
        return f"none: {facts['why']}"
    found = (
        f"{_percent(facts['score_deep'])} without it, {_percent(facts['score_wide'])} by it alone, "
        f"{_percent(facts['score'])} as stored, on {facts['texts']:,} rows that decided"
    )
    if not facts["kept"]:
        return f"none, it does not clearly gain: {found}"
    doubt = "" if facts["clear"] else ", which is no clear gain"
    return (
        f"{_percent(facts['share'])} of the answer, {facts['rows']:,} rows, {facts['bytes'] / 1000:,.0f} kB: "
        f"{found}{doubt}"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.4g} %"
