"""The report as files: JSON for programs, Markdown, pictures, and a page with the pictures inside."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from neurolite_core.answer.tasks import CLASSIFICATION, MULTI_LABEL, SPANS
from neurolite_core.artifact.formats import json_file
from neurolite_core.evaluation.multi_label.page import derived_of_sets
from neurolite_core.evaluation.multi_label.report import MultiLabelReport
from neurolite_core.evaluation.pictures import (
    draw_calibration,
    draw_confusion,
    draw_learning,
)
from neurolite_core.evaluation.report import SCHEMA_VERSION, Report
from neurolite_core.evaluation.report_html import render_html
from neurolite_core.evaluation.report_page import PACKAGE, derived_of, render_page
from neurolite_core.evaluation.spans.page import derived_of_spans
from neurolite_core.evaluation.spans.part_page import PARTS
from neurolite_core.evaluation.spans.report import SpansReport
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import read_limited, require_writable, write_atomically

JSON: Final = "report.json"
MARKDOWN: Final = "report.md"
PAGE: Final = "report.html"
CONFUSION: Final = "confusion.png"
CALIBRATION: Final = "calibration.png"
LEARNING: Final = "learning.png"
_LIMIT: Final = 2**27


AnyReport = Report | MultiLabelReport
"""Of a model with labels."""
WrittenReport = AnyReport | SpansReport


@dataclass(frozen=True, slots=True)
class Form:
    """How the report of one task is shown.

    Attributes:
        package: where its templates lie.
        derive: what pages show beside the report's own values.
        pictures: what draws them, by file; besides them, how the model learned.
    """

    package: str
    derive: Callable[[Mapping[str, Any]], dict[str, Any]]
    pictures: Mapping[str, Callable[..., bytes]]


FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        CLASSIFICATION: Form(
            PACKAGE, derived_of, {CONFUSION: draw_confusion, CALIBRATION: draw_calibration}
        ),
        MULTI_LABEL: Form(f"{PACKAGE}.multi_label", derived_of_sets, {}),
        SPANS: Form(PARTS, derived_of_spans, {}),
    }
)
_PICTURES: Final = (CONFUSION, CALIBRATION, LEARNING)


def write_report(report: WrittenReport, folder: str | Path, *, pictures: bool = True) -> Path:
    """Writes the report as JSON, as Markdown with its pictures, and as a page.

    These are ``report.json``, ``report.md``, with one label a text ``confusion.png`` and ``calibration.png``, with a
    history ``learning.png``, and ``report.html``, which has the pictures inside. Equal reports give equal files with
    the same matplotlib. Each file is replaced whole, the JSON last.

    Args:
        report: what ``build_report`` gave.
        folder: created if need be.
        pictures: draw them; without, matplotlib is not needed, and those of an earlier report are removed.

    Returns:
        The folder.

    Raises:
        InputError: the folder cannot be written, or the report holds what JSON cannot.
        MissingDependencyError: matplotlib or jinja2 is not installed.
    """
    folder = Path(folder)
    require_writable(folder)
    values = report_values(report)
    form = FORMS[report.task]
    drawn = _drawn(report, form) if pictures else {}
    for name in _PICTURES:
        if name in drawn:
            write_atomically(folder / name, drawn[name])
        else:
            (folder / name).unlink(missing_ok=True)  # that of another training that was here before
    named = {Path(name).stem: png for name, png in drawn.items()}
    markdown = render_page(values, pictures=named, package=form.package, derive=form.derive)
    page = render_html(values, named, package=form.package, derive=form.derive)
    for name, text in ((MARKDOWN, markdown), (PAGE, page)):
        write_atomically(folder / name, text.encode("utf-8", "replace"))
    write_atomically(folder / JSON, as_json(values))
    return folder


def remove_report(folder: Path) -> None:
    """Removes the report of a model that is about to be replaced: none is better than that of another model."""
    for name in (JSON, MARKDOWN, PAGE, *_PICTURES):
        (folder / name).unlink(missing_ok=True)


def _drawn(report: WrittenReport, form: Form) -> dict[str, bytes]:
    """PNG by file."""
    drawn = {name: draw(report) for name, draw in form.pictures.items()}
    learning = draw_learning(report)
    return drawn if learning is None else {**drawn, LEARNING: learning}


def report_values(report: WrittenReport) -> dict[str, Any]:
    """The report in JSON's own types, as docs/report-schema.md describes it.

    Raises:
        InputError: ``report.training`` or ``report.measured`` holds what JSON cannot.
    """
    values: dict[str, Any] = _plain(asdict(report))
    if values["spans"] is None:
        del values[
            "spans"
        ]  # of models that find some alone, so that the reports of others stay as they are
    return values


def as_json(values: Mapping[str, Any]) -> bytes:
    """What ``report_values`` gave as UTF-8, with its seal and a line break at the end."""
    text = json.dumps(values, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    # Half of a surrogate pair, which a text may hold, becomes \udxxx: in JSON, that is its escape.
    return json_file.seal(text.encode("utf-8", "backslashreplace"))


def read_values(path: str | Path, *, unsealed: bool = False) -> dict[str, Any]:
    """What ``as_json`` wrote, for programs; its entries are docs/report-schema.md's, and the seal.

    Args:
        path: a ``report.json``.
        unsealed: take one that was changed since it was written as well.

    Raises:
        InputError: unreadable, too large, no JSON object, damaged, or of another version.
    """
    path = Path(path)
    content = read_limited(path, _LIMIT)
    json_file.require_whole(
        content, path, "Train or measure again, or restore the file", unsealed=unsealed
    )
    try:
        values: Any = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON: {error}.") from error
    if not isinstance(values, dict) or values.get("schema_version") != SCHEMA_VERSION:
        raise InputError(
            f"{path} is no report of schema version {SCHEMA_VERSION}, which this neurolite reads."
        )
    return values


def _plain(value: Any, name: str = "report") -> Any:  # noqa: ANN401  # any JSON value
    """The value in JSON's own types; numbers that are not finite become None."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item, f"{name}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, name) for item in value]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    raise InputError(
        f"{name} holds {value!r} of type {type(value).__name__}; give texts, numbers, lists and mappings."
    )
