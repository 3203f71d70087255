"""Specs of a state, of any purpose: what is allowed, and what is said of a state that does not fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from neurolite_core.ground.errors import InputError
from neurolite_core.network.state_spec import (
    StateSpec,
    all_finite,
    check_specs,
    check_state,
    initial_state,
    state_bytes,
)

# As a recurrence and a generation would have them.
SPECS = (
    StateSpec(name="hidden", shape=(4,), initial=0.5),
    StateSpec(name="position", shape=(), dtype="int32", initial=-1),
)


def test_states_begin_as_their_specs_say() -> None:
    state = initial_state(SPECS, 3)
    assert state["hidden"].dtype == np.float32
    assert state["hidden"].tolist() == [[0.5] * 4] * 3
    assert state["position"].dtype == np.int32
    assert state["position"].tolist() == [-1, -1, -1]
    assert state_bytes(SPECS) == 20
    assert [spec.next_name for spec in SPECS] == ["next_hidden", "next_position"]
    assert check_state(SPECS, state).keys() == state.keys()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": "Hidden"}, "small letters"),
        ({"name": "next_hidden"}, "'next_' is what follows"),
        ({"name": ""}, "small letters"),
        ({"shape": (0,)}, "a size of state 'a' is 0"),
        ({"shape": (2**12, 2**12)}, "values of state 'a'"),
        ({"shape": [4]}, "give a tuple"),
        ({"dtype": "float64"}, "dtype of state 'a'"),
        ({"initial": float("nan")}, "which no float32 is"),
        ({"dtype": "int32", "initial": 0.5}, "which no int32 is"),
        ({"initial": "0"}, "give a number"),
    ],
)
def test_specs_that_cannot_be_are_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        StateSpec(**{"name": "a", "shape": (2,)} | values)  # type: ignore[arg-type]


def test_two_specs_of_one_name_are_refused() -> None:
    with pytest.raises(InputError, match="Two states have one name"):
        check_specs([SPECS[0], SPECS[0]])


def test_rows_have_to_be_those_of_the_texts() -> None:
    with pytest.raises(InputError, match=r"'hidden' is float32 \[3, 4\]; give float32 \[2, 4\]"):
        check_state(SPECS, initial_state(SPECS, 3), 2)
    with pytest.raises(InputError, match="a mapping of names"):
        check_state(SPECS, [1])  # type: ignore[arg-type]


@given(
    arrays(
        np.float32, array_shapes(min_dims=0, max_dims=3, min_side=0), elements=st.floats(width=32)
    )
)
def test_finite_is_what_numpy_says(values: NDArray[np.float32]) -> None:
    assert all_finite(values) == bool(np.isfinite(values).all())
    assert all_finite(values.T) == bool(np.isfinite(values).all())


def test_of_many_numbers_one_is_found_that_is_not_finite() -> None:
    values = np.full(2 * 10_000, 1e30, np.float32)
    assert all_finite(values)
    assert all_finite(values[:10_000])  # whose squares have no sum
    values[[9_999, -1]] = np.nan, -np.inf
    assert not all_finite(values)
    assert not all_finite(values[:10_000])
    assert not all_finite(values[10_000:])
