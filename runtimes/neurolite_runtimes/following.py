"""How ``neurolite-run`` answers texts: each alone, in the light of a saved state, or as turns of one conversation."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from neurolite_core.artifact.joining import join_outputs
from neurolite_core.artifact.outputs import WORDS
from neurolite_core.ground.errors import InputError
from neurolite_runtimes.conversation import Conversation
from neurolite_runtimes.session import Outputs, Session, run

Answers = Callable[[Sequence[bytes]], Outputs]


def answers_with(
    session: Session, state: Path | None, *, follow: bool, batch_size: int
) -> tuple[Answers, Conversation | None]:
    """What answers texts, and the conversation that they are turns of, where there is one.

    Args:
        session: of the model.
        state: a file of a state, which is read, and with ``follow`` written after every call.
        follow: whether texts are remembered.
        batch_size: texts in one call of the runtime, where they are not.

    Raises:
        InputError: the model keeps no state; the file is not there and nothing would be remembered.
        StateError: the file cannot be used.
    """
    if state is None and not follow:
        return lambda texts: run(session, texts, batch_size=batch_size), None
    there = state is not None and os.path.lexists(state)
    if not follow and not there:
        raise InputError(
            f"--state {state} is not there. Texts are remembered, and the file written, with --follow."
        )
    conversation = (
        Conversation.open(state, session) if state is not None and there else Conversation(session)
    )
    if not follow:
        kept = conversation.state
        return lambda texts: run(session, texts, state=kept, batch_size=batch_size), None

    def turn_by_turn(texts: Sequence[bytes]) -> Outputs:
        found = joined([conversation.remember(text) for text in texts])
        if state is not None:
            conversation.save(state)
        return found

    return turn_by_turn, conversation


def joined(parts: Sequence[Outputs]) -> Outputs:
    """The answers to several texts from those of each."""
    last = parts[-1]
    rows = [{**part.values, WORDS: part.words} for part in parts]
    values = join_outputs(rows, tuple(rows[0]))
    words = values.pop(WORDS)
    fired = [part.rules for part in parts if part.rules is not None]
    return Outputs(
        values=values,
        words=words,
        truncated=np.concatenate([part.truncated for part in parts]),
        state=last.state,
        rules=np.concatenate(fired) if fired else None,
    )
