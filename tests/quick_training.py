"""A quick training for tests that need weights that mean something."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional

from neurolite_core import NeuroLiteConfig, NeuroLiteForClassification
from neurolite_core.network.features import features_of


def train_quickly(
    rows: Sequence[tuple[str, str]], *, epochs: int, seed: int = 0
) -> NeuroLiteForClassification:
    """Trains the tiny preset on texts and labels for a few epochs of 64."""
    torch.manual_seed(seed)
    labels = sorted({label for _, label in rows})
    network = NeuroLiteForClassification(NeuroLiteConfig.tiny(), labels=labels).train()
    places = {label: place for place, label in enumerate(labels)}
    steps = epochs * (len(rows) // 64)
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps + 1)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(epochs):
        order = torch.randperm(len(rows), generator=generator).tolist()
        for first in range(0, len(rows) - 63, 64):
            batch = [rows[place] for place in order[first : first + 64]]
            indices, counts = features_of([text for text, _ in batch], network.config)
            truth = torch.tensor([places[label] for _, label in batch])
            loss = functional.cross_entropy(network.network(indices, counts)["logits"], truth)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    return network.eval()
