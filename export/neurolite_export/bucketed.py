"""Probing files of fixed shapes: rows run one by one, and their slots are cut to what is compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.buckets import run_in_buckets
from neurolite_core.artifact.joining import join_outputs
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.outputs import INDICES, NGRAMS, OFFSETS, RULES, WORDS
from neurolite_core.network.state_spec import State
from neurolite_export.target import ProbeOutputs


def merge_rows(
    metadata: ArtifactMetadata,
    packed: NDArray[np.uint8],
    run: Callable[[int, NDArray[np.uint8], State], Mapping[str, NDArray[Any]]],
    state: State = MappingProxyType({}),
) -> ProbeOutputs:
    """Runs each row in its bucket and joins the answers.

    Args:
        metadata: of the file.
        packed: zero-padded UTF-8, uint8 [N, T].
        run: runs the bucket at a position on uint8 [1, its bytes] and a state; gives the outputs, the next state,
            ``words``, ``indices`` and, of a file with a wide path, ``ngrams``, each for one row.
        state: name -> [N, ...], of a file that keeps one.
    """
    return joined_rows(metadata, run_in_buckets(metadata.buckets, packed, run, state))


def joined_rows(
    metadata: ArtifactMetadata, rows: Sequence[Mapping[str, NDArray[Any]]]
) -> ProbeOutputs:
    """The answers of a batch from those of its rows, each for one row as in ``merge_rows``."""
    names = (*metadata.outputs, *(spec.next_name for spec in metadata.state), WORDS)
    values = join_outputs(rows, names)
    words = values.pop(WORDS).astype(np.int32)
    # Slots behind the longest text are padding; those that are not would be an error worth seeing.
    used = [np.flatnonzero(row[INDICES][0].any(axis=1)) + 1 for row in rows]
    longest = max(1, min(int(words.max(initial=0)), metadata.max_words))
    longest = max([longest, *(int(slots[-1]) for slots in used if len(slots))])
    indices = np.zeros((len(rows), longest, metadata.num_hashes), np.int32)
    for place, row in enumerate(rows):
        slots = min(longest, row[INDICES].shape[1])
        indices[place, :slots] = row[INDICES][0, :slots]
    fired = values.pop(RULES, None)
    offsets = values.pop(OFFSETS, None)
    return ProbeOutputs(
        indices,
        words,
        values,
        _joined_ngrams(rows) if NGRAMS in rows[0] else None,
        None if fired is None else fired.astype(np.int32),
        None if offsets is None else offsets.astype(np.int32),
    )


def _joined_ngrams(rows: Sequence[Mapping[str, NDArray[Any]]]) -> NDArray[np.int32]:
    """Numbers of n-grams, int32 [N, P, O] of the longest bucket that was run."""
    found = [row[NGRAMS][0] for row in rows]
    joined = np.zeros((len(rows), max(map(len, found)), found[0].shape[1]), np.int32)
    for place, numbers in enumerate(found):
        joined[place, : len(numbers)] = numbers
    return joined
