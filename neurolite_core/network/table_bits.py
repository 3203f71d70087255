"""The same model with its table as it is trained, or as it is deployed."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from neurolite_core.ground.errors import InputError
from neurolite_core.network.model import TextNetwork
from neurolite_core.network.projection import BloomProjection, PackedProjection
from neurolite_core.network.row_packing import row_factors
from neurolite_core.network.ruling import same_rules

_Network = TypeVar("_Network", bound=TextNetwork)
_PROJECTION = "model.projection."


def trained_table(network: TextNetwork) -> nn.Parameter:
    """The table float32 (M, E), which may be changed.

    Raises:
        InputError: it is packed.
    """
    projection = network.model.projection
    if isinstance(projection, PackedProjection):
        raise InputError(
            "The table is packed, and a packed one is not trained; give the network 32 table_bits first."
        )
    return projection.table


def full_table(network: TextNetwork) -> Tensor:
    """The table float32 (M, E), packed or not, to be read."""
    projection = network.model.projection
    if isinstance(projection, PackedProjection):
        return projection.unpacked()
    return projection.table.detach()


@torch.no_grad()
def learn_rounded(network: TextNetwork) -> None:
    """Makes a network that is trained compute with the table as it would be packed now, in place.

    As the table changes, other factors become the best: call it again from time to time, and before weights are chosen.

    Args:
        network: its table is not packed.
    """
    projection = network.model.projection
    if isinstance(projection, BloomProjection):
        factors, unit = row_factors(projection.table.cpu().numpy())
        steps = torch.from_numpy(factors.astype(np.float32) * unit)
        projection.steps = steps[:, None].to(projection.table.device)


@torch.no_grad()
def with_table_bits(network: _Network, bits: int) -> _Network:
    """The network itself where its table has these bits, else a copy: packed to the nearest table, or unpacked.

    Args:
        network: of any task.
        bits: of ``config.TABLE_BITS``.

    Raises:
        InputError: the config cannot have these bits.
    """
    if network.config.table_bits == bits:
        return network
    labels = {"labels": network.labels} if network.labels else {}
    copy = type(network)(replace(network.config, table_bits=bits), **labels)
    copy.threshold = network.threshold
    same_rules(copy, network)
    copy.to(network.model.window.linear.weight.device)
    values = network.state_dict()
    others = {name: value for name, value in values.items() if not name.startswith(_PROJECTION)}
    copy.load_state_dict(others, strict=False)
    projection, table = copy.model.projection, full_table(network)
    if isinstance(projection, BloomProjection):
        projection.table.copy_(table)
    else:
        projection.pack(table)
    return copy.train(network.training)
