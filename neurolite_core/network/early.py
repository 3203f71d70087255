"""What a classifier with exits says: of each layer, and of the first that is sure."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

from neurolite_core.network.exits_options import DEPTH

if TYPE_CHECKING:
    from neurolite_core.network.model import NeuroLiteForClassification, TextNetwork


def layer_answers(
    network: TextNetwork, indices: Tensor, counts: Tensor, *more: Tensor
) -> tuple[list[Tensor], list[Tensor]]:
    """What the head says of each layer, without rules.

    Args:
        network: a classifier with exits.
        indices: as of ``TextNetwork.network``.
        counts: as there.
        more: as there.

    Returns:
        D of logits float32 (N, C), each calibrated, and D of the vectors float32 (N, T) that the head read.
    """
    own = cast("NeuroLiteForClassification", network)  # ``task_checks.check_early``
    assert own.exits is not None  # noqa: S101  # the caller looked
    layers, words, mask = own.model.layers(indices, counts)
    norms = own.exits.norms(own.norm)
    texts = [norm(own.pool(each, mask)) for norm, each in zip(norms, layers, strict=True)]
    if own.config.bag:
        bag = own.bag(words, mask)
        texts = [own.joined(bag, each) for each in texts]
    said = [own.head(each) for each in texts]
    if own.wide is not None:
        beside = own.wide(more[0])
        said = [each + beside for each in said]
    return own.exits.calibrated(said), texts


def early_answers(
    network: TextNetwork, indices: Tensor, counts: Tensor, *more: Tensor, hidden: bool
) -> dict[str, Tensor]:
    """Named outputs of the first layer that is sure.

    Args:
        network: as of ``layer_answers``.
        indices: as there.
        counts: as there.
        more: as there.
        hidden: give ``Early.parts`` as well.
    """
    own = cast("NeuroLiteForClassification", network)
    assert own.exits is not None  # noqa: S101  # the caller looked
    early = own.exits(*layer_answers(network, indices, counts, *more))
    answers = {"logits": early.logits, "embedding": own.embedding(early.text)}
    answers[DEPTH] = early.depth.to(torch.int32)
    return answers | (early.parts if hidden else {})
