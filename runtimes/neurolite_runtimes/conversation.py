"""One conversation with a model that keeps a state: what is remembered goes on from call to call."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.state_file import load_state, save_state
from neurolite_core.ground.checks import require_path
from neurolite_core.ground.errors import InputError
from neurolite_core.network.state_spec import State, check_state, initial_state
from neurolite_runtimes.session import Outputs, Session, run


class Conversation:
    """Texts in their order, each answered in the light of those that were remembered before it.

    Not for several threads at once: turns have an order. Any number of conversations may share a session.

    Args:
        session: of ``open_artifact``.

    Attributes:
        turns: texts that are remembered.

    Raises:
        InputError: the model keeps no state.

    Example::

        conversation = Conversation(open_artifact("neurolite-assistant-int8.onnx"))
        conversation.remember("Alice is an engineer living in Paris.")
        logits = conversation.ask("Where does she live?").values["logits"]
        conversation.save("alice.nlstate")
    """

    def __init__(self, session: Session) -> None:
        if not session.metadata.state:
            raise InputError(
                f"{session.metadata.name} keeps no state: each of its texts stands alone. Export a model with a memory, "
                "as neurolite-train --conversation trains it."
            )
        self._session = session
        self.turns = 0
        self._state: dict[str, NDArray[Any]] = {}
        self.forget()

    @property
    def state(self) -> State:
        """What is remembered, name -> [1, ...]; arrays of its own."""
        return {name: values.copy() for name, values in self._state.items()}

    def ask(self, text: str | bytes) -> Outputs:
        """The answer to a text, which is not remembered."""
        return run(self._session, [text], state=self._state)

    def remember(self, text: str | bytes) -> Outputs:
        """The answer to a text, which is remembered: the next one is answered in its light."""
        found = self.ask(text)
        self._state = {name: np.array(values) for name, values in found.state.items()}
        self.turns += 1
        return found

    def forget(self) -> None:
        """Begins anew: nothing is remembered, and nothing of what was is left in this object."""
        for values in self._state.values():
            values.fill(0)
        self._state = initial_state(self._session.metadata.state, 1)
        self.turns = 0

    def save(self, path: str | Path) -> None:
        """Writes what is remembered to a file, in one atomic step.

        Raises:
            InputError: the file cannot be written.
        """
        save_state(require_path("path", path), self._session.metadata, self._state, self.turns)

    @classmethod
    def open(cls, path: str | Path, session: Session) -> Self:
        """Goes on with a saved conversation.

        Args:
            path: what ``save`` wrote, with this model in any target and precision.
            session: of ``open_artifact``.

        Raises:
            StateError: missing, damaged, or the state of another model.
            InputError: the model keeps no state.
        """
        found = cls(session)
        state, turns = load_state(require_path("path", path), session.metadata)
        found._state = check_state(session.metadata.state, state, 1)
        found.turns = turns
        return found
