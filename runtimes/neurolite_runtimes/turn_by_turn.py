"""Whole conversations through an opened artifact, each turn in the light of those before it, many side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from neurolite_core.network.state_spec import State
from neurolite_runtimes.session import Float32Array, Session, run


def logits_of_turns(
    session: Session,
    conversations: Sequence[Sequence[str | bytes]],
    *,
    side_by_side: int,
    remember: bool = True,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Float32Array]:
    """Logits float32 [T, C] of each conversation of T texts.

    Args:
        session: a classifier; one that keeps no state answers each text by itself.
        conversations: texts in their order.
        side_by_side: conversations that go on together, and texts in one call of the runtime.
        remember: False answers each text as if nothing had come before it.
        progress: told now and then how many more texts are answered.
    """
    width = len(session.metadata.labels)
    found = [np.zeros((len(texts), width), np.float32) for texts in conversations]
    # Those that go on longest first: the rows of a state that go on are then its first ones.
    order = sorted(range(len(conversations)), key=lambda number: -len(conversations[number]))
    for first in range(0, len(order), side_by_side):
        some = order[first : first + side_by_side]
        state: State | None = None
        for turn in range(len(conversations[some[0]])):
            going_on = [number for number in some if turn < len(conversations[number])]
            if state:
                state = {name: values[: len(going_on)] for name, values in state.items()}
            texts = [conversations[number][turn] for number in going_on]
            answers = run(session, texts, state=state, batch_size=side_by_side)
            for number, logits in zip(going_on, answers.values["logits"], strict=True):
                found[number][turn] = logits
            state = answers.state if remember and answers.state else None
            progress(len(going_on))
    return found
