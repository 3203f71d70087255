"""The report as one HTML page that opens offline, its pictures inside."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, Final

from neurolite_core.evaluation.report_page import FILTERS, PACKAGE, derived_of
from neurolite_core.evaluation.spans.part_page import PARTS
from neurolite_core.text.page import fill_page

_TEMPLATE: Final = "report.html.jinja"


def render_html(
    report: Mapping[str, Any],
    pictures: Mapping[str, bytes],
    *,
    package: str = PACKAGE,
    derive: Callable[[Mapping[str, Any]], dict[str, Any]] = derived_of,
) -> str:
    """HTML of a report's JSON; every value is escaped.

    Args:
        report: what ``report.json`` holds.
        package: where the template lies.
        derive: what is shown beside its own values.
        pictures: PNG by name: "confusion", "calibration" and, where there is one, "learning".

    Raises:
        MissingDependencyError: jinja2 is not installed.
    """
    encoded = {name: b64encode(png).decode() for name, png in pictures.items()}
    values = {**report, **derive(report), "pictures": encoded}
    return fill_page(package, _TEMPLATE, values, extra="report", filters=FILTERS, parts=PARTS)
