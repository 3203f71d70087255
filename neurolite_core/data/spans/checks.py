"""Whether spans can be spans of a text: each check says what is wrong and how to put it right."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np

from neurolite_core.answer.character_spans import TypedSpan
from neurolite_core.answer.spans import check_types
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import listed, shown
from neurolite_core.text.characters import CLASS_BASE, PAGE_SIZE, CharClass, page_of, page_tables
from neurolite_core.text.words import MAX_CLUSTER

_FIRST_FOLLOWER: Final = "\u00ad"


def problem_of(
    text: str, spans: Sequence[TypedSpan], known: Collection[str] | None = None
) -> str | None:
    """What is wrong with the spans of a text; None where nothing is.

    Args:
        text: the text.
        spans: in the order of the text.
        known: the types that there may be; None for any.
    """
    for span in spans:
        if problem := type_problem(span.type, known) or _border_problem(text, span):
            return problem
    for one, other in pairwise(spans):
        if other.start < one.end:
            return f"{_named(text, one)} and {_named(text, other)} overlap; keep one of them"
    return None


def type_problem(name: str, known: Collection[str] | None = None) -> str | None:
    """What is wrong with the name of a type; None where nothing is."""
    if problem := _illegal(name):
        return problem
    if known is not None and name not in known:
        return f"type {shown(name)} is not known here; the types are {listed(sorted(known))}"
    return None


@lru_cache(maxsize=4_096)
def _illegal(name: str) -> str | None:
    try:
        check_types((name,))
    except InputError as error:
        return str(error).removesuffix(".")
    return None


def _border_problem(text: str, span: TypedSpan) -> str | None:
    start, end = span.start, span.end
    if start == end:
        return f"the span {_written(span)} is empty; give it a character or remove it"
    if not 0 <= start < end <= len(text):
        return (
            f"the span {_written(span)} is not in the text, which has {len(text):,} characters; "
            f"give 0 <= start < end <= {len(text)}"
        )
    for place in (start, end):
        if cuts_character(text, place):
            # By its number: what combines with others would change how the message looks.
            return (
                f"the span {_written(span)} cuts a character: U+{ord(text[place]):04X} at {place} belongs to what "
                "stands before it; move the border"
            )
    return None


def cuts_character(text: str, place: int) -> bool:
    """Whether a place stands between a character and what follows it as a part of it.

    Such are combining marks, what is invisible (section 4 of ``docs/hash-spec.md``; not behind a blank, which is no
    character of a word), and the second half of a surrogate pair.

    Args:
        text: any.
        place: a character's, from 0.
    """
    if not 0 < place < len(text) or text[place] < _FIRST_FOLLOWER:
        return False
    before, behind = text[place - 1], text[place]
    if "\ud800" <= before <= "\udbff" and "\udc00" <= behind <= "\udfff":
        return True
    if not _follows(behind):
        return False
    for base in range(place - 1, max(-1, place - 1 - MAX_CLUSTER), -1):
        if not _follows(text[base]):
            return CharClass.SEPARATOR < _class_of(text[base]) < CharClass.ACCENT
    return False  # what drags so much behind it is no character of a word either


@lru_cache(maxsize=4_096)
def _follows(character: str) -> bool:
    return _class_of(character) >= CharClass.ACCENT or unicodedata.category(character)[0] == "M"


@lru_cache(maxsize=4_096)
def _class_of(character: str) -> int:
    pages, cells = page_tables()
    code = np.array([ord(character)], np.int32)
    cell = cells[pages[page_of(code)] * PAGE_SIZE + code % PAGE_SIZE]
    return int(cell[0, 0] % CLASS_BASE)


def _named(text: str, span: TypedSpan) -> str:
    return f"{shown(text[span.start : span.end])} ({span.type}, {span.start} to {span.end})"


def _written(span: TypedSpan) -> str:
    return f"[{span.start}, {span.end}, {shown(span.type)}]"
