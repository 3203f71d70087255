"""Why a learner answered as it did, for people and programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from neurolite_runtimes.learning.answering import Answer
from neurolite_runtimes.learning.calibration import calibration_of
from neurolite_runtimes.learning.memory import Memory
from neurolite_runtimes.learning.scoring import Scored

_BEST: Final = 5


def explained(answer: Answer, scored: Scored | None, memory: Memory) -> dict[str, Any]:
    """An answer and what led to it, as JSON has it.

    Args:
        answer: to the text.
        scored: what the stored examples alone say of it; None without any.
        memory: of the store.
    """
    similarity, by = calibration_of(memory)
    found: dict[str, Any] = asdict(answer) | {
        "calibrated_by": by,
        "calibration": None if similarity is None else asdict(similarity),
        "examples": len(memory),
        "fitted": memory.weights is not None,
    }
    if scored is None:
        return found
    best = sorted(range(len(scored.labels)), key=lambda place: (-scored.scores[place], place))
    probabilities = scored.probabilities
    found["nearest_prototype"] = scored.cosine
    found["best"] = [
        {
            "label": memory.names[scored.labels[place]],
            "score": None if probabilities is None else float(probabilities[place]),
            "prototypes": len(memory.prototypes(scored.labels[place]).means),
        }
        for place in best[:_BEST]
    ]
    return found
