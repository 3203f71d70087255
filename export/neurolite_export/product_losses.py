"""Which product int8 costs most: each alone in 8 bits, everything else in float32.

It is computed in PyTorch by the rules of the ONNX target, which are the strictest: static ranges of what enters a
product, one scale per row of its weights, one for the whole of a table. So it says where the error comes from in any
target, and not how large it is in each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from neurolite_core.answer.outputs import TAGS
from neurolite_core.answer.span_decoding import found_spans
from neurolite_core.answer.tasks import ANSWERINGS
from neurolite_core.network.model import TextNetwork
from neurolite_export.batches import batches

MOST_TEXTS: Final = 256
_WEIGHT_LIMIT: Final = 63
_TABLE_LIMIT: Final = 127
_INPUT_STEPS: Final = 255
_SMALLEST_SCALE: Final = 1e-8


@dataclass(frozen=True, slots=True)
class ProductLoss:
    """What int8 of one product does to the answers.

    Attributes:
        product: name of its weight in the model, such as ``model.window.linear``.
        sqnr_db: signal to quantization noise of the main output, or of the spans' tags where theirs is lower, dB; None
            where nothing changed.
        changed: texts with another top answer, other labels, or other spans; for embeddings 0.
        texts: how many were tried.
    """

    product: str
    sqnr_db: float | None
    changed: int
    texts: int


@torch.no_grad()
def product_losses(network: TextNetwork, texts: Sequence[bytes]) -> tuple[ProductLoss, ...]:
    """Every product and table of a network, the one that costs most first.

    Args:
        network: the reference, in evaluation mode.
        texts: at most ``MOST_TEXTS`` of them are tried, evenly taken.
    """
    some = texts[:: -(-len(texts) // MOST_TEXTS)]
    inputs = [network.features(batch) for batch in batches(some)]
    names = {
        value.untyped_storage().data_ptr(): name
        for name, value in network.named_parameters()
        if value.dim() > 1 and not name.endswith(".bias")  # of experts, which are gathered as well
    }
    inner = {name: value.shape[-1] for name, value in network.named_parameters() if value.dim() > 2}
    measured = _Ranges(names)
    reference = _outputs(network, inputs, measured)
    found = []
    for name in measured.seen:
        noisy = _outputs(network, inputs, _OneInInt8(names, name, measured.ranges, inner))
        found.append(_loss(name.removesuffix(".weight"), reference, noisy, network))
    return tuple(
        sorted(found, key=lambda row: float("inf") if row.sqnr_db is None else row.sqnr_db)
    )


class _Products(TorchFunctionMode):
    """Sees every product with a trained weight, and every gathering from a trained table.

    Args:
        names: of the parameters, by the address of their storage: a slice of a weight has the same.
    """

    def __init__(self, names: Mapping[int, str]) -> None:
        super().__init__()
        self.names = names

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401  # what the function gives
        """Changes the operands of what concerns us."""
        if func in (functional.linear, functional.embedding) and len(args) > 1:
            name = self.names.get(args[1].untyped_storage().data_ptr())
            if name is not None:
                change = self.product if func is functional.linear else self.table
                args = (*change(name, args[0], args[1]), *args[2:])
        return func(*args, **(kwargs or {}))

    def product(self, name: str, x: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
        """The operands to use in place of these."""
        raise NotImplementedError

    def table(self, name: str, indices: Tensor, table: Tensor) -> tuple[Tensor, Tensor]:
        """The operands to use in place of these."""
        raise NotImplementedError


class _Ranges(_Products):
    """Notes which products there are, and between what their inputs lie."""

    def __init__(self, names: Mapping[int, str]) -> None:
        super().__init__(names)
        self.seen: dict[str, None] = {}
        self.ranges: dict[str, tuple[float, float]] = {}

    def product(self, name: str, x: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
        self.seen[name] = None
        low, high = self.ranges.get(name, (0.0, 0.0))
        self.ranges[name] = min(low, float(x.min())), max(high, float(x.max()))
        return x, weight

    def table(self, name: str, indices: Tensor, table: Tensor) -> tuple[Tensor, Tensor]:
        self.seen[name] = None
        return indices, table


class _OneInInt8(_Products):
    """One product as int8 has it.

    Args:
        names: as of ``_Products``.
        one: which.
        ranges: of the inputs of products, by name.
        row_sizes: numbers in a row of a weight of experts, by name: each row has a scale.
    """

    def __init__(
        self,
        names: Mapping[int, str],
        one: str,
        ranges: Mapping[str, tuple[float, float]],
        row_sizes: Mapping[str, int],
    ) -> None:
        super().__init__(names)
        self.one = one
        self.ranges = ranges
        self.row_sizes = row_sizes

    def product(self, name: str, x: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
        if name != self.one:
            return x, weight
        low, high = self.ranges[name]
        scale = max((high - low) / _INPUT_STEPS, _SMALLEST_SCALE)
        zero = round(-low / scale)
        steps = (torch.round(x / scale) + zero).clamp(0, _INPUT_STEPS)
        peaks = weight.abs().amax(dim=1, keepdim=True)
        return (steps - zero) * scale, _rounded(weight, peaks / _WEIGHT_LIMIT)

    def table(self, name: str, indices: Tensor, table: Tensor) -> tuple[Tensor, Tensor]:
        if name != self.one:
            return indices, table
        if name not in self.row_sizes:
            return indices, _rounded(table, table.abs().max() / _TABLE_LIMIT)
        rows = table.reshape(-1, self.row_sizes[name])
        peaks = rows.abs().amax(dim=1, keepdim=True)
        return indices, _rounded(rows, peaks / _WEIGHT_LIMIT).reshape(table.shape)


def _rounded(values: Tensor, scale: Tensor) -> Tensor:
    scale = scale.clamp(min=_SMALLEST_SCALE)
    return torch.round(values / scale) * scale


@dataclass(frozen=True, slots=True)
class _Outputs:
    """The main output float64 [N, ...], no column of spans alone; and tags of each batch [n, L, T], 0 of no word."""

    main: NDArray[np.float64]
    tags: list[NDArray[np.float64]]
    words: list[NDArray[np.integer]]


def _outputs(
    network: TextNetwork, inputs: Sequence[tuple[Tensor, ...]], mode: _Products
) -> _Outputs:
    name = "logits" if network.labels else "embedding"
    found = _Outputs(np.zeros((0, 0)), [], [])
    main = []
    for features in inputs:
        with mode:
            answers = network.network(*features)
        main.append(answers.get(name, torch.zeros(len(features[0]), 0)))
        if TAGS in answers:
            words = features[1].numpy()
            real = np.arange(answers[TAGS].shape[1]) < words[:, None]
            found.tags.append(answers[TAGS].double().numpy() * real[..., None])
            found.words.append(words)
    return replace(found, main=torch.cat(main).double().numpy())


def _loss(name: str, reference: _Outputs, noisy: _Outputs, network: TextNetwork) -> ProductLoss:
    changed = np.zeros(len(reference.main), np.bool_)
    if (answering := ANSWERINGS.get(network.task)) is not None:
        one, other = (answering.given(x.main, network.threshold) for x in (reference, noisy))
        changed = (one != other).any(axis=1)
    others = []
    for words, one_tags, other_tags in zip(
        reference.words, reference.tags, noisy.tags, strict=True
    ):
        pairs = (
            [[each.span for each in own] for own in found_spans(x, words, network.span_thresholds)]
            for x in (one_tags, other_tags)
        )
        others += [mine != theirs for mine, theirs in zip(*pairs, strict=True)]
    if others:
        changed = changed | np.array(others)
    found = [_sqnr([reference.main], [noisy.main]), _sqnr(reference.tags, noisy.tags)]
    lowest = min((each for each in found if each is not None), default=None)
    return ProductLoss(name, lowest, int(changed.sum()), len(reference.main))


def _sqnr(
    reference: Sequence[NDArray[np.float64]], noisy: Sequence[NDArray[np.float64]]
) -> float | None:
    noise = sum(
        float(((other - one) ** 2).sum()) for one, other in zip(reference, noisy, strict=True)
    )
    signal = sum(float((one**2).sum()) for one in reference)
    return 10 * float(np.log10(signal / noise)) if noise and signal else None
