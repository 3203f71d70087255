"""AdamW as trainings use it: the projection table has a learning rate of its own."""

from __future__ import annotations

from typing import Final

import torch

from neurolite_core.network.model import TextNetwork
from neurolite_core.training.fitting.schedule import learning_rate_factor
from neurolite_core.training.options import TrainingOptions

TABLE: Final = "model.projection.table"
LARGEST_GRADIENT: Final = 1.0


def adamw(network: TextNetwork, options: TrainingOptions) -> torch.optim.AdamW:
    """An optimizer whose groups have their highest ``rate``; ``set_rates`` gives each step's."""
    table = [p for name, p in network.named_parameters() if name == TABLE]
    others = [p for name, p in network.named_parameters() if name != TABLE]
    return torch.optim.AdamW(
        [
            {"params": others, "rate": options.learning_rate},
            {"params": table, "rate": options.learning_rate * options.table_rate},
        ],
        weight_decay=options.weight_decay,
        fused=True,
    )


def set_rates(optimizer: torch.optim.Optimizer, step: int, total_steps: int) -> None:
    """The learning rates of one step, in place."""
    factor = learning_rate_factor(step, total_steps)
    for group in optimizer.param_groups:
        group["lr"] = group["rate"] * factor
