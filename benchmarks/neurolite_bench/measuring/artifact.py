"""Our own files as subjects: what ``neurolite_runtimes`` opens, timed from the string to the answer."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final

from neurolite_bench.measuring.onnxruntime_start import start_onnxruntime
from neurolite_bench.measuring.subject import Kind, Subject
from neurolite_core.ground.errors import InputError
from neurolite_runtimes import Outputs, Session, open_artifact, run

_OPENED_BY: Final = "neurolite_runtimes.opening"


class NotTimedError(InputError):
    """The file is in order, but nothing here runs it whose time would mean anything."""


class Artifact:
    """An exported file, opened."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def runtime(self) -> str:
        """The runtime, its version, and what computes the hash where there is a choice."""
        return self._session.runtime

    @property
    def settings(self) -> Mapping[str, str]:
        """How the session was opened."""
        return self._session.settings

    @property
    def labels(self) -> tuple[str, ...]:
        """The model's labels; random weights have them too."""
        return self._session.metadata.labels

    def answer(self, texts: Sequence[str]) -> Outputs:
        """Encoding, cutting, packing, hashing and the network."""
        return run(self._session, texts)

    def predict(self, texts: Sequence[str]) -> list[str]:
        """Label of the highest logit of each text."""
        best = self.answer(texts).values["logits"].argmax(axis=1)
        return [self.labels[int(number)] for number in best]


def open_subject(path: Path, threads: int, *, unsealed: bool = False) -> Subject:
    """Opens an artifact of any format; ``unsealed`` as ``open_artifact`` has it.

    Raises:
        NotTimedError: only a reference evaluator could compute it on this machine.
        ArtifactError: it cannot be opened.
        MissingDependencyError: its runtime is not installed.
    """
    session = open_artifact(path, threads=threads, unsealed=unsealed)
    if session.is_reference:
        raise NotTimedError(
            f"no runtime of it is on this {platform.system()}, and the time of a reference "
            "evaluator says nothing"
        )
    return Artifact(session)


_open_unsealed: Final = partial(open_subject, unsealed=True)

# Format -> how it is measured; formats are those of neurolite_runtimes.opening.
ARTIFACT_KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "onnx": Kind(("onnxruntime", _OPENED_BY), open_subject, start_onnxruntime, _open_unsealed),
        "litert": Kind(
            ("ai_edge_litert.interpreter|tflite_runtime.interpreter", _OPENED_BY),
            open_subject,
            open_unsealed=_open_unsealed,
        ),
        "executorch": Kind(
            ("torch", "executorch.extension.pybindings.portable_lib", _OPENED_BY),
            open_subject,
            open_unsealed=_open_unsealed,
        ),
        "coreml": Kind(("numpy", _OPENED_BY), open_subject, open_unsealed=_open_unsealed),
        "coreai": Kind(
            ("coreai.authoring", _OPENED_BY),
            open_subject,
            open_unsealed=_open_unsealed,
            doubt="was run by the part of Core AI that is there to check files: a phone's times are others",
        ),
        "c": Kind(("numpy", _OPENED_BY), open_subject, open_unsealed=_open_unsealed),
    }
)
