"""Module for module: how a target says in its own folder what it computes in another way.

Each target has a table ``REPLACEMENTS`` in its ``modules.py``, module type -> function. A type that is not in it is
lowered as it is; a row for a type holds for that very type, not for what is derived from it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from torch import nn

_Network = TypeVar("_Network", bound=nn.Module)


@dataclass(frozen=True, slots=True)
class Lowering:
    """What a replacement may depend on.

    Attributes:
        length: word slots L where the graph's shapes are fixed, else None.
        precision: of the file.
    """

    length: int | None
    precision: str


Replacement = Callable[[Any, Lowering], nn.Module]


def with_replacements(
    network: _Network, table: Mapping[type[nn.Module], Replacement], lowering: Lowering
) -> _Network:
    """A copy of a network in which the table's functions have replaced the modules of its types.

    Args:
        network: not changed; given back itself where nothing in it is to be replaced.
        table: a target's ``REPLACEMENTS``.
        lowering: given to the functions.
    """
    if not any(type(module) in table for module in network.modules()):
        return network
    copied = copy.deepcopy(network)
    for name, module in list(copied.named_modules()):
        if type(module) in table:
            copied.set_submodule(name, table[type(module)](module, lowering))
    return copied
