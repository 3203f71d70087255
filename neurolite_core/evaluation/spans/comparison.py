"""The spans that two models find in the same texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from neurolite_core.answer.spans import WordSpan
from neurolite_core.evaluation.intervals import Interval, paired_p_value
from neurolite_core.evaluation.spans.metrics import Spans, count_spans, overall
from neurolite_core.evaluation.spans.paired import f1_difference, f1_difference_interval


@dataclass(frozen=True, slots=True)
class FoundByOther:
    """What another model finds.

    Attributes:
        name: of the model.
        types: its types' names.
        spans: of each text those that it gives, in words; types are numbers of ``types``.
    """

    name: str
    types: tuple[str, ...]
    spans: Spans


@dataclass(frozen=True, slots=True, kw_only=True)
class SpansComparison:
    """A model beside another one on the same texts with spans.

    Attributes:
        name: of the other.
        f1: of the other, all types together.
        difference: F1 of this model minus that of the other.
        difference_interval: its 95 % interval, by the paired bootstrap over texts (``evaluation.spans.paired``).
        both_right, only_this_right, only_other_right, neither_right: texts, by whether all their spans were found and
            nothing else.
        p_value: of the exact test of McNemar that neither is right in more texts, two-sided.
        same_spans: texts in which both find the same, right or wrong.
    """

    name: str
    f1: float
    difference: float
    difference_interval: Interval
    both_right: int
    only_this_right: int
    only_other_right: int
    neither_right: int
    p_value: float
    same_spans: int


def compare_spans(
    truths: Spans,
    found: Spans,
    types: Sequence[str],
    other: FoundByOther,
    lost: Sequence[Sequence[int]] | None = None,
) -> SpansComparison:
    """Holds two models against each other; types are matched by name and may differ.

    Args:
        truths: of each text its spans.
        found: those that this model gives.
        types: this model's types.
        other: those that the other gives.
        lost: of each text the types of spans that no words stand for; both miss them.

    Raises:
        InputError: not of the same texts, or of none.
    """
    names = tuple(dict.fromkeys((*types, *other.types)))
    number = [names.index(name) for name in other.types]
    theirs = [[replace(span, type=number[span.type]) for span in own] for own in other.spans]
    first, second = (count_spans(truths, spans, len(names), lost) for spans in (found, theirs))
    right, other_right = first.whole, second.whole
    only_this, only_other = int((right & ~other_right).sum()), int((other_right & ~right).sum())
    return SpansComparison(
        name=other.name,
        f1=overall(second).f1,
        difference=f1_difference(first, second),
        difference_interval=f1_difference_interval(first, second),
        both_right=int((right & other_right).sum()),
        only_this_right=only_this,
        only_other_right=only_other,
        neither_right=int((~right & ~other_right).sum()),
        p_value=paired_p_value(only_this, only_other),
        same_spans=sum(
            _in_order(one) == _in_order(two) for one, two in zip(found, theirs, strict=True)
        ),
    )


def _in_order(spans: Sequence[WordSpan]) -> list[WordSpan]:
    return sorted(spans)
