"""The report as a page in Markdown, in which texts and labels from outside are only text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from neurolite_core.evaluation.abstention import FEWEST_OF_A_LABEL
from neurolite_core.evaluation.spans.part_page import PARTS, derived_of_part
from neurolite_core.ground.extras import require
from neurolite_core.text.markdown import escape_markdown
from neurolite_core.text.page import reader_of

PACKAGE: Final = "neurolite_core.evaluation"
_TEMPLATE: Final = "report.md.jinja"
_SHOWN_APART: Final = ("history", "experts")
_FACTS: Final = 120
_ITEMS: Final = 8
_LABELS: Final = 20


def render_page(
    report: Mapping[str, Any],
    *,
    pictures: Collection[str],
    package: str = PACKAGE,
    derive: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None,
) -> str:
    """Markdown of a report's JSON; every value is escaped.

    Args:
        report: what ``report.json`` holds.
        package: where the template lies.
        derive: what is shown beside its own values; ``derived_of`` where None.
        pictures: which there are to show, by name: "confusion", "calibration", "learning".

    Raises:
        MissingDependencyError: jinja2 is not installed.
    """
    jinja2 = require("jinja2", extra="report")
    environment = jinja2.Environment(
        # Markdown, not HTML: what is printed is escaped by escape_markdown, always.
        autoescape=False,
        loader=jinja2.FunctionLoader(reader_of(PARTS)),
        finalize=_finalized,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(FILTERS)
    page: str = environment.from_string(reader_of(package)(_TEMPLATE)).render(
        {**report, **(derive or derived_of)(report)}, pictures=pictures
    )
    return page


def derived_of(report: Mapping[str, Any]) -> dict[str, Any]:
    """What pages show of a report beside its own values.

    Returns:
        "facts": for "training" and "measured", names and values, the first 60 of each; "answered": the share of a
        label's texts that are not refused, by label; "choice": sentences about how the threshold was chosen;
        "experts" as of ``experts_of``; and what ``derived_of_part`` gives.
    """
    return {
        "facts": facts_of(report),
        "answered": {row["label"]: row["coverage"] for row in report["coverage"]},
        "choice": list(_choice(report["training"].get("abstention"))),
        "experts": experts_of(report),
        **derived_of_part(report),
    }


def experts_of(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What each expert is used for: number, texts, share, and its labels in a line; empty without experts."""
    use = report["training"].get("experts", {"use": []})["use"]
    return [
        row
        | {
            "labels": ", ".join(f"{each['label']} {each['texts']:,}" for each in row["labels"])
            or "-"
        }
        for row in use
    ]


def facts_of(report: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """For "training" and "measured", names and values, the first 60 of each."""
    return {
        part: [(name, text) for name, text in _facts(report[part]) if text][:_FACTS]
        for part in ("training", "measured")
    }


def _choice(chosen: Mapping[str, Any] | None) -> Iterator[str]:
    """What a training says of its threshold, ``finishing.Chosen.facts``; nothing where it says nothing."""
    if not chosen:
        return
    if chosen["why_none"]:
        yield f"The model has no threshold: {chosen['why_none']}."
        return
    if chosen["cross_fitted"]:
        validation = "on the validation rows and " if chosen.get("validation", 1) else ""
        yield (
            f"The threshold was chosen {validation}on {chosen['cross_fitted']:,} training rows as models that did not "
            "learn them answered these."
        )
    if chosen["below"]:
        yield f"On those rows it answers less than 90 % of: {listed_names(chosen['below'])}."
    if chosen["too_few"]:
        yield (
            f"Too few rows ({FEWEST_OF_A_LABEL} it takes) to tell whether 90 % of them are answered: "
            f"{listed_names(chosen['too_few'])}."
        )


def listed_names(labels: Sequence[str]) -> str:
    """The first 20 of them."""
    more = f", ... ({len(labels):,} labels)" if len(labels) > _LABELS else ""
    return ", ".join(labels[:_LABELS]) + more


def _finalized(value: Any) -> Any:  # noqa: ANN401  # jinja gives whatever is printed
    return escape_markdown(value) if isinstance(value, str) else value


def _facts(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Names and values of nested mappings, without what has a picture or a table of its own."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if name or key not in _SHOWN_APART:
                yield from _facts(item, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list):
        if not any(isinstance(item, Mapping | list) for item in value):
            shown = ", ".join(str(item) for item in value[:_ITEMS])
            yield name, shown + (f", ... ({len(value)} in all)" if len(value) > _ITEMS else "")
        else:
            yield name, f"{len(value)} entries, see report.json"
    elif isinstance(value, float):
        yield name, f"{value:.6g}"
    else:
        yield name, "-" if value is None else str(value)


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _percents(interval: Sequence[float] | None) -> str:
    return "-" if interval is None else f"{interval[0]:.1%} to {interval[1]:.1%}"


def _points(difference: float) -> str:
    return f"{100 * difference:+.2f}"


def _decimal(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


FILTERS: Final[Mapping[str, Callable[..., str]]] = MappingProxyType(
    {"percent": _percent, "percents": _percents, "points": _points, "decimal": _decimal}
)
