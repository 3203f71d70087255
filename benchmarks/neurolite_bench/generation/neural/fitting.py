"""Fits a reference point: AdamW, a rate that rises and falls as a cosine, the weights that validation likes best."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from neurolite_bench.generation.neural.networks import WordNetwork
from neurolite_bench.generation.neural.sequences import NOT_ASKED, Sequences
from neurolite_core.ground.checks import require_range
from neurolite_core.ground.errors import InputError

_MEASURED_WORDS = 8_192  # places at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """How a reference point is fitted.

    Attributes:
        epochs: over the texts at most.
        minutes: at most; the rate falls to nothing by whichever of the two ends first.
        learning_rate: the highest.
        weight_decay: of AdamW, of matrices.
        words: places of a batch.
        window: entries of a document that are learned at once.
        warm_up: share of the time in which the rate rises.
        seed: of weights, order and dropout.

    Raises:
        InputError: a number is out of its range.
    """

    epochs: int = 20
    minutes: float = 8.0
    learning_rate: float = 2e-3
    weight_decay: float = 0.01
    words: int = 8_192
    window: int = 512
    warm_up: float = 0.05
    seed: int = 0

    def __post_init__(self) -> None:
        require_range("epochs", self.epochs, 1, 100_000)
        require_range("words", self.words, 1, 2**24)
        require_range("window", self.window, 0, 2**24)
        for name in ("minutes", "learning_rate"):
            if not getattr(self, name) > 0:
                raise InputError(f"{name} is {getattr(self, name)!r}; give more than 0.")


@dataclass(frozen=True, slots=True)
class Fitted:
    """What came out.

    Attributes:
        epochs: over the texts, the last one maybe in part.
        seconds: of the loop.
        perplexity: on validation of the weights that were kept; None without validation.
        history: perplexity after each epoch.
    """

    epochs: float
    seconds: float
    perplexity: float | None
    history: tuple[float, ...]


def fit(
    network: WordNetwork,
    learned: Sequences,
    held: Sequences | None,
    how: Fitting,
    tell: Callable[[str], None],
    better: Callable[[Fitted], object] = lambda _: None,
) -> Fitted:
    """Fits in place; leaves the weights of the lowest perplexity, without ``held`` the last ones.

    Args:
        network: on the device of the texts.
        learned: pieces to learn.
        held: whole documents of validation.
        how: the options.
        tell: is told each epoch.
        better: is called when the network's weights are the best so far on validation, so that they can be kept.
    """
    random = np.random.default_rng(how.seed)
    optimizer = torch.optim.AdamW(_groups(network, how.weight_decay), lr=how.learning_rate)
    best, kept, history = math.inf, dict[str, Tensor](), list[float]()
    start, progress, epoch = time.monotonic(), 0.0, 0
    while progress < 1:
        batches = learned.batches(how.words, random)
        nats = torch.zeros((), device=learned.entries.device)
        for number, pieces in enumerate(batches):
            spent = (time.monotonic() - start) / (60 * how.minutes)
            progress = max(spent, (epoch + number / len(batches)) / how.epochs)
            if progress >= 1:
                break
            for group in optimizer.param_groups:
                group["lr"] = how.learning_rate * _share(progress, how.warm_up)
            nats += _step(network, optimizer, *learned.take(pieces))
        epoch += 1
        progress = max(progress, epoch / how.epochs)
        line = f"epoch {epoch}: {float(nats) / len(batches):.3f} nats learned"
        if held is not None:
            history.append(perplexity(network, held))
            line += f", {history[-1]:.2f} on validation"
            if history[-1] < best:
                best = history[-1]
                kept = {name: value.clone() for name, value in network.state_dict().items()}
                spent = time.monotonic() - start
                better(Fitted(epoch, spent, best, tuple(history)))
        tell(f"{line}, {time.monotonic() - start:.0f} s")
    seconds = time.monotonic() - start
    if held is not None:
        network.load_state_dict(kept)
    found = None if held is None else best
    return Fitted(epoch, seconds, found, tuple(history))


@torch.no_grad()
def perplexity(network: WordNetwork, texts: Sequences) -> float:
    """Of all entries of documents, in evaluation."""
    network.eval()
    nats, words = 0.0, 0
    for pieces in texts.batches(_MEASURED_WORDS, None):
        read, wanted = texts.take(pieces)
        asked = wanted != NOT_ASKED
        logits = network.logits(network(read)[asked])
        nats += float(functional.cross_entropy(logits, wanted[asked], reduction="sum"))
        words += int(asked.sum())
    return math.exp(min(nats / words, 700.0))


def _step(
    network: WordNetwork, optimizer: torch.optim.Optimizer, read: Tensor, wanted: Tensor
) -> Tensor:
    network.train()
    asked = wanted != NOT_ASKED
    loss = functional.cross_entropy(network.logits(network(read)[asked]), wanted[asked])
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    return loss.detach()


def _share(progress: float, warm_up: float) -> float:
    if progress < warm_up:
        return (progress + 1e-3) / (warm_up + 1e-3)
    return 0.5 * (1 + math.cos(math.pi * (progress - warm_up) / (1 - warm_up)))


def _groups(network: WordNetwork, weight_decay: float) -> list[dict[str, object]]:
    """Matrices decay, vectors do not."""
    every = list(network.parameters())
    return [
        {"params": [each for each in every if each.dim() > 1], "weight_decay": weight_decay},
        {"params": [each for each in every if each.dim() <= 1], "weight_decay": 0.0},
    ]
