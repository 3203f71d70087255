"""What a module of a network becomes in a .nlm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from neurolite_core.artifact.formats.nlm_modules import Sizes


@dataclass(frozen=True, slots=True, eq=False)
class BuiltModule:
    """One module's parts.

    Attributes:
        sizes: of its part of sizes.
        numbers: name of each part of numbers -> its numbers; of those of no bytes anything.
        texts: of the part of texts; empty where it has none.
    """

    sizes: Sizes
    numbers: Mapping[str, NDArray[Any]]
    texts: tuple[str, ...] = ()
