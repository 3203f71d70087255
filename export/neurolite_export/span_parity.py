"""Whether a file finds the spans that the reference finds, and where its graph says that words stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.outputs import TAGS
from neurolite_core.answer.span_decoding import found_spans
from neurolite_core.answer.spans import WordSpan
from neurolite_core.data.spans import SpanRow, word_spans
from neurolite_core.evaluation.intervals import Interval
from neurolite_core.evaluation.spans.metrics import SpanCounts, count_spans, overall
from neurolite_core.evaluation.spans.paired import f1_difference_error, f1_difference_interval
from neurolite_core.network.model import TextNetwork
from neurolite_core.text.word_offsets import word_offsets
from neurolite_export.probes import Probes
from neurolite_export.target import ProbeOutputs

SAME_SPANS: Final = "same spans"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanParity:
    """Spans of a file and of the reference, by the thresholds that the file has.

    Attributes:
        texts: compared.
        disagreements: of those, texts whose spans differ, in words or type.
        labelled: texts whose spans are known.
        spans: how many these have.
        f1_reference, f1_artifact: F1 on those, or None where they have no span at all.
        loss_interval: 95 % interval of the F1 that the file loses (``evaluation.spans.paired``), or None.
        loss_error: its standard error, of the texts alone; 0 without an interval.
    """

    texts: int
    disagreements: int
    labelled: int
    spans: int
    f1_reference: float | None
    f1_artifact: float | None
    loss_interval: Interval | None
    loss_error: float = 0.0


class ComparedSpans:
    """Collects the spans of both, batch by batch.

    Args:
        network: the reference, with spans.
        probes: all texts, whole, and of some or all the spans that they really have.
    """

    def __init__(self, network: TextNetwork, probes: Probes) -> None:
        options = network.config.spans
        assert options is not None  # noqa: S101  # the caller looked
        self._types = options.types
        self._thresholds = network.span_thresholds
        self._known = _known_spans(probes, self._types, network.config.max_words)
        self._found: dict[int, tuple[list[WordSpan], list[WordSpan]]] = {}

    def add(
        self,
        positions: Sequence[int],
        expected: dict[str, NDArray[Any]],
        found: dict[str, NDArray[Any]],
        words: NDArray[np.integer],
    ) -> int:
        """A batch of n texts; what stands behind a text's last word becomes 0 in the tags of both.

        Args:
            positions: of the texts among all probes.
            expected: outputs of the reference, ``tags`` float32 [n, L, T] among them.
            found: of the file.
            words: int [n], real words of each.

        Returns:
            How many values of ``tags`` are of real words.
        """
        length, tags = expected[TAGS].shape[1:]
        for outputs in (expected, found):
            outputs[TAGS] = _real_words(outputs[TAGS], words, length)
        pairs = (
            found_spans(outputs[TAGS], words, self._thresholds) for outputs in (expected, found)
        )
        for position, one, other in zip(positions, *pairs, strict=True):
            self._found[position] = ([each.span for each in one], [each.span for each in other])
        return int(np.minimum(words, length).sum() * tags)

    def agrees(self) -> NDArray[np.bool_]:
        """Of each text whether both have the same spans, bool [N]."""
        rows = (self._found[position] for position in range(len(self._found)))
        return np.array([one == other for one, other in rows], np.bool_)

    def parity(self) -> SpanParity:
        """What was found of all texts."""
        agrees = self.agrees()
        asked = sorted(self._known)
        truths = [self._known[position] for position in asked]
        reference, artifact = (
            self._counts(truths, [self._found[position][which] for position in asked])
            for which in (0, 1)
        )
        some = bool(asked) and overall(reference).spans > 0
        return SpanParity(
            texts=len(agrees),
            disagreements=int((~agrees).sum()),
            labelled=len(asked),
            spans=overall(reference).spans,
            f1_reference=overall(reference).f1 if some else None,
            f1_artifact=overall(artifact).f1 if some else None,
            loss_interval=f1_difference_interval(reference, artifact) if some else None,
            loss_error=f1_difference_error(reference, artifact) if some else 0.0,
        )

    def _counts(
        self, truths: Sequence[Sequence[WordSpan]], found: Sequence[Sequence[WordSpan]]
    ) -> SpanCounts:
        return count_spans(truths, found, len(self._types))


def _known_spans(
    probes: Probes, types: Sequence[str], max_words: int
) -> dict[int, tuple[WordSpan, ...]]:
    """By position; of the spans that no words stand for nothing can be asked."""
    known = [place for place, own in enumerate(probes.spans) if own is not None]
    rows = [
        SpanRow(probes.texts[place].decode("utf-8", "surrogatepass"), own, None, place + 1)
        for place in known
        if (own := probes.spans[place]) is not None
    ]
    return dict(zip(known, word_spans(rows, types, max_words).spans, strict=True))


def _real_words(
    values: NDArray[np.float32], words: NDArray[np.integer], length: int
) -> NDArray[np.float32]:
    """Outputs of words [n, l, T] as float32 [n, length, T], zero behind each text's last word.

    What is missing is NaN: no value of the reference is near it.
    """
    rows = np.full((len(values), length, values.shape[2]), np.nan, np.float32)
    rows[:, : values.shape[1]] = values[:, :length]
    rows[np.arange(length) >= words[:, None]] = 0
    return rows


def offset_differences(
    batch: Sequence[bytes], max_words: int, found: ProbeOutputs
) -> tuple[int, int]:
    """Places of words compared, and how many the file has otherwise: all of them where the shapes differ."""
    length = found.indices.shape[1]
    expected = word_offsets(batch, max_words, length)
    if found.offsets is None or found.offsets.shape != expected.shape:
        return expected.size, expected.size
    return expected.size, int((found.offsets != expected).sum())
