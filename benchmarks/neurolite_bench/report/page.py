"""A report as one HTML page that opens offline; every value is escaped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from neurolite_bench.report.model import Report, Verdict
from neurolite_bench.report.pictures import pictures_of
from neurolite_bench.report.tables import facts_of, headline, shown_number, tables_of, warnings_line
from neurolite_bench.verdicts import published
from neurolite_core.text.page import fill_page

_TEMPLATE: Final = "page.html.jinja"
_FULL: Final = 1.5  # a meter's right end, in limits


@dataclass(frozen=True, slots=True)
class Meter:
    """A figure against its limit.

    Attributes:
        quantity, measured, wanted: as texts.
        tone: "good" or "bad".
        share: of the meter that is filled, 0 to 100.
        limit: where the limit is, 0 to 100.
    """

    quantity: str
    measured: str
    wanted: str
    tone: str
    share: float
    limit: float


@dataclass(frozen=True, slots=True)
class Card:
    """A preset's fastest artifact, and how it stands."""

    subject: str
    meters: tuple[Meter, ...]


def render_page(report: Report) -> str:
    """The page: cards, pictures, tables, and how it was measured.

    Raises:
        MissingDependencyError: jinja2 or matplotlib is not installed.
    """
    values = {
        "headline": headline(report),
        "report": report,
        "processor": str(report.device.get("model") or report.device.get("processor") or "?"),
        "warnings": warnings_line(report.warnings),
        "cards": _cards(report),
        "pictures": pictures_of(report),
        "tables": tables_of(report),
        "facts": facts_of(report),
    }
    return fill_page("neurolite_bench.report", _TEMPLATE, values, extra="report")


def _cards(report: Report) -> tuple[Card, ...]:
    """One for each preset: the artifact with the lowest latency, and its limits."""
    found = []
    for preset in published()["presets"]:
        limits = [
            v for v in report.verdicts if v.preset == preset and v.at_most and v.met is not None
        ]
        latency = [v for v in limits if v.quantity == "latency"]
        if latency:
            best = min(latency, key=lambda verdict: verdict.measured or 0.0).subject
            meters = tuple(_meter(verdict) for verdict in limits if verdict.subject == best)
            found.append(Card(best, meters))
    return tuple(found)


def _meter(verdict: Verdict) -> Meter:
    measured = verdict.measured or 0.0
    return Meter(
        verdict.quantity,
        f"{shown_number(measured)} {verdict.unit}",
        f"{shown_number(verdict.wanted)} {verdict.unit}",
        "good" if verdict.met else "bad",
        round(100 * min(max(measured / verdict.wanted, 0.0) / _FULL, 1.0), 1),
        round(100 / _FULL, 1),
    )
