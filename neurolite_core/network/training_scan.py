"""The recurrence of ``network.scan`` for trainings: the same h_t, by fewer passes over memory, with its own gradient.

The scan that doubles its reach touches all numbers log2 L times, and a gradient keeps each time. Here words are taken
in pieces of eight: within them one after the other, all pieces at once; then the pieces' ends likewise, and what comes
in is added to each (Blelloch, "Prefix Sums and Their Applications", 1990, section 1.4). The gradient of a recurrence is
one from the other end (Martin and Cundy, 2018, arXiv:1709.04057, section 2.2): h and the factors are all that it keeps.
"""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional

from neurolite_core.network.scan import shifted

_PIECE: Final = 8


def training_scan(factors: Tensor, inputs: Tensor, *, backward: bool = False) -> Tensor:
    """As ``scan`` of all words; arguments as there. No converter knows it."""
    found: Tensor = _Scan.apply(factors, inputs, backward)  # type: ignore[no-untyped-call]
    return found


class _Scan(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, factors: Tensor, inputs: Tensor, backward: bool) -> Tensor:  # noqa: ANN401  # as torch calls it
        found = _recur(factors, inputs, backward=backward)
        ctx.save_for_backward(factors, found)
        ctx.backward_way = backward
        return found

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:  # noqa: ANN401  # as torch calls it
        factors, found = ctx.saved_tensors
        way = ctx.backward_way
        of_next = shifted(factors, 1, backward=not way)
        added = _recur(of_next, gradients[0], backward=not way)
        return added * shifted(found, 1, backward=way), added, None


def _recur(factors: Tensor, inputs: Tensor, *, backward: bool) -> Tensor:
    """h of h_t = a_t h_(t-1) + b_t, all float32 (N, L, C), without a gradient."""
    batch, length, channels = inputs.shape
    if length <= _PIECE:
        return _inside(factors[:, None], inputs[:, None], backward=backward)[0][:, 0]
    behind = -length % _PIECE
    shape = (batch, (length + behind) // _PIECE, _PIECE, channels)
    pieces = [functional.pad(x, (0, 0, 0, behind)).reshape(shape) for x in (factors, inputs)]
    kept, reached = _inside(*pieces, backward=backward)
    end = 0 if backward else -1
    ends = _recur(reached[:, :, end], kept[:, :, end], backward=backward)
    kept.addcmul_(reached, shifted(ends, 1, backward=backward)[:, :, None])
    return kept.reshape(batch, length + behind, channels)[:, :length]


def _inside(factors: Tensor, inputs: Tensor, *, backward: bool) -> tuple[Tensor, Tensor]:
    """Of each piece (N, G, P, C) its own h, with zeros before it, and what becomes of 1 before it."""
    kept, reached = torch.empty_like(inputs), torch.empty_like(inputs)
    size = inputs.shape[2]
    order = range(size)[::-1] if backward else range(size)
    before = None
    for place in order:
        if before is None:
            kept[:, :, place] = inputs[:, :, place]
            reached[:, :, place] = factors[:, :, place]
        else:
            own = factors[:, :, place]
            torch.addcmul(inputs[:, :, place], own, kept[:, :, before], out=kept[:, :, place])
            torch.mul(own, reached[:, :, before], out=reached[:, :, place])
        before = place
    return kept, reached
