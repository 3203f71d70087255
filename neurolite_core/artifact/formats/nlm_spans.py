"""The head over words in a .nlm: docs/c-arithmetic.md, "Spans"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from neurolite_core.answer.spans import num_tags
from neurolite_core.artifact.formats.nlm_modules import Sizes
from neurolite_core.artifact.formats.nlm_shape import GROUP, LANES, NlmShape, PartRow, product_parts

SPANS_KIND: Final = 66  # of the part of sizes; names of types stand in the next


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanSizes(Sizes):
    """Sizes of the head over words.

    Attributes:
        window: words on each side that are joined.
        width: D, of the hidden layer, up to a multiple of 16.
        padded_tags: TP, T up to a multiple of 16.
        mult: of the residual stream to u7.
        thresholds: 1 where each type has a score below which no span is given.
    """

    LIMITS: ClassVar = {
        "window": (0, 8),
        "width": (LANES, 2**12),
        "padded_tags": (LANES, 2**12),
        "mult": (1, 2**15 - 1),
        "thresholds": (0, 1),
    }
    window: int
    width: int
    padded_tags: int
    mult: int
    thresholds: int

    def fits(self, shape: NlmShape) -> bool:
        """Whether the numbers go together."""
        tags = num_tags(shape.span_types)
        return self.width % LANES == 0 and self.padded_tags == -(-tags // LANES) * LANES

    def parts(self, shape: NlmShape) -> Iterator[PartRow]:
        """The two layers, and thresholds."""
        inputs = (2 * self.window + 1) * shape.hidden
        yield from product_parts(SPANS_KIND + 2, "span_first", 0, inputs, self.width)
        weights = (self.width // GROUP, self.padded_tags, GROUP)
        yield PartRow(SPANS_KIND + 6, "span_last_weights", 0, np.int8, weights)
        yield PartRow(SPANS_KIND + 7, "span_last_init", 0, np.int32, (self.padded_tags,))
        yield PartRow(SPANS_KIND + 8, "span_last_scale", 0, np.float32, (self.padded_tags,))
        thresholds = (self.thresholds * shape.span_types,)
        yield PartRow(SPANS_KIND + 9, "span_thresholds", 0, np.float64, thresholds)
