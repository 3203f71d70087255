"""What ``neurolite-run --table`` prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from neurolite_core.answer.tasks import CLASSIFICATION, GENERATION, MULTI_LABEL, SPANS
from neurolite_runtimes.session import Session

# Of spans' types, one after the other.
_COLOURS: Final = ("cyan", "magenta", "green", "yellow", "blue", "red")


def must_be_said(session: Session) -> bool:
    """Whether what runs the model is not what its user may expect: a stand-in, or no native op though one is there."""
    return session.is_reference or "native not used" in session.runtime


def table_of(
    session: Session, records: Sequence[Mapping[str, Any]], threshold: float | None
) -> Table:
    """The table of a model's answers.

    Args:
        session: that answered.
        records: objects as ``neurolite-run`` writes them to JSON lines.
        threshold: the one that was in force; None where the file has none.
    """
    metadata = session.metadata
    types = () if metadata.spans is None else metadata.spans.types
    return TABLES[metadata.task](records, threshold, sealed=session.sealed, types=types)


def answer_table(
    records: Sequence[Mapping[str, Any]],
    threshold: float | None,
    *,
    sealed: bool = True,
    types: Sequence[str] = (),
) -> Table:
    """A row per text: the answer, or that the model abstains and what it would have said.

    Args:
        records: objects as ``neurolite-run`` writes them to JSON lines, with a label.
        threshold: the one that was in force; None where the file has none.
        sealed: the file is as it was exported.
        types: of spans, where the file finds some.
    """
    table = _table("answer", records=records, types=types, sealed=sealed)
    if threshold is None:
        table.title = "This model cannot abstain: it has no threshold."
    for record in records:
        entries = record.get("top", [record])
        guesses = _scored(entries)
        answer = _abstains(record, guesses, threshold) if record["abstained"] else guesses
        _add(table, record, types, _plain(answer))
    return table


def labels_table(
    records: Sequence[Mapping[str, Any]],
    threshold: float | None,
    *,
    sealed: bool = True,
    types: Sequence[str] = (),
) -> Table:
    """A row per text: the labels that it is given, and the best ones where they were asked for.

    Args:
        records: objects as ``neurolite-run`` writes them to JSON lines, with labels.
        threshold: the one that was in force.
        sealed: the file is as it was exported.
        types: of spans, where the file finds some.
    """
    several = any("top" in record for record in records)
    names = ("labels", *(["best"] if several else []))
    table = _table(*names, records=records, types=types, sealed=sealed)
    table.title = None if threshold is None else f"Labels from a score of {threshold:.2f} on"
    for record in records:
        columns = [record["labels"], *([record["top"]] if several else [])]
        cells = [_plain(_scored(entries) or "none") for entries in columns]
        _add(table, record, types, *cells)
    return table


def spans_table(
    records: Sequence[Mapping[str, Any]],
    threshold: float | None,  # noqa: ARG001  # is about labels
    *,
    sealed: bool = True,
    types: Sequence[str] = (),
) -> Table:
    """A row per text of a model that finds spans alone; arguments as of the other tables."""
    table = _table(records=records, types=types, sealed=sealed)
    for record in records:
        _add(table, record, types)
    return table


def _table(
    *names: str, records: Sequence[Mapping[str, Any]], types: Sequence[str], sealed: bool
) -> Table:
    """The columns that tables of all tasks have, around those of one."""
    table = Table("text", *names, *(["spans"] if types else []), "words", *_rules_column(records))
    if not sealed:
        table.caption = "The file is not as it was exported."
    return table


def _add(table: Table, record: Mapping[str, Any], types: Sequence[str], *cells: Text) -> None:
    text = _plain(record["text"])
    found = []
    for span in record["spans"] if types else ():
        style = f"bold {_COLOURS[types.index(span['type']) % len(_COLOURS)]}"
        text.stylize(style, span["start"], span["end"])
        line = _plain(f"{span['type']}: {span['text']} {span['score']:.2f}")
        line.stylize(style, 0, len(span["type"]) + 1)
        found.append(line)
    spans = [Text("\n").join(found) if found else Text("none")] if types else []
    table.add_row(text, *cells, *spans, _words(record), *_reasons(record))


def _abstains(record: Mapping[str, Any], guesses: str, threshold: float | None) -> str:
    if threshold is None or record["in_scope"] >= threshold:
        return f"abstains ({guesses}; by a rule)"
    return f"abstains ({guesses}; in scope {record['in_scope']:.2f} < {threshold:.2f})"


def _rules_column(records: Sequence[Mapping[str, Any]]) -> list[str]:
    return ["rules"] if any("rules" in record for record in records) else []


def _reasons(record: Mapping[str, Any]) -> list[Text]:
    """What fired, a line each; nothing where nobody asked."""
    if "rules" not in record:
        return []
    lines = [
        _plain(
            f"{rule['name']}: {rule['does']}{' (overruled)' if rule['overruled'] else ''}"
            + (f". {rule['reason']}" if rule["reason"] else "")
        )
        for rule in record["rules"]
    ]
    return [Text("\n").join(lines)]


def _scored(entries: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"{entry['label']} {entry['score']:.2f}" for entry in entries)


def _words(record: Mapping[str, Any]) -> str:
    return f"{record['words']}{' (truncated)' if record['truncated'] else ''}"


TABLES: Final[Mapping[str, Callable[..., Table]]] = MappingProxyType(
    {
        CLASSIFICATION: answer_table,
        MULTI_LABEL: labels_table,
        SPANS: spans_table,
        GENERATION: answer_table,
    }
)


def _plain(text: str) -> Text:
    """Texts and labels come from anywhere: no markup, no control characters."""
    return Text("".join(character if character.isprintable() else " " for character in text))
