"""Experts: a text chooses one of E networks over its vector, or two, and only the chosen ones are read and computed.

The layer is the Switch Transformer's (Fedus, Zoph and Shazeer 2021, arXiv:2101.03961), over the text's vector and with
one choice for the whole text in place of one for each word (as of tasks in Kudugunta et al. 2021, arXiv:2110.03742): a
product then needs the weights of one expert, and not of all of them. The choice is made of what the words are, before
the backbone, in float32 in every precision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.network.experts_options import ExpertsOptions
from neurolite_core.network.initialise import initialise
from neurolite_core.network.pooling import MeanPooling

if TYPE_CHECKING:
    from neurolite_core.network.config import NeuroLiteConfig

STEPS: Final = 1024.0  # of a router's logit: what is nearer than that is a tie
LARGEST_LOGIT: Final = 127.0  # with 1,024 steps and 64 experts keys stay below 2^24
_BEYOND: Final = float(2**25)
_SMALLEST: Final = 1e-6
MARGIN_WEIGHT: Final = 0.1


class Router(nn.Module):
    """The logit of each expert, from the mean of the words' own vectors, brought to one length.

    No matrix product of a layer: precisions that round those leave it in float32.
    """

    def __init__(self, size: int, count: int) -> None:
        super().__init__()
        self.pool = MeanPooling()
        self.norm = nn.LayerNorm(size)
        self.weight = nn.Parameter(torch.empty(count, size))
        self.bias = nn.Parameter(torch.zeros(count))
        nn.init.normal_(self.weight, std=size**-0.5)

    def forward(self, words: Tensor, mask: Tensor) -> Tensor:
        """words float32 (N, L, D), zero where padded, mask float32 (N, L, 1) -> float32 (N, E)."""
        text: Tensor = self.norm(self.pool(words, mask))
        logits: Tensor = (text.unsqueeze(1) * self.weight).sum(dim=-1) + self.bias
        return logits

    def distances(self, logits: Tensor, top: int) -> Tensor:
        """How far texts are from the border behind which an expert would be another; logits (N, E) -> (N).

        In standard deviations of a component of the normalised mean: the difference of two logits over the length of
        the difference of their weights. Larger weights make no text's choice surer, and this no larger.
        """
        largest, places = logits.topk(top + 1, dim=-1)
        weights = self.weight * self.norm.weight
        between = weights[places[:, top - 1]] - weights[places[:, top]]
        length = torch.linalg.vector_norm(between, dim=-1).clamp(min=_SMALLEST)
        apart: Tensor = (largest[:, top - 1] - largest[:, top]) / length
        return apart


def choices(logits: Tensor, top: int) -> list[Tensor]:
    """The experts of the largest logits, each as float32 (N, E) of one 1; of equals the lowest number.

    Logits are rounded to 1/1,024 first, so that what is nearer is equal. A logit and its number then make one whole
    number below 2^24, which no other expert has: every runtime finds the same largest one, by arithmetic alone.

    Args:
        logits: float32 (N, E).
        top: how many, the largest first.
    """
    count = logits.shape[-1]
    rounded = torch.floor(logits.clamp(-LARGEST_LOGIT, LARGEST_LOGIT) * STEPS + 0.5)
    behind = torch.arange(count - 1, -1, -1, dtype=torch.float32, device=logits.device)
    keys = rounded * float(count) + behind
    found: list[Tensor] = []
    for _ in range(top):
        largest = keys.amax(dim=-1, keepdim=True)
        found.append((keys - largest + 1.0).clamp(0.0, 1.0))
        keys = keys - found[-1] * _BEYOND
    return found


def numbers_of(chosen: list[Tensor]) -> list[Tensor]:
    """The numbers int32 (N) of experts that ``choices`` found, in the same order."""
    places = torch.arange(chosen[0].shape[-1], dtype=torch.float32, device=chosen[0].device)
    return [(each * places).sum(dim=-1).to(torch.int32) for each in chosen]


def routing_loss(
    router: Router,
    logits: Tensor,
    shares: Tensor,
    chosen: list[Tensor],
    options: ExpertsOptions,
) -> Tensor:
    """What a training adds to its loss: texts are spread over experts, and choices are clear.

    The first part is equation 4 of Fedus et al. 2021, E times the sum over experts of the share of texts that chose it
    and its mean probability, 1 where all are equal. The second is a hinge on the difference of the last logit that is
    chosen and the first that is not, as ``Router.distances`` measures it.

    Args:
        router: that gave the logits.
        logits: float32 (N, E), without noise.
        shares: float32 (N, E), their softmax, with noise.
        chosen: of ``choices``, with noise.
        options: the weights.

    Returns:
        A scalar.
    """
    count, top = logits.shape[-1], len(chosen)
    used = torch.stack(chosen).sum(dim=0).mean(dim=0) / top
    balance = count * (used * shares.mean(dim=0)).sum()
    loss = options.balance * balance
    if top < count:
        missing = functional.relu(options.margin - router.distances(logits, top))
        loss = loss + MARGIN_WEIGHT * missing.mean()
    return loss


class ChosenProduct(nn.Module):
    """A linear layer of which each text uses one of E weights; a target can replace it by its type."""

    def __init__(self, count: int, inner: int, outer: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(count, outer, inner))
        self.bias = nn.Parameter(torch.zeros(count, outer))
        nn.init.normal_(self.weight, std=inner**-0.5)

    def forward(self, x: Tensor, number: Tensor) -> Tensor:
        """x float32 (N, inner), number int32 (N) of each text's expert -> float32 (N, outer)."""
        count, outer, inner = self.weight.shape
        if self.training:
            return self._by_expert(x, number)
        weight = functional.embedding(number, self.weight.reshape(count, outer * inner))
        bias = functional.embedding(number, self.bias)
        product = torch.bmm(x.unsqueeze(1), weight.reshape(-1, outer, inner).transpose(1, 2))
        return product.reshape(-1, outer) + bias

    def _by_expert(self, x: Tensor, number: Tensor) -> Tensor:
        """The same without weights for each text in memory, and without their gradient."""
        made = x.new_zeros(x.shape[0], self.weight.shape[1])
        for expert in range(len(self.weight)):
            rows = torch.nonzero(number == expert).squeeze(1)
            own = functional.linear(x[rows], self.weight[expert], self.bias[expert])
            made = made.index_add(0, rows, own)
        return made


class Expert(nn.Module):
    """A network over a text's vector, (N, H) -> (N, H), with the weights of each text's expert."""

    def __init__(self, options: ExpertsOptions, size: int) -> None:
        super().__init__()
        self.expand = ChosenProduct(options.count, size, options.width)
        self.contract = ChosenProduct(options.count, options.width, size)

    def forward(self, x: Tensor, number: Tensor) -> Tensor:
        """x float32 (N, H), number int32 (N) -> (N, H)."""
        made: Tensor = self.contract(functional.relu(self.expand(x, number)), number)
        return made


class Routed(NamedTuple):
    """What experts make of a text.

    Attributes:
        text: its vector, float32 (N, H).
        expert: the experts' numbers, int32 (N), or (N, 2) with the lower one first; None where there is no choice.
    """

    text: Tensor
    expert: Tensor | None


class OneExpert(nn.Module):
    """An expert without others: the dense layer that takes the time of one."""

    def __init__(self, config: NeuroLiteConfig, options: ExpertsOptions) -> None:
        super().__init__()
        self.expand = nn.Linear(config.hidden_size, options.width)
        self.contract = nn.Linear(options.width, config.hidden_size)
        self.dropout = nn.Dropout(config.dropout)
        initialise(self)

    def forward(self, x: Tensor, words: Tensor, mask: Tensor) -> Routed:  # noqa: ARG002  # as of ``Experts``
        """x float32 (N, H); words and mask as of ``Experts``, of which nothing is needed."""
        made = self.contract(functional.relu(self.expand(x)))
        return Routed(x + self.dropout(made), None)


class Experts(nn.Module):
    """Lets the chosen experts compute, weighs what they make by the router, and adds it.

    Attributes:
        routing_loss: of the last batch while training, what a training adds to its loss: balance and margin.
    """

    def __init__(self, config: NeuroLiteConfig, options: ExpertsOptions) -> None:
        super().__init__()
        self.options = options
        self.routing_loss: Tensor | None = None
        self.router = Router(config.projection_size, options.count)
        self.expert = Expert(options, config.hidden_size)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, words: Tensor, mask: Tensor) -> Routed:
        """x float32 (N, H), words float32 (N, L, D), zero where padded, mask float32 (N, L, 1)."""
        logits = used = self.router(words, mask)
        if self.training:
            used = logits + self.options.noise * torch.randn_like(logits)
        chosen = choices(used.detach() if self.training else used, self.options.top)
        shares = torch.softmax(used, dim=-1)
        if self.training:
            self.routing_loss = routing_loss(self.router, logits, shares, chosen, self.options)
        weights = [(each * shares).sum(dim=-1, keepdim=True) for each in chosen]
        if len(weights) > 1:
            total = weights[0] + weights[1]
            weights = [each / total for each in weights]
        numbers = numbers_of(chosen)
        made = self.expert(x, numbers[0]) * weights[0]
        for number, weight in zip(numbers[1:], weights[1:], strict=True):
            made = made + self.expert(x, number) * weight
        return Routed(x + self.dropout(made), _ascending(numbers))


def build_experts(config: NeuroLiteConfig) -> Experts | OneExpert | None:
    """The experts of a config, None where it has none."""
    if config.experts is None:
        return None
    build = Experts if config.experts.routes else OneExpert
    return build(config, config.experts)


def routing_loss_of(network: nn.Module) -> Tensor | None:
    """What the experts of a network add to the loss of the batch that it has just answered; None without experts."""
    for module in network.modules():
        if isinstance(module, Experts):
            return module.routing_loss
    return None


def _ascending(numbers: list[Tensor]) -> Tensor:
    """int32 (N), or of two (N, 2) with the lower number first: which of the two is better changes no answer."""
    if len(numbers) == 1:
        return numbers[0]
    low = torch.minimum(numbers[0], numbers[1])
    return torch.stack([low, numbers[0] + numbers[1] - low], dim=1)
