"""What rules take of the bytes that a model's file may have."""

from __future__ import annotations

from dataclasses import replace

from neurolite_core.answer.tasks import ANSWERINGS
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.ruling import rules_bytes
from neurolite_core.training.request import Request
from neurolite_core.training.sources import Sources


def with_room_for_rules(request: Request, sources: Sources) -> Request:
    """The same, with what rules leave of the limit of a file.

    Raises:
        InputError: they do not fit the data's labels.
    """
    if request.rules is None:
        return request
    labels, several = sources.train.labels, ANSWERINGS[sources.train.task].several
    size = max(
        rules_bytes(request.rules, labels, one, several=several) for one in _configs(request)
    )
    if request.most_bytes is None:
        return request
    return replace(request, most_bytes=request.most_bytes - size)


def _configs(request: Request) -> list[NeuroLiteConfig]:
    return [request.config, *(one.config for one in request.also)]
