"""Spans of a text, and the tags of its words that stand for them: O, and B and I of each type; no torch.

The tags are those of the CoNLL-2000 and CoNLL-2003 shared tasks (IOB2; Ramshaw and Marcus 1995, cmp-lg/9505040): B of
a span's first word, I of its others, O of words of no span.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from neurolite_core.ground.checks import require_range
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown

MOST_TYPES: Final = 1_024
MOST_CHARACTERS: Final = 256
OUTSIDE: Final = "O"
BEGINS: Final = "B-"
CONTINUES: Final = "I-"


@dataclass(frozen=True, slots=True, order=True)
class WordSpan:
    """Some words of a text that are of one type.

    Attributes:
        first: the first word, from 0.
        behind: the word behind the last one.
        type: the type's number, from 0.
    """

    first: int
    behind: int
    type: int


def check_types(types: Sequence[str]) -> tuple[str, ...]:
    """The types' names as a tuple.

    Raises:
        InputError: none or too many, not strings, empty, too long, with a blank or a bracket, or twice the same.
    """
    require_range("number of span types", len(types), 1, MOST_TYPES)
    seen: set[str] = set()
    for name in types:
        if not isinstance(name, str) or not 0 < len(name) <= MOST_CHARACTERS:
            raise InputError(
                f"Span type {shown(name)} cannot be used; give 1 to {MOST_CHARACTERS} characters."
            )
        # What the ways to write spans down in a text could not say.
        if any(sign.isspace() or sign in "()[]" or "\ud800" <= sign <= "\udfff" for sign in name):
            raise InputError(
                f"Span type {shown(name)} cannot be used; leave out blanks, brackets and halves of characters."
            )
        if name in seen:
            raise InputError(f"Span type {shown(name)} stands twice; types must differ.")
        seen.add(name)
    return tuple(types)


def num_tags(num_types: int) -> int:
    """T: O, and two for each type."""
    return 1 + 2 * num_types


def tag_names(types: Sequence[str]) -> tuple[str, ...]:
    """Names of the T tags in the order of the output ``tags``: O, B of type 0, I of type 0, B of type 1 and so on."""
    return (OUTSIDE, *(sign + name for name in types for sign in (BEGINS, CONTINUES)))


def tags_of(spans: Sequence[WordSpan], num_words: int) -> list[int]:
    """The tag of each word; of spans that do not overlap, parts behind the last word are left out."""
    tags = [0] * num_words
    for span in spans:
        for word in range(span.first, min(span.behind, num_words)):
            tags[word] = 1 + 2 * span.type + (word > span.first)
    return tags


def spans_of(tags: Sequence[int]) -> list[WordSpan]:
    """The spans of words' tags; an I that continues no span of its type begins one, as in ``conlleval``."""
    found: list[WordSpan] = []
    first, own = 0, -1
    for word, tag in enumerate((*tags, 0)):
        type_, continues = (tag - 1) // 2, tag > 0 and tag % 2 == 0
        if own >= 0 and not (continues and type_ == own):
            found.append(WordSpan(first, word, own))
            own = -1
        if tag > 0 and own < 0:
            first, own = word, type_
    return found
