"""The certificate as one HTML page that opens offline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from neurolite_core.text.page import fill_page

_TEMPLATE: Final = "certificate.html.jinja"


def render_page(certificate: Mapping[str, Any]) -> str:
    """HTML of a certificate's JSON; every value is escaped.

    Raises:
        MissingDependencyError: jinja2 is not installed.
    """
    return fill_page("neurolite_export", _TEMPLATE, certificate, extra="export", filters=_FILTERS)


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.2%}"


def _small(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.2g}"


def _counts(values: Mapping[str, int]) -> str:
    """Such as ``int8 956,000, float32 1,200``."""
    return ", ".join(f"{name} {count:,}" for name, count in values.items()) or "none"


_FILTERS: Final[Mapping[str, Callable[..., str]]] = MappingProxyType(
    {"percent": _percent, "small": _small, "counts": _counts}
)
