"""Experts in a .nlm: docs/c-arithmetic.md, "Experts"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from neurolite_core.artifact.formats.nlm_modules import Sizes
from neurolite_core.artifact.formats.nlm_shape import GROUP, LANES, NlmShape, PartRow

EXPERTS_KIND: Final = 113  # of the part of sizes


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertSizes(Sizes):
    """Sizes of experts, whose number is in the shape.

    Attributes:
        top: experts that a text uses.
        width: of each one's hidden layer, up to a multiple of 16.
    """

    LIMITS: ClassVar = {"top": (1, 2), "width": (LANES, 2**13)}
    top: int
    width: int

    def fits(self, shape: NlmShape) -> bool:
        """Whether the numbers go together."""
        return self.top <= shape.experts and self.width % LANES == 0

    def parts(self, shape: NlmShape) -> Iterator[PartRow]:
        """The router, of which one expert has none, and the two layers of each expert."""
        e, h, count, width = shape.projection, shape.hidden, shape.experts, self.width
        routed = count if count > 1 else 0
        rows: tuple[tuple[str, tuple[int, ...], type[np.number]], ...] = (
            ("numbers", (4,), np.float32),
            ("gain", (e if routed else 0,), np.float32),
            ("offset", (e if routed else 0,), np.float32),
            ("router", (routed, e), np.float32),
            ("bias", (routed,), np.float32),
            ("expand_weights", (count, h // GROUP, width, GROUP), np.int8),
            ("expand_init", (count, width), np.int32),
            ("expand_mult", (count, width), np.int16),
            ("expand_shift", (count,), np.int32),
            ("contract_weights", (count, width // GROUP, h, GROUP), np.int8),
            ("contract_init", (count, h), np.int32),
            ("contract_scale", (count, h), np.float32),
        )
        for kind, (name, dims, dtype) in enumerate(rows, EXPERTS_KIND + 1):
            yield PartRow(kind, f"expert_{name}", 0, dtype, dims)
