"""The report as one HTML page that opens offline, its pictures inside."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final

from neurolite_core.evaluation.report_page import FILTERS, derived_of
from neurolite_core.text.page import fill_page

_TEMPLATE: Final = "report.html.jinja"


def render_html(report: Mapping[str, Any], pictures: Mapping[str, bytes]) -> str:
    """HTML of a report's JSON; every value is escaped.

    Args:
        report: what ``report.json`` holds.
        pictures: PNG by name: "confusion", "calibration" and, where there is one, "learning".

    Raises:
        MissingDependencyError: jinja2 is not installed.
    """
    encoded = {name: b64encode(png).decode() for name, png in pictures.items()}
    values = {**report, **derived_of(report), "pictures": encoded}
    return fill_page(
        "neurolite_core.evaluation", _TEMPLATE, values, extra="report", filters=FILTERS
    )
