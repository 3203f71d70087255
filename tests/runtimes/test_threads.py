"""One session of each runtime, asked by eight threads: right answers. The long run: ``neurolite_bench.attack``."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from artifacts import Store
from neurolite_bench.attack.kinds.threads import wrong_answers
from neurolite_runtimes import Session, open_artifact

# Of each thread. Evaluators in numpy stand in for Core ML and C, and take milliseconds a text.
TEXTS = {"onnx": 400, "litert": 400, "executorch": 400, "coreml": 20, "coreai": 60, "c": 20}


@pytest.mark.parametrize("target", TEXTS)
def test_threads_get_right_answers(target: str, exported: Store) -> None:
    session = open_artifact(exported(target, "one", "int8").path)
    assert wrong_answers(session, TEXTS[target]) == (0, "")


def test_wrong_answers_and_errors_are_counted(exported: Store) -> None:
    """A session without turns, whose threads take one another's input, as LiteRT's would."""
    session = open_artifact(exported("onnx", "one", "int8").path)

    class Shared:
        def __init__(self, inner: Session) -> None:
            self.metadata, self.runtime = inner.metadata, inner.runtime
            self.is_reference, self.sealed = inner.is_reference, inner.sealed
            self.settings, self.inner = inner.settings, inner
            self.fed: NDArray[np.uint8] = np.zeros((1, 1), np.uint8)
            self.alone = threading.Event()

        def run_bytes(
            self, packed: NDArray[np.uint8], _: object = None
        ) -> Mapping[str, NDArray[np.generic]]:
            self.fed = packed
            self.alone.wait(0.001)  # another thread may come
            return self.inner.run_bytes(self.fed)

    wrong, _ = wrong_answers(Shared(session), 20)
    assert wrong > 0
