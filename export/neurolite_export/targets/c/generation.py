"""A generator's answer as whole numbers: docs/c-arithmetic.md, "Generation"."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from neurolite_core.artifact.formats.nlm_generation import GenerationSizes
from neurolite_core.artifact.formats.nlm_shape import LANES, up
from neurolite_core.network.model import TextNetwork
from neurolite_core.network.streaming import Streamed
from neurolite_export.targets.c.built_module import BuiltModule, by_groups, floats
from neurolite_export.targets.c.calibrate import WORDS, Ranges
from neurolite_export.targets.c.quantize import NORM_ZERO, SIGNED, STREAM, quantize_head

_LARGEST: Final = 2**15 - 1


def build_generation(network: TextNetwork, ranges: Ranges) -> BuiltModule:
    """The answer over a vocabulary of a network that has one."""
    own: Any = network
    stream, words = ranges["stream"] / STREAM, ranges[WORDS]
    narrow, entries = own.head.narrow, own.head.entries
    width, labels = up(narrow.out_features, LANES), up(entries.out_features, LANES)
    first = quantize_head(
        floats(narrow.weight), floats(narrow.bias), ranges["final"] / SIGNED, width
    )
    room = width - narrow.out_features
    weight = np.pad(floats(entries.weight), ((0, 0), (0, room)))
    # The steps of what they are given depend on the text, so that biases stand by themselves.
    last = quantize_head(weight, np.zeros(entries.out_features), 1.0, labels)
    numbers = {
        "numbers": np.array([stream, words]),
        "empty": np.clip(np.rint(floats(own.empty) / stream), -_LARGEST, _LARGEST),
        "narrow_weights": by_groups(first[0]),
        # Of the product, and of that of what rounding left of its activations.
        "narrow_init": np.stack([first[1], -NORM_ZERO * first[0].sum(axis=1, dtype=np.int64)]),
        "narrow_scale": first[2],
        "entries_weights": by_groups(last[0]),
        "entries_init": last[1],
        "entries_scale": last[2],
        "entries_bias": np.pad(floats(entries.bias), (0, labels - entries.out_features)),
    }
    sizes = GenerationSizes(narrow=width, stream=int(isinstance(network, Streamed)), finer=1)
    return BuiltModule(sizes, {f"generation_{name}": each for name, each in numbers.items()})
