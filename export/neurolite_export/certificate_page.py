"""The certificate as one HTML page that opens offline."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from neurolite_core.ground.extras import require

_TEMPLATE: Final = "certificate.html.jinja"


def render_page(certificate: Mapping[str, Any]) -> str:
    """HTML of a certificate's JSON; every value is escaped.

    Raises:
        MissingDependencyError: jinja2 is not installed.
    """
    jinja2 = require("jinja2", extra="export")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["percent"] = _percent
    environment.filters["small"] = _small
    environment.filters["counts"] = _counts
    source = files("neurolite_export").joinpath(_TEMPLATE).read_text("utf-8")
    page: str = environment.from_string(source).render(certificate)
    return page


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.2%}"


def _small(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.2g}"


def _counts(values: Mapping[str, int]) -> str:
    """Such as ``int8 956,000, float32 1,200``."""
    return ", ".join(f"{name} {count:,}" for name, count in values.items()) or "none"
