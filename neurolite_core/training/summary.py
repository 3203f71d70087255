"""What a person sees at the end of a training: the main figures of its report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from rich.markup import escape
from rich.table import Table

from neurolite_core.answer.tasks import CLASSIFICATION, MULTI_LABEL, SPANS
from neurolite_core.evaluation.abstention import FEWEST_OF_A_LABEL
from neurolite_core.evaluation.multi_label.page import choice_of
from neurolite_core.evaluation.multi_label.report import MultiLabelReport, Quiet
from neurolite_core.evaluation.report import Report
from neurolite_core.evaluation.report_files import WrittenReport
from neurolite_core.evaluation.spans.report import SpansReport
from neurolite_core.text.markdown import one_line
from neurolite_core.training.choosing.lines import line_of
from neurolite_core.training.exits_use import FACTS as EXITS
from neurolite_core.training.exits_use import exits_line
from neurolite_core.training.spans.telling import span_rows
from neurolite_core.training.wide.telling import wide_line

if TYPE_CHECKING:
    from neurolite_core.training.pretraining.run import Encoded

_LABELS: Final = 3


def classification_rows(report: Report) -> list[tuple[str, str]]:
    """Of one label a text; names and values."""
    rows = [
        *_span_rows(report),
        (f"accuracy, {report.split}", _percent(report.accuracy)),
        ("macro-F1", _percent(report.macro_f1)),
        ("calibration error", _percent(report.calibrated.ece)),
        *abstention_rows(report),
        *_wide_rows(report),
        *_exit_rows(report),
        *_turn_rows(report),
        *_rules_rows(report),
    ]
    if report.unseen:
        texts = sum(row.texts for row in report.unseen)
        place = next(place for place, (name, _) in enumerate(rows) if name == "macro-F1")
        rows.insert(place, ("unknown labels", f"{texts:,} of the texts; they count as wrong"))
    if report.out_of_scope_auroc is not None:
        rows.append(("out of scope, AUROC", f"{report.out_of_scope_auroc:.4f}"))
    return rows


def tried_rows(report: WrittenReport) -> list[tuple[str, str]]:
    """What began with what, what of it was taken, and what each costs; names and values, none of a model alone."""
    facts = report.training
    taken = facts["chosen"]
    rows = [
        (f"begins with {_plain(name)}" + (", taken" if name == taken else ""), line_of(values))
        for name, values in facts["tried"].items()
    ]
    return rows or [("weights", facts["how"])]


def encoder_rows(encoded: Encoded) -> list[tuple[str, str]]:
    """Of an encoder; names and values."""
    return [
        ("texts", f"{encoded.texts:,}, and {encoded.held:,} held out for the figures"),
        ("cosine, solved table alone", f"{encoded.cosine_solved:.4f}"),
        ("cosine, trained and stored", f"{encoded.cosine:.4f}"),
        *(
            (
                f"{item.similarity.dimension} of {encoded.cosines[-1].similarity.dimension} components",
                f"{_percent(item.nearest)} of the labelled texts nearest to their label's others",
            )
            for item in encoded.cosines
        ),
    ]


def several_rows(report: MultiLabelReport) -> list[tuple[str, str]]:
    """Of several labels a text; names and values."""
    rows = [
        *_span_rows(report),
        (f"micro-F1, {report.split}", _percent(report.micro.f1)),
        ("macro-F1", _percent(report.macro_f1)),
        ("exactly the right labels", _percent(report.accuracy)),
        ("labels a text", f"{report.labels_a_text:.2f}, given {report.given_a_text:.2f}"),
    ]
    if report.unseen:
        times = sum(row.texts for row in report.unseen)
        rows.append(("unknown labels", f"{times:,} times; they count as missed"))
    for name, found in (
        ("texts without a label", report.without),
        ("out of scope", report.out_of_scope),
    ):
        if found is not None:
            rows.append((name, _quiet(found)))
    rows += _wide_rows(report) + _rules_rows(report)
    return [*rows, *(("thresholds", _plain(line)) for line in choice_of(_chosen(report)))]


def spans_alone_rows(report: SpansReport) -> list[tuple[str, str]]:
    """Of spans without labels; names and values."""
    return _span_rows(report)


def _span_rows(report: WrittenReport) -> list[tuple[str, str]]:
    return [] if report.spans is None else span_rows(report.spans, report.split)


def _wide_rows(report: Report | MultiLabelReport) -> list[tuple[str, str]]:
    facts = report.training.get("wide")
    return [] if facts is None else [("wide path", wide_line(facts))]


def _exit_rows(report: Report) -> list[tuple[str, str]]:
    facts = report.training.get(EXITS)
    return [] if facts is None else [("early exit", exits_line(facts))]


def _turn_rows(report: Report) -> list[tuple[str, str]]:
    turns = report.training.get("turns", {})
    found = ", ".join(f"{name}: {100 * row['accuracy']:.1f} %" for name, row in turns.items())
    return [("by turn", found)] if found else []


def _rules_rows(report: Report | MultiLabelReport) -> list[tuple[str, str]]:
    """How many rules fired on the rows that decide, and what was learned."""
    facts = report.training.get("rules")
    if facts is None:
        return []
    fired = sum(count > 0 for count in facts["fired"].values())
    rows = [("rules", f"{fired:,} of {facts['rules']:,} fired on {facts['rows']:,} rows")]
    if facts["weights"]:
        learned = [f"{name} {weight:+.2f}" for name, weight in facts["weights"].items()]
        rows.append(("learned weights", _listed(learned)))
    return rows


def _chosen(report: MultiLabelReport) -> Any:  # noqa: ANN401  # what the training wrote
    return report.training.get("thresholds")


def _quiet(found: Quiet) -> str:
    return f"{_percent(found.quiet)} of {found.texts:,} get none"


def abstention_rows(report: Report) -> list[tuple[str, str]]:
    """What the model answers, of which labels least, and what nobody can promise; names and values."""
    point, chosen = report.abstention, report.training["abstention"]
    if point.threshold is None:
        return [("answers", f"every text, it cannot abstain: {chosen['why_none']}")]
    rows = [
        (
            "answers",
            f"{100 * point.coverage:.2f} % of the texts, {100 * (point.accuracy or 0.0):.2f} % of them "
            "right, and abstains from the others",
        )
    ]
    least = sorted(report.coverage, key=lambda row: (row.coverage, -row.texts))[:_LABELS]
    shown = ", ".join(
        f"{_plain(row.label)} {row.answered:,} of {row.texts:,}"
        for row in least
        if row.coverage < 1
    )
    rows.append(("least answered labels", shown or "every text of every label is answered"))
    if chosen["cross_fitted"]:
        held = "validation rows and " if chosen["validation"] else ""
        rows.append(
            ("threshold", f"by {held}{chosen['cross_fitted']:,} cross-fitted ones (--folds)")
        )
    if chosen["below"]:
        rows.append(("answered below 90 %", _listed(chosen["below"])))
    if chosen["too_few"]:
        why = f"{_listed(chosen['too_few'])}: fewer than {FEWEST_OF_A_LABEL} rows to choose a threshold by"
        rows.append(("no promise for", why))
    return rows


def _listed(labels: Sequence[str]) -> str:
    shown = ", ".join(_plain(label) for label in labels[:_LABELS])
    return shown if len(labels) <= _LABELS else f"{shown}, ... ({len(labels):,} labels)"


def _plain(label: str) -> str:
    """Labels come from anywhere: no markup, no control characters."""
    return escape(one_line(label))


def summary_table(rows: list[tuple[str, str]]) -> Table:
    """Facts in two columns."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for name, value in rows:
        table.add_row(name, value)
    return table


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


SUMMARIES: Final[Mapping[str, Callable[..., list[tuple[str, str]]]]] = MappingProxyType(
    {
        CLASSIFICATION: classification_rows,
        MULTI_LABEL: several_rows,
        SPANS: spans_alone_rows,
    }
)
