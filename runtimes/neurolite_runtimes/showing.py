"""What ``neurolite-run --table`` prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from neurolite_core.answer.tasks import CLASSIFICATION, MULTI_LABEL
from neurolite_runtimes.session import Session


def must_be_said(session: Session) -> bool:
    """Whether what runs the model is not what its user may expect: a stand-in, or no native op though one is there."""
    return session.is_reference or "native not used" in session.runtime


def answer_table(
    records: Sequence[Mapping[str, Any]], threshold: float | None, *, sealed: bool = True
) -> Table:
    """A row per text: the answer, or that the model abstains and what it would have said.

    Args:
        records: objects as ``neurolite-run`` writes them to JSON lines, with a label.
        threshold: the one that was in force; None where the file has none.
        sealed: the file is as it was exported.
    """
    table = Table("text", "answer", "words")
    if threshold is None:
        table.title = "This model cannot abstain: it has no threshold."
    if not sealed:
        table.caption = "The file is not as it was exported."
    for record in records:
        entries = record.get("top", [record])
        guesses = _scored(entries)
        answer = (
            f"abstains ({guesses}; in scope {record['in_scope']:.2f} < {threshold:.2f})"
            if record["abstained"]
            else guesses
        )
        table.add_row(_plain(record["text"]), _plain(answer), _words(record))
    return table


def labels_table(
    records: Sequence[Mapping[str, Any]], threshold: float | None, *, sealed: bool = True
) -> Table:
    """A row per text: the labels that it is given, and the best ones where they were asked for.

    Args:
        records: objects as ``neurolite-run`` writes them to JSON lines, with labels.
        threshold: the one that was in force.
        sealed: the file is as it was exported.
    """
    several = any("top" in record for record in records)
    table = Table("text", "labels", *(["best"] if several else []), "words")
    table.title = None if threshold is None else f"Labels from a score of {threshold:.2f} on"
    if not sealed:
        table.caption = "The file is not as it was exported."
    for record in records:
        columns = [record["labels"], *([record["top"]] if several else [])]
        cells = [_plain(_scored(entries) or "none") for entries in columns]
        table.add_row(_plain(record["text"]), *cells, _words(record))
    return table


def _scored(entries: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"{entry['label']} {entry['score']:.2f}" for entry in entries)


def _words(record: Mapping[str, Any]) -> str:
    return f"{record['words']}{' (truncated)' if record['truncated'] else ''}"


TABLES: Final[Mapping[str, Callable[..., Table]]] = MappingProxyType(
    {CLASSIFICATION: answer_table, MULTI_LABEL: labels_table}
)


def _plain(text: str) -> Text:
    """Texts and labels come from anywhere: no markup, no control characters."""
    return Text("".join(character if character.isprintable() else " " for character in text))
