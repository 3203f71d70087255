"""Spans inside a text: ``Wake me at [seven](time)``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from neurolite_core.answer.character_spans import TypedSpan
from neurolite_core.data.rows import Source
from neurolite_core.data.spans.checks import problem_of
from neurolite_core.data.spans.rows import SpanRow
from neurolite_core.ground.values import shown
from neurolite_core.text.lines import BadRows

# A literal bracket, a span, other text, or what is left: a bracket that is neither.
_PART: Final = re.compile(
    r"\\([\[\]\\])|\[((?:\\[\[\]\\]|[^\[\]\\]+|\\(?![\[\]\\]))*+)\]\(([^()\[\]]*)\)|([^\[\]\\]+|\\)|([\[\]])"
)
_ESCAPED: Final = re.compile(r"\\([\[\]\\])")
_AROUND: Final = 20


def read_inline(
    source: Source, bad: BadRows, *, known: Collection[str] | None
) -> Iterator[SpanRow]:
    r"""Rows whose texts hold their spans as ``[words](type)``; labels are read as ever.

    ``\[``, ``\]`` and ``\\`` are a bracket or backslash of the text itself; any other backslash is one.

    Args:
        source: of the file.
        bad: takes rows that cannot be used.
        known: types that there may be; None for any.

    Raises:
        InputError: an unreadable file, or from ``bad``.
    """
    for row, _ in source.records(bad):
        text, spans, problem = parse_inline(row.text)
        problem = problem or problem_of(text, spans, known)
        if problem:
            bad.add(row.line, problem)
        else:
            yield SpanRow(text, tuple(spans), row.labels, row.line)


def parse_inline(marked: str) -> tuple[str, list[TypedSpan], str | None]:
    """A text without its marks, its spans, and what is wrong with the marks, or None."""
    parts: list[str] = []
    spans: list[TypedSpan] = []
    place = 0
    for found in _PART.finditer(marked):
        escaped, words, name, plain, bracket = found.groups()
        if bracket is not None:
            around = marked[max(0, found.start() - _AROUND) : found.start() + _AROUND]
            return (
                "",
                [],
                f"a bracket that is no span's in {shown(around)}; write [words](type), or \\{bracket} for the bracket",
            )
        part = escaped or plain or _ESCAPED.sub(r"\1", words or "")
        if name is not None:
            spans.append(TypedSpan(place, place + len(part), name))
        parts.append(part)
        place += len(part)
    return "".join(parts), spans, None


def write_inline(text: str, spans: Collection[TypedSpan]) -> str:
    r"""The text with its spans as ``parse_inline`` reads them; spans in the order of the text."""
    parts, place = [], 0
    for span in spans:
        parts += [_escape(text[place : span.start]), f"[{_escape(text[span.start : span.end])}]"]
        parts.append(f"({span.type})")
        place = span.end
    return "".join([*parts, _escape(text[place:])])


def _escape(text: str) -> str:
    return re.sub(r"([\[\]\\])", r"\\\1", text)
