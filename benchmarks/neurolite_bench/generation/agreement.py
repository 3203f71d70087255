"""Whether files of one generator, of any runtimes and precisions, choose the same next word."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.generation.generator import answers, vocabulary_of
from neurolite_core.answer.scores import log_sum_exp
from neurolite_core.ground.errors import InputError
from neurolite_runtimes.opening import open_artifact

BEHIND: Final = "+"  # stands between groups of files


@dataclass(frozen=True, slots=True, eq=False)
class Greedy:
    """What a file says at W places.

    Attributes:
        file: its name.
        runtime: that ran it.
        best: int64 [W], the entry of the highest logit.
        nats: of the entries that came, the mean.
    """

    file: str
    runtime: str
    best: NDArray[np.int64]
    nats: float

    def same(self, other: Greedy) -> float:
        """Share of places at which both choose the same entry."""
        return float((self.best == other.best).mean())


def greedy_of(file: Path, texts: Sequence[bytes]) -> Greedy:
    """Asks a file for every word of texts."""
    session = open_artifact(file)
    places = list(_places(answers(session, texts, vocabulary_of(session, str(file)))))
    if not places:
        raise InputError("no texts to compare with; give a file with some.")
    best, nats = zip(*places, strict=True)
    return Greedy(file.name, session.runtime, np.array(best), float(np.mean(nats)))


def groups_of(files: Sequence[Path]) -> list[list[Path]]:
    """Groups of files, between which ``BEHIND`` stands: others of a group are compared with its first one.

    Raises:
        InputError: a group has no two files.
    """
    groups: list[list[Path]] = [[]]
    for file in files:
        if str(file) == BEHIND:
            groups.append([])
        else:
            groups[-1].append(file)
    if any(len(group) < 2 for group in groups):
        raise InputError(
            f"one file agrees with itself; give two or more, and as many on each side of {BEHIND!r}."
        )
    return groups


def compare(groups: Sequence[Sequence[Path]], texts: Sequence[bytes]) -> dict[str, Any]:
    """``words``, the number of places, and ``rows``; each file is asked once.

    Raises:
        InputError: the files are of several generators.
    """
    asked = {file: greedy_of(file, texts) for file in dict.fromkeys(chain.from_iterable(groups))}
    places = {len(found.best) for found in asked.values()}
    if len(places) > 1:
        raise InputError("the files are asked for other words; give those of one generator.")
    return {"words": places.pop(), "rows": rows_of(groups, asked)}


def rows_of(groups: Sequence[Sequence[Path]], asked: Mapping[Path, Greedy]) -> list[dict[str, Any]]:
    """Rows of a result, each of a file beside the first one of its group."""
    return [
        {
            "file": asked[file].file,
            "runtime": asked[file].runtime,
            "beside": asked[group[0]].file,
            "same": asked[file].same(asked[group[0]]),
            "perplexity": math.exp(asked[file].nats),
        }
        for group in groups
        for file in group
    ]


def _places(said: Iterator[tuple[NDArray[np.float32], int]]) -> Iterator[tuple[int, float]]:
    for logits, wanted in said:
        own = logits.astype(np.float64)
        yield int(own.argmax()), float(log_sum_exp(own[None])[0] - own[wanted])
