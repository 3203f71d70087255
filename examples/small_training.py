"""A training loop as short as it gets, for the examples. ``neurolite-train`` does much more: docs/training.md."""

from __future__ import annotations

import random
from collections.abc import Sequence

import torch
from torch.nn import functional

from neurolite_core import NeuroLiteForClassification
from neurolite_core.training.distort import distort

Rows = Sequence[tuple[str, str]]  # a text and its label


def train(
    network: NeuroLiteForClassification, rows: Rows, *, steps: int, rate: float = 3e-3
) -> None:
    """Trains on batches of 64 rows, drawn at random, some of them spoilt, with a rate that rises and falls."""
    numbers = {label: number for number, label in enumerate(network.labels)}
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    rng = random.Random(0)
    network.train()
    for _ in range(steps):
        batch = [rows[place] for place in torch.randint(len(rows), (64,)).tolist()]
        texts = [distort(text, rng, typos=0.1, word_dropout=0.1) for text, _ in batch]
        logits = network(input_texts=texts)["logits"]
        truth = torch.tensor([numbers[label] for _, label in batch])
        optimizer.zero_grad()
        functional.cross_entropy(logits, truth).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    network.eval()


def share_right(answers: Sequence[str], rows: Rows) -> float:
    """The share of answers that are the rows' labels, 0 to 1."""
    return sum(answer == label for answer, (_, label) in zip(answers, rows, strict=True)) / len(
        rows
    )
