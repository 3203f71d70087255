"""The head over words as whole numbers: docs/c-arithmetic.md, "Spans"."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.formats.nlm_shape import LANES, up
from neurolite_core.artifact.formats.nlm_spans import SpanSizes
from neurolite_core.network.model import TextNetwork
from neurolite_export.targets.c.built_module import BuiltModule, by_groups, floats, product_numbers
from neurolite_export.targets.c.calibrate import Ranges
from neurolite_export.targets.c.quantize import (
    POSITIVE,
    SIGNED,
    STREAM,
    Scales,
    quantize_head,
    quantize_product,
)

_FRACTION: Final = 2.0**15
_LARGEST: Final = 2**15 - 1


def build_spans(network: TextNetwork, ranges: Ranges) -> BuiltModule:
    """The head over words of a network that has one."""
    path = network.spans
    assert path is not None  # noqa: S101  # the caller looked
    stream, largest = ranges["stream"] / STREAM, ranges["spans"] / SIGNED
    mult = min(_LARGEST, max(1, round(stream / largest * _FRACTION)))
    given, hidden = stream * _FRACTION / mult, ranges["span hidden"] / POSITIVE
    width = up(path.first.out_features, LANES)
    room = width - path.first.out_features
    weight = np.pad(floats(path.first.weight), ((0, room), (0, 0)))
    bias = np.pad(floats(path.first.bias), (0, room))
    first = quantize_product(weight, bias, Scales(given, hidden), narrow=True)
    tags = path.last.out_features
    last = quantize_head(
        np.pad(floats(path.last.weight), ((0, 0), (0, room))),
        floats(path.last.bias),
        hidden,
        up(tags, LANES),
        zero=0,
    )
    thresholds = network.span_thresholds
    numbers: dict[str, NDArray[Any]] = {
        **product_numbers("span_first", first),
        "span_last_weights": by_groups(last[0]),
        "span_last_init": last[1],
        "span_last_scale": last[2],
        "span_thresholds": np.array(thresholds, np.float64),
    }
    sizes = SpanSizes(
        window=path.window,
        width=width,
        padded_tags=up(tags, LANES),
        mult=mult,
        thresholds=int(len(thresholds) > 0),
    )
    options = network.config.spans
    assert options is not None  # noqa: S101  # as the network has them
    return BuiltModule(sizes, numbers, options.types)
