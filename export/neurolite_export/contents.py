"""What is really inside an exported file, read back from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Contents:
    """Facts read from a written file, in terms that all formats share.

    Attributes:
        weight_values: how many trained numbers are stored in each type.
        products: matrix products of the network by the type that they are computed in.
        hash_types: number types that carry values inside the hash; ``float32`` and integers only.
        format_version: such as ``IR 8, opset 18``.
    """

    weight_values: Mapping[str, int]
    products: Mapping[str, int]
    hash_types: tuple[str, ...]
    format_version: str
