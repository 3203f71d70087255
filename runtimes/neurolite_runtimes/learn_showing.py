"""What ``neurolite-learn`` prints for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from neurolite_core.ground.values import cut
from neurolite_core.text.markdown import one_line
from neurolite_runtimes.learning import Answer, Evidence, Label, Side
from neurolite_runtimes.learning.answering import LEARNED

_UNSURE: Final = "-"


def answers_table(texts: Sequence[str], answers: Sequence[Answer]) -> Table:
    """A row for each text: the answer, whose it is, what the other side says, and the nearest example."""
    both = any(item.trained is not None and item.learned is not None for item in answers)
    table = Table(
        "text", "answer", "from", *(["the other side"] if both else []), "nearest example"
    )
    if any(item.abstained is None for item in answers):
        table.caption = (
            "Nothing says yet when to abstain: there are too few examples to measure it on."
        )
    for text, item in zip(texts, answers, strict=True):
        guess = f"{item.label} {_number(item.score)}"
        if item.abstained:
            guess = f"abstains ({guess}; in scope {_number(item.in_scope)})"
        other = item.trained if item.source == LEARNED else item.learned
        cells = [text, guess, item.source, *([_side(other)] if both else []), _near(item.evidence)]
        table.add_row(*map(_plain, cells))
    return table


def labels_table(labels: Iterable[Label]) -> Table:
    """A row for each label."""
    table = Table("label", "examples", "prototypes", "")
    for item in labels:
        counts = (f"{item.examples:,}", f"{item.prototypes:,}")
        table.add_row(_plain(item.name), *counts, "trained too" if item.trained else "")
    return table


def examples_table(examples: Iterable[Evidence]) -> Table:
    """A row for each example."""
    table = Table("id", "label", "text", "strength")
    for item in examples:
        text = "(not kept)" if item.text is None else item.text
        table.add_row(str(item.id), _plain(item.label), _plain(text), f"{item.strength:.2f}")
    return table


def _near(evidence: Sequence[Evidence]) -> str:
    if not evidence:
        return _UNSURE
    first = evidence[0]
    text = "" if first.text is None else f" {cut(first.text)!r}"
    return f"{first.id}:{text} {first.label} {first.cosine:.2f}"


def _side(side: Side | None) -> str:
    return _UNSURE if side is None else f"{side.label} {_number(side.score)}"


def _number(value: float | None) -> str:
    return _UNSURE if value is None else f"{value:.2f}"


def _plain(text: str) -> Text:
    """Texts and labels come from anywhere: no markup, no control characters."""
    return Text(one_line(text))
