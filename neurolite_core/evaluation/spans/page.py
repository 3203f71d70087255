"""What the pages of a report of spans alone show beside its own values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurolite_core.evaluation.report_page import facts_of
from neurolite_core.evaluation.spans.part_page import derived_of_part


def derived_of_spans(report: Mapping[str, Any]) -> dict[str, Any]:
    """For a report of spans alone: "facts" as of ``report_page.facts_of``, and what ``derived_of_part`` gives."""
    return {"facts": facts_of(report), **derived_of_part(report)}
