"""Words a second, milliseconds of suggestions, and time as a text grows; all files side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from itertools import cycle
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.generation.scoring import SUGGESTIONS
from neurolite_bench.generation.speaking import Speaker, States, speak
from neurolite_bench.interleaved import Timing, ratio, time_in_turn
from neurolite_core.ground.errors import InputError
from neurolite_core.text.segments import split_segments
from neurolite_core.text.vocabulary import FIRST_WORD

MESSAGE: Final = 30  # words before suggestions
MESSAGES: Final = 20
BEFORE: Final = (10, 100, 1_000, 10_000)
_RUNS: Final = 20
_WORDS: Final = 200  # of a round, each timed by itself: the median leaves out what interrupts
_WARM_UP: Final = 5


def measure_speed(
    speakers: Mapping[str, Speaker], texts: Sequence[bytes], rounds: int
) -> dict[str, Any]:
    """Times of all files in turn, the first one compared with each other one.

    Args:
        speakers: by name.
        texts: at least ``MESSAGES`` of ``MESSAGE`` words or more, and 10,000 words in all.
        rounds: how often all are timed in turn.

    Raises:
        InputError: too few texts.
    """
    pieces = [segments.words for segments in split_segments(texts)]
    messages = [own[:MESSAGE] for own in pieces if len(own) >= MESSAGE][:MESSAGES]
    running = [piece for own in pieces for piece in own]
    if len(messages) < MESSAGES or len(running) < max(BEFORE):
        raise InputError(
            f"the texts have {len(messages)} of {MESSAGE} words or more and {len(running):,} words; give at least "
            f"{MESSAGES} and {max(BEFORE):,}."
        )
    said = {name: _saying(own, running) for name, own in speakers.items()}
    suggested = {name: _suggesting(own, messages) for name, own in speakers.items()}
    return {
        "rounds": rounds,
        "stream": _told(_timed(said, rounds, _WORDS)),
        "suggestions": _told(_timed(suggested, rounds, _RUNS)),
        "growth": {name: _growth(own, running, rounds) for name, own in speakers.items()},
    }


def suggest(logits: NDArray[np.float32]) -> NDArray[np.int64]:
    """The numbers of the words of the highest logits, in no order."""
    return np.argpartition(-logits[FIRST_WORD:], SUGGESTIONS)[:SUGGESTIONS] + FIRST_WORD


def _saying(speaker: Speaker, running: Sequence[bytes]) -> Callable[[], None]:
    """As a text is written: the best entry is looked for, and the word read that came."""
    said, pieces = speaker.begin(), cycle(running)

    def say() -> None:
        nonlocal said
        int(said[0].argmax())
        said = speaker.step((next(pieces),), said[1])

    return say


def _suggesting(speaker: Speaker, messages: Sequence[Sequence[bytes]]) -> Callable[[], object]:
    turn = cycle(messages)
    return lambda: suggest(speak(speaker, next(turn))[0])


def _growth(speaker: Speaker, running: Sequence[bytes], rounds: int) -> dict[str, float]:
    """Milliseconds of a word behind so many others, timed in turn."""
    states: dict[int, States] = {}
    said = speaker.begin()
    read = 0
    for count in BEFORE:
        for piece in running[read:count]:
            said = speaker.step((piece,), said[1])
        states[count], read = said[1], count
    calls = {str(count): partial(speaker.step, (running[0],), own) for count, own in states.items()}
    return {name: timing.median_ms for name, timing in _timed(calls, rounds, _RUNS).items()}


def _timed(calls: Mapping[str, Callable[[], object]], rounds: int, runs: int) -> dict[str, Timing]:
    return time_in_turn(calls, rounds=rounds, runs=dict.fromkeys(calls, runs), warm_up=_WARM_UP)


def _told(timed: Mapping[str, Timing]) -> dict[str, Any]:
    """Milliseconds, and how many times as long as the first one each other one takes."""
    first, *others = timed
    return {
        "ms": {name: timing.median_ms for name, timing in timed.items()},
        "ratio": {name: asdict(ratio(timed[name], timed[first])) for name in others},
    }
