"""Answers as lines of a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich.text import Text

from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_runtimes.learning.answering import Answer

_BAR: Final = 20  # characters
_COLOURS: Final = ("cyan", "magenta", "green", "yellow", "blue", "red")


def answer_lines(record: Mapping[str, Any], metadata: ArtifactMetadata) -> Iterator[Text]:
    """What a model says of a text.

    Args:
        record: as ``neurolite-run`` writes it to JSON lines.
        metadata: of the model.
    """
    if record.get("abstained"):
        yield Text("  not sure enough: better not act on this", "yellow")
    if "labels" in record and not record["labels"]:
        yield Text("  none of its labels", "yellow")
    yield from _bars(record.get("labels") or record.get("top") or _alone(record))
    for rule in record.get("rules", ()):
        if not rule["overruled"]:
            yield Text(f"  rule {rule['name']}: {rule['does']}. {rule['reason']}", "blue")
    if record.get("spans"):
        yield _marked(record, () if metadata.spans is None else metadata.spans.types)
    if record["truncated"]:
        yield Text("  its end was not read: the text is longer than the model reads", "yellow")


def learned_line(answer: Answer) -> Text:
    """What was taught says of a text."""
    near = (
        f"; nearest: {answer.evidence[0].text}"
        if answer.evidence and answer.evidence[0].text
        else ""
    )
    if answer.abstained:
        return Text(f"  taught: nothing like it (at best {answer.label}{near})", "yellow")
    score = "" if answer.score is None else f" {answer.score:.2f}"
    return Text(f"  taught: {answer.label}{score}{near}", "green")


def _alone(record: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return [record] if "label" in record else []


def _bars(rows: Sequence[Mapping[str, Any]]) -> Iterator[Text]:
    width = max((len(row["label"]) for row in rows), default=0)
    for place, row in enumerate(rows):
        filled = round(row["score"] * _BAR)
        line = Text(f"  {row['label']:<{width}}  ", "bold green" if place == 0 else "")
        line.append("█" * filled + "░" * (_BAR - filled), "green" if place == 0 else "dim")
        line.append(f" {row['score']:.2f}", "")
        yield line


def _marked(record: Mapping[str, Any], types: Sequence[str]) -> Text:
    line = Text("  ")
    for span in record["spans"]:
        colour = _COLOURS[types.index(span["type"]) % len(_COLOURS)]
        line.append(f"{span['type']}: ", f"bold {colour}")
        line.append(f"{span['text']} ({span['score']:.2f})  ", colour)
    return line
