"""Pages of HTML that open offline, in light and dark, whole on a phone's screen and on a desk's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from neurolite_core.ground.extras import require
from neurolite_core.text.markdown import one_line

STYLE: Final = "page.css"
_NO_FILTERS: Final[Mapping[str, Callable[..., str]]] = MappingProxyType({})


def fill_page(
    package: str,
    template: str,
    values: Mapping[str, Any],
    *,
    extra: str,
    filters: Mapping[str, Callable[..., str]] = _NO_FILTERS,
    parts: str | None = None,
) -> str:
    """A template with its values; each is escaped and, where it is text, on one line.

    A template has two names beside its values: ``style``, what all pages look like, and ``safe``, for HTML that we
    drew ourselves. A table of the class ``stacked`` becomes a card a row where the screen is narrow: its cells
    are ``<td data-name="COLUMN"><span>...</span></td>``.

    Args:
        package: where the template lies, such as "neurolite_export".
        template: the name of its file.
        values: by name.
        extra: which installs jinja2.
        filters: by name.
        parts: where templates lie that this one includes; None for the same package.

    Raises:
        MissingDependencyError: jinja2 is not installed.
    """
    jinja2 = require("jinja2", extra=extra)
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(reader_of(parts or package)),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: one_line(value) if type(value) is str else value,
    )
    environment.filters.update(filters)
    source = reader_of(package)(template)
    safe = jinja2.utils.markupsafe.Markup
    style = safe(files("neurolite_core.text").joinpath(STYLE).read_text("utf-8"))
    page: str = environment.from_string(source).render({**values, "style": style, "safe": safe})
    return page


def reader_of(package: str) -> Callable[[str], str]:
    """What reads a package's templates, by the name of the file."""
    return lambda name: files(package).joinpath(name).read_text("utf-8")
