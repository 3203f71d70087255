"""What a tensor of a model takes in its int8 ONNX file; without torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

# Measured on files of opset 18: what the hash as a function and the nodes of the smallest network take, and what each
# tensor of weights adds in nodes and scales.
GRAPH: Final = 189_000
TENSOR: Final = 250
FLOAT: Final = 4
ROW: Final = 12  # of a matrix: scale, zero point, and those of its bias
TABLE: Final = "model.projection."


def parameter_bytes(name: str, shape: Sequence[int]) -> int:
    """Of a parameter: a byte a number of a matrix, four of others, and what stands around it."""
    size = TENSOR + math.prod(shape) * (1 if len(shape) > 1 else FLOAT)
    if len(shape) > 1 and not name.startswith(TABLE):
        size += ROW * shape[0]
    return size


def constant_bytes(shape: Sequence[int]) -> int:
    """Of a constant matrix of a backbone, which is rounded as a parameter is."""
    return math.prod(shape) + ROW * shape[0]
