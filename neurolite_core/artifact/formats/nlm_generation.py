"""A generator's answer in a .nlm: docs/c-arithmetic.md, "Generation"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from neurolite_core.artifact.formats.nlm_backbones import BackboneSizes
from neurolite_core.artifact.formats.nlm_modules import Sizes
from neurolite_core.artifact.formats.nlm_shape import GROUP, LANES, NlmShape, PartRow

GENERATION_KIND: Final = 189  # of the part of sizes
_WIDEST: Final = 2**12


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationSizes(Sizes):
    """Sizes of a generator's answer.

    Attributes:
        narrow: D, numbers that an entry has in the output matrix, up to a multiple of 16.
        stream: 1 where it goes on from a state.
        finer: 1 where the product to these numbers has a second one, of what rounding left of its activations.
    """

    LIMITS: ClassVar = {"narrow": (LANES, _WIDEST), "stream": (0, 1), "finer": (0, 1)}
    narrow: int
    stream: int
    finer: int = 0

    def fits(self, shape: NlmShape) -> bool:
        """Whether the numbers go together."""
        return self.narrow % LANES == 0 and shape.generation == 1

    def state_numbers(self, shape: NlmShape, backbone: BackboneSizes) -> tuple[int, ...]:
        """float32 numbers of each part of a text's state: of layers, of words behind, of the last word."""
        if not self.stream:
            return ()
        behind = shape.window * shape.projection
        layers = (backbone.layer_numbers,) * shape.num_blocks
        return (*layers, *((behind,) if behind else ()), shape.hidden)

    def parts(self, shape: NlmShape) -> Iterator[PartRow]:
        """All parts, in their order."""
        h, d, entries = shape.hidden, self.narrow, shape.padded_labels
        for kind, (name, dims, dtype) in enumerate(
            (
                ("numbers", (2,), np.float32),
                ("empty", (h,), np.int16),
                ("narrow_weights", (h // GROUP, d, GROUP), np.int8),
                ("narrow_init", (2, d) if self.finer else (d,), np.int32),
                ("narrow_scale", (d,), np.float32),
                ("entries_weights", (d // GROUP, entries, GROUP), np.int8),
                ("entries_init", (entries,), np.int32),
                ("entries_scale", (entries,), np.float32),
                ("entries_bias", (entries,), np.float32),
            ),
            GENERATION_KIND + 1,
        ):
            yield PartRow(kind, f"generation_{name}", 0, dtype, dims)
