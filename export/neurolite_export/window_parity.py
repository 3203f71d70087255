"""How far a file that goes on from a state is from the window form: the same texts, at every word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from neurolite_core.network.model import NeuroLiteForGeneration
from neurolite_core.network.state_spec import State, initial_state
from neurolite_core.network.streaming import Streamed
from neurolite_core.text.segments import split_segments
from neurolite_core.text.words import pack_texts
from neurolite_export.divergence import mean_divergence
from neurolite_export.target import ProbeSession

_MOST_PLACES: Final = 400


@dataclass(frozen=True, slots=True)
class WindowParity:
    """Distances of next words, of texts that a window holds whole.

    Attributes:
        places: compared; of a text each word, and its beginning.
        divergence: mean KL(window form || file), nats.
        max_abs_error: largest difference of any logit.
        same: places with the same most probable entry.
    """

    places: int
    divergence: float
    max_abs_error: float
    same: int


@torch.no_grad()
def measure_window(
    whole: NeuroLiteForGeneration,
    streamed: Streamed,
    session: ProbeSession,
    texts: Sequence[bytes],
) -> WindowParity:
    """Reads texts word by word by a file, and whole by the reference.

    Args:
        whole: the window form, in float32.
        streamed: the reference of the file, for its state and its limits.
        session: of the file.
        texts: those that have words, and that both can read, are taken until there are enough places.
    """
    specs, limits = streamed.state_specs, streamed.config
    expected, found = [], []
    for text in texts:
        (segments,) = split_segments([text])
        longest = max(map(len, segments.words), default=0)
        known = 0 < len(segments.words) <= whole.config.max_words
        if not known or longest > limits.max_bytes or len(text) > whole.config.max_bytes:
            continue
        vectors = whole.following(*whole.features([text]))
        expected += list(whole.head(vectors)[0].numpy())
        state: State = initial_state(specs, 1)
        for word in (b"", *segments.words):
            values = session.run(pack_texts([word]), state).values
            state = {spec.name: np.asarray(values[spec.next_name]) for spec in specs}
            found.append(values["logits"][0])
        if len(found) >= _MOST_PLACES:
            break
    one, other = np.stack(expected), np.stack(found)
    return WindowParity(
        places=len(one),
        divergence=mean_divergence(one, other),
        max_abs_error=float(np.abs(one - other).max()),
        same=int((one.argmax(axis=1) == other.argmax(axis=1)).sum()),
    )
