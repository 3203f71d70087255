"""What a network keeps from one call to the next: named tensors that enter its graph and leave it, without torch.

Nothing here knows what they are for: memory, a recurrence over a stream and generation all use the same mechanism.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.ground.checks import require_choice, require_range
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown

State = Mapping[str, NDArray[Any]]
"""Name -> [N, *shape]: row n is what is kept of the n-th text's conversation."""

STATE_TYPES: Final[Mapping[str, np.dtype[Any]]] = MappingProxyType(
    {"float32": np.dtype(np.float32), "int32": np.dtype(np.int32)}
)
MOST_NAMES: Final = 64
MOST_VALUES: Final = 2**22  # of one tensor, 16 MB
_MOST_AXES: Final = 4
_SUMMED: Final = 10_000
_NEXT: Final = "next_"
# What Core ML, LiteRT's signatures and Python's keywords all take.
_NAME: Final = re.compile("[a-z][a-z0-9_]{0,47}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSpec:
    """One tensor that is kept.

    Attributes:
        name: of the graph's input; the output that follows it is ``next_`` and this name.
        shape: without the axis of texts, which comes first in graphs; none for one number a text.
        dtype: a key of ``STATE_TYPES``.
        initial: what every value is at the start.

    Raises:
        InputError: a value is not allowed; the message names it.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str = "float32"
    initial: float = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            raise InputError(
                f"A state's name is {shown(self.name)}; give small letters, digits and _, a letter first, at most 48."
            )
        if self.name.startswith(_NEXT):
            raise InputError(f"A state's name is {self.name!r}; {_NEXT!r} is what follows one.")
        if not isinstance(self.shape, tuple) or len(self.shape) > _MOST_AXES:
            raise InputError(
                f"The shape of state {self.name!r} is {shown(self.shape)}; give a tuple of at most {_MOST_AXES} sizes."
            )
        for size in self.shape:
            require_range(f"a size of state {self.name!r}", size, 1, MOST_VALUES)
        require_range(f"values of state {self.name!r}", self.values, 1, MOST_VALUES)
        require_choice(f"dtype of state {self.name!r}", self.dtype, STATE_TYPES)
        if isinstance(self.initial, bool) or not isinstance(self.initial, int | float):
            raise InputError(
                f"initial of state {self.name!r} is {shown(self.initial)}; give a number."
            )
        if not np.isfinite(self.initial) or self.initial != self.numpy_type.type(self.initial):
            raise InputError(
                f"initial of state {self.name!r} is {self.initial!r}, which no {self.dtype} is."
            )

    @property
    def values(self) -> int:
        """Numbers in it, for one text."""
        found = 1
        for size in self.shape:
            found *= size
        return found

    @property
    def numpy_type(self) -> np.dtype[Any]:
        """The type of its values."""
        return STATE_TYPES[self.dtype]

    @property
    def next_name(self) -> str:
        """Of the graph's output."""
        return _NEXT + self.name


def check_specs(specs: Sequence[StateSpec]) -> tuple[StateSpec, ...]:
    """The specs of one network.

    Raises:
        InputError: two have one name, or there are too many.
    """
    names = [spec.name for spec in specs]
    if len(set(names)) < len(names):
        raise InputError(f"Two states have one name; they are {', '.join(names)}.")
    if len(names) > MOST_NAMES:
        raise InputError(f"There are {len(names)} states; at most {MOST_NAMES} are allowed.")
    return tuple(specs)


def state_bytes(specs: Sequence[StateSpec]) -> int:
    """Bytes that one conversation's state takes."""
    return sum(spec.values * spec.numpy_type.itemsize for spec in specs)


def initial_state(specs: Sequence[StateSpec], rows: int) -> dict[str, NDArray[Any]]:
    """What N = ``rows`` conversations begin with."""
    return {
        spec.name: np.full((rows, *spec.shape), spec.initial, spec.numpy_type) for spec in specs
    }


def check_state(
    specs: Sequence[StateSpec], state: State, rows: int | None = None
) -> dict[str, NDArray[Any]]:
    """A state that somebody gives, as graphs take it.

    Args:
        specs: the network's.
        state: name -> [N, *shape].
        rows: N; None for whatever the first tensor has.

    Raises:
        InputError: a tensor is missing or unknown, of another shape or type, or holds values that are not finite.
    """
    if not isinstance(state, Mapping):
        raise InputError(f"state is a {type(state).__name__}; give a mapping of names to arrays.")
    if len(state) != len(specs):
        _refuse_names(specs, state)
    found = {}
    for spec in specs:
        if spec.name not in state:
            _refuse_names(specs, state)
        values = np.asarray(state[spec.name])
        if rows is None:
            rows = len(values) if values.ndim else 0
        wanted = (rows, *spec.shape)
        if values.dtype != STATE_TYPES[spec.dtype] or values.shape != wanted:
            raise InputError(
                f"state {spec.name!r} is {values.dtype} {list(values.shape)}; give {spec.dtype} {list(wanted)}."
            )
        if not all_finite(values):
            raise InputError(
                f"state {spec.name!r} holds values that are not finite numbers; begin again without a state."
            )
        found[spec.name] = values
    return found


def all_finite(values: NDArray[Any]) -> bool:
    """Whether all are finite numbers.

    A sum of squares has lost none that is not, and says so in half the time of a look at each. What it is too large
    for, and what a library would sum on several threads, is looked at: in half the time that numpy takes to join its
    answers.
    """
    if values.size <= _SUMMED and isfinite(np.vdot(values, values)):
        return True
    return b"\0" not in np.isfinite(values).tobytes()


def _refuse_names(specs: Sequence[StateSpec], state: State) -> None:
    """Says which name of a state is unknown, or missing."""
    known = sorted(spec.name for spec in specs)
    for name in state:
        if name not in known:
            has = f"it keeps {', '.join(known)}" if known else "it keeps no state"
            raise InputError(f"state has {shown(name)}, which the model does not know; {has}.")
    missing = next(spec.name for spec in specs if spec.name not in state)
    raise InputError(f"state lacks {missing!r}; the model keeps {', '.join(known)}.")
