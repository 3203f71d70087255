"""From the logits of words' tags to spans: the best tags among those that can stand together; numpy only.

Of all sequences of tags in which I of a type follows only B or I of that type, the one whose logits have the greatest
sum (Viterbi 1967, transitions that are allowed or not and cost nothing; sums float64, word by word; where sums are
equal, from the last word to the first the lowest tag number). No I depends on any tag but its own type's, and O and
every B may follow all: words and tags alone count, O(L * T).

What no graph gives, but a file from outside may, has an answer too: NaN is read as the least float32, infinities as
the least and the greatest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.scores import softmax
from neurolite_core.answer.spans import WordSpan, tags_of
from neurolite_core.ground.errors import InputError

_LIMIT = float(np.finfo(np.float32).max)


@dataclass(frozen=True, slots=True)
class FoundSpan:
    """A span that was decoded.

    Attributes:
        span: its words and type.
        score: the smallest probability of its words' tags, 0 to 1.
    """

    span: WordSpan
    score: float


def decode_tags(tags: NDArray[np.floating]) -> list[int]:
    """The best tags of one text's words.

    Args:
        tags: float32 [L, T], logits of real words alone; T = 1 + 2 * types as in ``answer.spans.tag_names``.

    Returns:
        L tag numbers.

    Raises:
        InputError: the shape is not that of tags.
    """
    logits = _checked(np.asarray(tags)[None])
    length = logits.shape[1]
    return tags_of([span for _, span in _best_spans(logits, np.array([length]))], length)


def span_scores(tags: NDArray[np.floating], spans: Sequence[WordSpan]) -> list[float]:
    """Of each span the smallest probability of its words' tags.

    Args:
        tags: float32 [L, T], logits.
        spans: within the L words.

    Returns:
        0 to 1, of softmax over a word's T logits, float64.
    """
    return _scores(_checked(np.asarray(tags)[None]), [(0, span) for span in spans])


def found_spans(
    tags: NDArray[np.floating], words: NDArray[np.integer], thresholds: Sequence[float] = ()
) -> list[list[FoundSpan]]:
    """The spans of N texts.

    Args:
        tags: float32 [N, L, T], logits.
        words: int [N], real words of each text; what is above L counts as L.
        thresholds: of each type, spans with a score below it are left out; none: all are given.

    Returns:
        of each text its spans in the order of its words.

    Raises:
        InputError: the shape is not that of tags, or there is not one threshold for each type.
    """
    logits = _checked(np.asarray(tags))
    types = (logits.shape[2] - 1) // 2
    if len(thresholds) not in (0, types):
        raise InputError(f"There are {len(thresholds)} thresholds of spans for {types} types.")
    spans = _best_spans(logits, np.minimum(words, logits.shape[1]))
    found: list[list[FoundSpan]] = [[] for _ in logits]
    for (text, span), score in zip(spans, _scores(logits, spans), strict=True):
        if not thresholds or score >= thresholds[span.type]:
            found[text].append(FoundSpan(span, score))
    return found


def _checked(tags: NDArray[np.floating]) -> NDArray[np.float64]:
    if tags.ndim != 3 or tags.shape[2] % 2 == 0:
        raise InputError(f"Tags of the shape {list(tags.shape)} cannot be read; an odd T is last.")
    wide = tags.astype(np.float64)
    return np.nan_to_num(np.clip(wide, -_LIMIT, _LIMIT), copy=False, nan=-_LIMIT)


def _best_spans(
    logits: NDArray[np.float64], words: NDArray[np.integer]
) -> list[tuple[int, WordSpan]]:
    """Spans of the best tags with their texts, in the order of texts and words; logits [N, L, T], words [N]."""
    best, starts = _forward(logits, int(words.max(initial=0)))
    ends = np.asarray(words) - 1  # of each text the word whose tag is the next to be known
    found: list[tuple[int, WordSpan]] = []
    for word in range(len(best) - 1, -1, -1):
        here = ends == word
        ends = np.where(here, word - 1, ends)
        inside = np.flatnonzero(here & (best[word] > 0))
        ends[inside] = starts[word, inside] - 1
        of_type = (best[word, inside] - 1) // 2
        rows = zip(inside.tolist(), starts[word, inside].tolist(), of_type.tolist(), strict=True)
        found += [(text, WordSpan(first, word + 1, type_)) for text, first, type_ in rows]
    return sorted(found)


def _forward(logits: NDArray[np.float64], length: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Of each word [length, N] the best tag that tags can end with there, and the first word of its span.

    Nothing else is needed on the way back: before O and B stands the best of all, and before a span's first word too.
    """
    texts = np.arange(len(logits))
    best = np.zeros((length, len(logits)), np.intp)
    starts = np.zeros((length, len(logits)), np.intp)
    sums = np.zeros(())
    begun = np.zeros((len(logits), logits.shape[2] // 2), np.intp)  # of each type's I
    for word in range(length):
        before = np.zeros((len(logits), logits.shape[2]))
        if word:
            before += sums[texts, best[word - 1]][:, None]
            keeps = sums[:, 2::2] > sums[:, 1::2]
            before[:, 2::2] = np.where(keeps, sums[:, 2::2], sums[:, 1::2])
            begun = np.where(keeps, begun, word - 1)
        else:
            before[:, 2::2] = -np.inf
        sums = before + logits[:, word]
        best[word] = sums.argmax(axis=1)
        continues = (best[word] > 0) & (best[word] % 2 == 0)
        starts[word] = word
        rows = np.flatnonzero(continues)
        starts[word, rows] = begun[rows, best[word, rows] // 2 - 1]
    return best, starts


def _scores(logits: NDArray[np.float64], spans: Iterable[tuple[int, WordSpan]]) -> list[float]:
    spans = list(spans)
    if not spans:
        return []
    sizes = np.array([span.behind - span.first for _, span in spans])
    begins = np.cumsum(sizes) - sizes
    texts = np.repeat([text for text, _ in spans], sizes)
    place = np.arange(sizes.sum()) - np.repeat(begins, sizes)
    words = np.repeat([span.first for _, span in spans], sizes) + place
    own = np.repeat([1 + 2 * span.type for _, span in spans], sizes) + (place > 0)
    chances = softmax(logits[texts, words])[np.arange(len(own)), own]
    scores: list[float] = np.minimum.reduceat(chances, begins).tolist()
    return scores
