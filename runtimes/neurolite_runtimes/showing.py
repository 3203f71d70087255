"""What ``neurolite-run --table`` prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

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
        guesses = ", ".join(f"{entry['label']} {entry['score']:.2f}" for entry in entries)
        answer = (
            f"abstains ({guesses}; in scope {record['in_scope']:.2f} < {threshold:.2f})"
            if record["abstained"]
            else guesses
        )
        words = f"{record['words']}{' (truncated)' if record['truncated'] else ''}"
        table.add_row(_plain(record["text"]), _plain(answer), words)
    return table


def _plain(text: str) -> Text:
    """Texts and labels come from anywhere: no markup, no control characters."""
    return Text("".join(character if character.isprintable() else " " for character in text))
