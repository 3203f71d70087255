"""What ``neurolite-eval`` prints for people: the figures first, then where the mistakes are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from neurolite_core.answer.look import look_of
from neurolite_core.evaluation.bootstrap import FEWEST_OF_A_KIND, FEWEST_TEXTS
from neurolite_core.evaluation.comparison import Comparison
from neurolite_core.evaluation.intervals import Interval
from neurolite_core.evaluation.multi_label.comparison import SetsComparison
from neurolite_core.evaluation.report import Report
from neurolite_core.ground.values import shown
from neurolite_core.text.markdown import one_line

_TEXT: Final = 80
_LABELS_LISTED: Final = 8


def unseen_line(truths: Sequence[Sequence[str]], labels: Sequence[str]) -> str | None:
    """How many texts have labels that a model does not have, and which; None where none has."""
    known = set(labels)
    counts = Counter(label for own in truths for label in own if label not in known)
    if not counts:
        return None
    listed = ", ".join(
        f"{one_line(label)} {count:,}" for label, count in counts.most_common(_LABELS_LISTED)
    )
    more = f", ... ({len(counts):,} labels)" if len(counts) > _LABELS_LISTED else ""
    rows = sum(not known.issuperset(own) for own in truths)
    column = "" if rows < len(truths) else " Is the right column read? --label-column NAME"
    return (
        f"{rows:,} of {len(truths):,} rows have labels that the model does not have, and count as wrong: "
        f"{listed}{more}.{column}{_look_alikes(counts, labels)}"
    )


def _look_alikes(unseen: Iterable[str], labels: Sequence[str]) -> str:
    known = {look_of(label): label for label in labels}
    pairs = [(label, known[look_of(label)]) for label in unseen if look_of(label) in known]
    if not pairs:
        return ""
    label, mine = pairs[0]
    return f" {len(pairs):,} look like the model's, such as {shown(label)} like {shown(mine)}: --merge-labels"


def show_evaluation(report: Report, name: str, console: Console, *, limit: int | None) -> None:
    """Prints a report.

    Args:
        report: what was measured.
        name: of the model.
        console: where to.
        limit: labels, confusions and texts of each kind; None for all.
    """
    console.print(
        f"{one_line(name)}, {report.texts:,} texts", style="bold", markup=False, highlight=False
    )
    facts = facts_table()
    for title, value in _facts(report):
        facts.add_row(title, Text(value))
    console.print(facts, highlight=False)
    if report.against is not None:
        _show_comparison(report.against, console, limit)
    _show_labels(report, console, limit)
    _show_confusions(report, console, limit)


def _facts(report: Report) -> list[tuple[str, str]]:
    point = report.abstention
    right = sum(count for truth, answer, count in report.confusion if truth == answer)
    macro = f"{report.macro_f1:.4f}"
    if report.macro_f1_interval is None:
        macro += (
            f"  no interval: it takes {FEWEST_TEXTS} texts a label, and "
            f"{FEWEST_OF_A_KIND} right and wrong answers"
        )
    else:
        low, high = report.macro_f1_interval
        macro += f"  ({low:.4f} to {high:.4f})"
    facts = [
        ("accuracy", f"{percent_of(report.accuracy, report.accuracy_interval)}, {right:,} right"),
        ("macro-F1", macro),
        ("labels", f"{len(report.labels):,}"),
    ]
    if report.unseen:
        rows = sum(row.texts for row in report.unseen)
        facts.append(("unknown labels", f"{len(report.unseen):,}, of {rows:,} texts: all wrong"))
    nll = report.calibrated.nll
    facts += [
        ("calibration (ECE)", f"{report.calibrated.ece:.4f}"),
        ("log loss", "-" if nll is None else f"{nll:.4f} nats"),
    ]
    if point.threshold is None:
        facts.append(("threshold", "none: the model cannot abstain"))
    elif point.threshold:
        facts.append(("threshold", f"{point.threshold:.3f}"))
    else:
        facts.append(("threshold", "0: every text is answered"))
    facts.append(("answered", percent_of(point.coverage, point.coverage_interval)))
    if point.accuracy is not None and point.accuracy_interval is not None:
        facts.append(("right of these", percent_of(point.accuracy, point.accuracy_interval)))
    refused, interval = point.out_of_scope_refused, point.out_of_scope_refused_interval
    if refused is not None and interval is not None:
        many = f"{point.out_of_scope_texts:,} texts"
        facts.append(("out of scope refused", f"{percent_of(refused, interval)} of {many}"))
        facts.append(("out of scope, AUROC", f"{report.out_of_scope_auroc:.4f}"))
    return facts


def _show_labels(report: Report, console: Console, limit: int | None) -> None:
    """The labels with the lowest F1 first."""
    occurring = [row for row in report.classes if row.support or row.predicted]
    ranked = sorted(occurring, key=lambda row: (row.f1, -row.support))
    answered = {row.label: row.coverage for row in report.coverage}
    table = rows_table(rows_title("labels", len(ranked), limit, "lowest F1"), "label")
    for name in ("precision", "recall", "(95 %)", "F1", "texts", "answered"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in ranked[:limit]:
        low, high = row.recall_interval or (None, None)
        table.add_row(
            plain_text(row.label),
            f"{row.precision:.3f}",
            f"{row.recall:.3f}",
            "-" if low is None else f"{low:.2f}-{high:.2f}",
            f"{row.f1:.3f}",
            f"{row.support:,}",
            f"{100 * answered[row.label]:.1f} %" if row.label in answered else "-",
        )
    console.print(table, highlight=False)


def _show_confusions(report: Report, console: Console, limit: int | None) -> None:
    """The most frequent ones first, ties in the order of the labels."""
    wrong = [cell for cell in report.confusion if cell[0] != cell[1]]
    wrong.sort(key=lambda cell: -cell[2])
    if not wrong:
        return
    table = rows_table(
        rows_title("confusions", len(wrong), limit, "most frequent"), "truth", "answer"
    )
    table.add_column("texts", justify="right", no_wrap=True)
    table.add_column("of the truth's", justify="right", no_wrap=True)
    for truth, answer, count in wrong[:limit]:
        share = count / report.classes[truth].support
        names = (plain_text(report.names[place]) for place in (truth, answer))
        table.add_row(*names, f"{count:,}", f"{100 * share:.1f} %")
    console.print(table, highlight=False)


def _show_comparison(found: Comparison, console: Console, limit: int | None) -> None:
    facts = facts_table()
    for title, value in (
        ("its accuracy", percent_of(found.accuracy, found.accuracy_interval)),
        ("its macro-F1", f"{found.macro_f1:.4f}"),
        *paired_facts(found),
        ("same answer", f"{found.same_answer:,}"),
    ):
        facts.add_row(title, value)
    console.print()
    console.print(f"beside {one_line(found.name)}", style="bold", markup=False, highlight=False)
    console.print(facts, highlight=False)
    if not found.differences:
        return
    title = rows_title("texts answered differently", found.differences_total, limit, "first")
    table = rows_table(title, "truth", "this", "other", "text")
    for row in found.differences[:limit]:
        cells = (row.truth, row.answer, row.other_answer, row.text[:_TEXT])
        table.add_row(*(plain_text(cell) for cell in cells))
    console.print(table, highlight=False)


def paired_facts(found: Comparison | SetsComparison) -> list[tuple[str, str]]:
    """How two models do on the same texts."""
    low, high = found.difference_interval
    return [
        (
            "difference",
            f"{100 * found.difference:+.2f} points ({100 * low:+.2f} to {100 * high:+.2f})",
        ),
        ("p (McNemar, exact)", f"{found.p_value:.3g}"),
        ("only this is right", f"{found.only_this_right:,}"),
        ("only the other is", f"{found.only_other_right:,}"),
        ("both, neither", f"{found.both_right:,}, {found.neither_right:,}"),
    ]


def facts_table() -> Table:
    """Names and values."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    return table


def rows_table(title: str, *names: str) -> Table:
    """A table whose columns fold."""
    table = Table(title=f"\n{title}", title_justify="left", title_style="bold", box=SIMPLE)
    for name in names:
        table.add_column(name, overflow="fold")  # a label cut short may be another's name
    return table


def plain_text(text: str) -> Text:
    """Texts and labels come from anywhere: no markup, no control characters."""
    return Text(one_line(text))


def rows_title(what: str, count: int, limit: int | None, which: str) -> str:
    """How many of them are shown."""
    if limit is None or count <= limit:
        return f"{count:,} {what}"
    return f"{limit:,} of {count:,} {what}: {which}"


def percent_of(share: float, interval: Interval) -> str:
    """A share with its interval."""
    low, high = interval
    return f"{100 * share:.2f} % ({100 * low:.2f} to {100 * high:.2f})"
