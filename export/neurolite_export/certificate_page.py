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


def _right_of(share: float | None, texts: int) -> str:
    """Counts, such as ``184 of 200``: a percentage of six texts would say more than they show."""
    return "-" if share is None else f"{round(share * texts):,} of {texts:,}"


def _small(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.2g}"


def _counts(values: Mapping[str, int]) -> str:
    """Such as ``int8 956,000, float32 1,200``."""
    return ", ".join(f"{name} {count:,}" for name, count in values.items()) or "none"


_FILTERS: Final[Mapping[str, Callable[..., str]]] = MappingProxyType(
    {"right_of": _right_of, "small": _small, "counts": _counts}
)
