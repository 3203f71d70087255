"""A generator of a .nlm in numpy: docs/c-arithmetic.md, "Generation"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.formats.nlm_generation import GenerationSizes
from neurolite_core.network.state_spec import State, StateSpec
from neurolite_runtimes.nlm_reference.arithmetic import ZERO, Int64Array, left_of_norm, sat16
from neurolite_runtimes.nlm_reference.floats import Floats, activations, whole_parts
from neurolite_runtimes.nlm_reference.model import NlmModel

_ONE: Final = np.float32(1)
_MOST: Final = np.float32(63)
_NOTHING: Final = np.float32(1e-30)  # what is smaller has no inverse in float32
_SIXTEENTH: Final = np.float32(0.0625)
_FARTHEST: Final = 2**16 - 1  # of two numbers of int16


class Kept:
    """What a text has made of a state so far; a window form's is never written down.

    Attributes:
        layers: of each block float32, changed in place.
        behind: activations of the words before these, u7 [W, E].
        last: the last word's vector without what an empty text has, whole numbers [H].
    """

    def __init__(self, layers: list[Floats], behind: Int64Array, last: Int64Array) -> None:
        self.layers, self.behind, self.last = layers, behind, last


class GenerationEvaluator:
    """What stands around the backbone of a generator.

    Args:
        model: a file with this part.
        numbers: of the network and its parts, widened.
    """

    def __init__(self, model: NlmModel, numbers: Mapping[tuple[str, int], Int64Array]) -> None:
        sizes = model.modules["generation"]
        assert isinstance(sizes, GenerationSizes)  # noqa: S101  # as the table of modules has it
        self._sizes, self._shape, self._specs = sizes, model.shape, model.metadata.state
        self._whole = {
            name.removeprefix("generation_"): values
            for (name, _), values in numbers.items()
            if name.startswith("generation_")
        }
        self._floats = {
            name.removeprefix("generation_"): values
            for name, values in model.scales.items()
            if name.startswith("generation_")
        }

    @property
    def _steps(self) -> tuple[np.float32, np.float32]:
        """What a step of the residual stream stands for, and one of words' activations."""
        stream, words = self._floats["numbers"]
        return stream, words

    def begin(self, state: State) -> Kept:
        """What a text goes on from; all zeros of one that begins."""
        shape, (stream, words) = self._shape, self._steps
        flat = [np.array(state[spec.name], np.float32).reshape(-1) for spec in self._named(state)]
        blocks = shape.num_blocks
        layers = flat[:blocks]
        behind = np.full((shape.window, shape.projection), ZERO, np.int64)
        last = np.zeros(shape.hidden, np.int64)
        if flat:
            last = whole_parts(flat[-1] * (_ONE / stream), _FARTHEST)
        if flat and shape.window:
            behind = activations(flat[blocks] * (_ONE / words)).reshape(behind.shape)
        return Kept(layers, behind, last)

    def _named(self, state: State) -> tuple[StateSpec, ...]:
        return self._specs if state else ()

    def vector(self, x: Int64Array, kept: Kept) -> Int64Array:
        """The last word's vector of the residual stream [L, H], or of no words that before them: int16 [H]."""
        found = x[-1] if len(x) else sat16(kept.last + self._whole["empty"])
        kept.last = found - self._whole["empty"]
        return found

    def logits(self, y: Int64Array, pooled: Int64Array) -> Floats:
        """Of the final norm's y int16 [H] and u7 [H]; float32 [N]."""
        whole, floats = self._whole, self._floats
        weights, inits = (
            whole["narrow_weights"],
            whole["narrow_init"].reshape(-1, self._sizes.narrow),
        )
        sums = (weights @ pooled + inits[0]).astype(np.float32)
        if self._sizes.finer:
            rest = (weights @ left_of_norm(y) + inits[1]).astype(np.float32)
            sums = sums + rest * _SIXTEENTH
        values = sums * floats["narrow_scale"]
        most = np.abs(values).max()
        inverse, step = np.float32(0), np.float32(0)
        if most >= _NOTHING:
            inverse, step = _MOST / most, most / _MOST
        given = activations(values * inverse)
        acc = (whole["entries_weights"] @ given + whole["entries_init"]).astype(np.float32)
        found: Floats = acc * (floats["entries_scale"] * step) + floats["entries_bias"]
        return found[: self._shape.num_labels]

    def following(self, kept: Kept) -> dict[str, NDArray[Any]]:
        """The next state by its names [1, ...]; nothing of a window form."""
        if not self._sizes.stream:
            return {}
        stream, words = self._steps
        values = list(kept.layers)
        if self._shape.window:
            values.append((kept.behind - ZERO).astype(np.float32) * words)
        values.append(kept.last.astype(np.float32) * stream)
        return {
            spec.next_name: np.reshape(each, (1, *spec.shape))
            for spec, each in zip(self._specs, values, strict=True)
        }
