"""How far a file's next words are from the reference's, as distributions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.scores import log_sum_exp


def mean_divergence(reference: NDArray[np.float32], artifact: NDArray[np.float32]) -> float:
    """The mean over N texts of KL(reference || file), nats; NaN where a logit was none.

    Texts that the reference says rightly have by the file a perplexity that is e to this as high (Kullback and Leibler
    1951, doi 10.1214/aoms/1177729694).

    Args:
        reference: logits [N, V].
        artifact: logits [N, V] of the same texts.
    """
    found = []
    for one, other in zip(reference.astype(np.float64), artifact, strict=True):
        own = one - log_sum_exp(one[None])
        theirs = other.astype(np.float64) - log_sum_exp(other[None].astype(np.float64))
        found.append(float((np.exp(own) * (own - theirs)).sum()))
    return float(np.mean(found))
