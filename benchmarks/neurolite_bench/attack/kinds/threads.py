"""One session, eight threads: every answer is the one that a thread alone gets."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.attack.kind import Job, Kind
from neurolite_bench.attack.outcomes import Found, Outcome
from neurolite_bench.generated import generated_texts
from neurolite_core.ground.errors import MissingDependencyError
from neurolite_runtimes import Session, open_artifact, run
from neurolite_runtimes.opening import RUNTIMES

THREADS: Final = 8
_DIFFERENT_TEXTS: Final = 400
# An evaluator in numpy stands in for Core ML, which is on macOS only; it takes milliseconds a text.
_MOST: Final = {"coreml": 250, "coreai": 1_000, "c": 250}


def answers(session: Session, texts: list[bytes]) -> NDArray[np.float32]:
    """Logits float32 [N, C], a text a call."""
    return np.concatenate([run(session, [text]).values["logits"] for text in texts])


def wrong_answers(session: Session, texts: int, seed: int = 0) -> tuple[int, str]:
    """Has eight threads ask at once, each in an order of its own.

    Args:
        session: that all of them use.
        texts: of each thread.
        seed: of the texts and orders.

    Returns:
        How many answers are not the bits that one thread alone gets, and the first error that was raised.
    """
    pool = generated_texts(min(_DIFFERENT_TEXTS, texts), seed)
    expected = answers(session, pool)
    wrong = [0] * THREADS
    errors: list[str] = []
    ready = threading.Barrier(THREADS)

    def ask(number: int) -> None:
        rng = random.Random(f"{seed} {number}")  # noqa: S311  # not a secret
        ready.wait()
        for _ in range(texts):
            place = rng.randrange(len(pool))
            try:
                found = answers(session, [pool[place]])[0]
            except Exception as error:  # any is a wrong answer
                errors.append(f"{type(error).__name__}: {error}")
                wrong[number] += 1
                continue
            wrong[number] += not np.array_equal(found, expected[place])

    asking = [threading.Thread(target=ask, args=(number,)) for number in range(THREADS)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    return sum(wrong), errors[0] if errors else ""


def _run(job: Job) -> Iterator[Found]:
    names = list(RUNTIMES)
    for number in job.numbers(len(names)):
        name = names[number]
        texts = min(job.texts, _MOST.get(name, job.texts))
        try:
            session = open_artifact(job.material.artifact(name))
        except MissingDependencyError:
            continue
        wrong, error = wrong_answers(session, texts, job.seed)
        outcome = Outcome.DIFFERENT if wrong else Outcome.SAME
        if error:
            outcome = Outcome.TRACEBACK
        asked = f"{name}: {THREADS} threads x {texts:,} texts"
        yield Found(asked, outcome, f"{wrong:,} wrong. {error}".strip())


KIND: Final = Kind(
    f"one session of each runtime, asked by {THREADS} threads at once",
    _run,
    targets=tuple(RUNTIMES),
)
