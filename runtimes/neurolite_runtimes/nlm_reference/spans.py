"""The head over words of a .nlm in numpy: docs/c-arithmetic.md, "Spans"."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.spans import num_tags
from neurolite_core.artifact.formats.nlm_spans import SpanSizes
from neurolite_runtimes.nlm_reference.arithmetic import ZERO, Int64Array, products, q15, sat16, u7
from neurolite_runtimes.nlm_reference.model import NlmModel


class SpanEvaluator:
    """Computes the tags of a text's words.

    Args:
        model: that finds spans.
        numbers: of the model, widened.
    """

    def __init__(self, model: NlmModel, numbers: Mapping[tuple[str, int], Int64Array]) -> None:
        sizes = model.modules["span_types"]
        assert isinstance(sizes, SpanSizes)  # noqa: S101  # as the table of modules has it
        self._sizes, self._numbers = sizes, numbers
        self._scale = model.scales["span_last_scale"]
        self._tags = num_tags(model.shape.span_types)

    def run(self, x: Int64Array) -> NDArray[np.float32]:
        """Logits of the words' tags, float32 [L, T] of the residual stream int16 [L, H]."""
        if not len(x):
            return np.zeros((1, self._tags), np.float32)
        window, length = self._sizes.window, len(x)
        activations = u7(sat16(q15(x, self._sizes.mult) + ZERO))
        padded = np.pad(activations, ((window, window), (0, 0)), constant_values=ZERO)
        joined = np.concatenate([padded[i : i + length] for i in range(2 * window + 1)], axis=1)
        weights, init, mult, shift = (
            self._numbers[f"span_first_{what}", 0] for what in ("weights", "init", "mult", "shift")
        )
        hidden = u7(products(joined, weights, init, mult, int(shift[0])))
        last = self._numbers["span_last_weights", 0]
        sums = (hidden @ last.T + self._numbers["span_last_init", 0])[:, : self._tags]
        logits: NDArray[np.float32] = sums.astype(np.float32) * self._scale[: self._tags]
        return logits
