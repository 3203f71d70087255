"""A .nlm's answer to one text, step by step as docs/c-arithmetic.md has it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.formats.nlm_shape import HYPERMIXER, MAX, MIXER
from neurolite_core.artifact.outputs import EXPERT, INDICES, NGRAMS, OFFSETS, RULES, TAGS, WORDS
from neurolite_core.hashing.ngrams import NgramConfig, hash_ngrams, number_ngrams
from neurolite_core.hashing.words import hash_words
from neurolite_core.network.state_spec import State, initial_state
from neurolite_core.text.line_breaks import with_breaks
from neurolite_core.text.word_offsets import word_offsets
from neurolite_runtimes.nlm_reference.arithmetic import (
    ZERO,
    Int64Array,
    norm,
    normalised_root,
    products,
    q15,
    sat16,
    shifted,
    u7,
)
from neurolite_runtimes.nlm_reference.backbones import BACKBONES, GOING_ON, blocks_of
from neurolite_runtimes.nlm_reference.experts import ExpertEvaluator
from neurolite_runtimes.nlm_reference.floats import unit_floats
from neurolite_runtimes.nlm_reference.generation import GenerationEvaluator, Kept
from neurolite_runtimes.nlm_reference.memory import MemoryEvaluator
from neurolite_runtimes.nlm_reference.model import NlmModel
from neurolite_runtimes.nlm_reference.rules import RuleEvaluator
from neurolite_runtimes.nlm_reference.spans import SpanEvaluator

RUNTIME: Final = "numpy, by docs/c-arithmetic.md"
_ROOT_BITS: Final = 16
_ZERO_OF_Y: Final = 16 * ZERO + 8
_NOTHING: Final[State] = MappingProxyType({})


class NlmEvaluator:
    """Computes a model's answers; any number of threads may ask at once.

    Args:
        model: a file, read.
    """

    def __init__(self, model: NlmModel) -> None:
        self._model = model
        self._numbers = model.widened()
        shape = model.shape
        self._rules = RuleEvaluator(model) if shape.rules else None
        self._blocks = blocks_of(model) if shape.backbone != MIXER else ()
        self._experts = ExpertEvaluator(model) if shape.experts else None
        self._memory = MemoryEvaluator(model) if shape.memory else None
        self._generation = GenerationEvaluator(model, self._numbers) if shape.generation else None
        self._spans = SpanEvaluator(model, self._numbers) if shape.span_types else None
        if shape.wide_rows:
            limits = (shape.wide_lowest, shape.wide_highest, bool(shape.wide_across))
            self._ngrams = NgramConfig(*limits, shape.wide_symbols)

    def run(self, data: bytes, state: State = _NOTHING) -> Mapping[str, NDArray[np.generic]]:
        """All outputs [1, ...] of a text, ``indices`` int32 [1, L, K], and the next state.

        Args:
            data: the text.
            state: name -> what is remembered, in its spec's shape; nothing for a new conversation.
        """
        model, shape = self._model, self._model.shape
        read = with_breaks(data) if shape.generation else data
        words = hash_words([read], num_hashes=shape.num_hashes, table_size=shape.table_size)
        indices, counts = words.padded(shape.max_words)
        kept = indices[0, : counts[0]]
        e16 = self._words(kept)
        hashed = {WORDS: words.counts.astype(np.int32), INDICES: indices}
        if self._generation is not None:
            return {**self._followed(self._generation, e16, state), **hashed}
        x = self._backbone(e16)
        vector, given, expert = self._vector(e16, x)
        embedding = unit_vector(vector)
        remembered: dict[str, NDArray[Any]] = {}
        if self._memory is not None:
            entry, given, remembered = self._remember(self._memory, vector, state)
            embedding = unit_floats(entry)
        found: dict[str, NDArray[Any]] = {"embedding": embedding, "logits": self._logits(given)}
        found[EXPERT] = expert[0] if len(expert) == 1 else expert
        if shape.wide_rows:
            hashed[NGRAMS] = number_ngrams(hash_ngrams([data], self._ngrams).padded())
            found["logits"] = found["logits"] + self._wide(hashed[NGRAMS])
        if self._rules is not None:
            found["logits"], found[RULES] = self._rules.run(data, kept, found["logits"])
        if self._spans is not None:
            found[TAGS] = self._spans.run(x)
            found[OFFSETS] = word_offsets([data], shape.max_words, max(1, len(kept)))[0]
        outputs = {name: np.asarray(found[name])[None] for name in model.metadata.outputs}
        return {**outputs, **hashed, **remembered}

    def _followed(
        self, generation: GenerationEvaluator, e16: Int64Array, state: State
    ) -> dict[str, NDArray[Any]]:
        """What follows a text by itself, or one that goes on from a state, and the next state."""
        specs = self._model.metadata.state
        given = state
        if specs and not state:
            given = {name: values[0] for name, values in initial_state(specs, 1).items()}
        kept = generation.begin(given)
        vector = generation.vector(self._backbone(e16, kept), kept)
        y, pooled = self._final_norm(sat16(4 * vector))
        found = {
            "logits": generation.logits(y, pooled),
            "embedding": unit_vector(y - _ZERO_OF_Y),
        }
        outputs = {name: found[name][None] for name in self._model.metadata.outputs}
        return {**outputs, **generation.following(kept)}

    def _final_norm(self, pooled: Int64Array) -> tuple[Int64Array, Int64Array]:
        """y int16 [H] and u7 [H] of a text's vector."""
        gain, offset = self._part("final_gain"), self._part("final_offset")
        y, found = norm(pooled[None], gain, offset, self._model.shape.final_eps)
        return y[0], found[0]

    def _vector(
        self, e16: Int64Array, x: Int64Array
    ) -> tuple[Int64Array, Int64Array, NDArray[np.int32]]:
        """The text's whole numbers, what the head takes of them, u7 [1, ...], and the numbers of its experts."""
        y, own = self._final_norm(self._pool(x))
        expert = np.zeros(0, np.int32)
        if self._experts is not None:
            y, own, expert = self._experts.run(e16.sum(axis=0), len(e16), y, own)
        pooled = own[None]
        if not self._model.shape.bag:
            return y - _ZERO_OF_Y, pooled, expert
        vector = self._joined(e16, pooled)
        return vector, self._unit(vector)[None], expert

    def _remember(
        self, memory: MemoryEvaluator, vector: Int64Array, state: State
    ) -> tuple[NDArray[np.float32], Int64Array, dict[str, NDArray[Any]]]:
        """What is remembered float32 [D], as the head takes it, u7 [1, D], and the next state by its names."""
        specs = self._model.metadata.state
        own = [state[spec.name] for spec in specs] if state else []
        if specs and not state:
            own = [values[0] for values in initial_state(specs, 1).values()]
        entry, given, following = memory.run(vector, own)
        named = zip(specs, following, strict=True)
        return entry, given[None], {spec.next_name: value[None] for spec, value in named}

    def _part(self, name: str, block: int = 0) -> Int64Array:
        return self._numbers[name, block]

    def _words(self, indices: NDArray[np.int32]) -> Int64Array:
        """Whole-number vectors of words, int16 [L, E]."""
        sums = self._part("table")[indices].sum(axis=1)
        return sat16(shifted(sums, self._model.shape.embedding_shift))

    def _product(self, a: Int64Array, name: str, block: int = 0) -> Int64Array:
        part = self._part
        own = [part(f"{name}_{what}", block) for what in ("weights", "init", "mult", "shift")]
        return products(a, own[0], own[1], own[2], int(own[3][0]))

    def _backbone(self, e16: Int64Array, kept: Kept | None = None) -> Int64Array:
        """The residual stream behind the last block, int16 [L, H]; of a text that goes on what it kept goes on too."""
        shape = self._model.shape
        if not len(e16):
            return np.zeros((0, shape.hidden), np.int64)
        activations = u7(sat16(q15(e16, shape.embedding_mult) + ZERO))
        padded = np.pad(activations, ((shape.window,) * 2, (0, 0)), constant_values=ZERO)
        if kept is not None and shape.window:
            padded[: shape.window] = kept.behind
            kept.behind = padded[len(e16) : len(e16) + shape.window]
        length, last = len(e16), 2 * shape.window
        joined = np.concatenate([padded[i : i + length] for i in range(last + 1)], axis=1)
        x = self._product(joined, "window")
        for block in range(shape.num_blocks):
            x = self._let_words_know(x, block, kept)
            if shape.backbone <= HYPERMIXER:
                x = self._mix_channels(x, block)
        return x

    def _let_words_know(self, x: Int64Array, block: int, kept: Kept | None) -> Int64Array:
        """What a block's words make of each other."""
        y, a = self._norm(x, "word_norm", block)
        if not self._blocks:
            return self._mix_words(x, a, block)
        backbone = self._model.shape.backbone
        if kept is not None and kept.layers:
            return GOING_ON[backbone](x, y, self._blocks[block], kept.layers[block])
        return BACKBONES[backbone](x, y, self._blocks[block])

    def _mix_channels(self, x: Int64Array, block: int) -> Int64Array:
        _, a = self._norm(x, "channel_norm", block)
        hidden = u7(self._product(a, "channel_expand", block))
        return sat16(x + self._product(hidden, "channel_contract", block))

    def _norm(self, x: Int64Array, name: str, block: int) -> tuple[Int64Array, Int64Array]:
        part = self._part
        gain, offset = part(f"{name}_gain", block), part(f"{name}_offset", block)
        return norm(x, gain, offset, int(part(f"{name}_eps", block)[0]))

    def _mix_words(self, x: Int64Array, a: Int64Array, block: int) -> Int64Array:
        part, length = self._part, len(x)
        expand = part("word_expand_weights", block)[:, :length]
        # What the zero of the activations adds depends on the length, so it is not in the file.
        init = part("word_expand_init", block) - ZERO * expand.sum(axis=1)
        shift = int(part("word_expand_shift", block)[0])
        y = u7(products(a.T, expand, init, part("word_expand_mult", block), shift))  # [H, S]
        contract = part("word_contract_weights", block)[:length]
        init, mult = (part(f"word_contract_{what}", block)[:length] for what in ("init", "mult"))
        shift = int(part("word_contract_shift", block)[0])
        return sat16(x + products(y, contract, init, mult, shift).T)

    def _pool(self, x: Int64Array) -> Int64Array:
        length = len(x)
        if self._model.shape.pooling == MAX:
            return sat16(4 * x.max(axis=0)) if length else np.zeros(x.shape[1], np.int64)
        return sat16((x.sum(axis=0) * (2**26 // max(length, 1)) + 2**23) >> 24)

    def _joined(self, e16: Int64Array, pooled: Int64Array) -> Int64Array:
        """The text's vector of a model with a bag, int16 [E]."""
        length = max(len(e16), 1)
        factor = (self._model.shape.bag_mult << 8) // math.isqrt(length << _ROOT_BITS)
        bag = sat16((e16.sum(axis=0) * factor + 2**15) >> 16)
        return sat16(bag + self._product(pooled, "joined")[0])

    def _unit(self, vector: Int64Array) -> Int64Array:
        """What the head takes of it, u7 [E]: it has one length for all texts."""
        square = int((vector**2).sum())
        if square == 0:
            return np.full_like(vector, ZERO)
        root, half = normalised_root(square)
        factor, bits = (self._model.shape.unit_mult << 15) // root, 31 + half
        return u7(ZERO + ((vector * factor + (1 << (bits - 1))) >> bits))

    def _logits(self, given: Int64Array) -> NDArray[np.float32]:
        labels = self._model.shape.num_labels
        if not labels:
            return np.zeros(0, np.float32)
        weights, init = self._part("head_weights"), self._part("head_init")
        sums = (given @ weights.T + init)[0, :labels]
        logits: NDArray[np.float32] = (
            sums.astype(np.float32) * self._model.scales["head_scale"][:labels]
        )
        return logits

    def _wide(self, numbers: NDArray[np.int32]) -> NDArray[np.float32]:
        """Logits of the wide path: float32 operations, each rounded by itself."""
        kept = numbers[numbers > 0] - 1
        rows = self._part("wide_rows")[self._part("wide_remap")[kept]]
        sums = rows.sum(axis=0).astype(np.float32)
        scales = self._model.scales["wide_scales"]
        length = np.sqrt(np.maximum(sums[-1], np.float32(1)) * scales[-1])
        logits: NDArray[np.float32] = sums[:-1] * scales[:-1] / length
        return logits


def unit_vector(vector: Int64Array) -> NDArray[np.float32]:
    """A whole-number vector divided by its length, three float32 operations each rounded by itself."""
    square = int((vector**2).sum())
    if square == 0:
        return np.zeros(len(vector), np.float32)
    inverse = np.float32(1) / np.sqrt(np.float32(square))
    found: NDArray[np.float32] = vector.astype(np.float32) * inverse
    return found
