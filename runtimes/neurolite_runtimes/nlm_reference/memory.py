"""A memory of a .nlm in numpy: docs/c-arithmetic.md, "Memory". Float32 operations one by one, in the page's order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.formats.nlm_memory import MemorySizes
from neurolite_runtimes.nlm_reference.arithmetic import ZERO, Int64Array
from neurolite_runtimes.nlm_reference.floats import (
    dots,
    nearest,
    power,
    softmax,
    total,
    whole_numbers,
)
from neurolite_runtimes.nlm_reference.model import NlmModel

Floats = NDArray[np.float32]
_FAR: Final = np.float32(1e4)
_SHARPNESS, _GRID, _EMPTY, _KEPT = (np.float32(value) for value in (32, 16, 2, 0.95))
_SMALLEST: Final = np.float32(1e-6)
_ONE: Final = np.float32(1)
_ZERO: Final = np.float32(0)


class MemoryEvaluator:
    """Computes what a memory makes of a text, and what it then remembers.

    Args:
        model: with a memory.
    """

    def __init__(self, model: NlmModel) -> None:
        sizes = model.modules["memory"]
        assert isinstance(sizes, MemorySizes)  # noqa: S101  # as the table of modules has it
        self._sizes, self._bag = sizes, bool(model.shape.bag)
        self._parts: dict[str, Any] = {
            name.removeprefix("memory_"): table for name, table in model.scales.items()
        }
        self._matrices = {
            name.removeprefix("memory_"): numbers.astype(np.int64)
            for (name, _), numbers in model.numbers.items()
            if name.startswith("memory_")
        }

    def run(
        self, vector: Int64Array, state: Sequence[Floats]
    ) -> tuple[Floats, Int64Array, list[Floats]]:
        """The vector that is remembered float32 [D], as the head takes it u7 [D], and the next state.

        Args:
            vector: whole numbers of the text [D].
            state: in the order of the metadata's specs.
        """
        text, sizes = self._text(vector), self._sizes
        working, slots = _split(state, sizes)
        reads: list[Floats] = []
        weights: list[Floats] = []
        if working:
            reads += self._retrieve("working", text, working[0], working[1][0])[0]
        if slots:
            found, weights = self._retrieve("slot", text, slots[0], _filled(slots[1][0]))
            reads += found
        if sizes.patterns:
            reads.append(self._pattern(text))
        entry = self._entry(text, reads)
        inverse = self._parts["numbers"][2]
        steps = [nearest(each, ZERO - 1) for each in (entry * inverse).tolist()]
        given = np.clip(np.array(steps, np.int64) + ZERO, 0, 127)
        following: list[Floats] = []
        if working:
            following += [
                np.concatenate([entry[None], working[0][:-1]]),
                np.concatenate([np.ones((1, 1), np.float32), working[1][:, :-1]], axis=1),
            ]
        if slots:
            following += self._write(entry, slots, weights)
        return entry, given, following

    def _text(self, vector: Int64Array) -> Floats:
        scale = self._parts["numbers"][0]
        if self._bag:
            square = int((vector**2).sum())
            scale = scale / np.sqrt(np.float32(square)) if square else _ZERO
        found: Floats = vector.astype(np.float32) * scale
        return found

    def _layer(self, name: str, a: Floats) -> Floats:
        """A product of int8 with numbers of 12 bits."""
        numbers, step = whole_numbers(a)
        sums = self._matrices[f"{name}_matrix"] @ numbers
        found: Floats = (
            sums.astype(np.float32) * (self._parts[f"{name}_scale"] * step)
            + self._parts[f"{name}_bias"]
        )
        return found

    def _retrieve(
        self, level: str, text: Floats, vectors: Floats, filled: Floats
    ) -> tuple[list[Floats], list[Floats]]:
        """The reads of a level with a state, each [D], and the weights of its patterns, each [P]."""
        queries = self._layer(f"{level}_queries", text).reshape(-1, self._sizes.key_size)
        keys = np.stack([self._layer(f"{level}_keys", vector) for vector in vectors])
        places = self._parts.get(f"{level}_ages", np.zeros((len(queries), len(keys)), np.float32))
        reads, weights = [], []
        for query, beta, own in zip(queries, self._parts[f"{level}_beta"], places, strict=True):
            aside = (filled - _ONE) * _FAR + own
            found = self._recall(query, keys, aside, beta)
            weights.append(found)
            reads.append(_weighted(found, vectors))
        return reads, weights

    def _recall(
        self, query: Floats, keys: Floats, aside: Floats | None, beta: np.float32
    ) -> Floats:
        weights = np.zeros(len(keys), np.float32)
        for step in range(self._sizes.steps):
            if step:
                query = _weighted(weights, keys)
            energies = dots(keys, query * beta)
            weights = softmax(energies if aside is None else energies + aside)
        return weights

    def _pattern(self, text: Floats) -> Floats:
        keys, beta = self._parts["pattern_keys"], self._parts["pattern_beta"][0]
        weights = self._recall(self._layer("pattern_query", text), keys, None, beta)
        values = self._matrices["pattern_values"].astype(np.float32)
        return _weighted(weights * self._parts["pattern_scales"], values)

    def _entry(self, text: Floats, reads: Sequence[Floats]) -> Floats:
        gates = self._layer("gates", text)
        joined = [
            read * (_ONE / (_ONE + power(-gate))) for read, gate in zip(reads, gates, strict=True)
        ]
        hidden = np.maximum(self._layer("join", np.concatenate([text, *joined])), _ZERO)
        x = text + self._layer("add", hidden)
        size = np.float32(len(x))
        x = x - total(x) / size
        spread = dots(x[None], x)[0] / size
        inverse = _ONE / np.sqrt(spread + self._parts["numbers"][1])
        entry: Floats = x * inverse * self._parts["gain"] + self._parts["offset"]
        return entry

    def _write(
        self, entry: Floats, state: Sequence[Floats], weights: Sequence[Floats]
    ) -> list[Floats]:
        """Slots [S, D], texts [1, S] and use [1, S] with an entry in them."""
        slots, texts, used = state[0], state[1][0], state[2][0]
        border, haste = self._parts["slot_numbers"]
        filled = _filled(texts)
        lengths = np.sqrt(np.array([dots(slot[None], slot)[0] for slot in slots]))
        both = np.maximum(lengths * np.sqrt(dots(entry[None], entry)[0]), _SMALLEST)
        energies = dots(slots, entry) / both * _SHARPNESS + (filled - _ONE) * _FAR
        best = max(energies.max(), np.float32(-2) * _FAR) - border * _SHARPNESS
        how = _ONE / (_ONE + power(-best))
        steps = np.floor((used + _EMPTY) * filled * _GRID) + self._parts["slot_ties"]
        merged, taken = how * softmax(energies), (_ONE - how) * softmax(steps * haste)
        left, added = _ONE - taken, merged + taken
        share = merged / (texts + _ONE) + taken
        read = np.zeros_like(used)
        for own in weights:
            read = read + own
        return [
            slots + share[:, None] * (entry - slots),
            (texts * left + added)[None],
            (used * left * _KEPT + read / np.float32(len(weights)) + added)[None],
        ]


def _weighted(weights: Floats, rows: Floats) -> Floats:
    """Rows [P, n] added by their weights, the first one first."""
    found = np.zeros(rows.shape[1], np.float32)
    for weight, row in zip(weights, rows, strict=True):
        found = found + weight * row
    return found


def _filled(texts: Floats) -> Floats:
    found: Floats = np.minimum(np.float32(2) * texts, _ONE)
    return found


def _split(
    state: Sequence[Floats], sizes: MemorySizes
) -> tuple[Sequence[Floats], Sequence[Floats]]:
    """Vectors and filled of working memory, and slots, texts and use of long-term memory; of no level nothing."""
    first = 2 if sizes.working else 0
    return state[:first], state[first:]
