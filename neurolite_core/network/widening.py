"""The same classifier with a wide path beside it, or without."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import torch

from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.network.ruling import same_rules
from neurolite_core.network.wide import WideTable
from neurolite_core.network.wide_options import WideOptions

_Network = TypeVar("_Network", bound=NeuroLiteForClassification)
_WIDE = "wide."


def with_wide(network: _Network, options: WideOptions, table: WideTable) -> _Network:
    """A copy whose logits are the network's own and those of a wide path; a wide path that it has is replaced.

    Args:
        network: a classifier, of one label a text or several.
        options: which n-grams.
        table: what the wide path knows of them, with R and C of ``options`` and the network.

    Raises:
        InputError: the table is of other shapes.
    """
    copy = _copied(network, options)
    if copy.wide is not None:
        copy.wide.fill(table)
    return copy


def without_wide(network: _Network) -> _Network:
    """The network itself where it has no wide path, else a copy whose logits are the head's alone."""
    return network if network.wide is None else _copied(network, None)


@torch.no_grad()
def _copied(network: _Network, options: WideOptions | None) -> _Network:
    config = replace(network.config, wide=options)
    copy = type(network)(config, labels=network.labels, threshold=network.threshold)
    copy.similarities = network.similarities
    same_rules(copy, network)
    copy.to(network.head.linear.weight.device)
    values = network.state_dict()
    kept = {name: value for name, value in values.items() if not name.startswith(_WIDE)}
    copy.load_state_dict(kept, strict=False)
    return copy.train(network.training)
