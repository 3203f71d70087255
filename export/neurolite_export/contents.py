"""What is really inside an exported file, read back from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output; free dimensions are names, those of fixed shapes the largest bucket's."""

    name: str
    dtype: str
    shape: tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Delegation:
    """How much of a graph an accelerator library took.

    Attributes:
        backend: such as ``XNNPACK``.
        delegated: nodes that it computes, in the largest bucket.
        total: all nodes of that bucket.
        left: the other nodes, by operation.
    """

    backend: str
    delegated: int
    total: int
    left: Mapping[str, int]

    @property
    def share(self) -> float:
        """Delegated nodes of all."""
        return self.delegated / self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Facts read from a written file, in terms that all formats share.

    Attributes:
        format_version: such as ``IR 8, opset 18``.
        inputs, outputs: as the file declares them.
        weight_values: how many trained numbers are stored in each type; two of ``int4`` share a byte.
        products: matrix products of the network by the type that they are computed in; of the largest
            bucket, where there are several.
        hash_types: number types that carry values inside the hash; ``float32`` and integers only.
        operations: how often each operation stands in the file, all graphs together.
        delegation: what an accelerator library takes, for formats that say so in the file.
    """

    format_version: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    weight_values: Mapping[str, int]
    products: Mapping[str, int]
    hash_types: tuple[str, ...]
    operations: Mapping[str, int] = field(default_factory=dict)
    delegation: Delegation | None = None
