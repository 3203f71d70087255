"""What cosines of a model's vectors mean, for its metadata."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch

from neurolite_core.answer.similarity import Similarity, fit_similarity
from neurolite_core.answer.tasks import GENERATION
from neurolite_export.source import Source

_BATCH: Final = 32


def similarities_of(source: Source) -> tuple[Similarity, ...]:
    """Those that training measured, else one for whole vectors, of the checkpoint's own labelled probes.

    Training does not learn its probes. Empty where there are none, they have no label each, or are too few.

    Args:
        source: the reference.
    """
    network, probes = source.network, source.probes
    if network.similarities:
        return network.similarities
    if network.task == GENERATION:  # which gives no vectors
        return ()
    if probes is None or probes.labels is None or any(len(own) != 1 for own in probes.labels):
        return ()
    order = sorted(range(len(probes.texts)), key=lambda row: len(probes.texts[row]))
    parts = []
    with torch.no_grad():
        for first in range(0, len(order), _BATCH):
            rows = order[first : first + _BATCH]
            found = network(input_texts=[probes.texts[row] for row in rows])["embedding"]
            parts.append(found.numpy())
    vectors = np.concatenate(parts)[np.argsort(order)]
    label_ids = np.unique([own[0] for own in probes.labels], return_inverse=True)[1]
    found = fit_similarity(vectors, label_ids, vectors.shape[1])
    return () if found is None else (found,)
