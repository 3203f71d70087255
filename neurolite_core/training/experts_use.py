"""What each expert of a trained network is used for: how many texts, and of which labels."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurolite_core.artifact.outputs import EXPERT
from neurolite_core.network.model import TextNetwork
from neurolite_core.training.fitting.predict import computed
from neurolite_core.training.fitting.task import Validation

_LABELS: Final = 8


def experts_use(network: TextNetwork, measured: Validation, device: torch.device) -> dict[str, Any]:
    """For the report: ``experts``, with a row for each expert; empty where texts do not choose.

    Args:
        network: on ``device``.
        measured: the texts that the report is about.
        device: where the network is.

    Returns:
        Under "experts": "texts"; "top", experts that each uses; and "use", for each expert its number "expert", its
        "texts" and their "share" of all, and "labels", those that most of its texts have, with "texts" each.
    """
    options = network.config.experts
    if options is None or not options.routes:
        return {}
    count, top = options.count, options.top

    def compute(*features: Tensor) -> Tensor:
        return network.network(*features)[EXPERT].reshape(-1, top)

    chosen = computed(network, measured.store, measured.rows, device, compute, top).astype(np.int64)
    rows = [_row(number, (chosen == number).any(axis=1), measured) for number in range(count)]
    return {"experts": {"texts": len(chosen), "top": top, "use": rows}}


def _row(number: int, mine: NDArray[np.bool_], measured: Validation) -> dict[str, Any]:
    store = measured.store
    names: Counter[str] = Counter()
    for row, texts in Counter(measured.label_ids[mine].tolist()).items():
        for name in store.names(row) or ():
            names[name] += texts
    ranked = sorted(names.items(), key=lambda item: (-item[1], item[0]))[:_LABELS]
    return {
        "expert": number,
        "texts": int(mine.sum()),
        "share": float(mine.mean()) if len(mine) else 0.0,
        "labels": [{"label": label, "texts": texts} for label, texts in ranked],
    }
